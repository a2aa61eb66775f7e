// How a series is drawn: one function for each style. A frame says where times and values stand.
(orderflow => {
    "use strict";

    const LEAST_OTHER = 6;  // pixels a bar from which candles of other series than the price are drawn
    const HOLLOW = 4;  // and pixels of a body from which it has an inside
    const BODY = 0.72, COLUMN = 0.8, BAND = 0.28, VOLUME = 0.75, LINE = 1, NARROW = 2.5;

    // Calls `each(row, left, right)` for the rows in sight that have a value in a column.
    function rows(series, column, frame, each) {
        const [first, end] = orderflow.rows.inSight(series, frame.range);
        const {x, length, style, [column]: values} = series;
        const newest = style === "steps" ? orderflow.rows.extent()?.[1] : 0;
        for (let row = first; row < end; row++) {
            if (values[row] == null) continue;
            const until = style === "steps" ? x[row + 1] ?? newest : x[row] + length;
            each(row, frame.x(x[row]), frame.x(until));
        }
    }

    // All that is drawn here is made of rectangles on whole pixels of the screen, a colour at a time.
    function fill(frame, color, rectangles, alpha) {
        const {pixel} = frame, {raster} = orderflow, filled = raster.color(color, alpha);
        const at = index => Math.round(rectangles[index] / pixel);
        for (let i = 0; i < rectangles.length; i += 4) {
            const left = at(i), top = at(i + 1);
            raster.rectangle(filled, left, top, Math.max(at(i + 2), left + 1), Math.max(at(i + 3), top + 1));
        }
    }

    // Rising bars are hollow and falling ones filled, so that colour is not all that tells them.
    function candles(series, frame) {
        const {open, high, low, close} = series, {y, pixel} = frame;
        const up = [], down = [];
        rows(series, "close", frame, (row, left, right) => {
            const rises = close[row] >= open[row], found = rises ? up : down;
            const body = Math.max((right - left) * BODY, pixel);
            const edge = frame.snap(left + (right - left - body) / 2), end = frame.snap(edge + body);
            const middle = frame.snap((edge + end - pixel) / 2), side = middle + pixel;
            const top = y(Math.max(open[row], close[row])), bottom = y(Math.min(open[row], close[row]));
            if (rises && body >= HOLLOW) {
                found.push(middle, y(high[row]), side, top, middle, bottom, side, y(low[row]));
                found.push(edge, top, end, top + pixel, edge, bottom - pixel, end, bottom);
                found.push(edge, top, edge + pixel, bottom, end - pixel, top, end, bottom);
            } else {
                found.push(middle, y(high[row]), side, y(low[row]));
                if (body > 2 * pixel) found.push(edge, top, end, bottom);
            }
        });
        const color = series.color?.[frame.theme];
        fill(frame, color ?? frame.colors.up, up);
        fill(frame, color ?? frame.colors.down, down);
    }

    // Where bars are too close to be told apart: from low to high a band, and the close over it.
    function band(series, frame) {
        const found = [];
        rows(series, "close", frame, (row, left, right) => {
            found.push(left, frame.y(series.high[row]), right, frame.y(series.low[row]));
        });
        fill(frame, series.color?.[frame.theme] ?? frame.colors.text, found, BAND);
        steps(series, frame, "close");
    }

    // The value of a bar holds for all of the bar; where bars are missing a line is broken, and
    // steps go on.
    function steps(series, frame, column = "y") {
        const found = [];
        let reached = null, before = 0;
        rows(series, column, frame, (row, left, right) => {
            const y = frame.y(series[column][row]), joins = reached !== null && left - reached < 0.5;
            const top = joins ? Math.min(before, y) : y, bottom = joins ? Math.max(before, y) : y;
            if (right - left > NARROW && joins) found.push(left, top, left + LINE, bottom + LINE);
            if (right - left > NARROW) found.push(left, y, right, y + LINE);
            else found.push(left, top, right, bottom + LINE);
            [reached, before] = [right, y];
        });
        fill(frame, series.color?.[frame.theme] ?? frame.colors.text, found);
    }

    function bars(series, frame) {
        const up = [], down = [];
        const zero = frame.y(Math.min(Math.max(0, frame.low), frame.high));
        rows(series, "y", frame, (row, left, right) => {
            const y = frame.y(series.y[row]), inset = (right - left) * (1 - COLUMN) / 2;
            const found = series.up?.[row] ? up : down;
            found.push(left + inset, Math.min(y, zero), right - inset, Math.max(y, zero));
        });
        const color = series.color?.[frame.theme], alpha = color ? 1 : VOLUME;
        fill(frame, color ?? frame.colors.up, up, alpha);
        fill(frame, color ?? frame.colors.down, down, alpha);
    }

    function draw(context, series, frame) {
        if (orderflow.flowLayers.footprint(context, series, frame)) return;
        const {style, key, length} = series, shown = orderflow.pooled(series, frame);
        const least = key === orderflow.panes.PRICE ? 0 : LEAST_OTHER;
        if (style === "line" || style === "steps") steps(shown, frame);
        else if (style === "bars") bars(shown, frame);
        else if (length * frame.pixels >= least) candles(shown, frame);
        else band(shown, frame);
    }

    orderflow.layers = {draw};
})(window.orderflow ??= {});
