// The depth: cumulative size by price, best first from the mid outwards, on a canvas of its own.
(orderflow => {
    "use strict";

    const HEIGHT = 220, RIGHT = 52, BOTTOM = 24, TOP = 8, LEFT = 6, FILL = 0.16, LINE = 1.5;

    let depth = {bids: [], asks: [], decimals: 0};
    let canvas = null, label = null, pointer = null;

    function take(found) {
        const summed = levels => {
            let total = 0;
            return levels.map(([price, size]) => ({price, total: total += size}));
        };
        depth = {bids: summed(found.bids), asks: summed(found.asks), decimals: found.decimals};
        show();
    }

    const mid = () => depth.bids.length && depth.asks.length
        ? (depth.bids[0].price + depth.asks[0].price) / 2 : null;

    function frame(width) {
        const levels = [...depth.bids, ...depth.asks];
        if (!levels.length) return null;
        const prices = levels.map(level => level.price);
        const [from, to] = [Math.min(...prices), Math.max(...prices)];
        const high = Math.max(...levels.map(level => level.total)) * 1.05 || 1;
        const {y} = orderflow.scale.mapping(0, high, HEIGHT - TOP - BOTTOM, false);
        const wide = width - LEFT - RIGHT;
        return {
            from, to, high, right: LEFT + wide, bottom: HEIGHT - BOTTOM,
            x: price => LEFT + (price - from) / (to - from || 1) * wide, y: total => TOP + y(total),
        };
    }

    // From the best price on, each total holds until the next price adds to it.
    function side(context, levels, color, {x, y, bottom}) {
        context.fillStyle = color;
        levels.forEach(({price, total}, index) => {
            const here = Math.round(x(price)), next = Math.round(x(levels[index + 1]?.price ?? price));
            const top = Math.round(y(total)), before = Math.round(y(levels[index - 1]?.total ?? 0));
            const left = Math.min(here, next), width = Math.abs(next - here);
            context.globalAlpha = FILL;
            context.fillRect(left, top, width, bottom - top);
            context.globalAlpha = 1;
            context.fillRect(left, top, width + 1, LINE);
            context.fillRect(here, top, LINE, before - top);
        });
    }

    function axes(context, colors, {from, to, high, x, y, right, bottom}) {
        const {ticks, short, number} = orderflow.scale;
        const sizes = ticks(0, high, 5, false);
        context.textBaseline = "middle";
        for (const size of sizes) {
            const place = Math.round(y(size));
            context.fillStyle = colors.grid;
            context.fillRect(LEFT, place, right - LEFT, 1);
            context.fillStyle = colors.muted;
            context.fillText(short(size, sizes[1] - sizes[0] || 1), right + 6, place);
        }
        context.textAlign = "center";
        for (const price of to > from ? ticks(from, to, 3, false) : [from]) {
            context.fillStyle = colors.grid;
            context.fillRect(Math.round(x(price)), TOP, 1, bottom - TOP);
            context.fillStyle = colors.muted;
            const middle = Math.min(Math.max(x(price), 32), right);
            context.fillText(number(price, depth.decimals), middle, bottom + 13);
        }
        context.textAlign = "left";
    }

    // The label of the level that is nearest to the pointer.
    function read(found) {
        const levels = [...depth.bids, ...depth.asks];
        label.hidden = !pointer || !found;
        if (label.hidden) return;
        const away = ({price}) => Math.abs(found.x(price) - pointer.x);
        const level = levels.reduce((best, each) => away(each) < away(best) ? each : best);
        const {number, short} = orderflow.scale, middle = mid();
        const total = short(level.total, level.total / 1e3 || 1);
        const lines = [number(level.price, depth.decimals), `${total} in total`];
        if (middle) lines.push(`${number(Math.abs(level.price / middle - 1) * 1e4, 2)} bps from mid`);
        label.textContent = lines.join("\n");
        const x = found.x(level.price), left = x > found.right / 2;
        Object.assign(label.style, {left: `${x}px`, top: `${Math.min(found.y(level.total), HEIGHT - 80)}px`,
            transform: left ? "translateX(calc(-100% - 8px))" : "translateX(8px)"});
    }

    function dotted(context, color, x, bottom) {
        context.fillStyle = color;
        for (let y = TOP; y < bottom; y += 5) context.fillRect(x, y, 1, 2);
    }

    function show() {
        const box = document.querySelector("#depth"), width = box?.clientWidth;
        if (!width) return;
        if (!canvas) begin(box);
        const {context, colors} = orderflow.frame.surface(canvas, width, HEIGHT);
        const found = frame(width);
        if (found) {
            axes(context, colors, found);
            side(context, depth.bids, colors.up, found);
            side(context, depth.asks, colors.down, found);
            if (mid()) dotted(context, colors.muted, Math.round(found.x(mid())), found.bottom);
        }
        read(found);
    }

    function begin(box) {
        const {element} = orderflow.panes;
        canvas = element("canvas", {"aria-hidden": "true"});
        label = element("div", {class: "level-label"});
        box.append(canvas, label);
        const at = event => {
            pointer = event && {x: event.clientX - box.getBoundingClientRect().left};
            show();
        };
        box.addEventListener("pointermove", at);
        box.addEventListener("pointerdown", at);
        box.addEventListener("pointerleave", () => at(null));
        new ResizeObserver(show).observe(box);
    }

    orderflow.depth = {take, show};
})(window.orderflow ??= {});
