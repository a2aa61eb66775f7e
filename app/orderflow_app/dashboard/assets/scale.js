// Round numbers and their words: ticks of values and of times. Pure functions, all times UTC.
(orderflow => {
    "use strict";

    const SECOND = 1e3, MINUTE = 60e3, HOUR = 3600e3, DAY = 86400e3;
    const TIME_STEPS = [
        ...[1, 2, 5, 10, 20, 50, 100, 200, 500], ...[1, 2, 5, 10, 15, 30].map(n => n * SECOND),
        ...[1, 2, 5, 10, 15, 30].map(n => n * MINUTE), ...[1, 2, 3, 4, 6, 12].map(n => n * HOUR),
        ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].map(n => n * DAY),
    ];
    const formats = new Map();

    // Values to pixels from above, and back.
    function mapping(low, high, height, log) {
        const to = log ? Math.log : value => value, back = log ? Math.exp : value => value;
        const bottom = to(low), share = height / (to(high) - bottom);
        return {
            y: value => height - (to(value) - bottom) * share,
            value: y => back(bottom + (height - y) / share),
        };
    }

    function step(span, most) {
        const rough = span / Math.max(most, 1);
        const power = 10 ** Math.floor(Math.log10(rough));
        return power * [1, 2, 5, 10].find(each => rough <= each * power * (1 + 1e-9));
    }

    function linear(low, high, most) {
        const size = step(high - low, most), found = [];
        for (let n = Math.ceil(low / size); n * size <= high; n++) found.push(n * size + 0);
        return found;
    }

    function logarithmic(low, high) {
        const found = [];
        for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power++) {
            found.push(...[1, 2, 5].map(each => each * 10 ** power));
        }
        return found.filter(value => value >= low && value <= high);
    }

    function ticks(low, high, most, log) {
        const found = log ? logarithmic(low, high) : [];
        return found.length > 2 ? found : linear(low, high, most);
    }

    function number(value, decimals) {
        if (value == null) return "–";
        if (!formats.has(decimals)) {
            const digits = {minimumFractionDigits: decimals, maximumFractionDigits: decimals};
            formats.set(decimals, new Intl.NumberFormat("en-US", digits));
        }
        return formats.get(decimals).format(value).replace("-", "−");
    }

    // A number in few signs: as many decimals as a step asks for, and k, M or B.
    function short(value, size) {
        const [unit, suffix] = [[1e9, "B"], [1e6, "M"], [1e4, "k"]].find(([least]) =>
            Math.abs(value) >= least) ?? [1, ""];
        const scale = suffix === "k" ? 1e3 : unit;
        const decimals = Math.max(0, Math.ceil(-Math.log10(size / scale) - 1e-9));
        return number(value / scale, Math.min(decimals, 8)) + suffix;
    }

    // A size as it was traded: up to eight decimals, and no zeros behind them.
    function plain(value) {
        if (!formats.has("plain")) {
            formats.set("plain", new Intl.NumberFormat("en-US", {maximumFractionDigits: 8}));
        }
        return formats.get("plain").format(value);
    }

    const date = time => new Date(time).toISOString().slice(0, 10);

    // So many digits as a length of time asks for: 00:15, 00:15:30, 00:15:30.250.
    function clock(time, length) {
        const text = new Date(time).toISOString().slice(11, 23);
        return text.slice(0, length % MINUTE === 0 ? 5 : length % SECOND === 0 ? 8 : 12);
    }

    // Times at round steps, each with its clock, and its date where another day begins.
    function times(from, to, most) {
        const size = TIME_STEPS.find(each => (to - from) / each <= most) ?? TIME_STEPS.at(-1);
        const found = [];
        let before = null;
        for (let time = Math.ceil(from / size) * size; time <= to; time += size) {
            const day = date(time);
            const label = size < DAY ? clock(time, size) : day;
            found.push({time, label, date: size < DAY && day !== before ? day : ""});
            before = day;
        }
        return found;
    }

    // A length of time in words: 10 s, 1 min, 4 h.
    function duration(ms) {
        const [unit, name] = [[DAY, "d"], [HOUR, "h"], [MINUTE, "min"], [SECOND, "s"]].find(([least]) =>
            ms % least === 0) ?? [1, "ms"];
        return `${ms / unit} ${name}`;
    }

    orderflow.scale = {mapping, ticks, step, number, short, plain, times, clock, date, duration};
})(window.orderflow ??= {});
