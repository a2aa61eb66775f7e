// Pointer, wheel, touch and keys: what the user does with the chart.
(orderflow => {
    "use strict";

    const CLICK = 4;  // pixels that a pointer may stray and still click
    const STEP = 0.1, ZOOM = 1.25, WHEEL = 0.0015, SCALE = 0.005;

    const pointers = new Map();  // that are down on the chart: where each is, and where it began
    let touched = false;

    const chart = () => document.querySelector("#chart");
    const width = () => orderflow.plotWidth;
    const span = () => orderflow.view.range[1] - orderflow.view.range[0];
    const left = () => chart().getBoundingClientRect().left;
    const timeAt = clientX => orderflow.view.range[0] + (clientX - left()) / width() * span();
    const onAxis = event => event.clientX - left() > width();
    const paneOf = event => {
        const name = event.target.closest?.(".pane")?.dataset.pane;
        return orderflow.panes.shown.find(pane => pane.name === name);
    };

    function down(event) {
        if (event.button || event.target.closest("button, .edge") || !orderflow.view.range) return;
        const {clientX: x, clientY: y} = event;
        pointers.set(event.pointerId, {x, y, from: {x, y}, pane: paneOf(event), axis: onAxis(event)});
        touched = event.pointerType === "touch";
    }

    // Two fingers: their middle keeps its time, their distance the stretch.
    function pinch(held, x, y) {
        const other = [...pointers.values()].find(each => each !== held);
        const before = Math.abs(held.x - other.x), after = Math.abs(x - other.x);
        if (before > 10 && after > 10) orderflow.view.zoom(before / after, timeAt((x + other.x) / 2));
    }

    function move(event) {
        const held = pointers.get(event.pointerId);
        if (!held) {
            if (event.pointerType !== "touch") orderflow.crosshair.point(event);
            return;
        }
        const {clientX: x, clientY: y} = event;
        const far = Math.hypot(x - held.from.x, y - held.from.y) > CLICK;
        if (far && !held.moves) {
            held.moves = true;
            chart().setPointerCapture(event.pointerId);
        }
        if (pointers.size === 2) pinch(held, x, y);
        else if (held.moves && held.axis) stretch(held.pane, y - held.y);
        else if (held.moves) {
            orderflow.view.pan((held.x - x) / width() * span());
            if (held.pane?.scale.fixed) shift(held.pane, y - held.y);
        }
        if (far || pointers.size === 2) Object.assign(held, {x, y});
        orderflow.crosshair.point(held.moves || touched ? null : event);
    }

    function up(event) {
        const held = pointers.get(event.pointerId);
        pointers.delete(event.pointerId);
        if (held && !held.moves && touched && event.type === "pointerup") orderflow.crosshair.point(event);
    }

    // A pane's values in sight: fixed as soon as the user drags its axis.
    function fix(pane, low, high) {
        pane.scale.fixed = [low, high];
        orderflow.redraw();
    }

    function stretch(pane, pixels) {
        const {frame} = pane ?? {};
        if (!frame) return;
        const middle = frame.height / 2, half = middle * Math.exp(pixels * SCALE);
        fix(pane, frame.value(middle + half), frame.value(middle - half));
        orderflow.redraw();
    }

    function shift(pane, pixels) {
        const {frame} = pane;
        if (frame) fix(pane, frame.value(frame.height - pixels), frame.value(-pixels));
    }

    // Over the labels of the values the wheel scrolls the panes, elsewhere it zooms.
    function wheel(event) {
        if (onAxis(event) || !orderflow.view.range) return;
        event.preventDefault();
        const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
        const sideways = event.shiftKey ? event.deltaX || event.deltaY : event.deltaX;
        if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
            orderflow.view.pan(sideways * lines / width() * span());
        } else {
            orderflow.view.zoom(Math.exp(event.deltaY * lines * WHEEL), timeAt(event.clientX));
        }
    }

    function twice(event) {
        if (event.target.closest("button, .edge, .legend")) return;
        const pane = paneOf(event);
        if (!onAxis(event)) {
            orderflow.view.show("all");
        } else if (pane) {
            pane.scale.fixed = null;
            orderflow.redraw();
        }
    }

    const middle = () => (orderflow.view.range[0] + orderflow.view.range[1]) / 2;
    const KEYS = {
        ArrowLeft: () => orderflow.view.pan(-STEP * span()),
        ArrowRight: () => orderflow.view.pan(STEP * span()),
        "+": () => orderflow.view.zoom(1 / ZOOM, middle()),
        "=": () => orderflow.view.zoom(1 / ZOOM, middle()),
        "-": () => orderflow.view.zoom(ZOOM, middle()),
        Home: () => orderflow.view.toFirst(),
        End: () => orderflow.view.followed(true),
        " ": () => orderflow.replay.toggle(),
        ".": () => orderflow.replay.step("row"),
        ",": () => orderflow.replay.step("bar"),
        Escape: () => orderflow.crosshair.point(null),
    };

    // Keys are the chart's, unless another control has the focus.
    function key(event) {
        const free = [document.body, chart()].includes(document.activeElement);
        const act = KEYS[event.key];
        if (!free || !act || event.ctrlKey || event.altKey || event.metaKey || !orderflow.view.range) return;
        event.preventDefault();
        act();
    }

    function listen() {
        const found = chart();
        found.addEventListener("pointerdown", down);
        found.addEventListener("pointermove", move);
        found.addEventListener("pointerleave", event => {
            if (event.pointerType !== "touch" && !pointers.size) orderflow.crosshair.point(null);
        });
        for (const name of ["pointerup", "pointercancel"]) window.addEventListener(name, up);
        found.addEventListener("wheel", wheel, {passive: false});
        found.addEventListener("dblclick", twice);
        found.addEventListener("scroll", () => orderflow.redraw());
        document.addEventListener("keydown", key);
    }

    orderflow.input = {listen};
})(window.orderflow ??= {});
