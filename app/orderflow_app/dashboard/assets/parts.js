// Parts of the page as elements: the server sends them as the components of Dash that they are, and
// they are made here, since a tick by way of Dash and React costs ten times as much.
(orderflow => {
    "use strict";

    // A component, a list of them, or a text, as what an element can hold.
    function made(part) {
        if (Array.isArray(part)) return part.flatMap(made);
        if (part === null || part === undefined) return [];
        if (typeof part !== "object") return [String(part)];
        const {type, props: {children, style = {}, open, ...others}} = part;
        const element = document.createElement(type);
        for (const [name, value] of Object.entries(others)) {
            element.setAttribute(name === "className" ? "class" : name, value);
        }
        for (const [name, value] of Object.entries(style)) element.style.setProperty(name, value);
        element.toggleAttribute("open", Boolean(open));
        element.append(...made(children));
        return [element];
    }

    // A second chart has not all of them.
    const show = (part, id) => document.querySelector(`#${id}`)?.replaceChildren(...made(part));

    orderflow.parts = {show};
})(window.orderflow ??= {});
