// Bars that are older than those of the files: read from the store, a page at a time, as they come
// into sight, and let go when they are far out of it. They stand before the files' rows in each series.
(orderflow => {
    "use strict";

    const PAGE = 4000, MOST = 10000, KEPT = 40000;  // bars of the shortest series
    const AHEAD = 0.5, NEAR = 1;  // widths of the view: that are read ahead, and that are kept
    const AGAIN_MS = 10e3, ROOM = 130;
    const NO_ANSWER = "Older bars cannot be read: the server does not answer.";

    // `begins` is where the store does, null where there is none; `told` says why there is no more,
    // and `trouble` why what there is cannot be read just now.
    const history = {begins: null, told: "", trouble: "", reading: false};
    let spans = [];  // what has been read, in order, as [from, to]
    let chart = 0, known = false;  // the number of the chart, and whether the store has been asked

    const filled = () => orderflow.rows.all().filter(({x, older}) => x.length > older);
    const shortest = () => Math.min(...orderflow.rows.all().map(({length}) => length));

    // Where the rows of the files begin: of all series, and of at least one.
    const edge = () => Math.max(...filled().map(({x, older}) => x[older]));
    const first = () => Math.min(...filled().map(({x, older}) => x[older]));

    // Where the bars begin that there are.
    const begin = () => history.begins === null ? first() : Math.min(history.begins, first());

    function reset() {
        chart++;
        spans = [];
        known = false;
        Object.assign(history, {begins: null, told: "", trouble: "", reading: false});
        orderflow.rows.all().forEach(series => series.older = 0);
    }

    // Another picture of the same run and bars: what is held of each series goes before its new rows.
    function renew(before) {
        const {firstFrom, columnsOf, all} = orderflow.rows;
        for (const series of all()) {
            const old = before.find(({key}) => key === series.key);
            series.older = old ? firstFrom(old.x, series.x[0] ?? Infinity) : 0;
            if (!old) spans = [];
            for (const name of old ? ["x", "up", ...columnsOf(series)] : []) {
                if (series[name]) series[name] = old[name].slice(0, series.older).concat(series[name]);
            }
        }
    }

    function add(from, to) {
        const found = [];
        for (const span of [...spans, [from, to]].sort((a, b) => a[0] - b[0])) {
            const last = found.at(-1);
            if (last && last[1] >= span[0]) last[1] = Math.max(last[1], span[1]);
            else if (span[1] > span[0]) found.push([...span]);
        }
        spans = found;
    }

    function remove(from, to) {
        spans = spans.flatMap(([a, b]) => [[a, Math.min(b, from)], [Math.max(a, to), b]])
            .filter(([a, b]) => b > a);
    }

    // The newest page near the view that has not been read, null where there is none.
    function lacking() {
        if (history.begins === null) return null;
        const [from, to] = orderflow.view.range, ahead = (to - from) * AHEAD;
        const least = Math.max(from - ahead, history.begins);
        let end = Math.min(to + ahead, edge());
        for (const [a, b] of [...spans].reverse()) if (a < end && end <= b) end = a;
        if (end <= least) return null;
        const below = spans.filter(([, b]) => b < end).at(-1)?.[1] ?? -Infinity;
        const start = Math.max(history.begins, below, end - PAGE * shortest());
        return [Math.floor(start), Math.ceil(end)];
    }

    const ask = (start, end) => fetch("older", {
        method: "POST", cache: "no-store", headers: {"Content-Type": "application/json"},
        body: JSON.stringify({
            instrument: orderflow.held.instrument, start, end, length: orderflow.loop.shows.length,
        }),
    });

    function insert(series, {x, ...columns}) {
        const limit = series.x[series.older] ?? Infinity, {firstFrom} = orderflow.rows;
        const count = firstFrom(x, limit);
        if (!count) return;
        const from = firstFrom(series.x, x[0]), to = firstFrom(series.x, x[count - 1] + 1);
        for (const [name, values] of Object.entries({x, ...columns})) {
            const before = series[name].slice(0, from), after = series[name].slice(to);
            series[name] = before.concat(values.slice(0, count), after);
        }
        series.older += count - (to - from);
    }

    // Lets go of what is far from the view, where there is much.
    function trim() {
        const all = orderflow.rows.all();
        if (!all.some(({older}) => older > KEPT)) return;
        const [from, to] = orderflow.view.range, near = (to - from) * NEAR;
        for (const series of all) {
            const {older} = series, {firstFrom, columnsOf} = orderflow.rows;
            const low = Math.min(firstFrom(series.x, from - near), older);
            const high = Math.min(firstFrom(series.x, to + near), older);
            for (const name of ["x", "up", ...columnsOf(series)]) {
                if (series[name]) series[name] = series[name].slice(low, high).concat(series[name].slice(older));
            }
            series.older = high - low;
        }
        remove(-Infinity, from - near);
        remove(to + near, Infinity);
    }

    function take({columns, ...told}, end) {
        Object.assign(history, {begins: told.begins, told: told.told, trouble: ""});
        for (const series of orderflow.rows.all()) {
            if (columns[series.key]) insert(series, columns[series.key]);
        }
        add(told.start, end);
        if (told.until < end && orderflow.held.running) put(Math.max(told.until, told.start), end);
        trim();
    }

    function lacks(told, start, end) {
        history[history.begins === null ? "told" : "trouble"] = told;
        put(start, end);
    }

    // What could not be read counts as read for a while, so that it is not asked for at each frame.
    function put(start, end) {
        const of = chart;
        add(start, end);
        setTimeout(() => {
            if (of !== chart) return;
            remove(start, end);
            orderflow.redraw();
        }, AGAIN_MS);
    }

    async function read(start, end) {
        const of = chart;
        history.reading = true;
        known = true;
        try {
            const answer = await ask(start, end);
            const told = await answer.json();
            if (of === chart && told.columns) take(told, end);
            else if (of === chart) lacks(told.told, start, end);
        } catch {
            if (of === chart) lacks(NO_ANSWER, start, end);
        }
        if (of !== chart) return;
        history.reading = false;
        if (history.begins === null) setTimeout(() => known = of !== chart && known, AGAIN_MS);
        orderflow.redraw();
    }

    // Reads what has come near the view, one page at a time.
    function look() {
        if (history.reading || !orderflow.view.range || !filled().length) return;
        const wanted = lacking();
        if (wanted) read(...wanted);
        else if (!known && (!history.told || orderflow.view.range[0] < first())) read(edge(), edge());
    }

    // Where the bars are, where all are out of sight: one of two charts may be of another time.
    function elsewhere() {
        const {held, view: {range}, scale: {date, clock}, zone} = orderflow;
        const first = begin(), end = orderflow.rows.extent()[1];
        if (first < range[1] && end > range[0]) return "";
        const [from, to] = [first, end].map(time => `${date(time)} ${clock(time, 60e3)}`);
        return `${held.instrument} has no bars of this time: its bars are of ${from} to ${to} ${zone.label(end)}.`;
    }

    // Says where the bars end, in the room before the first one.
    function show() {
        const element = document.querySelector("#history"), {range} = orderflow.view;
        if (!range || !filled().length) return;
        const width = orderflow.plotWidth, share = (begin() - range[0]) / (range[1] - range[0]);
        const room = Math.min(share, 1) * width, ends = room >= ROOM ? history.told : "";
        const fails = range[0] < edge() ? history.trouble : "";
        const words = history.reading && lacking() ? "Reading older bars" : fails || elsewhere() || ends;
        if (element.textContent !== words) element.textContent = words;
        element.style.width = `${Math.max(room, ROOM)}px`;
    }

    // Takes notice that the rows of the files have moved on from where they began. Those that have
    // left stay, where there is a store: it may not have them yet.
    function slid(before) {
        if (!keeps() || !filled().length || !Number.isFinite(before)) return;
        add(before, edge());
        trim();
    }

    const keeps = () => history.begins !== null;

    orderflow.history = Object.assign(history, {MOST, reset, renew, look, show, begin, edge, shortest, keeps, slid});
})(window.orderflow ??= {});
