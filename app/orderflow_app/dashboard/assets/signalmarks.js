// The marks of signals on the panes. Those of one side that would overlap are one, with their number;
// which go together depends on time, price and zoom alone, so that a picture does not flicker when it
// moves.
(orderflow => {
    "use strict";

    const SIZE = 5, SMALL = 3, LARGEST = 8;  // pixels: of a mark, of one among many, of one for many
    const APART = 24, AWAY = 7, ROOM = 60;  // from mark to mark, from its price, and for its words
    const WORDED = 40;  // marks in sight beside which words can be read
    const ROWS = 2 ** 20;  // of prices that are told apart
    const TOLD = 8;  // signals of a mark that are told when it is pointed at

    const sign = side => ({1: "▲", "-1": "▼"})[side] ?? "◆";

    // Up beneath its price, down above it, so that neither hides the bar; without one at the lower edge.
    function place({price, side}, frame) {
        if (price === null) return frame.height - 2 * AWAY;
        return frame.y(price) + (side > 0 ? AWAY : side < 0 ? -AWAY : 0);
    }

    // How many units of time or value, a power of two, are as far apart as marks are at least.
    const step = pixels => 2 ** Math.ceil(Math.log2(APART / pixels));

    // The cell of a grid over time and price, or on no price, that a signal is in: one number.
    function cellOf({timestamp, price, side}, length, height, from) {
        const row = price === null ? ROWS - 1 : Math.floor(price / height) % (ROWS - 1);
        return (Math.floor((timestamp - from) / length) * ROWS + row) * 3 + side + 1;
    }

    // A mark stands where its newest signal is: `{signals, x, y, side, size}`, the largest and then the
    // newest last, which lie on top.
    function marks(signals, frame) {
        const middle = (frame.low + frame.high) / 2, unit = (frame.high - frame.low) / frame.height;
        const length = step(frame.pixels), found = new Map();
        const height = step(Math.abs(frame.y(middle + unit) - frame.y(middle)) / unit);
        const from = Math.floor(frame.range[0] / length) * length;
        for (const signal of signals) {
            const cell = cellOf(signal, length, height, from);
            if (found.has(cell)) found.get(cell).push(signal); else found.set(cell, [signal]);
        }
        const small = found.size > WORDED ? SMALL : SIZE;
        return [...found.values()].map(each => {
            const newest = each.at(-1), {side} = newest;
            const size = each.length === 1 ? small : Math.min(4 + Math.log2(each.length), LARGEST);
            return {signals: each, side, size, x: frame.x(newest.timestamp), y: place(newest, frame)};
        }).sort((a, b) => a.signals.length - b.signals.length || a.x - b.x);
    }

    function triangle(context, {side, x, y, size}) {
        context.beginPath();
        const point = side > 0 ? -size : size;
        context.moveTo(x, y + point);
        context.lineTo(x + size, y - (side ? point : 0));
        if (!side) context.lineTo(x, y - size);
        context.lineTo(x - size, y - (side ? point : 0));
        context.closePath();
        context.fill();
        context.stroke();
    }

    // How many signals a mark is for, in its colour beside it.
    function number(context, {signals, x, y, size}) {
        const text = String(signals.length);
        context.lineWidth = 3;
        context.strokeText(text, x + size + 2, y);
        context.fillText(text, x + size + 2, y);
        context.lineWidth = 1;
    }

    // Where marks are few they have their words beside them, and the next one leaves them room.
    function words(context, drawn, frame) {
        let reached = Infinity;
        for (const {signals, side, x, y, size} of [...drawn].sort((a, b) => b.x - a.x)) {
            if (reached - x > ROOM && signals.length === 1) {
                const {text, title} = signals[0];
                context.fillStyle = colorOf(side, frame);
                context.fillText(text || title, x + size + 3, y, reached - x - 2 * SIZE);
            }
            reached = x;
        }
    }

    const colorOf = (side, {colors}) => side > 0 ? colors.up : side < 0 ? colors.down : colors.text;

    function draw(context, pane, frame) {
        const drawn = marks(orderflow.signals.inSight(pane, frame.range), frame)
            .filter(({y}) => y >= -LARGEST && y <= frame.height + LARGEST);
        if (!drawn.length) return;
        Object.assign(context, {textAlign: "left", textBaseline: "middle", strokeStyle: frame.colors.panel});
        if (drawn.length <= WORDED) words(context, drawn, frame);
        for (const mark of drawn) {
            context.fillStyle = colorOf(mark.side, frame);
            triangle(context, mark);
            if (mark.signals.length > 1) number(context, mark);
        }
    }

    // The mark at a place of a pane, that on top; undefined where there is none.
    function at(pane, x, y) {
        const {frame} = pane, near = 8;
        return marks(orderflow.signals.inSight(pane, frame.range), frame).findLast(mark =>
            Math.abs(mark.x - x) <= Math.max(mark.size, near) && Math.abs(mark.y - y) <= Math.max(mark.size, near));
    }

    // What the signals of a mark say, newest first, a line each; "" where there is none.
    function told(pane, x, y) {
        const found = at(pane, x, y)?.signals ?? [], {clock, number: shown} = orderflow.scale;
        const lines = found.slice(-TOLD).reverse().map(({timestamp, side, title, series, text, price}) => [
            clock(timestamp, 1000), sign(side), title || series, text,
            price === null ? "" : shown(price, orderflow.flow.decimals()),
        ].filter(Boolean).join("  "));
        const more = found.length - lines.length;
        return [...lines, ...more > 0 ? [`and ${more} more`] : []].join("\n");
    }

    // The marks in sight: side, where they are in pixels, and of how many signals.
    const data = (pane, range) => pane.frame ? marks(orderflow.signals.inSight(pane, range), pane.frame)
        .map(({signals, side, x, y}) => ({side, x, y, count: signals.length})) : [];

    orderflow.signalMarks = {draw, told, data, sign};
})(window.orderflow ??= {});
