// Trades as bubbles: those that would overlap are one, as large as their volume, in the colours of
// who was the aggressor. Which go together depends on time, price and zoom alone, so that a picture
// does not flicker when it moves.
(orderflow => {
    "use strict";

    const APART = 12;  // the least pixels from one bubble to the next
    const BUCKETS = 64;  // of time, in a tile
    const LARGE = 8, LARGEST = 14, SMALLEST = 1.2;  // pixels of radius: of a large one, at most, at least
    const SHARES = 4, PRICES = 2 ** 24, QUANTILE = 0.98;

    const tiles = new Map();
    let level = "", reference = 0;  // of what the tiles are, and the volume that is large
    const sprites = new Map();

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

    function inSight(frame) {
        const {length, height} = grid(frame), name = `${length}|${height}`;
        if (level !== name) tiles.clear();
        level = name;
        const span = BUCKETS * length, [from, to] = frame.range, found = [];
        let fresh = false;
        for (let index = Math.floor(from / span); index * span < to; index++) {
            if (!tiles.has(index)) {
                tiles.set(index, made(index, length, height));
                fresh = true;
            }
            found.push(...tiles.get(index));
        }
        if (fresh) refer(found);
        return {bubbles: found, length, height};
    }

    // The volume of a large bubble, in steps, so that all do not change their size with each trade.
    function refer(bubbles) {
        const volumes = Float64Array.from(bubbles, ({buy, sell}) => buy + sell).sort();
        const large = volumes[Math.floor(volumes.length * QUANTILE)] ?? 0;
        reference = large && 2 ** (Math.round(Math.log2(large) * 2) / 2);
    }

    // A circle of a radius with its share of buys as a slice, painted once.
    function sprite(radius, share, {theme, up, down, panel}, scale) {
        const name = `${theme}|${scale}|${radius}|${share}`;
        if (sprites.has(name)) return sprites.get(name);
        const size = Math.ceil((radius + 1) * 2 * scale), middle = size / 2;
        const canvas = new OffscreenCanvas(size, size), context = canvas.getContext("2d");
        const turn = share / SHARES * 2 * Math.PI, begin = -Math.PI / 2;
        for (const [color, from, to] of [[up, begin, begin + turn], [down, begin + turn, begin + 2 * Math.PI]]) {
            if (from === to) continue;
            context.beginPath();
            if (share % SHARES) context.moveTo(middle, middle);
            context.arc(middle, middle, radius * scale, from, to);
            context.fillStyle = color;
            context.globalAlpha = 0.85;
            context.fill();
        }
        context.globalAlpha = 0.7;
        context.strokeStyle = panel;
        context.lineWidth = scale / 2;
        if (radius > 3) {
            context.beginPath();
            context.arc(middle, middle, radius * scale, 0, 2 * Math.PI);
            context.stroke();
        }
        sprites.set(name, canvas.transferToImageBitmap());
        return sprites.get(name);
    }

    function draw(context, frame) {
        const {bubbles} = inSight(frame), scale = 1 / frame.pixel;
        for (const {x, price, buy, sell} of bubbles) {
            const size = Math.min(LARGE * Math.sqrt((buy + sell) / reference), LARGEST);
            if (size < SMALLEST) continue;
            const radius = Math.round(size * 2) / 2, share = Math.round(buy / (buy + sell) * SHARES);
            const left = frame.x(x), top = frame.y(price);
            if (top < -LARGEST || top > frame.height + LARGEST) continue;
            const circle = sprite(radius, share, frame.colors, scale), half = circle.width / scale / 2;
            context.drawImage(circle, left - half, top - half, circle.width / scale, circle.height / scale);
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
        if (!level) return;
        const [length] = level.split("|").map(Number), span = BUCKETS * length;
        for (let index = Math.floor(x[0] / span); index <= Math.floor(x.at(-1) / span); index++) tiles.delete(index);
    }

    function clear() {
        tiles.clear();
        level = "";
    }

    orderflow.bubbles = {draw, data, add: changed, drop: changed, clear};
})(window.orderflow ??= {});
