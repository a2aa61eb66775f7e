// The choice of how long bars are: as the run makes them, or longer ones that those make.
(orderflow => {
    "use strict";

    const SECOND = 1e3, MINUTE = 60e3, HOUR = 3600e3, LONGEST = 366 * 24 * HOUR;
    const LENGTHS = [
        ...[1, 5, 10, 15, 30].map(n => n * SECOND), ...[1, 5, 15, 30].map(n => n * MINUTE),
        ...[1, 4, 12, 24].map(n => n * HOUR),
    ];

    // Offers what the price's own bars make, and what was chosen.
    function offer() {
        const {own, length, timed} = orderflow.held;
        const longer = LENGTHS.filter(each => timed && each > own && each % own === 0);
        const offered = [...new Set([own, ...longer, length])].sort((a, b) => a - b);
        const data = offered.map(each => ({value: String(each), label: orderflow.scale.duration(each)}));
        window.dash_clientside.set_props("length", {data, value: String(length)});
    }

    function choose(length) {
        const other = length === orderflow.held.own ? null : length;
        orderflow.memory.set("bars", other && other / SECOND);
        orderflow.loop.resize(other);
    }

    // What was chosen before, in ms; null for the run's own, and for what is no length.
    function remembered() {
        const length = Math.round(Number(orderflow.memory.get("bars", 0)) * SECOND);
        return length > 0 && length <= LONGEST ? length : null;
    }

    orderflow.lengths = {offer, choose, remembered};
})(window.orderflow ??= {});
