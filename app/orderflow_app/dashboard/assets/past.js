// Cells and signals that are older than those of the files: read from the store as they come into sight,
// a stretch of time each, the newest first, and let go when they are far out of it.
(orderflow => {
    "use strict";

    const COLUMNS = 256;  // of the shortest series, in a stretch
    const MOST = 48, MOST_BYTES = 16e6;  // stretches of a view that are read, and what is held of all
    const AGAIN_MS = 10e3, SIGNAL_BYTES = 150;

    let length = 0;  // of a stretch
    let stretches = new Map();  // by their number: cells, signals, up to when they are read
    let reading = false, market = 0;  // and the number of the market, of which all are
    let ordered = null;  // the columns and signals of all

    function clear() {
        market++;
        stretches = new Map();
        ordered = null;
    }

    // The number of the newest stretch in sight that has not been read, null where there is none.
    function lacking([from, to], edge) {
        const now = performance.now(), least = Math.max(from, orderflow.history.begins);
        const last = Math.floor((Math.min(to, edge) - 1) / length);
        for (let number = last; number > last - MOST && (number + 1) * length > least; number--) {
            const found = stretches.get(number), needed = Math.min((number + 1) * length, edge);
            if (!found || (found.until < needed && now > found.again)) return number;
        }
        return null;
    }

    const ask = (start, end) => fetch("older-flow", {
        method: "POST", cache: "no-store", headers: {"Content-Type": "application/json"},
        body: JSON.stringify({instrument: orderflow.held.instrument, start, end}),
    });

    // A store that is written while it is read may be behind the run, which has ended else.
    function take(number, told, needed) {
        const {flow, held, heat} = orderflow;
        remove(number);
        const cells = (told?.cells ?? []).map(flow.column).filter(flow.isOlder), signals = told?.signals ?? [];
        cells.forEach(heat.add);
        const read = told?.cells ? held.running ? Math.min(told.until, needed) : needed : -Infinity;
        const bytes = cells.reduce((sum, {codes, values}) => sum + (codes ?? values).byteLength, 0);
        stretches.set(number, {
            cells, signals, until: read, again: performance.now() + AGAIN_MS,
            bytes: bytes + signals.length * SIGNAL_BYTES,
        });
        ordered = null;
        trim();
        flow.changed();
        setTimeout(orderflow.redraw, AGAIN_MS);
    }

    function remove(number) {
        stretches.get(number)?.cells.forEach(orderflow.heat.drop);
        stretches.delete(number);
        ordered = null;
    }

    // Lets go of what is farthest from the middle of the view.
    function trim() {
        const [from, to] = orderflow.view.range, middle = (from + to) / 2 / length;
        const far = [...stretches].sort(([a], [b]) => Math.abs(b + 0.5 - middle) - Math.abs(a + 0.5 - middle));
        let bytes = far.reduce((sum, [, each]) => sum + each.bytes, 0);
        for (const [number, each] of far) {
            if (bytes <= MOST_BYTES) return;
            bytes -= each.bytes;
            remove(number);
        }
    }

    async function read(number, edge) {
        const of = market, start = number * length, end = start + length;
        reading = true;
        const told = await ask(Math.max(start, 0), end).then(answer => answer.json()).catch(() => null);
        reading = false;
        if (of === market) take(number, told, Math.min(end, edge));
        orderflow.redraw();
    }

    // Reads what is in sight and older than the files, one stretch at a time.
    function look() {
        const {flow, history, signals, view: {range}} = orderflow;
        if (reading || !range || history.begins === null || !flow.isWhole()) return;
        const edge = Math.max(flow.edge(), signals.edge()), wanted = COLUMNS * flow.shortest();
        if (!(range[0] < edge)) return;
        if (wanted !== length) {
            for (const number of [...stretches.keys()]) remove(number);
            clear();
            length = wanted;
        }
        const number = lacking(range, edge);
        if (number !== null) read(number, edge);
    }

    // The columns of all series and the signals, in order; a column that reaches into several
    // stretches once.
    function all() {
        if (ordered) return ordered;
        const sorted = [...stretches].sort(([a], [b]) => a - b).map(([, each]) => each), found = new Map();
        for (const each of sorted.flatMap(({cells}) => cells)) {
            found.set(`${each.series}|${each.timestamp}|${each.end}`, each);
        }
        const cells = [...found.values()].sort((a, b) => a.timestamp - b.timestamp);
        return ordered = {cells, signals: sorted.flatMap(({signals}) => signals)};
    }

    orderflow.past = {
        look, clear, cells: () => all().cells, signals: () => all().signals, isReading: () => reading,
    };
})(window.orderflow ??= {});
