// What the page holds of order flow: columns of cells by series, and trades. The server sends what is
// new, and history in tiles, the newest first.
(orderflow => {
    "use strict";

    const CHANNELS = 2;  // buy and sell, of a footprint and a profile
    const ZERO = 2048;  // the code of size 1, so that codes of all sizes are above 0

    const files = () => ({epoch: "", first: 0, extent: [0, 0], rows: []});
    const held = {run: "", cells: files(), trades: files(), open: {}, series: {}};
    let bySeries = null;  // columns by series, made anew when one has come
    let firsts = new Map();  // where the columns of the files begin, by series

    const bytes = text => Uint8Array.from(atob(text), sign => sign.charCodeAt(0));
    const numbers = text => new Float32Array(bytes(text).buffer);

    // A column with its rows: codes of sizes for a heat map, else buy and sell of each row in turn.
    function column({data, base, ...place}) {
        const row = Math.round(place.low / place.tick);
        if (base === undefined) return {...place, row, values: numbers(data)};
        const codes = Uint16Array.from(bytes(data), byte => byte && ZERO + base + byte);
        return {...place, row, codes};
    }

    function trades({x, price, size, side}) {
        let time = 0;
        return {
            x: Float64Array.from(x, after => time += after), price: Float64Array.from(price),
            size: Float64Array.from(size), side: Int8Array.from(side),
        };
    }

    const READ = {cells: column, trades};
    const WATCH = {cells: () => [orderflow.heat], trades: () => [orderflow.bubbles]};

    function join(name, {epoch, first, extent, anew, older, newer}) {
        const file = held[name], watchers = WATCH[name]();
        if (anew) {
            file.rows = [];
            watchers.forEach(each => each.clear());
            if (name === "cells") orderflow.past.clear();
        }
        const numbered = (rows, begin) =>
            rows.map((row, index) => ({...READ[name](row), number: begin + index}));
        const before = numbered(older, extent[0]), after = numbered(newer, extent[1] - newer.length);
        file.rows.push(...after);
        if (before.length) file.rows = before.concat(file.rows);
        const gone = file.rows.findIndex(({number}) => number >= first);
        const dropped = gone > 0 ? file.rows.splice(0, gone) : [];
        Object.assign(file, {epoch, first, extent: [Math.max(extent[0], first), extent[1]]});
        watchers.forEach(each => {
            before.forEach(each.add);
            after.forEach(each.add);
            dropped.forEach(each.drop);
        });
    }

    // A column that grows: rows that have changed go over those that were there.
    function grow(name, {count, rows, data, ...place}) {
        const values = new Float32Array(count * CHANNELS), before = held.open[name];
        const row = Math.round(place.low / place.tick);
        if (before?.timestamp === place.timestamp && before.tick === place.tick) {
            const shift = (before.row - row) * CHANNELS;
            before.values.forEach((value, index) => values[index + shift] = value);
        }
        const changed = numbers(data);
        rows.forEach((each, index) => {
            values.set(changed.subarray(index * CHANNELS, (index + 1) * CHANNELS), each * CHANNELS);
        });
        held.open[name] = {...place, row, values};
    }

    function take(told) {
        if (told.run !== held.run) {
            Object.assign(held, {run: told.run, cells: files(), trades: files(), open: {}, series: {}});
            orderflow.heat.clear();
            orderflow.bubbles.clear();
            orderflow.past.clear();
        }
        Object.assign(held.series, told.series);
        for (const name of ["cells", "trades"]) if (told[name]) join(name, told[name]);
        for (const [name, open] of Object.entries(told.open)) grow(name, open);
        for (const name of told.closed) delete held.open[name];
        changed();
        return Boolean(told.cells?.more || told.trades?.more);
    }

    const changed = () => bySeries = null;

    // What the server is told, so that it sends no more than is missing.
    function have() {
        const open = Object.entries(held.open).map(([name, {timestamp, known_at: at}]) =>
            [name, [timestamp, at]]);
        const {run, cells, trades: told} = held;
        return {
            run, open: Object.fromEntries(open),
            cells: [cells.epoch, ...cells.extent], trades: [told.epoch, ...told.extent],
        };
    }

    // The columns of each series in their order: those of the store, of the files, and the open one.
    function columns() {
        if (bySeries) return bySeries;
        bySeries = new Map(Object.keys(held.series).map(key => [key, []]));
        firsts = new Map();
        for (const each of held.cells.rows) if (!firsts.has(each.series)) firsts.set(each.series, each.timestamp);
        for (const each of orderflow.past.cells()) if (isOlder(each)) bySeries.get(each.series)?.push(each);
        for (const each of held.cells.rows) bySeries.get(each.series).push(each);
        for (const [key, open] of Object.entries(held.open)) {
            const last = bySeries.get(key).at(-1);
            if (!last || open.timestamp > last.timestamp) bySeries.get(key).push(open);
        }
        return bySeries;
    }

    // Whether a column is older than those that the files have of its series.
    const isOlder = ({series, timestamp}) => timestamp < (firsts.get(series) ?? Infinity);

    // Where the files begin to have all columns, and whether what they have is here.
    function edge() {
        columns();
        return Math.max(-Infinity, ...firsts.values());
    }

    const isWhole = () => held.cells.extent[0] <= held.cells.first;

    // How long short columns are, one that was cut off by the end aside; else the bars.
    function shortest() {
        const lengths = held.cells.rows.slice(-50).map(({timestamp, end}) => end - timestamp || Infinity);
        return Math.min(orderflow.held.own, lengths.sort((a, b) => a - b)[lengths.length >> 2] ?? Infinity);
    }

    // The series of a style: how each is drawn, and its columns.
    function of(style) {
        return [...columns()].filter(([key]) => held.series[key].style === style)
            .map(([key, found]) => ({...held.series[key], key, columns: found}));
    }

    // The columns that reach into a range of time.
    function inSight(columns, [from, to]) {
        let first = columns.length;
        while (first && columns[first - 1].end > from) first--;
        let end = first;
        while (end < columns.length && columns[end].timestamp < to) end++;
        return columns.slice(first, end);
    }

    // The decimals of the price.
    const decimals = () => orderflow.rows.all().find(({key}) => key === orderflow.panes.PRICE)?.decimals ?? 0;

    const sizeOf = code => code && 2 ** ((code - ZERO) / orderflow.flow.STEPS);

    orderflow.flow = {
        held, take, have, of, inSight, decimals, sizeOf, column, changed, isOlder, edge, isWhole, shortest, STEPS: 12,
    };
})(window.orderflow ??= {});
