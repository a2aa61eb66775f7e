// Bars that the user marks: the next drag over the chart chooses them, and no more than that.
(orderflow => {
    "use strict";

    const mark = {range: null};
    let begun = null, waiting = false;

    const chart = () => document.querySelector("#chart");

    function timeAt({clientX}) {
        const [from, to] = orderflow.view.range, {left} = chart().getBoundingClientRect();
        return from + (clientX - left) / orderflow.plotWidth * (to - from);
    }

    function down(event) {
        if (!waiting || event.button || event.target.closest("button, .edge") || !orderflow.view.range) return;
        event.stopPropagation();
        event.preventDefault();
        begun = timeAt(event);
        chart().setPointerCapture(event.pointerId);
    }

    // Whole bars of the price.
    function move(event) {
        if (begun === null) return;
        event.stopPropagation();
        const {length} = orderflow.held, ends = [begun, timeAt(event)].sort((a, b) => a - b);
        mark.range = [Math.floor(ends[0] / length) * length, Math.ceil(ends[1] / length) * length];
        orderflow.redraw();
        orderflow.beside.other()?.mark.take(mark.range);
    }

    function up(event) {
        if (begun === null) return;
        move(event);
        begun = null;
        ask(false);
    }

    function wait(yes) {
        waiting = yes;
        chart().classList.toggle("marking", yes);
    }

    // The next drag over this chart, or the one beside it, is to choose bars, or no more.
    function ask(yes) {
        wait(yes);
        orderflow.beside.other()?.mark.wait(yes);
    }

    function take(range) {
        mark.range = range;
        orderflow.redraw();
    }

    // A band over the marked bars.
    function draw(context, frame) {
        if (!mark.range || orderflow.flowLayers.profileMode() !== "marked") return;
        const [left, right] = mark.range.map(frame.x);
        context.fillStyle = frame.colors.text;
        context.globalAlpha = 0.07;
        context.fillRect(left, 0, right - left, frame.height);
        context.globalAlpha = 1;
    }

    function listen() {
        const options = {capture: true};
        chart().addEventListener("pointerdown", down, options);
        chart().addEventListener("pointermove", move, options);
        for (const name of ["pointerup", "pointercancel"]) window.addEventListener(name, up, options);
    }

    orderflow.mark = Object.assign(mark, {
        draw, listen, wait, take, begin: () => ask(true), end: () => ask(false),
    });
})(window.orderflow ??= {});
