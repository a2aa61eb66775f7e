// The page in the browser: asks for news, hides panes, changes the scheme, saves PNG and CSV.
(() => {
    "use strict";

    const dash = () => window.dash_clientside;
    const PATIENCE_MS = 8000;
    let asking = false;
    let pending = null;

    // Asks for the version, which changes when a picture would, and hands a new one to the callback
    // that asks for the picture. One question at a time; an answer that was lost is asked for again.
    async function poll(_, instrument, answered) {
        const drawing = pending?.answered === answered && Date.now() < pending?.until;
        if (asking || drawing) return dash().no_update;
        asking = true;
        try {
            const query = new URLSearchParams({instrument: instrument ?? ""});
            const options = {signal: AbortSignal.timeout(5000), cache: "no-store"};
            const answer = await fetch(`version?${query}`, options);
            if (!answer.ok) throw new Error(answer.statusText);
            const version = await answer.text();
            document.body.classList.remove("offline");
            if (version === answered) return dash().no_update;
            pending = {answered, until: Date.now() + PATIENCE_MS};
            return version;
        } catch {
            document.body.classList.add("offline");
            return dash().no_update;
        } finally {
            asking = false;
        }
    }

    const scheme = theme => theme;

    // Panes that are not there now stay hidden for when they come back.
    function hide(shown, known, hidden) {
        const others = (hidden ?? []).filter(name => !(known ?? []).includes(name));
        const now = [...others, ...(known ?? []).filter(name => !shown.includes(name))];
        return JSON.stringify(now) === JSON.stringify(hidden) ? dash().no_update : now;
    }

    function save(content, name) {
        const link = document.createElement("a");
        link.href = URL.createObjectURL(content);
        link.download = name;
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href));
    }

    function png(clicks, instrument) {
        const chart = window.orderflowChart.plot();
        if (!clicks || !chart?.data?.length) return dash().no_update;
        const {clientWidth: width, clientHeight: height} = chart;
        const name = `${instrument}-${stamp()}`;
        window.Plotly.downloadImage(chart, {format: "png", width, height, scale: 2, filename: name});
        return dash().no_update;
    }

    const stamp = () => new Date().toISOString().slice(0, 19).replaceAll(":", "");

    // The columns of a trace under readable names.
    function columnsOf(trace, key) {
        const names = trace.open ? ["open", "high", "low", "close"] : ["y"];
        return names.map(name => [name === "y" ? key : `${key}_${name}`, trace[name]]);
    }

    // A field as RFC 4180 quotes it; none that a spreadsheet would take for a formula.
    function field(value) {
        if (typeof value === "number") return String(value);
        const text = /^[=+\-@\t\r\n]/.test(value) ? `'${value}` : value;
        return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    }

    const line = values => values.map(field).join(",");

    function csv(clicks, instrument) {
        const chart = window.orderflowChart.plot();
        if (!clicks || !chart?.data?.length) return dash().no_update;
        const [from, to] = window.orderflowChart.view.range ?? [-Infinity, Infinity];
        const rows = new Map();
        const header = [];
        for (const trace of chart.data) {
            for (const [name, values] of columnsOf(trace, trace.name)) {
                trace.x.forEach((x, i) => {
                    if (x < from || x > to || values[i] == null) return;
                    if (!rows.has(x)) rows.set(x, []);
                    rows.get(x)[header.length] = values[i];
                });
                header.push(name);
            }
        }
        const lines = [line(["time_utc", "timestamp_ms", ...header])];
        for (const x of [...rows.keys()].sort((a, b) => a - b)) {
            const values = header.map((_, i) => rows.get(x)[i] ?? "");
            lines.push(line([new Date(x).toISOString(), x, ...values]));
        }
        const content = new Blob([lines.join("\n") + "\n"], {type: "text/csv"});
        save(content, `${instrument}-${stamp()}.csv`);
        return dash().no_update;
    }

    const browser = {poll, scheme, hide, png, csv};
    window.dash_clientside ??= {};
    window.dash_clientside.orderflow = {...window.dash_clientside.orderflow, ...browser};
})();
