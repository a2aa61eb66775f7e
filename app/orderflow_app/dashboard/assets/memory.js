// What a browser remembers of the page; instruments, day, span, length of bars (s) and hidden panes stand in
// the address too.
(orderflow => {
    "use strict";

    const KEY = "orderflow";
    const IN_ADDRESS = {  // true: a list
        instrument: false, beside: false, day: false, span: false, bars: false, zone: false, hidden: true,
    };

    function stored() {
        try {
            const found = JSON.parse(localStorage.getItem(KEY));
            return found && typeof found === "object" ? found : {};
        } catch {  // none may be kept here, or another program's
            return {};
        }
    }

    const kept = {...stored(), ...fromAddress()};

    function fromAddress() {
        const asked = new URLSearchParams(location.search);
        const names = Object.keys(IN_ADDRESS).filter(name => asked.has(name));
        return Object.fromEntries(names.map(name =>
            [name, IN_ADDRESS[name] ? asked.getAll(name).filter(Boolean) : asked.get(name)]));
    }

    function toAddress() {
        const asked = new URLSearchParams();
        for (const [name, many] of Object.entries(IN_ADDRESS)) {
            const values = [kept[name] ?? []].flat();
            for (const value of many && !values.length ? [""] : values) asked.append(name, value);
        }
        return `?${asked}`;
    }

    const get = (name, otherwise) => kept[name] ?? otherwise;

    function set(name, value) {
        kept[name] = value;
        try {
            localStorage.setItem(KEY, JSON.stringify(kept));
        } catch {
            // what cannot be kept is forgotten with the page
        }
        if (name in IN_ADDRESS) history.replaceState(null, "", toAddress());
        orderflow.beside.chosen(name);
    }

    orderflow.memory = {get, set};
})(window.orderflow ??= {});
