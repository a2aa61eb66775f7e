// Volumes by price: rows put together, summed over bars, their point of control, value area,
// imbalances and stacks. Pure functions; `values` has buy and sell of each row in turn.
(orderflow => {
    "use strict";

    // The sum of several columns of one row height, in rows of so many of theirs.
    function sum(columns, many = 1) {
        let low = Infinity, high = -Infinity;
        for (const {row, values} of columns) {
            if (!values.length) continue;
            low = Math.min(low, Math.floor(row / many));
            high = Math.max(high, Math.floor((row + values.length / 2 - 1) / many));
        }
        if (low > high) return null;
        const found = new Float64Array((high - low + 1) * 2);
        for (const {row, values} of columns) {
            for (let i = 0; i < values.length; i += 2) {
                const at = (Math.floor((row + i / 2) / many) - low) * 2;
                found[at] += values[i];
                found[at + 1] += values[i + 1];
            }
        }
        return {row: low, values: found};
    }

    const totals = values => Float64Array.from({length: values.length / 2}, (_, row) =>
        values[2 * row] + values[2 * row + 1]);

    // The row with the most volume; of equal ones the higher.
    function control(volumes) {
        let found = 0;
        volumes.forEach((volume, row) => {
            if (volume >= volumes[found]) found = row;
        });
        return found;
    }

    // The rows around the point of control that hold a share of all: it grows by so many rows at once
    // towards the larger volume, up where both are equal.
    function area(volumes, share, many) {
        const middle = control(volumes), last = volumes.length - 1;
        const add = (from, to) => volumes.subarray(from, to).reduce((sum, volume) => sum + volume, 0);
        const wanted = share * add(0, last + 1);
        let low = middle, high = middle, held = volumes[middle];
        while (held < wanted && (low > 0 || high < last)) {
            const above = add(high + 1, Math.min(high + many, last) + 1), below = add(Math.max(low - many, 0), low);
            if (high < last && (above >= below || low === 0)) {
                high = Math.min(high + many, last);
                held += above;
            } else {
                low = Math.max(low - many, 0);
                held += below;
            }
        }
        return {low, control: middle, high};
    }

    // Which rows have a buy imbalance, held against the sells a row below, and which a sell imbalance,
    // against the buys a row above. The lowest and the highest row have none.
    function imbalances(values, ratio, lot) {
        const rows = values.length / 2, buy = new Uint8Array(rows), sell = new Uint8Array(rows);
        for (let row = 1; row < rows - 1; row++) {
            buy[row] = Number(values[2 * row] >= ratio * Math.max(values[2 * row - 1], lot));
            sell[row] = Number(values[2 * row + 1] >= ratio * Math.max(values[2 * row + 2], lot));
        }
        return {buy, sell};
    }

    function runs(marks, side, least) {
        const found = [];
        for (let first = 0; first < marks.length;) {
            let end = first + 1;
            while (end < marks.length && marks[end] === marks[first]) end++;
            if (marks[first] && end - first >= least) found.push({side, first, end});
            first = end;
        }
        return found;
    }

    // The runs of neighbours with imbalances of one side that are long enough: side, first row, and
    // that after the last.
    const stacks = ({buy, sell}, least) => [...runs(buy, 1, least), ...runs(sell, -1, least)];

    orderflow.volumes = {sum, totals, control, area, imbalances, stacks};
})(window.orderflow ??= {});
