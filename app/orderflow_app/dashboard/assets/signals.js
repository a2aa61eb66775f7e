// Signals: marks on the chart at their price, or on their pane; a list, newest first; a toast.
(orderflow => {
    "use strict";

    const KEPT = 1000, LISTED = 40;
    const SIZE = 5, SMALL = 3, AWAY = 7, ROOM = 60;  // pixels of a mark, between it and its price, and for its words
    const WORDED = 40;  // marks in sight beside which words can be read
    const TOAST_MS = 2000;

    let rows = [], have = null;
    let list = null, toasting = null;
    let told = -Infinity, waiting = [];

    const box = () => document.querySelector("#signals");
    const sign = side => ({1: "▲", "-1": "▼"})[side] ?? "◆";
    const kind = side => ({1: "buy", "-1": "sell"})[side] ?? "neither";
    const toasts = () => orderflow.memory.get("toasts", true);

    function take({whole, rows: found, have: last}) {
        have = last;
        rows = (whole ? [] : rows).concat(found).slice(-KEPT);
        if (!whole && toasts()) waiting.push(...found);
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
        orderflow.toasts.show(`${sign(last.side)} ${last.title || last.series}`,
            `${last.text}${more ? ` and ${more} more` : ""}`, kind(last.side));
    }

    // The pane of a signal: that of the price where it has one, else its own, else that of the price.
    function paneOf({price, pane, series}) {
        if (price !== null) return orderflow.panes.PRICE;
        const panes = orderflow.held.panes;
        const own = panes.find(({name}) => name === pane) ?? panes.find(each => each.series.some(({key}) => key === series));
        return own?.name ?? orderflow.panes.PRICE;
    }

    const inSight = ({name}, [from, to]) => rows.filter(signal =>
        signal.timestamp >= from && signal.timestamp < to && paneOf(signal) === name);

    // Up beneath its price, down above it, so that neither hides the bar; without one at the lower edge.
    function place({price, side}, frame) {
        if (price === null) return frame.height - 2 * AWAY;
        return frame.y(price) + (side > 0 ? AWAY : side < 0 ? -AWAY : 0);
    }

    function mark(context, {side}, x, y, size) {
        context.beginPath();
        const point = side > 0 ? -size : size;
        context.moveTo(x, y + point);
        context.lineTo(x + size, y - (side ? point : 0));
        if (!side) context.lineTo(x, y - size);
        context.lineTo(x - size, y - (side ? point : 0));
        context.closePath();
        context.fill();
        context.stroke();
    }

    // Each mark has its words beside it where there are few, and the next one leaves them room; of
    // many each is small.
    function draw(context, pane, frame) {
        if (!rows.length) return;
        const {up, down, text, panel} = frame.colors;
        context.textAlign = "left";
        context.textBaseline = "middle";
        context.strokeStyle = panel;
        const found = inSight(pane, frame.range);
        const many = found.length > WORDED, size = many ? SMALL : SIZE;
        let reached = many ? -Infinity : Infinity;
        for (const signal of found.reverse()) {
            const x = frame.x(signal.timestamp), y = place(signal, frame);
            if (y < -SIZE || y > frame.height + SIZE) continue;
            context.fillStyle = signal.side > 0 ? up : signal.side < 0 ? down : text;
            mark(context, signal, x, y, size);
            if (reached - x > ROOM) {
                context.fillText(signal.text || signal.title, x + SIZE + 3, y, reached - x - 2 * SIZE);
                reached = x;
            }
        }
    }

    function go({timestamp}) {
        const {view} = orderflow;
        if (view.range) view.pan(timestamp - (view.range[0] + view.range[1]) / 2);
    }

    function build() {
        const {element} = orderflow.panes;
        toasting = element("input", {type: "checkbox"});
        toasting.checked = toasts();
        toasting.addEventListener("change", () => orderflow.memory.set("toasts", toasting.checked));
        list = element("ol");
        const label = element("label", {}, toasting, " toasts");
        box().replaceChildren(element("h2", {}, "Signals", label), list);
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

    orderflow.signals = {take, show, have: () => have, draw, inSight, listed};
})(window.orderflow ??= {});
