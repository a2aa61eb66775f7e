// The page's controls, as `callbacks.py` names them, and the beginning of it all.
(orderflow => {
    "use strict";

    const nothing = () => window.dash_clientside.no_update;

    function choose(instrument) {
        if (instrument && instrument !== orderflow.loop.shows.instrument) orderflow.loop.choose(instrument);
        return nothing();
    }

    // It is empty until the instruments are known, and where none is chosen.
    function beside(value) {
        const {beside, held} = orderflow;
        if (held.instrument && (value ?? null) !== beside.shown()) beside.choose(value ?? null);
        return nothing();
    }

    function day(value) {
        const {loop} = orderflow;
        if (value && value !== loop.shows.viewed) loop.chooseDay(value);
        return nothing();
    }

    const scheme = theme => theme;

    function span(value) {
        const {view} = orderflow;
        if (value && value !== view.span) view.show(value);
        return nothing();
    }

    function follow(checked) {
        const {view} = orderflow;
        if (checked !== view.follow) view.followed(checked);
        return nothing();
    }

    function length(value) {
        if (value && Number(value) !== orderflow.held.length) orderflow.lengths.choose(Number(value));
        return nothing();
    }

    const exported = name => clicks => {
        if (clicks && orderflow.view.range) orderflow.exports[name]();
        return nothing();
    };

    function recolor() {
        orderflow.redraw();
        orderflow.beside.recolor();
        orderflow.depth.show();
    }

    // The elements come with Dash, after the scripts.
    function begin() {
        if (!document.querySelector("#chart")) return setTimeout(begin, 20);
        orderflow.ladder.listen();
        const scheme = {attributes: true, attributeFilter: ["data-mantine-color-scheme"]};
        new MutationObserver(recolor).observe(document.documentElement, scheme);
        orderflow.start();
    }

    begin();
    window.dash_clientside ??= {};
    const controls = {choose, beside, day, scheme, span, length, follow, png: exported("png"), csv: exported("csv")};
    window.dash_clientside.orderflow = {...window.dash_clientside.orderflow, ...controls};
})(window.orderflow ??= {});
