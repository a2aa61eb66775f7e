// Many small shapes, painted into pixels by the script and laid over a canvas in one call: without a
// GPU a call costs a canvas more than the pixels of a small shape. A picture is painted strip by strip,
// as the script is fast where all that it paints is in the processor's cache.
(orderflow => {
    "use strict";

    const STRIP = 128;  // pixels of width

    const layers = new WeakMap();  // what is laid over each canvas
    let width = 0, height = 0, strips = [];  // what is to be painted, by strip
    let low = 0, high = 0;  // the rows that it reaches
    let image = new ImageData(STRIP, 1), pixels = new Int32Array(image.data.buffer);

    // A colour, #rrggbb or #rrggbbaa, as a pixel.
    function color(hex, alpha = 1) {
        const [red, green, blue, opacity] = [1, 3, 5, 7].map(at => parseInt(hex.slice(at, at + 2) || "ff", 16));
        return Math.round(alpha * opacity) << 24 | blue << 16 | green << 8 | red;
    }

    // A pixel over another.
    function over(below, above) {
        const upper = (above >>> 24) * 255, lower = (below >>> 24) * (255 - (above >>> 24)), alpha = upper + lower;
        if (!alpha) return 0;
        const one = upper / alpha, other = lower / alpha;
        const red = (above & 255) * one + (below & 255) * other + 0.5 | 0;
        const green = (above >>> 8 & 255) * one + (below >>> 8 & 255) * other + 0.5 | 0;
        const blue = (above >>> 16 & 255) * one + (below >>> 16 & 255) * other + 0.5 | 0;
        return (alpha / 255 + 0.5 | 0) << 24 | blue << 16 | green << 8 | red;
    }

    function clear() {
        strips = Array.from({length: Math.ceil(width / STRIP)}, () => []);
        [low, high] = [height, 0];
    }

    // Begins a picture for a frame.
    function begin(frame) {
        [width, height] = [frame.width, frame.height].map(size => Math.round(size / frame.pixel));
        clear();
        if (image.height >= height) return;
        image = new ImageData(STRIP, height);
        pixels = new Int32Array(image.data.buffer);
    }

    // Puts something into the strips that it reaches.
    function put(thing, left, top, right, bottom) {
        if (top >= height || bottom <= 0) return;
        const last = Math.min(Math.ceil(right / STRIP), strips.length);
        for (let strip = Math.max(Math.floor(left / STRIP), 0); strip < last; strip++) strips[strip].push(thing);
        if (top < low) low = Math.max(top, 0);
        if (bottom > high) high = Math.min(bottom, height);
    }

    // A shape of colours, row by row; each row is seen from its first pixel to its last.
    function shape(size, colors) {
        const first = new Int32Array(size), end = new Int32Array(size);
        colors.forEach((color, index) => {
            const row = Math.floor(index / size);
            if (!color) return;
            if (!end[row]) first[row] = index % size;
            end[row] = index % size + 1;
        });
        return {size, first, end, colors};
    }

    function stamp(shape, left, top) {
        put({shape, left, top}, left, top, left + shape.size, top + shape.size);
    }

    function rectangle(color, left, top, right, bottom) {
        put({color, left, top, right, bottom}, left, top, right, bottom);
    }

    // Loops over whole numbers that fit 32 bits, which is what makes them fast.
    function paste({size, first, end, colors}, left, top) {
        const all = pixels, bottom = Math.min(size, height - top);
        for (let row = Math.max(0, -top); row < bottom; row++) {
            const from = Math.max(first[row], -left), to = Math.min(end[row], STRIP - left);
            const place = (top + row) * STRIP + left, color = row * size;
            for (let x = from; x < to; x++) {
                const below = all[place + x];
                all[place + x] = below === 0 ? colors[color + x] : over(below, colors[color + x]);
            }
        }
    }

    function fill({color, left, top, right, bottom}, shift) {
        const all = pixels, from = Math.max(left - shift, 0), to = Math.min(right - shift, STRIP), end = Math.min(bottom, height);
        const solid = color >>> 24 === 255;
        for (let row = Math.max(top, 0); row < end; row++) {
            for (let at = row * STRIP + from; at < row * STRIP + to; at++) {
                const below = all[at];
                all[at] = solid || below === 0 ? color : over(below, color);
            }
        }
    }

    // Each canvas has one of its own: a layer that was drawn in this frame is copied when it changes.
    function layerOf({canvas}) {
        const before = layers.get(canvas);
        if (before?.canvas.width === width && before.canvas.height === height) return before;
        const made = new OffscreenCanvas(width, height).getContext("2d");
        layers.set(canvas, made);
        return made;
    }

    // Lays all over a canvas, from its corner, and begins anew.
    function lay(target) {
        if (low >= high) return;
        const context = layerOf(target);
        strips.forEach((things, strip) => {
            for (const thing of things) {
                if (thing.shape) paste(thing.shape, thing.left - strip * STRIP, thing.top);
                else fill(thing, strip * STRIP);
            }
            context.putImageData(image, strip * STRIP, 0, 0, low, STRIP, high - low);
            pixels.fill(0, low * STRIP, high * STRIP);
        });
        target.save();
        target.resetTransform();
        target.drawImage(context.canvas, 0, low, width, high - low, 0, low, width, high - low);
        target.restore();
        clear();
    }

    orderflow.raster = {color, over, begin, shape, stamp, rectangle, lay};
})(window.orderflow ??= {});
