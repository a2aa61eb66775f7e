// Round numbers and their words: ticks of values and of times, in the zone that was chosen.
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

    // A size in few signs: 1,647, 0.0007123, 12.3k, 4.57M.
    function amount(value) {
        const [unit, suffix] = [[1e9, "B"], [1e6, "M"], [1e3, "k"]].find(([least]) =>
            value >= Math.max(least, 1e4)) ?? [1, ""];
        const digits = suffix ? 3 : 4;
        if (!formats.has(`amount${digits}`)) {
            formats.set(`amount${digits}`, new Intl.NumberFormat("en-US", {maximumSignificantDigits: digits}));
        }
        return formats.get(`amount${digits}`).format(value / unit) + suffix;
    }

    // A time as its zone's clocks show it.
    const text = time => new Date(time + orderflow.zone.offset(time)).toISOString();

    const date = time => text(time).slice(0, 10);

    // So many digits as a length of time asks for: 00:15, 00:15:30, 00:15:30.250.
    function clock(time, length) {
        return text(time).slice(11, 23).slice(0, length % MINUTE === 0 ? 5 : length % SECOND === 0 ? 8 : 12);
    }

    // Times at round steps, each with its clock, and its date where another day begins.
    function times(from, to, most) {
        const size = TIME_STEPS.find(each => (to - from) / each <= most) ?? TIME_STEPS.at(-1);
        const found = [];
        let before = null;
        const ahead = orderflow.zone.offset(from);
        for (let time = Math.ceil((from + ahead) / size) * size - ahead; time <= to; time += size) {
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

    // A length of time that passed: 7 s, 3 min 20 s, 2 d 4 h.
    function elapsed(ms) {
        let left = Math.round(ms / SECOND) * SECOND;
        const found = [];
        for (const [unit, name] of [[DAY, "d"], [HOUR, "h"], [MINUTE, "min"], [SECOND, "s"]]) {
            const count = Math.floor(left / unit);
            left -= count * unit;
            if (count && found.length < 2) found.push(`${count} ${name}`);
        }
        return found.join(" ") || `${Math.round(ms)} ms`;
    }

    // What is left of a bar: 0:07, 12:30, 1:02:03.
    function countdown(ms) {
        const seconds = Math.ceil(ms / SECOND), two = number => String(number).padStart(2, "0");
        const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
        return `${hours ? `${hours}:${two(minutes)}` : minutes}:${two(seconds % 60)}`;
    }

    orderflow.scale = {amount, elapsed, countdown, mapping, ticks, step, number, short, plain, times, clock, date, duration};
})(window.orderflow ??= {});
