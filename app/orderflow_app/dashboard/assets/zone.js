// The zone in which times are written: UTC, that of this machine, or another by its name.
(orderflow => {
    "use strict";

    const QUARTER = 900e3;  // no zone changes between two quarters of an hour
    const UTC = "UTC", LOCAL = "local";

    let name = UTC, format = null;
    let offsets = new Map();

    const box = () => document.querySelector("#zone");

    function formatOf(zone) {
        if (zone === UTC) return null;
        const digits = Object.fromEntries(["year", "month", "day", "hour", "minute", "second"]
            .map(part => [part, "numeric"]));
        return new Intl.DateTimeFormat("en-US", {
            timeZone: zone === LOCAL ? undefined : zone, hourCycle: "h23", ...digits,
        });
    }

    // How far the clocks of the zone are ahead of UTC at a time, in ms.
    function offset(time) {
        if (!format) return 0;
        const begin = Math.floor(time / QUARTER) * QUARTER;
        if (!offsets.has(begin)) {
            const parts = Object.fromEntries(format.formatToParts(begin).map(({type, value}) => [type, value]));
            const {year, month, day, hour, minute, second} = parts;
            offsets.set(begin, Date.UTC(year, month - 1, day, hour, minute, second) - begin);
        }
        return offsets.get(begin);
    }

    // What stands behind a time: UTC, UTC+2, UTC−3:30.
    function label(time) {
        const minutes = Math.round(offset(time) / 60e3), far = Math.abs(minutes);
        if (!minutes) return UTC;
        const rest = far % 60 ? `:${String(far % 60).padStart(2, "0")}` : "";
        return `${UTC}${minutes < 0 ? "−" : "+"}${Math.floor(far / 60)}${rest}`;
    }

    // A zone that this browser does not know is UTC.
    function use(wanted) {
        try {
            [name, format] = [wanted, formatOf(wanted)];
        } catch {
            [name, format] = [UTC, null];
        }
        offsets = new Map();
    }

    function show() {
        for (const part of ["signals", "tape", "replay"]) orderflow[part]?.show?.();
        orderflow.redraw();
    }

    function choose() {
        use(box().value);
        orderflow.memory.set("zone", name);
        show();
    }

    // Takes the zone that is remembered.
    function again() {
        const wanted = orderflow.memory.get("zone", UTC);
        if (wanted === name) return;
        use(wanted);
        box().value = name;
        show();
    }

    function listen() {
        use(orderflow.memory.get("zone", UTC));
        const {element} = orderflow.panes, all = Intl.supportedValuesOf("timeZone");
        const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
        const options = [[UTC, UTC], [LOCAL, `Local (${own})`], ...all.map(each => [each, each])];
        if (!options.some(([value]) => value === name)) options.push([name, name]);
        box().replaceChildren(...options.map(([value, text]) => element("option", {value}, text)));
        box().value = name;
        box().addEventListener("change", choose);
    }

    orderflow.zone = {offset, label, use, again, listen};
})(window.orderflow ??= {});
