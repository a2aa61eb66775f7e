// A ruler and horizontal lines, over the panes.
(orderflow => {
    "use strict";

    const NEAR = 5;  // pixels from a line within which a click takes it away
    const DASH = 6, FONT_ROOM = 6, ROW = 15;

    let active = null;  // the tool that the next drag or click is for
    let ruler = null, drawing = false;

    const chart = () => document.querySelector("#chart");
    const buttons = {};

    // Where on which pane an event is: time and value.
    function placeOf(event, pane) {
        const {left} = chart().getBoundingClientRect(), {frame, canvas} = pane;
        const [from, to] = frame.range, x = event.clientX - left, y = event.clientY - canvas.getBoundingClientRect().top;
        return {time: from + x / frame.width * (to - from), value: frame.value(y), y};
    }

    function paneOf(event) {
        const name = event.target.closest?.(".pane")?.dataset.pane;
        return orderflow.panes.shown.find(pane => pane.name === name && pane.frame);
    }

    function use(tool) {
        take(active === tool ? null : tool);
        orderflow.beside.other()?.tools.take(active);
    }

    function take(tool) {
        active = tool;
        chart().classList.toggle("tool", Boolean(active));
        for (const [name, button] of Object.entries(buttons)) button.setAttribute("aria-pressed", String(name === active));
    }

    const linesOf = ({name}) => orderflow.memory.get("lines", {})[orderflow.held.instrument]?.[name] ?? [];

    // A click on a line takes it away, another one sets one.
    function setLine(pane, {value, y}) {
        const before = linesOf(pane), near = before.filter(each => Math.abs(pane.frame.y(each) - y) <= NEAR);
        const decimals = pane.series[0].decimals, rounded = Number(value.toFixed(decimals));
        const lines = near.length ? before.filter(each => !near.includes(each)) : [...before, rounded];
        const all = orderflow.memory.get("lines", {}), {instrument} = orderflow.held;
        orderflow.memory.set("lines", {...all, [instrument]: {...all[instrument], [pane.name]: lines}});
    }

    function down(event) {
        const pane = !event.button && !event.target.closest("button, .edge") && paneOf(event);
        const wanted = active ?? (event.shiftKey ? "ruler" : null);
        if (!pane || !wanted || event.clientX - chart().getBoundingClientRect().left > orderflow.plotWidth) return;
        event.stopPropagation();
        event.preventDefault();
        const place = placeOf(event, pane);
        if (wanted === "line") setLine(pane, place);
        else {
            ruler = {pane: pane.name, from: place, to: place};
            drawing = true;
            chart().setPointerCapture(event.pointerId);
            orderflow.crosshair.point(null);
        }
        if (active === "line") use("line");
        orderflow.redraw();
    }

    function move(event) {
        if (!drawing) return;
        event.stopPropagation();
        const pane = orderflow.panes.shown.find(({name}) => name === ruler.pane);
        if (pane?.frame) ruler.to = placeOf(event, pane);
        orderflow.redraw();
    }

    function up(event) {
        if (!drawing) return;
        move(event);
        drawing = false;
        if (ruler.from.time === ruler.to.time && ruler.from.value === ruler.to.value) ruler = null;
        if (active) use(active);
        orderflow.redraw();
    }

    // What the ruler has measured, in words: value and per cent, then bars and time.
    function measured({from, to}, pane) {
        const {number, elapsed} = orderflow.scale, {length, decimals} = pane.series[0];
        const change = to.value - from.value, time = to.time - from.time;
        const sign = change > 0 ? "+" : "", bars = Math.round(time / length);
        const share = from.value > 0 ? ` (${sign}${number(change / from.value * 100, 2)} %)` : "";
        return [
            `${sign}${number(change, decimals)}${share}`,
            `${number(bars, 0)} ${Math.abs(bars) === 1 ? "bar" : "bars"} · ${time < 0 ? "−" : ""}${elapsed(Math.abs(time))}`,
        ];
    }

    function drawRuler(context, pane, frame) {
        const {from, to} = ruler, color = to.value >= from.value ? frame.colors.up : frame.colors.down;
        const [x, y, endX, endY] = [frame.x(from.time), frame.y(from.value), frame.x(to.time), frame.y(to.value)];
        context.fillStyle = color;
        context.globalAlpha = 0.14;
        context.fillRect(x, y, endX - x, endY - y);
        context.globalAlpha = 1;
        context.strokeStyle = color;
        context.strokeRect(x, y, endX - x, endY - y);
        const words = measured(ruler, pane);
        const width = Math.max(...words.map(each => context.measureText(each).width)) + 2 * FONT_ROOM;
        const height = words.length * ROW + FONT_ROOM;
        const left = Math.min(Math.max((x + endX - width) / 2, 0), frame.width - width);
        const above = Math.min(y, endY) - height - 3, below = Math.max(y, endY) + 3;
        const top = above >= 0 ? above : Math.min(below, frame.height - height);
        context.fillStyle = frame.colors.tag;
        context.fillRect(left, top, width, height);
        context.fillStyle = frame.colors.text;
        context.textAlign = "left";
        context.textBaseline = "middle";
        words.forEach((each, row) => context.fillText(each, left + FONT_ROOM, top + FONT_ROOM / 2 + (row + 0.5) * ROW));
    }

    function draw(context, pane, frame) {
        context.fillStyle = frame.colors.text;
        for (const value of linesOf(pane)) {
            const y = frame.snap(frame.y(value));
            for (let x = 0; x < frame.width; x += 2 * DASH) context.fillRect(x, y, DASH, frame.pixel);
        }
        if (ruler?.pane === pane.name) drawRuler(context, pane, frame);
    }

    // The values of the lines, among those of the axis.
    function tags(context, pane, frame) {
        for (const value of linesOf(pane)) {
            const y = frame.y(value);
            if (y < 0 || y > frame.height) continue;
            context.fillStyle = frame.colors.tag;
            context.fillRect(frame.width + 1, y - 9, orderflow.panes.AXIS - 1, 18);
            context.fillStyle = frame.colors.text;
            context.fillText(orderflow.frame.valueText(pane, value), frame.width + 6, y);
        }
    }

    function forget() {
        ruler = null;
        if (active) use(active);
        orderflow.redraw();
    }

    const measure = () => ruler && measured(ruler, orderflow.panes.shown.find(({name}) => name === ruler.pane));

    function build() {
        const {element} = orderflow.panes;
        for (const [tool, sign, title] of [
            ["ruler", "⤢", "Ruler: drag to measure (or drag with Shift)"],
            ["line", "―", "Horizontal line: click to set one, or to take one away"],
        ]) {
            const made = element("button", {type: "button", title, "aria-label": title, "aria-pressed": "false"}, sign);
            made.addEventListener("click", () => use(tool));
            made.addEventListener("mousedown", event => event.preventDefault());  // keys stay the chart's
            buttons[tool] = made;
        }
        document.querySelector("#tools").replaceChildren(...Object.values(buttons));
    }

    function listen() {
        build();
        const options = {capture: true};
        chart().addEventListener("pointerdown", down, options);
        chart().addEventListener("pointermove", move, options);
        for (const name of ["pointerup", "pointercancel"]) window.addEventListener(name, up, options);
        document.addEventListener("keydown", event => event.key === "Escape" && forget());
    }

    orderflow.tools = {draw, tags, linesOf, measure, take, listen};
})(window.orderflow ??= {});
