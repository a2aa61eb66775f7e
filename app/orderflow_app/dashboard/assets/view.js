// The stretch of time in sight: it slides with the newest bar while it follows, and stays where the
// user has moved it. The width of a bar changes only when the user changes it.
(orderflow => {
    "use strict";

    const SPANS = {"15m": 15 * 60e3, "1h": 3600e3, "4h": 4 * 3600e3, all: Infinity};
    const LEAST_BARS = 30, BARS = 200, ROOM = 1.25;

    const view = {range: null, width: null, span: "4h", follow: true};

    const dash = () => window.dash_clientside;
    const tell = () => {
        dash()?.set_props?.("follow", {checked: view.follow});
        dash()?.set_props?.("span", {value: view.span});
    };

    // From a bar before the first, that of the store where there is one, to a bar after the last,
    // null where there are none.
    function wholeOf({rows, held: {length}, history}) {
        const found = rows.extent();
        return found && [history.begin() - length, found[1] + length];
    }

    const whole = () => wholeOf(orderflow);

    // The same of both charts, where there are two.
    function anywhere() {
        const own = whole(), chart = orderflow.beside.other(), others = chart && wholeOf(chart);
        return own && others ? [Math.min(own[0], others[0]), Math.max(own[1], others[1])] : own;
    }

    // How long the stretch of all bars is: those of the files, and of the store as many as may be
    // read at once.
    function reach([from, to]) {
        const {MOST, shortest} = orderflow.history;
        const own = to - orderflow.rows.extent()[0] + orderflow.held.length;
        return Math.max(own, Math.min(to - from, MOST * shortest()));
    }

    // A run that goes on gets the stretch that was asked for, and fills it; one that has ended no
    // more than its bars need.
    function widthOf(span, all) {
        const {running, length} = orderflow.held, wanted = SPANS[span];
        const needed = Math.max(reach(all), LEAST_BARS * length);
        if (wanted === Infinity) return running ? needed * ROOM : needed;
        return running ? wanted : Math.min(wanted, needed);
    }

    // Slides to the newest bar, if it is followed: bars stand at the left until they fill the width.
    function refresh() {
        const all = whole();
        if (!all || !view.follow) return;
        view.width ??= widthOf(view.span, all);
        if (view.span === "all" && reach(all) > view.width) view.width = widthOf("all", all);
        const from = Math.max(all[0], all[1] - view.width);
        view.range = [from, from + view.width];
    }

    function moved(range) {
        const all = anywhere();
        if (!all) return;
        const width = range[1] - range[0];
        const from = Math.min(Math.max(range[0], all[0] - width * 0.9), all[1] - width * 0.1);
        view.range = [from, from + width];
        view.width = width;
        if (view.follow || view.span) {
            Object.assign(view, {follow: false, span: ""});
            tell();
        }
        orderflow.redraw();
    }

    const pan = ms => view.range && moved(view.range.map(time => time + ms));

    // Makes the stretch longer or shorter by a factor; the time `at` stays where it is.
    function zoom(factor, at) {
        const all = whole();
        if (!all || !view.range) return;
        const [from, to] = view.range;
        const least = 3 * Math.min(...orderflow.rows.all().map(({length}) => length));
        const most = Math.max(2 * reach(all), LEAST_BARS * orderflow.held.length, to - from);
        const width = Math.min(Math.max((to - from) * factor, least), most);
        const share = (at - from) / (to - from);
        moved([at - share * width, at + (1 - share) * width]);
    }

    function show(span) {
        Object.assign(view, {span, follow: true, width: null});
        orderflow.memory.set("span", span);
        tell();
        orderflow.redraw();
    }

    // Follows the newest bar again, or stays; the width stays in both cases.
    function follow(yes) {
        view.follow = yes;
        tell();
        orderflow.redraw();
    }

    function toFirst() {
        const all = anywhere();
        if (all && view.range) moved([all[0], all[0] + view.range[1] - view.range[0]]);
    }

    // Another instrument begins at its newest bar, with the stretch that the user chose last, else
    // with the shortest that has room for enough bars.
    function begin() {
        const enough = BARS * orderflow.held.length;
        const fitting = Object.keys(SPANS).find(name => SPANS[name] >= enough);
        const chosen = orderflow.memory.get("span", fitting);
        const span = chosen in SPANS ? chosen : fitting;
        Object.assign(view, {range: null, width: null, follow: true, span});
        tell();
    }

    orderflow.view = Object.assign(view, {refresh, pan, zoom, show, followed: follow, toFirst, begin});
})(window.orderflow ??= {});
