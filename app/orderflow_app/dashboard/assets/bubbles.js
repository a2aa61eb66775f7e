// Trades as bubbles: those that would overlap are one, as large as their volume, in the colours of
// who was the aggressor. Which go together depends on time, price and zoom alone, so that a picture
// does not flicker when it moves.
(orderflow => {
    "use strict";

    const APART = 12;  // the least pixels from one bubble to the next
    const BUCKETS = 64;  // of time, in a tile
    const LARGE = 8, LARGEST = 14, SMALLEST = 1.2;  // pixels of radius: of a large one, at most, at least
    const SHARES = 4, PRICES = 2 ** 24, QUANTILE = 0.98;

    const MOST_LEVELS = 4;

    const levels = new Map();  // tiles by the size of their buckets, and the volume that is large in them
    let painted = {};  // circles, in colours and for a screen

    const chunks = () => orderflow.flow.held.trades.rows;
    const first = time => {
        const rows = chunks();
        let low = 0, high = rows.length;
        while (low < high) {
            const middle = (low + high) >> 1;
            if (rows[middle].x.at(-1) < time) low = middle + 1; else high = middle;
        }
        return low;
    };

    // The bubbles of a stretch of time: of each bucket of time and price what was bought and sold.
    function made(index, length, rowHeight) {
        const from = index * BUCKETS * length, to = from + BUCKETS * length, found = new Map();
        const rows = chunks();
        for (let chunk = first(from); chunk < rows.length && rows[chunk].x[0] < to; chunk++) {
            const {x, price, size, side} = rows[chunk];
            for (let i = 0; i < x.length; i++) {
                if (x[i] < from || x[i] >= to) continue;
                const bucket = Math.floor(x[i] / length), row = Math.floor(price[i] / rowHeight + 1e-6);
                const key = (bucket - index * BUCKETS + 0.5) * PRICES + row;
                let bubble = found.get(key);
                if (!bubble) {
                    found.set(key, bubble = {bucket, row, buy: 0, sell: 0, x: 0, price: 0, count: 0});
                }
                if (side[i] > 0) bubble.buy += size[i]; else bubble.sell += size[i];
                bubble.x += (x[i] - from) * size[i];
                bubble.price += price[i] * size[i];
                bubble.count++;
            }
        }
        return [...found.values()].map(({x, price, buy, sell, ...bubble}) =>
            ({...bubble, buy, sell, x: from + x / (buy + sell), price: price / (buy + sell)}));
    }

    // How long and how high the buckets are: powers of two, such that bubbles stay apart.
    function grid(frame) {
        const tick = 10 ** -orderflow.flow.decimals(), middle = (frame.low + frame.high) / 2;
        const pixels = Math.abs(frame.y(middle + tick) - frame.y(middle));
        const high = 2 ** Math.max(0, Math.ceil(Math.log2(APART / pixels)));
        return {length: 2 ** Math.max(0, Math.ceil(Math.log2(APART / frame.pixels))), height: tick * high};
    }

    // Those of the last sizes are kept: a zoom goes to and fro.
    function levelOf({length, height}) {
        const name = `${length}|${height}`, level = levels.get(name) ?? {length, height, tiles: new Map()};
        levels.delete(name);
        levels.set(name, level);
        if (levels.size > MOST_LEVELS) levels.delete(levels.keys().next().value);
        return level;
    }

    function inSight(frame) {
        const level = levelOf(grid(frame)), {length, height, tiles} = level;
        const span = BUCKETS * length, [from, to] = frame.range, found = [];
        let fresh = false;
        for (let index = Math.floor(from / span); index * span < to; index++) {
            if (!tiles.has(index)) {
                tiles.set(index, made(index, length, height));
                fresh = true;
            }
            for (const bubble of tiles.get(index)) found.push(bubble);
        }
        if (fresh) level.large = large(found);
        return {bubbles: found, ...level};
    }

    // The volume of a large bubble, in steps, so that all do not change their size with each trade.
    function large(bubbles) {
        const volumes = Float64Array.from(bubbles, ({buy, sell}) => buy + sell).sort();
        const found = volumes[Math.floor(volumes.length * QUANTILE)] ?? 0;
        return found && 2 ** (Math.round(Math.log2(found) * 2) / 2);
    }

    // A circle of a radius with its share of buys as a slice, clockwise from above: painted once.
    function circle(radius, share, colors, scale) {
        const {color, over, shape} = orderflow.raster;
        const [buy, sell, line] = [colors.up, colors.down, colors.panel].map(each => color(each, 0));
        const faint = (pixel, alpha) => Math.round(alpha * 255) << 24 | pixel;
        const reach = radius * scale, half = Math.ceil(reach + 1), thick = radius > 3 ? scale / 2 : 0;
        const covers = away => Math.min(Math.max(away + 0.5, 0), 1);
        const pixels = Int32Array.from({length: 4 * half * half}, (_, index) => {
            const x = index % (2 * half) + 0.5 - half, y = Math.floor(index / (2 * half)) + 0.5 - half;
            const away = reach - Math.hypot(x, y), quarter = x > 0 ? Number(y > 0) : 3 - Number(y > 0);
            const edge = Math.min(covers(thick / 2 - Math.abs(away)), thick);
            return over(faint(quarter < share ? buy : sell, 0.85 * covers(away)), faint(line, 0.7 * edge));
        });
        return shape(2 * half, pixels);
    }

    function draw(frame) {
        const {bubbles, large} = inSight(frame), scale = 1 / frame.pixel, {raster} = orderflow;
        const {colors} = frame;
        if (painted.scale !== scale || painted.colors !== colors) painted = {scale, colors, circles: []};
        const {circles} = painted, {x: place, y: height} = frame;
        for (const {x, price, buy, sell} of bubbles) {
            const size = Math.min(LARGE * Math.sqrt((buy + sell) / large), LARGEST);
            if (size < SMALLEST) continue;
            const radius = Math.round(size * 2) / 2, share = Math.round(buy / (buy + sell) * SHARES);
            const name = 2 * radius * (SHARES + 1) + share;
            const shape = circles[name] ??= circle(radius, share, colors, scale), half = shape.size / 2;
            raster.stamp(shape, Math.round(place(x) * scale) - half, Math.round(height(price) * scale) - half);
        }
    }

    // The bubbles in sight, each with the stretch of time and price that its trades are of.
    function data(frame) {
        const {bubbles, length, height} = inSight(frame), [from, to] = frame.range;
        return bubbles.filter(({x}) => x >= from && x < to).map(({bucket, row, x, price, buy, sell, count}) => ({
            from: bucket * length, to: (bucket + 1) * length,
            low: row * height, high: (row + 1) * height, x, price, buy, sell, count,
        }));
    }

    // Trades that have come or gone are in no tile yet, or no more.
    function changed({x}) {
        for (const {length, tiles} of levels.values()) {
            const span = BUCKETS * length, last = Math.floor(x.at(-1) / span);
            for (let index = Math.floor(x[0] / span); index <= last; index++) tiles.delete(index);
        }
    }

    orderflow.bubbles = {draw, data, add: changed, drop: changed, clear: () => levels.clear()};
})(window.orderflow ??= {});
