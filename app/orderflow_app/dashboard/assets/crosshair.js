// The labels of the panes: the last values, or those at the crosshair, all of one time.
(orderflow => {
    "use strict";

    const NARROW = 480;
    const OHLC = {open: "O", high: "H", low: "L", close: "C"};

    const LABEL_MS = 60, AWAY = 12;
    const parts = {};

    let labelled = 0, later = null;  // when the labels were written, and the timer that writes them

    let pointer = null;  // in the pixels of the stage; null: there is no crosshair

    const stage = () => document.querySelector("#stage");
    const box = () => document.querySelector("#crosshair");

    // The begin of the bar nearest to a time, of the series with the shortest bars.
    function snapped(time) {
        const filled = orderflow.panes.shown.flatMap(pane => pane.series).filter(({x}) => x.length);
        if (!filled.length) return null;
        const {x, length} = filled.reduce((best, each) => each.length < best.length ? each : best);
        const row = orderflow.rows.rowAt({x, length}, time);
        if (row >= 0) return {time: x[row], length};
        const next = Math.min(orderflow.rows.firstFrom(x, time), x.length - 1);
        const nearer = next > 0 && time - x[next - 1] < x[next] - time ? next - 1 : next;
        return {time: x[nearer], length};
    }

    function valuesOf(series, row) {
        const {number} = orderflow.scale, {decimals, unit} = series;
        const shown = name => row < 0 ? "–" : number(series[name]?.[row], decimals);
        const names = orderflow.rows.columnsOf(series);
        if (names.length === 1) return shown("y") + (unit && ` ${unit}`);
        const few = orderflow.plotWidth < NARROW ? ["close"] : names;
        return few.map(name => `${OHLC[name]} ${shown(name)}`).join("  ") + (unit && ` ${unit}`);
    }

    // Writes the label of a pane where it has changed: its title, then name and values of each series.
    function label(pane, time) {
        const {element} = orderflow.panes;
        const {theme, text} = orderflow.frame.colors();
        const parts = pane.collapsed ? [] : pane.series.map(series => {
            const row = time === null ? series.x.length - 1 : orderflow.rows.rowAt(series, time);
            const name = series.title === pane.title ? "" : `${series.title} `;
            return {content: name + (series.missing || valuesOf(series, row)), color: series.color?.[theme] ?? text};
        });
        const written = JSON.stringify([pane.title, theme, parts]);
        if (pane.written === written) return;
        pane.written = written;
        const spans = parts.map(({content, color}) =>
            element("span", {style: `color: ${color}`}, content));
        while (pane.fold.nextSibling) pane.fold.nextSibling.remove(); // a click may be under way on fold
        pane.legend.append(element("b", {}, pane.title), ...spans);
    }

    // Puts one of the parts of the crosshair somewhere; without a place it is hidden.
    function put(name, style, content = "") {
        parts[name] ??= box().appendChild(orderflow.panes.element("div", {class: name}));
        parts[name].hidden = !style;
        Object.assign(parts[name].style, style);
        if (parts[name].textContent !== content) parts[name].textContent = content;
    }

    function paneUnder(y) {
        return orderflow.panes.shown.find(({element, frame}) => {
            const top = element.offsetTop - element.parentElement.scrollTop;
            return frame && y >= top && y < top + element.offsetHeight;
        });
    }

    function lines({time, length}, words) {
        const {range} = orderflow.view, {plotWidth: width, scale} = orderflow;
        const left = (time + length / 2 - range[0]) * width / (range[1] - range[0]);
        const bottom = document.querySelector("#chart").clientHeight;
        const clock = `${scale.date(time)} ${scale.clock(time, length)} ${orderflow.zone.label(time)}`;
        const inside = left >= 0 && left <= width;
        if (words) put("time", {left: `${Math.min(Math.max(left, 80), width - 20)}px`, top: `${bottom + 3}px`}, clock);
        put("vertical", inside && {left: `${left}px`, height: `${bottom}px`});
        const pane = pointer && paneUnder(pointer.y);
        const top = pane && pane.element.offsetTop - pane.element.parentElement.scrollTop;
        const value = pane && orderflow.frame.valueText(pane, pane.frame.value(pointer.y - top));
        put("horizontal", pane && {top: `${pointer.y}px`, width: `${width}px`});
        put("value", pane && {left: `${width + 1}px`, top: `${pointer.y}px`}, value);
        hint(pane && orderflow.signalMarks.told(pane, pointer.x, pointer.y - top));
    }

    // What is pointed at, beside the pointer, and where it has room.
    function hint(words) {
        put("hint", words && {left: "0px", top: `${pointer.y + AWAY}px`}, words);
        if (!words) return;
        const room = box().clientWidth - parts.hint.offsetWidth;
        parts.hint.style.left = `${Math.max(0, Math.min(pointer.x + AWAY, room))}px`;
    }

    // Words cost more than the picture: while that moves they follow some times a second, all
    // together.
    function wordsAreDue(now) {
        const wait = labelled + LABEL_MS - performance.now();
        if (now || wait <= 0) {
            labelled = performance.now();
            return true;
        }
        later ??= setTimeout(() => {
            later = null;
            orderflow.redraw({only: "crosshair"});
        }, wait);
        return false;
    }

    // The time that is pointed at, null where none is.
    function time() {
        const {range} = orderflow.view;
        return pointer && range && range[0] + pointer.x / orderflow.plotWidth * (range[1] - range[0]);
    }

    // Shows crosshair and labels, where the other chart is pointed at too; the labels `now`, where they are to be of one moment with the rest.
    function show(now) {
        const {range} = orderflow.view;
        const pointed = range && (time() ?? orderflow.beside.other()?.crosshair.time());
        const found = pointed == null ? null : snapped(pointed);
        const words = wordsAreDue(now);
        if (words) orderflow.panes.shown.forEach(pane => label(pane, found?.time ?? null));
        box().hidden = !found;
        if (found) lines(found, words);
    }

    // Puts the crosshair at a point of the screen; without one takes it away.
    function point(event) {
        const before = pointer;
        pointer = null;
        if (event) {
            const {left, top} = stage().getBoundingClientRect();
            const at = {x: event.clientX - left, y: event.clientY - top};
            const inside = at.x >= 0 && at.x <= orderflow.plotWidth && at.y >= 0
                && at.y < document.querySelector("#chart").clientHeight;
            if (inside) pointer = at;
        }
        if (!pointer && !before) return;
        orderflow.redraw({only: "crosshair"});
        orderflow.beside.other()?.redraw({only: "crosshair"});
    }

    orderflow.crosshair = {show, point, time, valuesOf};
})(window.orderflow ??= {});
