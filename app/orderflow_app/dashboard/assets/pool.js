// Bars that are narrower than the eye can tell are drawn as one: from the lowest low to the highest
// high, so that no extreme is lost. Which bars go together depends on their times alone, so that a
// picture does not flicker when it moves.
(orderflow => {
    "use strict";

    const LEAST = 2;  // pixels of a bar, or of what is drawn for several

    function merge(into, row, {high, low, close, y, up}) {
        const last = into.x.length - 1;
        if (close) {
            into.high[last] = Math.max(into.high[last], high[row]);
            into.low[last] = Math.min(into.low[last], low[row]);
            into.close[last] = close[row];
        } else if (Math.abs(y[row]) > Math.abs(into.y[last]) || into.style !== "bars") {
            into.y[last] = y[row];
            into.up[last] = up?.[row];
        }
    }

    function begin(into, row, time, {open, high, low, close, y, up}) {
        into.x.push(time);
        if (close) {
            into.open.push(open[row]);
            into.high.push(high[row]);
            into.low.push(low[row]);
            into.close.push(close[row]);
        } else {
            into.y.push(y[row]);
            into.up.push(up?.[row]);
        }
    }

    // The series itself where its bars are wide enough, else one of fewer and longer bars.
    function pooled(series, frame) {
        const many = 2 ** Math.ceil(Math.log2(LEAST / (series.length * frame.pixels)));
        if (many <= 1) return series;
        const length = many * series.length, values = series.close ?? series.y;
        const into = {...series, length, x: [], up: []};
        for (const name of orderflow.rows.columnsOf(series)) into[name] = [];
        const [first, end] = orderflow.rows.inSight(series, frame.range);
        for (let row = first; row < end; row++) {
            if (values[row] == null) continue;
            const time = Math.floor(series.x[row] / length) * length;
            if (into.x.at(-1) === time) merge(into, row, series);
            else begin(into, row, time, series);
        }
        return into;
    }

    orderflow.pooled = pooled;
})(window.orderflow ??= {});
