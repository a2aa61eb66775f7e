// Signals: which are on which pane; a list, newest first; toast and tone.
(orderflow => {
    "use strict";

    const KEPT = 1000, LISTED = 40;
    const TOAST_MS = 2000;

    let rows = [], have = null;
    let joined = {};  // of the store and of the file
    let list = null;
    let told = -Infinity, waiting = [];

    const box = () => document.querySelector("#signals");
    const sign = side => orderflow.signalMarks.sign(side);
    const kind = side => ({1: "buy", "-1": "sell"})[side] ?? "neither";
    const toasts = () => orderflow.memory.get("toasts", true);

    function take({whole, rows: found, have: last}) {
        have = last;
        rows = (whole ? [] : rows).concat(found).slice(-KEPT);
        if (!whole && toasts()) waiting.push(...found);
        if (!whole && found.length) orderflow.sound.play(found.at(-1).side);
        tell();
        show();
    }

    // One toast each two seconds at most: a fast replay has more signals than anyone can read.
    function tell() {
        const now = performance.now();
        if (!waiting.length) return;
        if (now - told < TOAST_MS) {
            if (!tell.later) tell.later = setTimeout(() => { tell.later = null; tell(); }, TOAST_MS - (now - told));
            return;
        }
        told = now;
        const last = waiting.at(-1), more = waiting.length - 1;
        waiting = [];
        const of = orderflow.beside.other() ? `${orderflow.held.instrument} ` : "";
        orderflow.toasts.show(`${sign(last.side)} ${of}${last.title || last.series}`,
            `${last.text}${more ? ` and ${more} more` : ""}`, kind(last.side));
    }

    // The pane of a signal: that of the price where it has one, else its own, else that of the price.
    function paneOf({price, pane, series}) {
        if (price !== null) return orderflow.panes.PRICE;
        const panes = orderflow.held.panes;
        const own = panes.find(({name}) => name === pane) ?? panes.find(each => each.series.some(({key}) => key === series));
        return own?.name ?? orderflow.panes.PRICE;
    }

    // Older than these there may be more in the store.
    const edge = () => rows.length < KEPT ? -Infinity : rows[0].timestamp;

    // Those of the store that are older than those of the file, and these.
    function all() {
        const older = orderflow.past.signals();
        if (joined.older === older && joined.rows === rows) return joined.all;
        const first = rows[0]?.timestamp ?? Infinity;
        joined = {older, rows, all: older.filter(({timestamp}) => timestamp < first).concat(rows)};
        return joined.all;
    }

    const inSight = ({name}, [from, to]) => all().filter(signal =>
        signal.timestamp >= from && signal.timestamp < to && paneOf(signal) === name);

    function go({timestamp}) {
        const {view} = orderflow;
        if (view.range) view.pan(timestamp - (view.range[0] + view.range[1]) / 2);
    }

    function choice(title, checked, choose) {
        const {element} = orderflow.panes, made = element("input", {type: "checkbox"});
        made.checked = checked;
        made.addEventListener("change", () => choose(made.checked));
        return element("label", {}, made, ` ${title}`);
    }

    function build() {
        const {element} = orderflow.panes;
        list = element("ol");
        const choices = element("span", {class: "choices"},
            choice("toasts", toasts(), yes => orderflow.memory.set("toasts", yes)),
            choice("sound", orderflow.sound.wanted(), orderflow.sound.choose));
        box().replaceChildren(element("h2", {}, "Signals", choices), list);
    }

    function line(signal) {
        const {element} = orderflow.panes, {number, clock} = orderflow.scale;
        const decimals = orderflow.flow.decimals();
        const price = signal.price === null ? "" : number(signal.price, decimals);
        const name = signal.title || signal.series;
        const button = element("button", {type: "button", title: `Show ${name} on the chart`},
            element("time", {}, clock(signal.timestamp, 1000)),
            element("b", {class: kind(signal.side)}, `${sign(signal.side)} ${name}`),
            element("span", {}, signal.text), element("span", {class: "at"}, price));
        button.addEventListener("click", () => go(signal));
        return element("li", {}, button);
    }

    // The newest first.
    const listed = () => rows.slice(-LISTED).reverse();

    function show() {
        box().hidden = !rows.length;
        if (box().hidden) return;
        if (!list) build();
        list.replaceChildren(...listed().map(line));
    }

    orderflow.signals = {take, show, have: () => have, inSight, edge, listed};
})(window.orderflow ??= {});
