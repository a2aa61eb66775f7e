// Many small shapes, painted into pixels by the script and laid over a canvas in few calls: without a
// GPU a call costs a canvas more than the pixels of a small shape.
(orderflow => {
    "use strict";

    const STRIP = 128;  // pixels of width; of each strip only the rows that have been painted are laid over

    let width = 0, height = 0, image, pixels, context;
    let tops, bottoms;  // of what is painted, by strip

    // A colour of the style sheet as a pixel.
    function color(hex, alpha) {
        const [red, green, blue] = [1, 3, 5].map(at => parseInt(hex.slice(at, at + 2), 16));
        return (Math.round(alpha * 255) << 24 | blue << 16 | green << 8 | red) >>> 0;
    }

    // A pixel over another.
    function over(below, above) {
        const upper = (above >>> 24) * 255, lower = (below >>> 24) * (255 - (above >>> 24)), alpha = upper + lower;
        if (!alpha) return 0;
        const one = upper / alpha, other = lower / alpha;
        const red = (above & 255) * one + (below & 255) * other + 0.5 | 0;
        const green = (above >>> 8 & 255) * one + (below >>> 8 & 255) * other + 0.5 | 0;
        const blue = (above >>> 16 & 255) * one + (below >>> 16 & 255) * other + 0.5 | 0;
        return ((alpha / 255 + 0.5 | 0) << 24 | blue << 16 | green << 8 | red);
    }

    // Makes room for a picture of so many pixels. Shapes are of one width of the picture.
    function begin(wide, high) {
        if (wide === width && high === height) return;
        [width, height] = [wide, high];
        image = new ImageData(width, height);
        pixels = new Int32Array(image.data.buffer);
        context = new OffscreenCanvas(width, height).getContext("2d");
        tops = new Int32Array(Math.ceil(width / STRIP)).fill(height);
        bottoms = new Int32Array(tops.length);
    }

    function touch(left, top, right, bottom) {
        const last = Math.min((right - 1) / STRIP | 0, tops.length - 1);
        for (let strip = Math.max(left / STRIP | 0, 0); strip <= last; strip++) {
            if (top < tops[strip]) tops[strip] = Math.max(top, 0);
            if (bottom > bottoms[strip]) bottoms[strip] = Math.min(bottom, height);
        }
    }

    // A shape of colours, row by row, as the pixels of it that can be seen.
    function shape(size, colors) {
        const seen = [...colors.keys()].filter(index => colors[index]);
        return {
            size, places: Int32Array.from(seen, index => Math.floor(index / size) * width + index % size),
            colors: Int32Array.from(seen, index => colors[index]),
        };
    }

    const isInside = (x, y) => x >= 0 && y >= 0 && x < width && y < height;

    // What of a shape is in the picture.
    function clipped({places, colors}, left, top) {
        const seen = [...places.keys()].filter(index => {
            const place = places[index];
            return isInside(left + place % width, top + Math.floor(place / width));
        });
        return {places: Int32Array.from(seen, index => places[index]), colors: Int32Array.from(seen, index => colors[index])};
    }

    // A loop of its own over whole numbers that fit 32 bits, which is what makes it fast.
    function paste({places, colors}, first) {
        const all = pixels, count = places.length;
        for (let i = 0; i < count; i++) {
            const at = first + places[i], below = all[at];
            all[at] = below === 0 ? colors[i] : over(below, colors[i]);
        }
    }

    function stamp(shape, left, top) {
        const {size} = shape;
        if (left <= -size || top <= -size || left >= width || top >= height) return;
        const whole = isInside(left, top) && isInside(left + size - 1, top + size - 1);
        paste(whole ? shape : clipped(shape, left, top), top * width + left);
        touch(left, top, left + size, top + size);
    }

    // A rectangle in place of what is there.
    function rectangle(color, left, top, right, bottom) {
        const [from, to] = [Math.max(left, 0), Math.min(right, width)];
        const [first, end] = [Math.max(top, 0), Math.min(bottom, height)];
        if (from >= to || first >= end) return;
        for (let row = first; row < end; row++) {
            for (let at = row * width + from; at < row * width + to; at++) pixels[at] = color;
        }
        touch(from, first, to, end);
    }

    // Lays all over a canvas, from its corner, and begins anew.
    function lay(target) {
        const parts = [];
        tops.forEach((top, strip) => {
            const rows = bottoms[strip] - top, left = strip * STRIP, wide = Math.min(STRIP, width - left);
            if (rows > 0) parts.push([left, top, wide, rows]);
        });
        for (const part of parts) context.putImageData(image, 0, 0, ...part);
        target.save();
        target.resetTransform();
        for (const part of parts) target.drawImage(context.canvas, ...part, ...part);
        target.restore();
        pixels.fill(0, Math.min(...tops) * width, Math.max(...bottoms) * width);
        tops.fill(height);
        bottoms.fill(0);
    }

    orderflow.raster = {color, over, begin, shape, stamp, rectangle, lay};
})(window.orderflow ??= {});
