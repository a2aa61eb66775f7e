// Depth and ladder where there is little room: a strip under the chart that can be folded, in which
// the middle of the ladder is in sight.
(orderflow => {
    "use strict";

    const strip = () => document.querySelector("#aside");
    const folded = () => orderflow.memory.get("folded-aside", false);

    function show() {
        strip().classList.toggle("folded", folded());
        document.querySelector("#fold-aside").setAttribute("aria-expanded", String(!folded()));
        window.dispatchEvent(new Event("resize"));  // the depth takes the size that it has now
        centre();
    }

    // The ladder is as high as it was, so that what has been scrolled to stays when levels change.
    function centre() {
        const ladder = document.querySelector("#ladder"), middle = ladder.querySelector(".mid");
        const panel = ladder.parentElement;
        if (!middle || panel.scrollHeight <= panel.clientHeight) return;
        const {top, height} = middle.getBoundingClientRect(), box = panel.getBoundingClientRect();
        panel.scrollTop += top + height / 2 - box.top - box.height / 2;
    }

    function begin() {
        const ladder = document.querySelector("#ladder");
        if (!ladder) return setTimeout(begin, 20);
        document.querySelector("#fold-aside").addEventListener("click", () => {
            orderflow.memory.set("folded-aside", !folded());
            show();
        });
        show();
        const filled = new MutationObserver(() => {
            centre();
            if (ladder.querySelector(".mid")) filled.disconnect();
        });
        filled.observe(ladder, {childList: true});
        window.matchMedia("(orientation: portrait)").addEventListener("change", centre);
    }

    begin();
})(window.orderflow ??= {});
