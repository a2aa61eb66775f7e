// The depth: cumulative size by price, best first from the mid outwards. The figure is that of
// `figures/depth.py`; Plotly draws all that has changed in one call, and nothing out of sight.
(orderflow => {
    "use strict";

    const LABELS = 3, ROOM = 0.08, FILL = "29", WAIT_MS = 100;

    let depth = {bids: [], asks: [], decimals: 0};
    let due = false, inSight = false, pointer = null;

    const chart = () => document.querySelector("#depth .js-plotly-plot");

    const mid = () => depth.bids.length && depth.asks.length
        ? (depth.bids[0][0] + depth.asks[0][0]) / 2 : null;

    // A trace of the figure with the levels of its side.
    function side(trace, levels, middle, color) {
        const away = price => orderflow.scale.number(Math.abs(price / middle - 1) * 1e4, 2);
        let total = 0;
        return {
            ...trace, line: {...trace.line, color}, fillcolor: color + FILL,
            x: levels.map(([price]) => price), y: levels.map(([, size]) => total += size),
            text: levels.map(([price]) => middle ? `<br>${away(price)} bps from mid` : ""),
        };
    }

    // Round prices, two or three where there are so many, none in the decimals that prices lack;
    // the first is not so near the edge that its label is cut.
    function ticks(prices) {
        const low = Math.min(...prices), span = Math.max(...prices) - low;
        if (!(span > 0)) return prices.slice(0, 1);
        const most = Math.min(LABELS * 2, span * 10 ** depth.decimals);
        const found = orderflow.scale.ticks(low + span * ROOM, low + span, most, false);
        const every = Math.ceil(found.length / LABELS);
        return found.filter((_, index) => index % every === 0);
    }

    function layout(before, middle, {muted, grid, tag, border, text}) {
        const prices = [...depth.bids, ...depth.asks].map(([price]) => price);
        const axis = {visible: prices.length > 0, gridcolor: grid};
        const {font, hoverlabel, xaxis, yaxis, shapes: [line]} = before;
        return {
            ...before, font: {...font, color: muted},
            hoverlabel: {...hoverlabel, bgcolor: tag, bordercolor: border,
                font: {...hoverlabel.font, color: text}},
            xaxis: {...xaxis, ...axis, tickvals: ticks(prices), tickformat: `,.${depth.decimals}f`},
            yaxis: {...yaxis, ...axis},
            shapes: [{...line, visible: middle !== null, x0: middle, x1: middle,
                line: {...line.line, color: muted}}],
        };
    }

    // Draws at once, or as soon as it can be seen.
    function show() {
        const graph = chart();
        due = !inSight || document.hidden;
        if (due) return;
        const colors = orderflow.frame.colors(), middle = mid(), [bids, asks] = graph.data;
        window.Plotly.react(graph, [
            side(bids, depth.bids, middle, colors.up), side(asks, depth.asks, middle, colors.down),
        ], layout(graph.layout, middle, colors));
        readAgain();
    }

    // Drawing takes the label of a level away; the pointer's last move brings it back.
    function readAgain() {
        if (!pointer?.target.isConnected) return;
        const {clientX, clientY} = pointer;
        pointer.target.dispatchEvent(new MouseEvent("mousemove", {clientX, clientY, bubbles: true}));
    }

    function take(found) {
        depth = found;
        show();
    }

    const caughtUp = () => due && show();

    // Plotly, and the figure with it, come later than the page.
    function begin() {
        const graph = chart();
        if (!graph?.layout) return setTimeout(begin, WAIT_MS);
        graph.addEventListener("mousemove", event => pointer = event);
        graph.addEventListener("mouseleave", () => pointer = null);
        document.addEventListener("visibilitychange", caughtUp);
        new IntersectionObserver(entries => {
            inSight = entries.at(-1).isIntersecting;
            caughtUp();
        }).observe(graph);
    }

    begin();
    orderflow.depth = {take, show};
})(window.orderflow ??= {});
