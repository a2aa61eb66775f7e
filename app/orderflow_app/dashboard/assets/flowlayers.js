// Order flow under and over the price: which layers there are, which of them the user wants, and the
// menu of them.
(orderflow => {
    "use strict";

    const LAYERS = [["heat", "Heat map"], ["bubbles", "Trades as bubbles"], ["footprint", "Footprint"]];
    const DIM = 0.22;  // of the heat map under a footprint, which is read
    const WANTED = {heat: true, bubbles: true, footprint: true, profile: "visible", strength: 60};

    const shown = orderflow.layersShown = {...WANTED};
    let listed = "";

    const {held} = orderflow.flow;
    const has = name => name === "bubbles" ? held.trades.rows.length > 0 : orderflow.flow.of(name).length > 0;
    const isPrice = pane => pane.name === orderflow.panes.PRICE;

    // Rows begin half a tick below their price, so that a row of one tick has the price in its middle.
    const shift = () => 10 ** -orderflow.flow.decimals() / 2;

    // The profile that the user wants where there is such a one, else the first that there is.
    function profileMode() {
        const modes = orderflow.profile.modes().map(([value]) => value);
        return ["off", ...modes].includes(shown.profile) ? shown.profile : modes[0] ?? "off";
    }

    // Whether the bars of the price are wide enough for their footprint.
    const isClose = (pane, pixels) => isPrice(pane) && shown.footprint
        && Boolean(orderflow.footprint.shown(pane.series[0], pixels));

    // The series that the scale of values fits: a footprint needs all the height for its rows.
    const scaled = (pane, pixels) => isClose(pane, pixels) ? pane.series.slice(0, 1) : pane.series;

    function under(context, pane, frame) {
        context.globalAlpha = isClose(pane, frame.pixels) ? DIM : 1;
        if (shown.heat) orderflow.heat.draw(context, pane, frame, isPrice(pane) ? shift() : 0);
        context.globalAlpha = 1;
        if (isPrice(pane)) orderflow.mark.draw(context, frame);
    }

    // A footprint has the trades in its rows.
    const hasBubbles = (pane, frame) => isPrice(pane) && shown.bubbles && has("bubbles") && !isClose(pane, frame.pixels);

    function bubbles(pane, frame) {
        if (hasBubbles(pane, frame)) orderflow.bubbles.draw(frame);
    }

    function over(context, pane, frame) {
        if (isPrice(pane) && profileMode() !== "off") orderflow.profile.draw(context, frame, shift());
    }

    // Whether a footprint was drawn for the bars of a series, in place of its candles.
    const footprint = (context, series, frame) => shown.footprint && series.key === orderflow.panes.PRICE
        && orderflow.footprint.draw(context, series, frame, shift());

    function set(name, value) {
        shown[name] = value;
        orderflow.memory.set("layers", shown);
        orderflow.redraw();
    }

    // The share of sizes that the slider stands for: from one half to all but one in a thousand.
    const quantile = strength => 1 - 10 ** -(0.3 + 2.7 * strength / 100);

    function box(name, title) {
        const {element} = orderflow.panes, made = element("input", {type: "checkbox", "data-layer": name});
        made.checked = shown[name];
        made.addEventListener("change", () => set(name, made.checked));
        return element("label", {}, made, title);
    }

    function slider() {
        const {element} = orderflow.panes;
        const made = element("input", {type: "range", min: 0, max: 100, id: "strength", "aria-label": "Sizes with the strongest colour"});
        made.value = shown.strength;
        made.addEventListener("input", () => {
            set("strength", Number(made.value));
            orderflow.heat.colored(quantile(shown.strength));
        });
        return element("label", {}, "Strongest colour from", made);
    }

    function profiles() {
        const {element} = orderflow.panes, made = element("select", {id: "profile", "aria-label": "Volume profile"});
        const modes = [["off", "Off"], ...orderflow.profile.modes()];
        for (const [value, title] of modes) made.append(element("option", {value}, title));
        made.value = profileMode();
        made.addEventListener("change", () => {
            set("profile", made.value);
            if (made.value === "marked") orderflow.mark.begin(); else orderflow.mark.end();
        });
        return element("label", {}, "Volume profile", made);
    }

    // The menu has what the run has; without any it is not there.
    function menu() {
        const names = LAYERS.filter(([name]) => has(name));
        const modes = orderflow.profile.modes(), now = JSON.stringify([names, modes]);
        if (now === listed) return;
        listed = now;
        const lines = names.map(([name, title]) => box(name, title));
        if (has("heat")) lines.splice(1, 0, slider());
        if (modes.length) lines.push(profiles());
        const list = document.querySelector("#flow-list");
        list.replaceChildren(...lines.map(line => orderflow.panes.element("div", {}, line)));
        list.parentElement.hidden = !lines.length;
        orderflow.heat.colored(quantile(shown.strength));
    }

    // Takes what is remembered.
    function again() {
        Object.assign(shown, orderflow.memory.get("layers", {}));
        orderflow.heat.colored(quantile(shown.strength));
    }

    function listen() {
        Object.assign(shown, orderflow.memory.get("layers", {}));
        orderflow.mark.listen();
    }

    // What is drawn of order flow in a pane: but for heat maps, in that of the price.
    function data(pane, range) {
        const {frame, series} = pane, heat = orderflow.heat.data(pane, range);
        if (!isPrice(pane)) return {cells: heat};
        return {
            cells: [...heat, ...orderflow.footprint.data(range, series[0], frame)],
            bubbles: frame && hasBubbles(pane, frame) ? orderflow.bubbles.data(frame) : [],
            profile: orderflow.profile.data(range),
        };
    }

    orderflow.flowLayers = {profileMode, scaled, under, bubbles, over, footprint, menu, data, again, listen};
})(window.orderflow ??= {});
