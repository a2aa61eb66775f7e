// Short words that come and go by themselves, over the page.
(orderflow => {
    "use strict";

    const SHOWN_MS = 6000, MOST = 4;

    // Says something; a click takes it away before its time.
    function show(title, words = "", kind = "info") {
        const box = document.querySelector("#toasts"), {element} = orderflow.panes;
        const made = element("div", {class: `toast ${kind}`}, element("b", {}, title), words);
        made.addEventListener("click", () => made.remove());
        setTimeout(() => made.remove(), SHOWN_MS);
        box.append(made);
        while (box.children.length > MOST) box.firstChild.remove();
    }

    orderflow.toasts = {show};
})(window.orderflow ??= {});
