// The ladder: the best levels, or prices in steps of so many ticks around the mid, with their sizes
// and what was traded there.
(orderflow => {
    "use strict";

    const ROWS = 10, GROUPS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000];
    const HAIR = 1e-6;  // of a step, by which a price may be off it

    let depth = {bids: [], asks: [], decimals: 0, tick: 1};

    const box = () => document.querySelector("#ladder");
    const choice = () => document.querySelector("#group");
    const group = () => orderflow.memory.get("group", {})[orderflow.held.instrument] ?? 0;

    const stepSize = () => (group() || 1) * depth.tick;

    // The step that a price of a side belongs to: bids are rounded down, asks up, never inwards.
    const stepOf = (side, size) => side === "bid"
        ? price => Math.floor(price / size + HAIR)
        : price => Math.ceil(price / size - HAIR);

    function summed(levels, step) {
        const found = new Map();
        for (const [price, size] of levels) found.set(step(price), (found.get(step(price)) ?? 0) + size);
        return found;
    }

    // What was traded of late, by step: buys, which meet the asks, are rounded up, and sells down.
    function traded(size) {
        const found = new Map(), [up, down] = [stepOf("ask", size), stepOf("bid", size)];
        orderflow.tape.newestFirst((time, price, amount, side) => {
            const at = side > 0 ? up(price) : down(price);
            if (!found.has(at)) found.set(at, {buy: 0, sell: 0});
            found.get(at)[side > 0 ? "buy" : "sell"] += amount;
        });
        return found;
    }

    // The rows of a side, best first: {price, size, buy, sell}.
    function rows(side, trades) {
        const levels = depth[`${side}s`], count = group(), size = stepSize();
        if (!levels.length) return [];
        const step = stepOf(side, size), sizes = summed(levels, step);
        const best = step(levels[0][0]), way = side === "bid" ? -1 : 1;
        const steps = count ? Array.from({length: ROWS}, (_, row) => best + way * row) : [...sizes.keys()].slice(0, ROWS);
        return steps.map((at, row) => ({
            price: count ? at * size : levels[row][0], size: sizes.get(at) ?? 0,
            ...trades.get(at) ?? {buy: 0, sell: 0},
        }));
    }

    function line(side, {price, size, buy, sell}, largest) {
        const {element} = orderflow.panes, {number, amount} = orderflow.scale;
        const volume = buy + sell ? amount(buy + sell) : "";
        const share = `--share: ${largest ? (size / largest * 100).toFixed(1) : 0}%`;
        const title = volume && `of the last trades ${amount(buy)} bought and ${amount(sell)} sold`;
        return element("tr", {class: `level ${side}`, style: share, title},
            element("td", {}, number(price, depth.decimals)),
            element("td", {class: buy >= sell ? "up" : "down"}, volume),
            element("td", {}, size ? amount(size) : ""));
    }

    function table(name, lines) {
        const {element} = orderflow.panes;
        return element("table", {"aria-label": name}, element("tbody", {}, ...lines));
    }

    function middle() {
        const {element} = orderflow.panes, {number} = orderflow.scale, {bids, asks, decimals} = depth;
        const part = (name, value, more = "") => element("span", {}, element("small", {}, name),
            element("b", {}, value), element("small", {}, more));
        if (!bids.length || !asks.length) return element("div", {class: "mid"}, element("span", {}, "one side is empty"));
        const mid = (bids[0][0] + asks[0][0]) / 2, spread = asks[0][0] - bids[0][0];
        return element("div", {class: "mid"}, part("mid", number(mid, decimals + 1)),
            part("spread", number(spread, decimals), `${number(spread / mid * 1e4, 2)} bps`));
    }

    function show() {
        const {element} = orderflow.panes, trades = traded(stepSize());
        const asks = rows("ask", trades).reverse(), bids = rows("bid", trades);
        if (choice() && document.activeElement !== choice()) choice().value = String(group());
        if (!asks.length && !bids.length) {
            box().replaceChildren(element("div", {class: "empty"}, "no levels"));
            return;
        }
        const largest = Math.max(...[...asks, ...bids].map(({size}) => size));
        const lines = (side, found) => found.map(row => line(side, row, largest));
        box().replaceChildren(table("Asks", lines("ask", asks)), middle(), table("Bids", lines("bid", bids)));
    }

    function take(found) {
        depth = found;
        show();
    }

    function choose() {
        const all = {...orderflow.memory.get("group", {}), [orderflow.held.instrument]: Number(choice().value)};
        orderflow.memory.set("group", all);
        show();
    }

    function listen() {
        const {element} = orderflow.panes;
        const options = [[0, "levels"], ...GROUPS.map(count => [count, count === 1 ? "1 tick" : `${count} ticks`])];
        choice().replaceChildren(...options.map(([value, text]) => element("option", {value}, text)));
        choice().addEventListener("change", choose);
    }

    orderflow.ladder = {take, show, listen};
})(window.orderflow ??= {});
