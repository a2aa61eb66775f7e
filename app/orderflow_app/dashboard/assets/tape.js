// The tape: the last trades, newest first, from a size on; the large ones among them are marked.
(orderflow => {
    "use strict";

    const KEPT = 5000, SHOWN = 60;
    const LARGE = 0.99, ENOUGH = 100;  // of so many trades the largest are marked

    let large = Infinity;  // from this size on a trade is marked
    let list = null, field = null, note = null;

    const box = () => document.querySelector("#tape");
    const least = () => orderflow.memory.get("tape", {})[orderflow.held.instrument] ?? 0;

    // Calls `each` for the last trades, newest first, until it returns true.
    function newestFirst(each) {
        const lines = orderflow.flow.held.trades.rows;
        let left = KEPT;
        for (let line = lines.length - 1; line >= 0; line--) {
            const {x, price, size, side} = lines[line];
            for (let row = x.length - 1; row >= 0; row--) {
                if (!left-- || each(x[row], price[row], size[row], side[row])) return;
            }
        }
    }

    // The size that a hundredth of the trades reach, so that what is large follows the market.
    function threshold() {
        const sizes = [];
        newestFirst((time, price, size) => void sizes.push(size));
        if (sizes.length < ENOUGH) return [sizes.length, Infinity];
        const sorted = Float64Array.from(sizes).sort();
        return [sizes.length, sorted[Math.ceil(LARGE * sorted.length) - 1]];
    }

    // What is shown, newest first.
    function shown() {
        const from = least(), found = [];
        newestFirst((timestamp, price, size, side) => {
            if (size >= from) found.push({timestamp, price, size, side, large: size >= large});
            return found.length === SHOWN;
        });
        return found;
    }

    function build() {
        const {element} = orderflow.panes;
        field = element("input", {type: "number", min: 0, step: "any", placeholder: "all"});
        field.addEventListener("input", () => {
            const all = {...orderflow.memory.get("tape", {}), [orderflow.held.instrument]: Number(field.value) || 0};
            orderflow.memory.set("tape", all);
            show();
        });
        const head = element("h2", {}, "Tape", element("label", {}, "size from ", field));
        list = element("tbody");
        note = element("div", {class: "empty"});
        const words = ["Time", "Price", "Size"].map(name => element("th", {scope: "col"}, name));
        const table = element("table", {"aria-label": "Trades"}, element("thead", {}, element("tr", {}, ...words)), list);
        box().replaceChildren(head, element("div", {class: "rows"}, table, note));
    }

    function line({timestamp, price, size, side, large}, decimals) {
        const {element} = orderflow.panes, {number, plain, clock} = orderflow.scale;
        const cells = [clock(timestamp, 1), number(price, decimals), plain(size)];
        const name = `${side > 0 ? "buy" : "sell"}${large ? " large" : ""}`;
        return element("tr", {class: name, title: name}, ...cells.map(text => element("td", {}, text)));
    }

    function show() {
        let count;
        [count, large] = threshold();
        box().hidden = !count;
        if (!count) return;
        if (!list) build();
        if (document.activeElement !== field) field.value = least() || "";
        const decimals = orderflow.flow.decimals(), found = shown();
        list.replaceChildren(...found.map(trade => line(trade, decimals)));
        note.textContent = found.length ? "" : `none of the last ${count} trades is so large`;
    }

    orderflow.tape = {show, shown, newestFirst};
})(window.orderflow ??= {});
