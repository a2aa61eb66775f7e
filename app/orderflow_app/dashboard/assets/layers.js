// How a series is drawn: one function for each style. A frame says where times and values stand.
(orderflow => {
    "use strict";

    const LEAST_PRICE = 1, LEAST_OTHER = 6;  // pixels a bar from which its candle is drawn
    const HOLLOW = 4;  // and from which its body has an inside
    const BODY = 0.72, COLUMN = 0.8, BAND = 0.28, VOLUME = 0.75;

    // Calls `each(row, left, width)` for the rows in sight that have a value in a column.
    function rows(series, column, frame, each) {
        const [first, end] = orderflow.rows.inSight(series, frame.range);
        const width = series.length * frame.pixels, values = series[column];
        for (let row = first; row < end; row++) {
            if (values[row] != null) each(row, frame.x(series.x[row]), width);
        }
    }

    // Rising bars are hollow and falling ones filled, so that colour is not all that tells them.
    function candles(context, series, frame) {
        const {open, high, low, close} = series;
        const up = {lines: new Path2D(), bodies: new Path2D()};
        const down = {lines: new Path2D(), bodies: new Path2D()};
        rows(series, "close", frame, (row, left, width) => {
            const rises = close[row] >= open[row], {lines, bodies} = rises ? up : down;
            const body = Math.max(1, Math.round(width * BODY));
            const edge = Math.round(left + (width - body) / 2);
            const middle = edge + body / 2;
            const top = frame.y(Math.max(open[row], close[row]));
            const bottom = Math.max(frame.y(Math.min(open[row], close[row])), top + 1);
            lines.moveTo(middle, frame.y(high[row]));
            lines.lineTo(middle, top);
            lines.moveTo(middle, bottom);
            lines.lineTo(middle, frame.y(low[row]));
            if (rises && body >= HOLLOW) lines.rect(edge + 0.5, top, body - 1, bottom - top);
            else bodies.rect(edge, top, body, bottom - top);
        });
        const color = series.color?.[frame.theme];
        for (const [name, {lines, bodies}] of Object.entries({up, down})) {
            context.lineWidth = 1;
            context.strokeStyle = context.fillStyle = color ?? frame.colors[name];
            context.stroke(lines);
            context.fill(bodies);
        }
    }

    // Where bars are too close to be told apart: from low to high a band, and the close over it.
    function band(context, series, frame) {
        const color = series.color?.[frame.theme] ?? frame.colors.text;
        const area = new Path2D();
        rows(series, "close", frame, (row, left, width) => {
            const top = frame.y(series.high[row]);
            area.rect(left, top, width, Math.max(frame.y(series.low[row]) - top, 1));
        });
        context.globalAlpha = BAND;
        context.fillStyle = color;
        context.fill(area);
        context.globalAlpha = 1;
        steps(context, series, frame, "close");
    }

    // The value of a bar holds for all of the bar; where bars are missing the line is broken.
    function steps(context, series, frame, column = "y") {
        const path = new Path2D();
        let reached = null;
        rows(series, column, frame, (row, left, width) => {
            const y = frame.y(series[column][row]);
            if (reached !== null && left - reached < 0.5) path.lineTo(left, y); else path.moveTo(left, y);
            path.lineTo(left + width, y);
            reached = left + width;
        });
        context.lineWidth = 1.4;
        context.strokeStyle = series.color?.[frame.theme] ?? frame.colors.text;
        context.stroke(path);
    }

    function bars(context, series, frame) {
        const paths = [new Path2D(), new Path2D()];
        const zero = frame.y(Math.min(Math.max(0, frame.low), frame.high));
        rows(series, "y", frame, (row, left, width) => {
            const y = frame.y(series.y[row]), wide = Math.max(width * COLUMN, 1);
            paths[series.up?.[row] ? 1 : 0].rect(left + (width - wide) / 2, y, wide, zero - y);
        });
        const {up, down} = frame.colors;
        const colors = series.color ? Array(2).fill(series.color[frame.theme]) : [down, up];
        context.globalAlpha = series.color ? 1 : VOLUME;
        paths.forEach((path, index) => {
            context.fillStyle = colors[index];
            context.fill(path);
        });
        context.globalAlpha = 1;
    }

    function draw(context, series, frame) {
        const {style, key, length} = series;
        const least = key === orderflow.panes.PRICE ? LEAST_PRICE : LEAST_OTHER;
        if (style === "line") steps(context, series, frame);
        else if (style === "bars") bars(context, series, frame);
        else if (length * frame.pixels >= least) candles(context, series, frame);
        else band(context, series, frame);
    }

    orderflow.layers = {draw};
})(window.orderflow ??= {});
