// The chart in the browser: which stretch of time it shows, and how new rows join its traces.
(() => {
    "use strict";

    const SPANS = {"15m": 15 * 60e3, "1h": 3600e3, "4h": 4 * 3600e3, all: Infinity};
    const MINUTE = 60e3;
    const LABEL_PIXELS = 24, NARROW = 480;

    // What the user looks at: a range of times in ms, which slides with the data while following.
    const view = {range: null, span: "4h", follow: true};
    let instrument = null;
    let ours = 0;
    let waiting = null;

    const plot = () => document.querySelector("#chart .js-plotly-plot");
    const dash = () => window.dash_clientside;

    function edges(data) {
        let first = Infinity, last = -Infinity, step = Infinity;
        for (const {x} of data) {
            if (!x.length) continue;
            first = Math.min(first, x[0]);
            last = Math.max(last, x[x.length - 1]);
            for (let i = Math.max(1, x.length - 50); i < x.length; i++) {
                step = Math.min(step, x[i] - x[i - 1]);
            }
        }
        return {first, last, step: Number.isFinite(step) ? step : MINUTE};
    }

    function followed(data) {
        const {first, last, step} = edges(data);
        if (last < first) return null;
        const right = last + 2 * step;
        const width = typeof view.span === "number" ? view.span : SPANS[view.span];
        return [Math.max(first - step, right - width), right];
    }

    // The least and the greatest value of a trace between two times.
    function bounds(trace, [from, to], found) {
        const low = trace.low ?? trace.y, high = trace.high ?? trace.y;
        trace.x.forEach((x, i) => {
            if (x < from || x > to || low[i] == null || high[i] == null) return;
            found.low = Math.min(found.low, low[i]);
            found.high = Math.max(found.high, high[i]);
        });
        if (trace.type === "bar") found.low = Math.min(found.low, 0);
        if (trace.type === "bar") found.high = Math.max(found.high, 0);
    }

    // Around the values in sight, with room for the pane's label above them.
    function axisRange(traces, range, [bottom, top]) {
        const found = {low: Infinity, high: -Infinity};
        traces.forEach(trace => bounds(trace, range, found));
        if (found.high < found.low) return null;
        const height = found.high - found.low || Math.abs(found.high) * 0.02 || 1;
        const label = LABEL_PIXELS / Math.max((plot()?.clientHeight ?? 600) * (top - bottom), 60);
        const onZero = traces.every(trace => trace.type === "bar") && found.low === 0;
        const low = onZero ? 0 : found.low - height * 0.06;
        return [low, low + (found.high - low + height * 0.02) / (1 - label)];
    }

    // The range of time, and for each pane the range of the values in it.
    function ranges(data, layout) {
        if (view.follow || !view.range) view.range = followed(data);
        if (!view.range) return {};
        const found = {xaxis: view.range.slice()};
        for (const axis of new Set(data.map(trace => trace.yaxis))) {
            const name = axis.replace("y", "yaxis");
            const traces = data.filter(trace => trace.yaxis === axis);
            const range = axisRange(traces, view.range, layout[name].domain);
            if (range) found[name] = range;
        }
        return found;
    }

    // Where there is no room for four prices the label of a pane has the close alone.
    function labels(annotations) {
        if ((plot()?.clientWidth ?? NARROW) >= NARROW) return annotations;
        return annotations.map(each => ({...each, text: each.text.replace(/O .* C /, "C ")}));
    }

    function withRanges(data, layout) {
        const result = {...layout, annotations: labels(layout.annotations)};
        for (const [axis, range] of Object.entries(ranges(data, layout))) {
            result[axis] = {...layout[axis], range, autorange: false};
        }
        return result;
    }

    async function moveTo() {
        const chart = plot();
        if (!chart?.data?.length) return;
        const changes = {};
        for (const [axis, range] of Object.entries(ranges(chart.data, chart.layout))) {
            changes[`${axis}.range`] = range;
        }
        ours++;
        try {
            await window.Plotly.relayout(chart, changes);
        } finally {
            ours--;
        }
    }

    function userMoved(change) {
        if (ours || !Object.keys(change).some(key => key.startsWith("xaxis."))) return;
        const axis = plot()._fullLayout.xaxis;
        view.range = axis.range.map(axis.r2l);
        view.follow = false;
        dash().set_props("follow", {checked: false});
        dash().set_props("span", {value: ""});
        moveTo();
    }

    function listen() {
        const chart = plot();
        if (chart?.dataset.listens) return;
        if (!chart?.on) {  // Plotly comes later than the page
            setTimeout(listen, 100);
            return;
        }
        chart.dataset.listens = "yes";
        chart.on("plotly_relayout", userMoved);
        chart.on("plotly_afterplot", () => window.orderflowCrosshair.show());
        chart.on("plotly_doubleclick", () => dash().set_props("span", {value: "all"}));
    }

    function show(span) {
        view.span = span;
        view.follow = true;
        dash().set_props("follow", {checked: true});
        moveTo();
    }

    function joined(old, {drop, keep, columns}) {
        const trace = {...old};
        for (const [path, values] of Object.entries(columns)) {
            const [head, leaf] = path.split(".");
            const before = leaf ? old[head][leaf] : old[head];
            const after = before.slice(drop, drop + keep).concat(values);
            trace[head] = leaf ? {...trace[head], [leaf]: after} : after;
        }
        return trace;
    }

    // A bar that is alone has no width of its own: an empty one beside it gives it one. The next
    // tail keeps only rows that the server knows, and so leaves it out.
    function widened(trace) {
        if (trace.x.length !== 1 || trace.type === "scatter") return trace;
        const wider = {...trace, x: [trace.x[0], trace.x[0] + MINUTE]};
        for (const name of ["y", "open", "high", "low", "close"]) {
            if (trace[name]) wider[name] = [trace[name][0], null];
        }
        const color = trace.marker?.color;
        if (Array.isArray(color)) wider.marker = {...trace.marker, color: [color[0], color[0]]};
        return wider;
    }

    // An update that comes while the user drags is drawn when he has let go.
    function later(update) {
        const idle = !waiting;
        waiting = update;
        if (idle) setTimeout(again, 200);
    }

    function again() {
        const update = waiting;
        waiting = null;
        dash().set_props("update", {data: {...update}});
    }

    // The label at the right edge, if the price pane is shown.
    const lastPrice = ({annotations}) =>
        annotations.find(({yref, xanchor}) => yref !== "paper" && xanchor === "left")?.text;

    function draw(update, figure, have) {
        const nothing = Array(3).fill(dash().no_update);
        if (!update) return nothing;
        if (plot()?._dragging) {
            later(update);
            return nothing;
        }
        let {data, layout} = update.figure ?? figure;
        if (update.figure) {
            if (update.instrument !== instrument) Object.assign(view, {range: null, follow: true});
            if (update.instrument !== instrument) dash().set_props("follow", {checked: true});
            instrument = update.instrument;
        } else if (JSON.stringify(update.base) !== JSON.stringify(have)) {
            dash().set_props("version", {data: null});  // asks for the whole
            return [dash().no_update, null, dash().no_update];
        } else {
            data = data.slice();
            for (const tail of update.tails) data[tail.trace] = joined(data[tail.trace], tail);
            layout = {...layout, ...update.overlay};
        }
        data = data.map(widened);
        document.title = [lastPrice(layout), instrument, "orderflow"].filter(Boolean).join(" · ");
        const style = {minHeight: `${layout.meta.least}px`};
        return [{data, layout: withRanges(data, layout)}, update.have, style];
    }

    // A button was pressed: one of the stretches, or Follow, which keeps the width in sight.
    function move(span, follow) {
        const causes = dash().callback_context.triggered.map(({prop_id}) => prop_id);
        if (causes.includes("span.value") && span) {
            show(span);
        } else if (follow && !view.follow) {
            if (view.range) view.span = view.range[1] - view.range[0];
            view.follow = true;
            moveTo();
        } else {
            view.follow = follow;
        }
        return dash().no_update;
    }

    listen();
    window.orderflowChart = {plot, view};
    window.dash_clientside ??= {};
    window.dash_clientside.orderflow = {...window.dash_clientside.orderflow, draw, move};
})();
