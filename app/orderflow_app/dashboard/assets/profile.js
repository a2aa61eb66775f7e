// The volume profile at the right edge of the price: of the range in sight, of the session, or of the
// bars that the user has marked; with its point of control and value area.
(orderflow => {
    "use strict";

    const SHARE = 0.18, WIDEST = 170;  // of the pane, and pixels
    const LEAST = 2;  // pixels of a row; lower ones go together
    const OUTSIDE = 0.28, INSIDE = 0.6;

    const footprints = () => orderflow.flow.of("footprint")[0];
    const profiles = () => orderflow.flow.of("profile")[0];
    const modes = () => [
        footprints() && ["visible", "In sight"], profiles() && ["session", "Session"],
        footprints() && ["marked", "Marked bars"],
    ].filter(Boolean);

    // The columns that make it up: of the session, that which the newest time in sight lies in.
    function columns(mode, range) {
        if (mode === "session") {
            const all = profiles()?.columns ?? [];
            return all.filter(({timestamp}) => timestamp < range[1]).slice(-1);
        }
        const stretch = mode === "marked" ? orderflow.mark.range : range;
        return stretch ? orderflow.flow.inSight(footprints()?.columns ?? [], stretch) : [];
    }

    function found(mode, range, many) {
        const parts = columns(mode, range);
        if (!parts.length) return null;
        const {tick} = parts.at(-1), same = parts.filter(each => each.tick === tick);
        const rows = orderflow.volumes.sum(same, many);
        if (!rows) return null;
        const {share = 0.7, rows: step = 1} = profiles() ?? {};
        const volumes = orderflow.volumes.totals(rows.values);
        return {
            ...rows, tick: tick * many, volumes, from: same[0].timestamp, to: same.at(-1).end,
            ...orderflow.volumes.area(volumes, share, step),
        };
    }

    let kept = {};

    // Worked out anew only where other columns are in sight, or one has grown.
    function profile(mode, range, many) {
        const parts = columns(mode, range), last = parts.at(-1);
        const same = kept.mode === mode && kept.many === many && kept.count === parts.length
            && kept.first === parts[0] && kept.last === last;
        if (!same) {
            kept = {mode, many, count: parts.length, first: parts[0], last, found: found(mode, range, many)};
        }
        return kept.found;
    }

    // Lines of the whole grid stand for single ticks: point of control and value area are of these.
    function draw(context, frame, shift) {
        const mode = orderflow.flowLayers.profileMode();
        const tick = columns(mode, frame.range).at(-1)?.tick;
        if (!tick) return;
        const middle = (frame.low + frame.high) / 2;
        const pixels = Math.abs(frame.y(middle + tick) - frame.y(middle));
        const shown = profile(mode, frame.range, 2 ** Math.max(0, Math.ceil(Math.log2(LEAST / pixels))));
        if (!shown) return;
        const {snap, y, colors} = frame, width = Math.min(frame.width * SHARE, WIDEST);
        const most = shown.volumes[shown.control];
        const parts = {up: [[], []], down: [[], []]};
        shown.volumes.forEach((volume, index) => {
            if (!volume) return;
            const price = (shown.row + index) * shown.tick - shift;
            const top = snap(y(price + shown.tick)), bottom = snap(y(price));
            if (bottom < 0 || top > frame.height) return;
            const inside = Number(index >= shown.low && index <= shown.high);
            const whole = volume / most * width, buys = shown.values[2 * index] / most * width;
            const gap = bottom - top > 3 ? frame.pixel : 0;
            const edge = snap(frame.width - buys), left = snap(frame.width - whole);
            parts.up[inside].push(edge, top, frame.width - edge, bottom - top - gap);
            parts.down[inside].push(left, top, edge - left, bottom - top - gap);
        });
        for (const [name, [outside, inside]] of Object.entries(parts)) {
            context.fillStyle = colors[name];
            for (const [alpha, rectangles] of [[OUTSIDE, outside], [INSIDE, inside]]) {
                context.globalAlpha = alpha;
                for (let i = 0; i < rectangles.length; i += 4) {
                    context.fillRect(rectangles[i], rectangles[i + 1], rectangles[i + 2], Math.max(rectangles[i + 3], frame.pixel));
                }
            }
        }
        context.globalAlpha = 1;
        lines(context, frame, shown, width, shift);
    }

    function lines(context, frame, shown, width, shift) {
        const {snap, y, colors, pixel} = frame, price = row => (shown.row + row + 0.5) * shown.tick - shift;
        const left = frame.width - width;
        context.fillStyle = colors.text;
        context.textAlign = "right";
        context.textBaseline = "middle";
        for (const [name, row] of [["VAH", shown.high], ["POC", shown.control], ["VAL", shown.low]]) {
            const at = snap(y(price(row))), thick = name === "POC" ? 2 * pixel : pixel;
            context.globalAlpha = name === "POC" ? 1 : 0.6;
            context.fillRect(left, at, width, thick);
            context.fillText(name, left - 4, at);
        }
        context.globalAlpha = 1;
    }

    // The profile by single rows; null where none is shown.
    function data(range) {
        const mode = orderflow.flowLayers.profileMode(), shown = mode !== "off" && found(mode, range, 1);
        if (!shown) return null;
        const {row, tick, values, volumes, from, to} = shown, price = index => (row + index) * tick;
        return {
            mode, from, to, tick, low: price(0), buy: Array.from(volumes, (_, i) => values[2 * i]),
            sell: Array.from(volumes, (_, i) => values[2 * i + 1]), control: price(shown.control),
            area: [price(shown.low), price(shown.high)],
        };
    }

    orderflow.profile = {draw, data, modes};
})(window.orderflow ??= {});
