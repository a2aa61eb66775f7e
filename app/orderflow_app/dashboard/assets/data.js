// What the chart holds: the panes with their series, column by column, as the server sends them.
(orderflow => {
    "use strict";

    const held = {
        panes: [], have: null, instrument: null, day: "", started: null, simulated: false, running: false,
        length: 60e3, own: 60e3, timed: true,
    };

    const chartOf = ({instrument, day, started, length}) => JSON.stringify([instrument, day, started, length]);

    const all = () => held.panes.flatMap(pane => pane.series);

    // The first `older` rows of a series are older than those of the files, which follow them.
    function join(series, {drop, keep, columns}) {
        const stay = series.older > 0 || orderflow.history.keeps(), gone = series.older + drop;
        for (const [name, values] of Object.entries(columns)) {
            series[name] = series[name].slice(stay ? 0 : gone, gone + keep).concat(values);
        }
        series.older = stay ? gone : 0;
    }

    // Takes a whole chart, or the tails that go on from what is held; returns whether it was a whole.
    function take({panes, tails, ...told}) {
        const before = all(), edge = orderflow.history.edge(), chart = chartOf(held);
        Object.assign(held, told);
        if (panes) {
            const flat = ({columns, ...looks}) => ({...looks, ...columns, older: 0});
            held.panes = panes.map(pane => ({...pane, series: pane.series.map(flat)}));
        } else {
            all().forEach((series, index) => join(series, tails[index]));
        }
        if (chartOf(held) !== chart) orderflow.history.reset();
        else if (panes && orderflow.history.keeps()) orderflow.history.renew(before);
        orderflow.history.slid(edge);
        return Boolean(panes);
    }

    // The place of the first row that begins at this time or later; the times ascend.
    function firstFrom(times, time) {
        let low = 0, high = times.length;
        while (low < high) {
            const middle = (low + high) >> 1;
            if (times[middle] < time) low = middle + 1; else high = middle;
        }
        return low;
    }

    // The rows whose bars reach into a range of time: the first, and that after the last.
    // Of steps, the row before is one of them: its value still holds.
    function inSight({x, length, style}, [from, to]) {
        const first = firstFrom(x, from - length + 1);
        return [style === "steps" ? Math.max(0, first - 1) : first, firstFrom(x, to)];
    }

    // The row whose bar a time lies in, -1 where there is none.
    function rowAt({x, length, style}, time) {
        const row = firstFrom(x, time + 1) - 1;
        return row >= 0 && (style === "steps" || time < x[row] + length) ? row : -1;
    }

    // Begin of the first bar of the files and end of the last one, null where there are none.
    function extent() {
        const filled = all().filter(({x, older}) => x.length > older);
        if (!filled.length) return null;
        return [
            Math.min(...filled.map(({x, older}) => x[older])),
            Math.max(...filled.map(({x, length}) => x.at(-1) + length)),
        ];
    }

    const columnsOf = series => series.style === "candles" ? ["open", "high", "low", "close"] : ["y"];

    // What is drawn in a pane now: its ranges, and of each series the rows in sight. Without a name
    // the names of the panes, from above; null for a pane that is not shown.
    function data(name) {
        const shown = orderflow.panes.shown;
        if (name === undefined) return shown.map(pane => pane.name);
        const pane = shown.find(each => each.name === name);
        const range = orderflow.view.range;
        if (!pane || !range) return null;
        const {low = null, high = null} = pane.frame ?? {};
        return {
            title: pane.title, collapsed: pane.collapsed, log: pane.scale.log,
            instrument: held.instrument, range: [...range], values: [low, high],
            series: pane.series.map(series => drawn(series, range)),
            lines: orderflow.tools.linesOf(pane),
            signals: orderflow.signals.inSight(pane, range),
            marks: orderflow.signalMarks.data(pane, range),
            ...orderflow.flowLayers.data(pane, range),
        };
    }

    function drawn(series, range) {
        const [first, end] = inSight(series, range);
        const {key, title, style, unit, decimals, length, x} = series;
        const columns = ["x", ...columnsOf(series)].map(name => [name, series[name].slice(first, end)]);
        return {key, title, style, unit, decimals, length, rows: x.length, ...Object.fromEntries(columns)};
    }

    Object.assign(orderflow, {held, data});
    orderflow.rows = {all, take, inSight, rowAt, firstFrom, extent, columnsOf};
})(window.orderflow ??= {});
