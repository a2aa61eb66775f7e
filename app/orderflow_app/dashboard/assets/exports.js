// What is in sight as PNG and as CSV. Both say of what it is: instrument, SIMULATED, bars, dates.
(orderflow => {
    "use strict";

    const HEAD = 30, LABEL = 8;

    function about() {
        const {held, view, scale} = orderflow;
        const [from, to] = view.range ?? [0, 0];
        const simulated = held.simulated ? "SIMULATED" : "";
        const bars = scale.duration(held.length);
        const day = time => scale.date(time), clock = time => scale.clock(Math.floor(time), 1000);
        const dates = `${day(from)} ${clock(from)} to ${day(to)} ${clock(to)} ${orderflow.zone.label(to)}`;
        const began = `${day(from)}-${clock(from).replaceAll(":", "")}`;
        const file = [held.instrument, simulated, bars.replace(" ", ""), began];
        return {
            simulated, bars, dates, file: file.filter(Boolean).join("-"),
            words: [held.instrument, simulated, `bars of ${bars}`, dates].filter(Boolean).join(" · "),
        };
    }

    function save(content, name) {
        const link = document.createElement("a");
        link.href = URL.createObjectURL(content);
        link.download = name;
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href));
    }

    // The canvases of all panes under a line that says what they show, with the labels of the panes.
    function png() {
        const {panes, frame, plotWidth} = orderflow;
        const {panel, text} = frame.colors();
        const times = document.querySelector("#times"), scale = times.width / times.clientWidth;
        const shown = panes.shown.filter(pane => pane.frame);
        const heights = shown.map(pane => pane.element.clientHeight);
        const width = plotWidth + panes.AXIS;
        const height = HEAD + heights.reduce((sum, each) => sum + each, 0) + times.clientHeight;
        const canvas = panes.element("canvas", {width: width * scale, height: height * scale});
        const context = canvas.getContext("2d");
        context.scale(scale, scale);
        context.fillStyle = panel;
        context.fillRect(0, 0, width, height);
        context.font = `12px ${getComputedStyle(document.body).fontFamily}`;
        context.textBaseline = "middle";
        context.fillStyle = text;
        context.fillText(about().words + (orderflow.loop.isOffline() ? " · offline" : ""), LABEL, HEAD / 2);
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
        canvas.toBlob(content => save(content, `${about().file}.png`));
    }

    // A field as RFC 4180 quotes it; none that a spreadsheet would take for a formula.
    function field(value) {
        if (typeof value === "number") return String(value);
        const text = /^[=+\-@\t\r\n]/.test(value) ? `'${value}` : value;
        return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    }

    const line = values => values.map(field).join(",");

    function csv() {
        const rows = new Map(), header = [];
        for (const {series: shown} of orderflow.data().map(orderflow.data)) {
            for (const series of shown) {
                for (const name of orderflow.rows.columnsOf(series)) {
                    series.x.forEach((x, row) => {
                        if (series[name][row] == null) return;
                        if (!rows.has(x)) rows.set(x, []);
                        rows.get(x)[header.length] = series[name][row];
                    });
                    header.push(name === "y" ? series.key : `${series.key}_${name}`);
                }
            }
        }
        const {held} = orderflow, {simulated, file} = about();
        const of = [held.instrument, simulated || "recorded", held.length / 1000];
        const lines = [line(["time_utc", "timestamp_ms", "instrument", "market", "bar_seconds", ...header])];
        for (const x of [...rows.keys()].sort((a, b) => a - b)) {
            const values = header.map((_, column) => rows.get(x)[column] ?? "");
            lines.push(line([new Date(x).toISOString(), x, ...of, ...values]));
        }
        save(new Blob([lines.join("\n") + "\n"], {type: "text/csv"}), `${file}.csv`);
    }

    orderflow.exports = {png, csv};
})(window.orderflow ??= {});
