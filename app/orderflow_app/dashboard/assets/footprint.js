// The footprint: what was bought and sold at each price of a bar, in place of its candle where bars
// are wide enough.
(orderflow => {
    "use strict";

    const LEAST_WIDTH = 34, LEAST_HEIGHT = 5;  // pixels of a bar, and of a row; lower rows go together
    const TEXT_WIDTH = 27, TEXT_HEIGHT = 9, ROW = 11;  // pixels of half a cell, and of a row, for words
    const FONT = 9, INSET = 0.04, CANDLE = 4, FOOT = 26;
    const LONGEST = 48, MOST_WRITTEN = 128;  // pixels of a word, and bars whose words are kept
    const SHADES = 6, FAINT = 0.08, STRONG = 0.55;

    // The footprint of the price's own bars, null where there is none, or bars are too narrow:
    // `pixels` are those of a millisecond.
    function shown(series, pixels) {
        if (series.length * pixels < LEAST_WIDTH) return null;
        return orderflow.flow.of("footprint").find(({columns}) =>
            columns.length && columns[0].end - columns[0].timestamp === series.length) ?? null;
    }

    // How many rows go together, a power of two, so that a row can be read, or at least be seen.
    function together(tick, frame, half) {
        const middle = (frame.low + frame.high) / 2;
        const pixels = Math.abs(frame.y(middle + tick) - frame.y(middle));
        const wanted = half >= TEXT_WIDTH ? ROW : LEAST_HEIGHT;
        return 2 ** Math.max(0, Math.ceil(Math.log2(wanted / pixels) - 1e-9));
    }

    // What is drawn of a column: rows with their sums, point of control, imbalances and stacks.
    function cells({tick, ...column}, many, {ratio = 3, stack = 3, lot}) {
        const found = orderflow.volumes.sum([column], many);
        if (!found) return null;
        const {totals, control, imbalances, stacks} = orderflow.volumes, {values} = found;
        const volumes = totals(values);
        const least = lot ?? Math.min(...values.filter(value => value > 0));
        const marks = imbalances(values, ratio, least);
        let buy = 0, sell = 0;
        for (let i = 0; i < values.length; i += 2) {
            buy += values[i];
            sell += values[i + 1];
        }
        return {
            ...found, tick: tick * many, volumes, control: control(volumes), marks,
            stacks: stacks(marks, stack), buy, sell,
        };
    }

    // Kept as long as the column is: what is worked out for a column at a zoom.
    const known = new WeakMap();

    function cellsOf(column, many, series) {
        const before = known.get(column);
        if (before?.many === many) return before.found;
        const found = cells(column, many, series);
        known.set(column, {many, found});
        return found;
    }

    // The colours of both sides, the strongest for imbalances.
    function shadesOf({up, down}) {
        const alpha = shade => shade === SHADES ? 1 : FAINT + (STRONG - FAINT) * shade / (SHADES - 1);
        const of = color => Array.from({length: SHADES + 1}, (_, shade) => orderflow.raster.color(color, alpha(shade)));
        return {up: of(up), down: of(down)};
    }

    // Calls `each(index, top, bottom)` for the rows of a bar that are in sight.
    function rows(found, {y, snap, pixel, height}, shift, each) {
        found.volumes.forEach((_, index) => {
            const price = (found.row + index) * found.tick - shift;
            const top = snap(y(price + found.tick)), bottom = snap(y(price)) - pixel;
            if (bottom >= 0 && top <= height) each(index, top, bottom);
        });
    }

    function paint(found, {left, middle, right, words}, frame, shift, shades) {
        const {raster} = orderflow, {pixel} = frame, most = found.volumes[found.control];
        const at = place => Math.round(place / pixel);
        rows(found, frame, shift, (index, top, bottom) => {
            const half = (size, colors, from, to, marked) => {
                if (!size && !words) return;
                const shade = marked ? SHADES : Math.min(SHADES - 1, Math.floor(size / most * SHADES));
                raster.rectangle(colors[shade], at(from), at(top), at(to), at(bottom));
            };
            half(found.values[2 * index + 1], shades.down, left, middle - pixel, found.marks.sell[index]);
            half(found.values[2 * index], shades.up, middle, right, found.marks.buy[index]);
        });
    }

    function outline(context, color, left, top, right, bottom, thin) {
        context.fillStyle = color;
        context.fillRect(left, top, right - left, thin);
        context.fillRect(left, bottom - thin, right - left, thin);
        context.fillRect(left, top, thin, bottom - top);
        context.fillRect(right - thin, top, thin, bottom - top);
    }

    // What marks a bar: the body of its candle at the left edge, point of control, stacks.
    function marks(context, found, {left, right}, frame, shift) {
        const {colors, snap, y} = frame, edge = row => snap(y((found.row + row) * found.tick - shift));
        for (const {side, first, end} of found.stacks) {
            context.fillStyle = side > 0 ? colors.up : colors.down;
            const at = side > 0 ? right : left - 2;
            context.fillRect(at, edge(end), 2, edge(first) - edge(end));
        }
        const {control} = found;
        outline(context, colors.text, left, edge(control + 1), right, edge(control), frame.pixel);
    }

    function body(context, series, row, left, frame) {
        const {open, high, low, close} = series, {snap, y, colors} = frame;
        context.fillStyle = close[row] >= open[row] ? colors.up : colors.down;
        context.fillRect(snap(left + CANDLE / 2), snap(y(high[row])), frame.pixel, snap(y(low[row])) - snap(y(high[row])));
        const top = snap(y(Math.max(open[row], close[row]))), bottom = snap(y(Math.min(open[row], close[row])));
        context.fillRect(snap(left), top, CANDLE, Math.max(bottom - top, frame.pixel));
    }

    const words = new Map();

    // A size in few signs, kept: the same ones come again in each frame.
    function word(size) {
        if (words.size > 20000) words.clear();
        if (!words.has(size)) words.set(size, size ? orderflow.scale.short(size, size / 100) : "0");
        return words.get(size);
    }

    // Writes sells and buys of a bar's rows to both sides of its middle.
    function write(context, found, middle, frame, shift) {
        const {font} = context, {values, marks} = found;
        context.textBaseline = "middle";
        for (const bold of [0, 1]) {
            context.fillStyle = bold ? frame.colors.panel : frame.colors.text;
            context.font = font.replace(/\d+px/, `${bold ? "bold " : ""}${FONT}px`);
            for (const [first, side, x, align] of [[1, "sell", -3, "right"], [0, "buy", 3, "left"]]) {
                context.textAlign = align;
                rows(found, frame, shift, (index, top, bottom) => {
                    if (marks[side][index] !== bold || bottom - top < TEXT_HEIGHT) return;
                    context.fillText(word(values[2 * index + first]), middle + x, (top + bottom) / 2 + 0.5);
                });
            }
        }
        context.font = font;
    }

    // The numbers of a bar as a bitmap as high as the pane.
    function bitmap(found, frame, shift, font) {
        const scale = 1 / frame.pixel, half = Math.ceil(LONGEST * scale);
        const context = new OffscreenCanvas(2 * half, Math.round(frame.height * scale)).getContext("2d");
        context.setTransform(scale, 0, 0, scale, half, 0);
        context.font = font;
        write(context, found, 0, frame, shift);
        return context.canvas.transferToImageBitmap();
    }

    const written = new Map();  // numbers by column, the last used last

    // Numbers whose rows stand where they stood in the last picture are a bitmap: letters cost more than
    // all else, but a bitmap that is of use once costs more than they.
    function numbers(context, {found, column, bar: {middle}}, frame, shift) {
        const {low, high, height, log, pixel, theme} = frame;
        const name = [low, high, height, log, pixel, theme, found.tick, shift].join();
        const before = written.get(column), stands = before?.name === name;
        const made = stands ? before.made ?? bitmap(found, frame, shift, context.font) : null;
        written.delete(column);
        written.set(column, {name, made});
        if (written.size > MOST_WRITTEN) written.delete(written.keys().next().value);
        if (!made) return write(context, found, middle, frame, shift);
        context.save();
        context.resetTransform();
        context.drawImage(made, Math.round(middle / pixel) - made.width / 2, 0);
        context.restore();
    }

    // Delta and volume, under the lowest row of a bar.
    function foot(context, found, {left, right}, frame, shift) {
        const {scale} = orderflow, delta = found.buy - found.sell, volume = found.buy + found.sell;
        const y = frame.y(found.row * found.tick - shift) + 9, middle = (left + right) / 2;
        if (y + FOOT / 2 > frame.height) return;
        context.textAlign = "center";
        context.fillStyle = delta >= 0 ? frame.colors.up : frame.colors.down;
        context.fillText(`Δ ${delta > 0 ? "+" : ""}${scale.short(delta, Math.abs(delta) / 100 || 1)}`, middle, y);
        context.fillStyle = frame.colors.muted;
        context.fillText(`Σ ${scale.short(volume, volume / 100 || 1)}`, middle, y + 12);
    }

    // Draws the bars in sight; false where candles are to be drawn instead.
    function draw(context, series, frame, shift) {
        const footprint = shown(series, frame.pixels);
        if (!footprint) return false;
        const shades = shadesOf(frame.colors), bars = [], {raster} = orderflow, {snap} = frame;
        const width = series.length * frame.pixels, half = (width * (1 - 2 * INSET) - CANDLE - 2) / 2;
        const many = together(footprint.columns[0].tick, frame, half), words = half >= TEXT_WIDTH;
        for (const column of orderflow.flow.inSight(footprint.columns, frame.range)) {
            const found = cellsOf(column, many, footprint);
            if (!found) continue;
            const begin = frame.x(column.timestamp), left = snap(begin + width * INSET + CANDLE + 2);
            const right = snap(begin + width * (1 - INSET)), bar = {left, middle: snap((left + right) / 2), right, words};
            paint(found, bar, frame, shift, shades);
            bars.push({found, bar, column});
        }
        raster.lay(context);
        for (const {found, bar, column} of bars) {
            marks(context, found, bar, frame, shift);
            const row = orderflow.rows.rowAt(series, column.timestamp);
            if (row >= 0) body(context, series, row, bar.left - CANDLE - 2, frame);
            if (words) foot(context, found, bar, frame, shift);
        }
        if (words) bars.forEach(bar => numbers(context, bar, frame, shift));
        return true;
    }

    // The columns in sight, as they are held; `drawn` is whether they are in place of the candles.
    function data(range, series, frame) {
        const drawn = frame ? shown(series, frame.pixels) : null;
        return orderflow.flow.of("footprint").map(footprint => ({
            key: footprint.key, title: footprint.title, style: "footprint",
            drawn: orderflow.layersShown.footprint && footprint.key === drawn?.key,
            columns: orderflow.flow.inSight(footprint.columns, range).map(column => {
                const {timestamp, end, tick, low, values} = column, found = cells(column, 1, footprint);
                return {
                    timestamp, end, tick, low, buy: [...values].filter((_, i) => i % 2 === 0),
                    sell: [...values].filter((_, i) => i % 2), delta: found && found.buy - found.sell,
                    control: found && (found.row + found.control) * tick,
                    stacks: found?.stacks ?? [],
                };
            }),
        }));
    }

    orderflow.footprint = {draw, data, shown};
})(window.orderflow ??= {});
