// What is in sight as PNG and as CSV. Both say of what it is: instrument, SIMULATED, bars, dates.
(orderflow => {
    "use strict";

    const HEAD = 30, LABEL = 8;

    // The chart of the first instrument, and that beside it.
    const charts = () => [orderflow, orderflow.beside.other()].filter(chart => chart?.held.instrument);

    const marketOf = ({held}) => held.simulated ? "SIMULATED" : "";

    // What a chart shows, in words.
    function words({held, view, scale, zone, loop}) {
        const [from, to] = view.range ?? [0, 0];
        const place = time => `${scale.date(time)} ${scale.clock(Math.floor(time), 1000)}`;
        const dates = `${place(from)} to ${place(to)} ${zone.label(to)}`;
        const parts = [held.instrument, marketOf({held}), `bars of ${scale.duration(held.length)}`, dates];
        return [...parts, loop.isOffline() && "offline"].filter(Boolean).join(" · ");
    }

    function fileName() {
        const {held, view, scale} = orderflow, [from] = view.range ?? [0];
        const names = charts().flatMap(chart => [chart.held.instrument, marketOf(chart)]);
        const began = `${scale.date(from)}-${scale.clock(Math.floor(from), 1000).replaceAll(":", "")}`;
        return [...names, scale.duration(held.length).replace(" ", ""), began].filter(Boolean).join("-");
    }

    function save(content, name) {
        const link = document.createElement("a");
        link.href = URL.createObjectURL(content);
        link.download = name;
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href));
    }

    // The canvases of a chart's panes under a line that says what they show, with the labels of the panes.
    function picture(chart) {
        const {panes, plotWidth} = chart, {panel, text} = chart.frame.colors();
        const canvas = panes.element("canvas"), times = canvas.ownerDocument.querySelector("#times");
        const scale = times.width / times.clientWidth;
        const shown = panes.shown.filter(pane => pane.frame);
        const heights = shown.map(pane => pane.element.clientHeight);
        const width = plotWidth + panes.AXIS;
        const height = HEAD + heights.reduce((sum, each) => sum + each, 0) + times.clientHeight;
        Object.assign(canvas, {width: width * scale, height: height * scale});
        const context = canvas.getContext("2d");
        context.scale(scale, scale);
        context.fillStyle = panel;
        context.fillRect(0, 0, width, height);
        context.font = `12px ${getComputedStyle(document.body).fontFamily}`;
        context.textBaseline = "middle";
        context.fillStyle = text;
        context.fillText(words(chart), LABEL, HEAD / 2, width - LABEL);
        let top = HEAD;
        shown.forEach((pane, index) => {
            context.drawImage(pane.canvas, 0, top, pane.canvas.clientWidth, pane.canvas.clientHeight);
            let left = LABEL;
            for (const part of pane.legend.querySelectorAll("b, span")) {
                context.fillStyle = getComputedStyle(part).color;
                context.fillText(part.textContent, left, top + 11);
                left += context.measureText(part.textContent).width + 10;
            }
            top += heights[index];
        });
        context.drawImage(times, 0, top, times.clientWidth, times.clientHeight);
        return canvas;
    }

    // The pictures of the charts beside each other.
    function png() {
        const all = charts().map(picture), {panel} = orderflow.frame.colors();
        const width = all.reduce((sum, each) => sum + each.width, 0);
        const height = Math.max(...all.map(each => each.height));
        const canvas = orderflow.panes.element("canvas", {width, height}), context = canvas.getContext("2d");
        context.fillStyle = panel;
        context.fillRect(0, 0, width, height);
        let left = 0;
        for (const each of all) {
            context.drawImage(each, left, 0);
            left += each.width;
        }
        canvas.toBlob(content => save(content, `${fileName()}.png`));
    }

    // A field as RFC 4180 quotes it; none that a spreadsheet would take for a formula.
    function field(value) {
        if (typeof value === "number") return String(value);
        const text = /^[=+\-@\t\r\n]/.test(value) ? `'${value}` : value;
        return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    }

    const line = values => values.map(field).join(",");

    // The columns of a chart in sight, in the order of its panes: name, times, and values.
    const columnsOf = ({data, rows}) => data().flatMap(pane => data(pane).series).flatMap(series =>
        rows.columnsOf(series).map(column => ({
            name: column === "y" ? series.key : `${series.key}_${column}`, x: series.x, values: series[column],
        })));

    // A chart's rows: the time of each, and its values by the names of their columns.
    function rowsOf(columns) {
        const found = new Map();
        for (const {name, x, values} of columns) {
            x.forEach((time, row) => {
                if (values[row] == null) return;
                if (!found.has(time)) found.set(time, new Map());
                found.get(time).set(name, values[row]);
            });
        }
        return [...found];
    }

    // The rows of all charts, in time.
    function csv() {
        const all = charts().map(chart => ({
            of: [chart.held.instrument, marketOf(chart) || "recorded", chart.held.length / 1000],
            columns: columnsOf(chart),
        }));
        const header = [...new Set(all.flatMap(({columns}) => columns.map(({name}) => name)))];
        const rows = all.flatMap(({of, columns}) => rowsOf(columns).map(([time, values]) => ({time, of, values})));
        const lines = [line(["time_utc", "timestamp_ms", "instrument", "market", "bar_seconds", ...header])];
        for (const {time, of, values} of rows.sort((a, b) => a.time - b.time)) {
            const cells = header.map(name => values.get(name) ?? "");
            lines.push(line([new Date(time).toISOString(), time, ...of, ...cells]));
        }
        save(new Blob([lines.join("\n") + "\n"], {type: "text/csv"}), `${fileName()}.csv`);
    }

    orderflow.exports = {png, csv};
})(window.orderflow ??= {});
