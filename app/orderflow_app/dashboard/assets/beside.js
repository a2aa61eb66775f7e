// A second instrument beside the first: the chart's own scripts once more, in a frame of their own, so
// that it has all that the first one has. Both have one view, one crosshair, and one memory of what the
// user has chosen. Where one instrument is shown there is no frame.
(orderflow => {
    "use strict";

    // Of the page, and not of the chart; the second one has none of them.
    const ALONE = ["aside", "depth", "exports", "ladder", "page", "replay", "sound", "tape", "toasts"];
    const SHARED = ["bars", "day", "folded", "heights", "hidden", "layers", "lines", "order", "zone"];

    let other = null;  // the `orderflow` of the other chart
    let painted = [];  // the range of the last picture
    let names = [], frame = null, shown = null;  // instruments that may be chosen, and the one that is

    const charts = () => document.querySelector("#charts");
    const head = () => document.querySelector("#head");

    const same = (one, two) => one[0] === two[0] && one[1] === two[1];

    // The picture of a range is painted: the other chart's is made to show it in the same frame.
    function paint(range) {
        painted = range ?? [];
        if (!other || same(painted, other.beside.range())) return;
        other.redraw();  // all of it, where no more than the crosshair was due
        other.paint(false);
    }

    const partOf = path => path.match(/([\w-]+)\.js/)?.[1];

    // The document of the frame: style and scripts of this page, and the elements that they look for.
    function documentOf(name) {
        const {element} = orderflow.panes, text = (...made) => element("div", {}, ...made).innerHTML;
        const scripts = [...document.scripts].filter(({src}) => src.includes("/assets/") && !ALONE.includes(partOf(src)));
        const style = document.querySelector("link[href*='/assets/page.css']");
        const stage = document.querySelector("#stage").cloneNode(true);
        for (const id of ["chart", "crosshair", "zone"]) stage.querySelector(`#${id}`).replaceChildren();
        const close = element("button", {id: "close", title: `Close ${name}`, "aria-label": `Close ${name}`}, "×");
        const parts = ["price", "behind", "status"].map(id => element("div", {id}));
        const top = element("div", {id: "head"}, element("b", {}, name), ...parts, close);
        const unseen = ["pane-list", "tools", "signals"].map(id => element("div", {id}));
        const menu = element("div", {id: "flow-menu"}, element("div", {id: "flow-list"}));
        const body = [
            element("section", {id: "market"}, top, stage), element("div", {id: "notices", role: "status"}),
            element("div", {hidden: ""}, ...unseen, menu),
        ];
        const lines = scripts.map(({src}) => element("script", {src}));
        return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">${text(style.cloneNode(), ...lines)}</head>`
            + `<body class="second">${text(...body)}</body></html>`;
    }

    // What the second chart takes from the first before it begins.
    function pair(made, name) {
        const {memory, view} = orderflow, inside = made.contentDocument, chart = made.contentWindow.orderflow;
        made.contentWindow.dash_clientside = {set_props() {}};
        const {replay: {toggle, step}, sound, toasts} = orderflow;
        Object.assign(chart, {replay: {toggle, step}, sound, toasts});
        chart.view = Object.create(view, {begin: {value() {}}});
        chart.memory = {
            get: (key, otherwise) => key === "instrument" ? name : memory.get(key, otherwise),
            set(key, value) {
                if (key === "instrument") return;
                memory.set(key, value);
                again();
            },
        };
        chart.beside.join(orderflow);
        other = chart;
        inside.querySelector("#close").addEventListener("click", () => choose(null));
        recolor();
        chart.start();
    }

    function open(name) {
        close();
        shown = name;
        head().textContent = orderflow.held.instrument;
        const made = frame = orderflow.panes.element("iframe", {id: "second", title: `Chart of ${name}`});
        made.addEventListener("load", () => made === frame && pair(made, name));
        made.srcdoc = documentOf(name);
        charts().append(made);
        head().hidden = false;
    }

    function close() {
        frame?.remove();
        frame = other = shown = null;
        head().hidden = true;
        orderflow.redraw();
    }

    const wanted = () => names.find(name => name === orderflow.memory.get("beside", null)) ?? null;

    // Shows the second instrument that was chosen, where there is such a one besides the first.
    function show() {
        window.dash_clientside.set_props("beside", {
            data: names, value: wanted(), display: names.length ? "block" : "none",
        });
        if (wanted() === shown) return;
        if (wanted()) open(wanted()); else close();
    }

    function choose(name) {
        orderflow.memory.set("beside", name);
        show();
    }

    // There are these instruments, and the first is shown. Where that was the second until now, the
    // one before goes there. A second chart has none beside itself.
    function offer(instruments, first, before) {
        if (!charts()) return;
        names = instruments.filter(name => name !== first);
        if (first === shown && names.includes(before)) orderflow.memory.set("beside", before);
        head().textContent = first;
        show();
    }

    // Takes what the user has chosen in the other chart.
    function again() {
        const {flowLayers, loop, panes, redraw, zone} = orderflow;
        zone.again();
        flowLayers.again();
        loop.again();
        panes.build();
        redraw();
    }

    function recolor() {
        if (!other) return;
        const {mantineColorScheme} = document.documentElement.dataset;
        frame.contentDocument.documentElement.dataset.mantineColorScheme = mantineColorScheme;
        other.redraw();
    }

    orderflow.beside = {
        paint, offer, choose, again, recolor,
        chosen: name => SHARED.includes(name) && other?.beside.again(),
        join: chart => other = chart,
        other: () => other, range: () => painted, shown: () => shown,
    };
})(window.orderflow ??= {});
