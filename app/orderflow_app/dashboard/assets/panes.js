// The panes: one element with a canvas for each, their heights, order, folding, and the menu of them.
(orderflow => {
    "use strict";

    const PRICE = "price", WEIGHTS = {volume: 0.6}, LEAST = 72, FOLDED = 24, PRICE_SHARE = 1 / 3;
    const AXIS = 74;  // pixels for the labels of the values, at the right of each pane
    const ARROW_PIXELS = 16;

    const shown = [];  // from above
    const known = new Map();  // the elements of all panes that have been shown, by name

    const chart = () => document.querySelector("#chart");
    const remembered = name => orderflow.memory.get(name, []);

    function element(tag, attributes = {}, ...content) {
        const made = document.createElement(tag);
        for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
        made.append(...content);
        return made;
    }

    function button(text, label, act) {
        const made = element("button", {type: "button", title: label, "aria-label": label}, text);
        made.addEventListener("click", act);
        return made;
    }

    function create(name) {
        const pane = {name, collapsed: false, scale: {fixed: null, log: false}, frame: null};
        const canvas = element("canvas", {"aria-hidden": "true"});
        const fold = button("", "", () => collapse(pane, !pane.collapsed));
        const log = button("log", "Logarithmic scale", () => logarithmic(pane));
        const legend = element("div", {class: "legend"}, fold);
        const edge = element("div", {class: "edge", role: "separator", tabindex: 0});
        const section = element("section", {class: "pane", "data-pane": name}, canvas, legend, log, edge);
        fold.className = "fold";
        log.className = "log";
        edge.addEventListener("pointerdown", event => drag(event, pane));
        edge.addEventListener("keydown", event => resizeByKey(event, pane));
        return Object.assign(pane, {element: section, canvas, legend, fold, log, edge});
    }

    function ordered() {
        const order = remembered("order");
        const place = ({name}) => order.includes(name) ? order.indexOf(name) : Infinity;
        const panes = orderflow.held.panes.map((pane, index) => ({pane, index}));
        panes.sort((a, b) => (place(a.pane) - place(b.pane) || 0) || a.index - b.index);
        return panes.map(({pane}) => pane);
    }

    // Shows what the server has sent, in the order and but for those that the user has chosen.
    function build() {
        const hidden = remembered("hidden"), folded = remembered("folded");
        shown.length = 0;
        for (const {name, title, series} of ordered().filter(each => !hidden.includes(each.name))) {
            if (!known.has(name)) known.set(name, create(name));
            const pane = known.get(name);
            Object.assign(pane, {title, series, collapsed: folded.includes(name)});
            label(pane);
            shown.push(pane);
        }
        const parts = shown.map(pane => pane.element);
        const present = [...chart().children];
        if (parts.length !== present.length || parts.some((part, index) => part !== present[index])) {
            chart().replaceChildren(...parts);
        }
        chart().classList.toggle("empty", !shown.length && orderflow.held.panes.length > 0);
        menu();
        layout();
    }

    function label(pane) {
        const verb = pane.collapsed ? "Unfold" : "Fold";
        pane.element.setAttribute("aria-label", pane.title);
        pane.element.classList.toggle("collapsed", pane.collapsed);
        pane.fold.textContent = pane.collapsed ? "▸" : "▾";
        pane.fold.title = `${verb} ${pane.title}`;
        pane.fold.setAttribute("aria-label", pane.fold.title);
        pane.fold.setAttribute("aria-expanded", String(!pane.collapsed));
        pane.log.setAttribute("aria-pressed", String(pane.scale.log));
        pane.edge.setAttribute("aria-label", `Height of ${pane.title}`);
    }

    // The price has what the others leave, and a third at least; they have what the user gave them,
    // else a share, and enough to be read. What does not fit is scrolled to.
    function layout() {
        const room = chart().clientHeight;
        if (!room || !shown.length) return;
        const given = orderflow.memory.get("heights", {});
        const weights = shown.map(({name}) => name === PRICE ? 3 : WEIGHTS[name] ?? 1);
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        const heights = shown.map(({name, collapsed}, index) =>
            collapsed ? FOLDED : given[name] ?? Math.max(LEAST, room * weights[index] / total));
        const price = shown.findIndex(({name, collapsed}) => name === PRICE && !collapsed);
        const elastic = price >= 0 ? price : shown.findLastIndex(({collapsed}) => !collapsed);
        if (elastic >= 0) {
            const others = heights.reduce((sum, height) => sum + height, 0) - heights[elastic];
            const least = elastic === price ? room * PRICE_SHARE : heights[elastic];
            heights[elastic] = Math.max(room - others, least);
        }
        shown.forEach((pane, index) => {
            pane.element.style.height = `${Math.round(heights[index])}px`;
            pane.edge.hidden = index === shown.length - 1;
        });
        orderflow.redraw();
    }

    // Moves the lower edge of a pane: of the two beside it, the price takes what the other leaves.
    function resize(pane, pixels) {
        const below = shown[shown.indexOf(pane) + 1];
        if (!below) return;
        const heights = {...orderflow.memory.get("heights", {})};
        for (const [each, change] of [[pane, pixels], [below, -pixels]]) {
            if (each.name === PRICE || each.collapsed) continue;
            heights[each.name] = Math.max(LEAST / 2, each.element.offsetHeight + change);
        }
        orderflow.memory.set("heights", heights);
        layout();
    }

    function drag(event, pane) {
        event.preventDefault();
        let y = event.clientY;
        const move = ({clientY}) => {
            resize(pane, clientY - y);
            y = clientY;
        };
        pane.edge.setPointerCapture(event.pointerId);
        pane.edge.addEventListener("pointermove", move);
        const end = () => pane.edge.removeEventListener("pointermove", move);
        pane.edge.addEventListener("lostpointercapture", end, {once: true});
    }

    function resizeByKey(event, pane) {
        const pixels = {ArrowUp: -ARROW_PIXELS, ArrowDown: ARROW_PIXELS}[event.key];
        if (!pixels) return;
        event.preventDefault();
        event.stopPropagation();
        resize(pane, pixels);
    }

    function remember(list, name, yes) {
        const others = remembered(list).filter(each => each !== name);
        orderflow.memory.set(list, yes ? [...others, name] : others);
    }

    function collapse(pane, yes) {
        remember("folded", pane.name, yes);
        build();
    }

    function logarithmic(pane) {
        Object.assign(pane.scale, {log: !pane.scale.log, fixed: null});
        label(pane);
        orderflow.redraw();
    }

    function hide(name, yes) {
        remember("hidden", name, yes);
        build();
    }

    function move(name, places) {
        const names = ordered().map(pane => pane.name);
        const from = names.indexOf(name), to = from + places;
        if (to < 0 || to >= names.length) return;
        names.splice(to, 0, ...names.splice(from, 1));
        orderflow.memory.set("order", names);
        build();
        const again = `[data-line="${CSS.escape(name)}"] [data-move="${places}"]`;
        document.querySelector(`#pane-list ${again}`)?.focus();
    }

    // The menu: a line for each pane, to show or hide it, and to move it up or down.
    function menu() {
        const hidden = remembered("hidden");
        const lines = ordered().map(({name, title}) => {
            const box = element("input", {type: "checkbox"});
            box.checked = !hidden.includes(name);
            box.addEventListener("change", () => hide(name, !box.checked));
            const arrows = [["↑", "up", -1], ["↓", "down", 1]].map(([sign, way, places]) => {
                const made = button(sign, `Move ${title} ${way}`, () => move(name, places));
                made.dataset.move = places;
                return made;
            });
            return element("div", {"data-line": name}, element("label", {}, box, title), ...arrows);
        });
        const list = document.querySelector("#pane-list");
        const focused = list.querySelector(":focus")?.closest("[data-line]")?.dataset.line;
        list.replaceChildren(...lines);
        if (focused) list.querySelector(`[data-line="${CSS.escape(focused)}"] input`)?.focus();
    }

    orderflow.panes = {shown, build, layout, element, AXIS, PRICE};
})(window.orderflow ??= {});
