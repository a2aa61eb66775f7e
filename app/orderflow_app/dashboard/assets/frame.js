// The picture: asked for by whatever changes it, painted once before the browser's next frame.
(orderflow => {
    "use strict";

    const LABEL = 22;  // pixels at the top of a pane, where its label stands
    const TIMES = 36, LABEL_WIDTH = 90, LABEL_HEIGHT = 26, DOT = 5, FONT = "11px";

    let due = null;  // what the browser's next frame is to bring
    let look = null;
    let fonts = "";

    // The colours of the theme, as the style sheet has them.
    function colors() {
        const theme = document.documentElement.dataset.mantineColorScheme ?? "dark";
        if (look?.theme === theme) return look;
        const style = getComputedStyle(document.documentElement);
        const names = ["panel", "grid", "zero", "border", "text", "muted", "tag", "up", "down"];
        const found = names.map(name => [name, style.getPropertyValue(`--${name}`).trim()]);
        fonts = `${FONT} ${style.getPropertyValue("--font")}`;
        look = {theme, ...Object.fromEntries(found)};
        return look;
    }

    // An empty canvas of a size, for the pixels of this screen.
    function surface(canvas, width, height) {
        const scale = window.devicePixelRatio || 1;
        const [wide, high] = [Math.round(width * scale), Math.round(height * scale)];
        if (canvas.width !== wide || canvas.height !== high) {
            Object.assign(canvas, {width: wide, height: high});
            Object.assign(canvas.style, {width: `${width}px`, height: `${height}px`});
        }
        const context = canvas.getContext("2d", {alpha: false});
        context.setTransform(scale, 0, 0, scale, 0, 0);
        context.fillStyle = colors().panel;
        context.fillRect(0, 0, width, height);
        context.font = fonts;
        return context;
    }

    // The least and the greatest value in sight.
    function bounds(series, range, found) {
        const [first, end] = orderflow.rows.inSight(series, range);
        const low = series.low ?? series.y, high = series.high ?? series.y;
        for (let row = first; row < end; row++) {
            if (low[row] == null || high[row] == null) continue;
            if (low[row] < found.low) found.low = low[row];
            if (high[row] > found.high) found.high = high[row];
        }
        if (series.style === "bars") {
            found.low = Math.min(found.low, 0);
            found.high = Math.max(found.high, 0);
        }
    }

    // Around the values in sight, with room for the label above them; null where there are none.
    function automatic(pane, range, width, height) {
        const found = {low: Infinity, high: -Infinity};
        const scaled = orderflow.flowLayers.scaled(pane, width / (range[1] - range[0]));
        scaled.forEach(series => bounds(series, range, found));
        if (!(found.low <= found.high)) return null;
        const share = Math.min(LABEL / height, 0.4);
        if (pane.scale.log && found.low > 0) {
            const extent = Math.log(found.high / found.low) || 0.01;
            const low = found.low * Math.exp(-0.04 * extent);
            return [low, low * Math.exp(extent * 1.08 / (1 - share))];
        }
        const extent = found.high - found.low || Math.abs(found.high) * 0.02 || 1;
        const onZero = found.low === 0 && pane.series.every(({style}) => style === "bars");
        const low = onZero ? 0 : found.low - extent * 0.06;
        return [low, low + (found.high - low + extent * 0.03) / (1 - share)];
    }

    // Where times and values of a pane stand in its picture, null where there is nothing to show;
    // `pixel` is one of the screen's, `snap` the nearest place that begins one.
    function frameOf(pane, width, height) {
        const range = orderflow.view.range;
        const values = range && (pane.scale.fixed ?? automatic(pane, range, width, height));
        if (!values) return null;
        const [low, high] = values, log = pane.scale.log && low > 0;
        const pixels = width / (range[1] - range[0]), screen = window.devicePixelRatio || 1;
        return {
            pixel: 1 / screen, snap: place => Math.round(place * screen) / screen,
            range, low, high, log, width, height, pixels, theme: look.theme, colors: look,
            x: time => (time - range[0]) * pixels,
            ...orderflow.scale.mapping(low, high, height, log),
        };
    }

    function line(context, color, left, top, width, height) {
        context.fillStyle = color;
        context.fillRect(left, top, width, height);
    }

    function grid(context, pane, frame, times) {
        const {width, height, low, high, log, pixel, snap} = frame;
        const most = Math.max(2, Math.floor(height / LABEL_HEIGHT));
        frame.ticks = orderflow.scale.ticks(low, high, most, log);
        frame.size = frame.ticks.length > 1 ? frame.ticks[1] - frame.ticks[0] : high - low;
        for (const {time} of times) line(context, look.grid, snap(frame.x(time)), 0, pixel, height);
        for (const value of frame.ticks) line(context, look.grid, 0, snap(frame.y(value)), width, pixel);
        if (low < 0 && high > 0) line(context, look.zero, 0, snap(frame.y(0)), width, pixel);
    }

    // The words for a value of a pane: a price as it is quoted, others in few signs.
    function valueText(pane, value) {
        if (pane.name === orderflow.panes.PRICE) {
            return orderflow.scale.number(value, pane.series[0].decimals);
        }
        return orderflow.scale.short(value, pane.frame.size);
    }

    function labels(context, pane, frame) {
        context.fillStyle = look.muted;
        context.textBaseline = "middle";
        context.textAlign = "left";
        for (const value of frame.ticks) {
            const y = frame.y(value);
            if (y > 6 && y < frame.height - 6) context.fillText(valueText(pane, value), frame.width + 6, y);
        }
    }

    // The last price: a dotted line, and its tag among the labels.
    function lastPrice(context, pane, frame) {
        const {close, open} = pane.series[0], value = close.at(-1);
        if (value == null) return;
        const color = value >= open.at(-1) ? look.up : look.down;
        const y = frame.snap(frame.y(value));
        for (let x = 0; x < frame.width; x += DOT) line(context, color, x, y, 2, frame.pixel);
        const left = countdown(pane.series[0]), tag = left ? 32 : 18;
        context.fillStyle = color;
        context.fillRect(frame.width + 1, y - 9, orderflow.panes.AXIS - 1, tag);
        context.fillStyle = look.panel;
        context.fillText(valueText(pane, value), frame.width + 6, y);
        context.fillText(left, frame.width + 6, y + 14);
    }

    // How long the bar of a series still lasts by the data's time, "" where no run goes on.
    function countdown({x, length}) {
        const {running, time} = orderflow.held, begin = x.at(-1);
        if (!running || time == null || time < begin) return "";
        return orderflow.scale.countdown(length - (time - begin) % length);
    }

    function paintPane(pane, width, times) {
        const height = pane.element.clientHeight;
        const context = surface(pane.canvas, width + orderflow.panes.AXIS, height);
        const frame = pane.frame = pane.collapsed ? null : frameOf(pane, width, height);
        if (!frame) return;
        grid(context, pane, frame, times);
        context.save();
        context.beginPath();
        context.rect(0, 0, width, height);
        context.clip();
        orderflow.flowLayers.under(context, pane, frame);
        orderflow.raster.begin(frame);
        for (const series of pane.series) orderflow.layers.draw(context, series, frame);
        orderflow.flowLayers.bubbles(pane, frame);
        orderflow.raster.lay(context);
        orderflow.flowLayers.over(context, pane, frame);
        orderflow.signalMarks.draw(context, pane, frame);
        orderflow.tools.draw(context, pane, frame);
        context.restore();
        labels(context, pane, frame);
        orderflow.tools.tags(context, pane, frame);
        if (pane.series[0].key === orderflow.panes.PRICE) lastPrice(context, pane, frame);
    }

    function paintTimes(width, times, range) {
        const context = surface(document.querySelector("#times"), width + orderflow.panes.AXIS, TIMES);
        line(context, look.border, 0, 0, width, 1);
        context.textBaseline = "middle";
        context.textAlign = "center";
        for (const {time, label, date} of times) {
            const x = (time - range[0]) * width / (range[1] - range[0]);
            line(context, look.border, Math.round(x), 0, 1, 4);
            context.fillStyle = look.muted;
            context.fillText(label, Math.min(Math.max(x, 28), width - 20), 12);
            context.fillStyle = look.text;
            if (date) context.fillText(date, Math.min(Math.max(x, 34), width - 34), 27);
        }
        context.fillStyle = look.muted;
        context.textAlign = "left";
        context.fillText(`${orderflow.zone.label(range[1])} ▾`, width + 6, 12);
    }

    // Panes that are scrolled out of sight are not painted.
    function picture() {
        const {panes, view, scale} = orderflow;
        const chart = document.querySelector("#chart");
        const width = chart.clientWidth - panes.AXIS;
        if (width <= 0) return;
        orderflow.plotWidth = width;
        colors();
        view.refresh();
        orderflow.history.look();
        orderflow.past.look();
        const times = view.range ? scale.times(...view.range, width / LABEL_WIDTH) : [];
        const top = chart.scrollTop, bottom = top + chart.clientHeight;
        for (const pane of panes.shown) {
            const {offsetTop, offsetHeight} = pane.element;
            if (offsetTop < bottom && offsetTop + offsetHeight > top) paintPane(pane, width, times);
        }
        paintTimes(width, times, view.range ?? [0, 1]);
        orderflow.beside.paint(view.range);
        orderflow.history.show();
        orderflow.frames++;
    }

    // Paints at once what was asked for, or all; `now` with the words of all labels.
    function paint(now) {
        const all = due?.picture ?? true;
        due = null;
        if (all) picture();
        orderflow.crosshair.show(now);
    }

    // Asks for a picture, or for no more than the crosshair over it.
    function redraw({only} = {}) {
        if (!due) requestAnimationFrame(() => due && paint(false));
        due ??= {picture: false};
        due.picture ||= only !== "crosshair";
    }

    Object.assign(orderflow, {redraw, paint, frames: 0, plotWidth: 0});
    orderflow.frame = {colors, valueText};
})(window.orderflow ??= {});
