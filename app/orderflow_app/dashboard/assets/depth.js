// What the pointer reads of the depth stays readable while the levels change under it.
(() => {
    "use strict";

    let last = null;

    function remember(event) {
        if (event.isTrusted) last = event.target.closest?.("#depth") ? event : null;
    }

    // A redraw removes the label; the pointer's last move brings it back.
    function again() {
        if (!last?.target.isConnected) return;
        const {clientX, clientY} = last;
        last.target.dispatchEvent(new MouseEvent("mousemove", {clientX, clientY, bubbles: true}));
    }

    function listen() {
        const plot = document.querySelector("#depth .js-plotly-plot");
        if (plot?.on) plot.on("plotly_afterplot", again);
        else setTimeout(listen, 100);  // Plotly comes later than the page
    }

    document.addEventListener("mousemove", remember);
    listen();
})();
