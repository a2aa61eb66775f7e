// The heat map: bitmaps of 256 columns, for each power of two of columns and of rows that go together
// where they are narrower than a pixel. The largest size of them is shown, so that walls do not thin
// out. A column that is new paints one column of the bitmaps that it is in.
(orderflow => {
    "use strict";

    const WIDE = 256, MOST_TILES = 32, SLACK = 64, CODES = 4096;
    const STEADY = 4;  // steps of size by which the scale of colours may be off before it is made anew
    const LEAST = 0.6;  // the quantile that has no colour yet
    const ALIKE = 0.7;  // how far sizes that go together are like others
    const CALM = 1.6;  // so that what is common stays dark beside what is rare
    const RAMPS = {  // from the panel's own colour; lightness alone tells the size
        dark: [[16, 21, 29], [30, 38, 82], [66, 66, 150], [136, 112, 214], [196, 178, 246], [246, 240, 255]],
        light: [[255, 255, 255], [230, 226, 248], [190, 180, 232], [136, 118, 204], [84, 62, 164], [40, 20, 96]],
    };

    const grids = new Map();  // by series, length of a column, and height of a row
    let scaleOf = 0.98;  // the quantile of sizes from which on the colour is the strongest
    let used = 0;

    function gridOf({series, timestamp, end, tick}) {
        const length = end - timestamp, name = `${series}|${length}|${tick}`;
        if (!grids.has(name)) {
            const counts = new Uint32Array(CODES);
            grids.set(name, {series, length, tick, levels: [new Map()], tiles: new Map(), counts, total: 0, looks: []});
        }
        return grids.get(name);
    }

    // The first and the last row hold all that lies outside, and are no prices.
    const inner = ({row, codes}) => ({row: row + 1, codes: codes.subarray(1, -1)});

    function count(grid, codes, sign) {
        for (const code of codes) if (code) grid.counts[code] += sign;
        for (const code of codes) if (code) grid.total += sign;
    }

    function change(column, sign) {
        if (!column.codes) return;
        const grid = gridOf(column), slot = Math.floor(column.timestamp / grid.length);
        const found = inner(column);
        count(grid, found.codes, sign);
        if (sign > 0) grid.levels[0].set(slot, found); else grid.levels[0].delete(slot);
        grid.levels.forEach((level, power) => power && level.delete(Math.floor(slot / 2 ** power)));
        for (const tile of grid.tiles.values()) {
            const place = Math.floor(slot / 2 ** tile.power) - tile.index * WIDE;
            if (place >= 0 && place < WIDE) tile.dirty.add(place);
        }
    }

    // Two columns as one: at each price the larger size.
    function larger(one, other) {
        if (!one || !other) return one ?? other;
        const row = Math.min(one.row, other.row);
        const end = Math.max(one.row + one.codes.length, other.row + other.codes.length);
        const codes = new Uint16Array(end - row);
        codes.set(one.codes, one.row - row);
        const shift = other.row - row;
        other.codes.forEach((code, index) => {
            if (code > codes[index + shift]) codes[index + shift] = code;
        });
        return {row, codes};
    }

    // So many columns as a power of two as one, kept for the next time; undefined where there are none.
    function pooled(grid, power, slot) {
        const level = grid.levels[power] ??= new Map();
        if (!power || level.has(slot)) return level.get(slot);
        const found = larger(pooled(grid, power - 1, 2 * slot), pooled(grid, power - 1, 2 * slot + 1));
        if (found) level.set(slot, found);
        return found;
    }

    // The code of size below which a share of all sizes lies.
    function quantile({counts, total}, share) {
        let sum = 0;
        for (let code = 0; code < CODES; code++) {
            sum += counts[code];
            if (sum >= total * share) return code;
        }
        return CODES - 1;
    }

    // The colour of each code: made anew where the sizes have moved on, else a bitmap would be, often.
    // The largest of several sizes lies higher among all: its quantile q is the q ** (1 / n) of these,
    // n less than how many they are, as what stands in a book stands for long.
    function looks(grid, theme, pooled) {
        const share = 2 ** -(pooled * ALIKE), look = grid.looks[pooled];
        const low = quantile(grid, LEAST ** share), high = Math.max(quantile(grid, scaleOf ** share), low + 1);
        const steady = look && Math.abs(look.low - low) <= STEADY && Math.abs(look.high - high) <= STEADY;
        if (steady && look.theme === theme && look.scaleOf === scaleOf) return look;
        const ramp = RAMPS[theme] ?? RAMPS.dark, colors = new Uint32Array(CODES);
        for (let code = low + 1; code < CODES; code++) {
            const place = Math.min((code - low) / (high - low), 1) ** CALM * (ramp.length - 1);
            const from = Math.min(Math.floor(place), ramp.length - 2), share = place - from;
            const [red, green, blue] = [0, 1, 2].map(i =>
                Math.round(ramp[from][i] * (1 - share) + ramp[from + 1][i] * share));
            colors[code] = (255 << 24 | blue << 16 | green << 8 | red) >>> 0;
        }
        return grid.looks[pooled] = {low, high, theme, scaleOf, colors};
    }

    function bounds(grid, power, index) {
        let low = Infinity, high = -Infinity;
        for (let place = 0; place < WIDE; place++) {
            const found = pooled(grid, power, index * WIDE + place);
            if (!found) continue;
            low = Math.min(low, found.row);
            high = Math.max(high, found.row + found.codes.length);
        }
        return {low, high};
    }

    // A bitmap with room for rows that come when the price moves on.
    function made(grid, power, height, index) {
        const {low, high} = bounds(grid, power, index);
        if (low >= high) return null;
        const rows = 2 ** height, step = SLACK * rows;
        const bottom = Math.floor(low / step) * SLACK, top = Math.ceil(high / step) * SLACK;
        const canvas = new OffscreenCanvas(WIDE, top - bottom);
        const image = new ImageData(WIDE, top - bottom);
        const pixels = new Uint32Array(image.data.buffer);
        const dirty = new Set(Array(WIDE).keys());
        return {power, height, index, bottom, top, canvas, image, pixels, dirty, look: null};
    }

    // Paints one column; false where it has rows that the bitmap has no room for.
    function paintColumn(grid, tile, place, colors) {
        const {power, height, index, bottom, top, pixels} = tile, rows = 2 ** height;
        for (let at = place; at < pixels.length; at += WIDE) pixels[at] = 0;
        const found = pooled(grid, power, index * WIDE + place);
        if (!found) return true;
        const {row, codes} = found, last = Math.floor((row + codes.length - 1) / rows);
        if (Math.floor(row / rows) < bottom || last >= top) return false;
        for (let at = 0; at < codes.length;) {
            const group = Math.floor((row + at) / rows), end = Math.min((group + 1) * rows - row, codes.length);
            let most = 0;
            for (; at < end; at++) if (codes[at] > most) most = codes[at];
            pixels[(top - 1 - group) * WIDE + place] = colors[most];
        }
        return true;
    }

    function painted(grid, tile, look) {
        if (tile.look !== look) tile.dirty = new Set(Array(WIDE).keys());
        if (!tile.dirty.size) return true;
        const context = tile.canvas.getContext("2d");
        for (const place of tile.dirty) {
            if (!paintColumn(grid, tile, place, look.colors)) return false;
        }
        const all = tile.dirty.size > WIDE / 4, {image} = tile;
        if (all) context.putImageData(image, 0, 0);
        else for (const place of tile.dirty) context.putImageData(image, 0, 0, place, 0, 1, image.height);
        tile.dirty.clear();
        tile.look = look;
        return true;
    }

    function tileOf(grid, power, height, index, look) {
        const name = `${power}|${height}|${index}`;
        let tile = grid.tiles.get(name) ?? made(grid, power, height, index);
        if (tile && !painted(grid, tile, look)) {
            tile = made(grid, power, height, index);
            painted(grid, tile, look);
        }
        if (!tile) return null;
        tile.used = ++used;
        grid.tiles.set(name, tile);
        return tile;
    }

    function forget(grid) {
        if (grid.tiles.size <= MOST_TILES) return;
        const oldest = [...grid.tiles].sort(([, a], [, b]) => a.used - b.used);
        for (const [name] of oldest.slice(0, grid.tiles.size - MOST_TILES)) grid.tiles.delete(name);
    }

    // On a logarithmic scale a bitmap goes down in strips, whose ends are where they belong.
    function place(context, frame, {canvas, bottom, top}, rowHeight, left, right, shift) {
        const {snap} = frame, strip = frame.log ? 16 : top - bottom;
        for (let high = top; high > bottom; high -= strip) {
            const low = Math.max(high - strip, bottom);
            const y = snap(frame.y(high * rowHeight - shift)), end = snap(frame.y(low * rowHeight - shift));
            if (end < 0 || y > frame.height || !(end > y)) continue;
            context.drawImage(canvas, 0, top - high, WIDE, high - low, left, y, right - left, end - y);
        }
    }

    const power = pixels => Math.max(0, Math.ceil(Math.log2(1 / pixels) - 1e-9));

    function drawGrid(context, frame, grid, shift) {
        const {length, tick} = grid, [from, to] = frame.range;
        const columns = power(length * frame.pixels);
        const pixelsOfRow = Math.abs(frame.y(frame.low + tick) - frame.y(frame.low));
        const height = power(pixelsOfRow), span = length * 2 ** columns * WIDE;
        const look = looks(grid, frame.theme, columns + height);
        for (let index = Math.floor(from / span); index * span < to; index++) {
            const tile = tileOf(grid, columns, height, index, look);
            if (!tile) continue;
            const left = frame.snap(frame.x(index * span)), right = frame.snap(frame.x((index + 1) * span));
            place(context, frame, tile, tick * 2 ** height, left, right, shift);
        }
        forget(grid);
    }

    // A heat map stands in the pane that its series names where there is such a one, else in that of the price.
    function isOf(name, key) {
        const {pane} = orderflow.flow.held.series[key], {panes} = orderflow.held;
        return name === (panes.some(each => each.name === pane) ? pane : orderflow.panes.PRICE);
    }

    // A row has the values from its own to that of the next one, and those of a shift below.
    function draw(context, pane, frame, shift) {
        context.imageSmoothingEnabled = false;
        for (const grid of grids.values()) {
            if (isOf(pane.name, grid.series)) drawGrid(context, frame, grid, shift);
        }
    }

    function colored(share) {
        scaleOf = share;
        orderflow.redraw();
    }

    // The columns in sight as they are held, sizes to a step of 6 %; one that still grows is not drawn.
    function data(pane, range) {
        return orderflow.flow.of("heat").filter(({key}) => isOf(pane.name, key)).map(({key, title, columns}) => ({
            key, title, style: "heat",
            columns: orderflow.flow.inSight(columns.filter(({codes}) => codes), range).map(({timestamp, end, tick, low, codes}) =>
                ({timestamp, end, tick, low, sizes: Array.from(codes, orderflow.flow.sizeOf)})),
        }));
    }

    orderflow.heat = {
        draw, data, colored, add: column => change(column, 1), drop: column => change(column, -1),
        clear: () => grids.clear(),
    };
})(window.orderflow ??= {});
