// A chart begins: its parts listen to the user, and its loop asks.
(orderflow => {
    "use strict";

    function start() {
        for (const part of ["flowLayers", "zone", "tools", "input"]) orderflow[part].listen();
        new ResizeObserver(() => orderflow.panes.layout()).observe(document.querySelector("#stage"));
        orderflow.loop.run();
    }

    orderflow.start = start;
})(window.orderflow ??= {});
