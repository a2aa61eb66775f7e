// The crosshair over all panes, and the values of every pane at its time.
(() => {
    "use strict";

    let pointer = null;

    const plot = () => window.orderflowChart.plot();
    const box = () => document.querySelector("#crosshair");

    function part(name, style, content) {
        const element = document.createElement("div");
        element.className = name;
        Object.assign(element.style, style);
        element.append(...[content].flat());
        return element;
    }

    // The place of the row that is nearest in time; the times ascend.
    function nearest(times, time) {
        let low = 0, high = times.length - 1;
        while (low < high) {
            const middle = (low + high) >> 1;
            if (times[middle] < time) low = middle + 1; else high = middle;
        }
        return low > 0 && time - times[low - 1] < times[low] - time ? low - 1 : low;
    }

    function number(value, decimals) {
        if (value == null) return "–";
        const digits = {minimumFractionDigits: decimals, maximumFractionDigits: decimals};
        return value.toLocaleString("en-US", digits).replace("-", "−");
    }

    function values(trace, row) {
        const {decimals, unit} = trace.meta;
        if (!trace.open) return number(trace.y[row], decimals) + unit;
        const names = ["open", "high", "low", "close"];
        const shown = names.map(name => `${name[0].toUpperCase()} ${number(trace[name][row], decimals)}`);
        return shown.join("  ") + unit;
    }

    function colored(trace, time) {
        const row = nearest(trace.x, time);
        const span = document.createElement("span");
        span.textContent = trace.x[row] === time ? values(trace, row) : "–";
        const color = trace.name === "price" ? null : trace.increasing?.line.color ?? trace.line?.color;
        span.style.color = color ?? "var(--muted)";
        return span;
    }

    function readouts(chart, axes, time) {
        return axes.map((axis, index) => {
            const traces = chart.data.filter(trace => trace.yaxis === axis._id);
            const title = document.createElement("b");
            title.textContent = chart.layout.meta.titles[index];
            const place = {left: `${chart._fullLayout.xaxis._offset + 4}px`, top: `${axis._offset}px`};
            return part("readout", place, [title, ...traces.map(trace => colored(trace, time))]);
        });
    }

    function valueLabel(chart, axis, left) {
        const {decimals} = chart.data.find(trace => trace.yaxis === axis._id).meta;
        const text = number(axis.p2l(pointer.y - axis._offset), decimals);
        return part("value", {left: `${left}px`, top: `${pointer.y}px`}, text);
    }

    function parts(chart) {
        const {xaxis, yaxis, _subplots: {yaxis: ids}} = chart._fullLayout;
        const x = pointer.x - xaxis._offset;
        const trace = chart.data.find(each => each.x.length);
        if (!yaxis || !trace || x < 0 || x > xaxis._length) return [];
        const axes = ids.map(id => chart._fullLayout[id.replace("y", "yaxis")]);
        const time = trace.x[nearest(trace.x, xaxis.p2l(x))];
        const left = xaxis._offset + xaxis.l2p(time);
        const right = xaxis._offset + xaxis._length;
        const bottom = Math.max(...axes.map(axis => axis._offset + axis._length));
        const under = axes.find(({_offset, _length}) =>
            pointer.y >= _offset && pointer.y <= _offset + _length);
        const clock = new Date(time).toISOString().replace("T", " ").replace(/(\.000)?Z$/, " UTC");
        const middle = Math.min(Math.max(left, 80), right - 20);
        return [
            part("vertical", {left: `${left}px`, height: `${bottom}px`}, ""),
            part("time", {left: `${middle}px`, top: `${bottom + 4}px`}, clock),
            ...readouts(chart, axes, time),
            ...(under ? [
                part("horizontal", {top: `${pointer.y}px`, width: `${right}px`}, ""),
                valueLabel(chart, under, right + 1),
            ] : []),
        ];
    }

    function show() {
        const chart = plot();
        const found = pointer && chart?._fullLayout?.xaxis ? parts(chart) : [];
        box()?.replaceChildren(...found);
        if (box()) box().hidden = !found.length;
    }

    function follow(event) {
        const stage = event.target.closest?.("#stage");
        if (!stage && !pointer) return;
        const {left, top} = (stage ?? document.body).getBoundingClientRect();
        pointer = stage ? {x: event.clientX - left, y: event.clientY - top} : null;
        show();
    }

    document.addEventListener("pointermove", follow);
    document.addEventListener("pointerdown", follow);
    document.addEventListener("pointerleave", () => { pointer = null; show(); });
    window.orderflowCrosshair = {show};
})();
