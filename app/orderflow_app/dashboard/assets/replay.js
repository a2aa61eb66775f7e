// The controls of a run that goes on: pause, a row, a bar, speed, and a bar of progress to go ahead
// on. The server writes what is asked, the run does it, and its report says that it has.
(orderflow => {
    "use strict";

    const SPEEDS = [0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 3600, "max"];
    const PATIENCE_MS = 1500;  // until the report has to say what was asked for
    const PARTS = 1000;

    let state = null;  // as the server tells it; null where nothing can be controlled
    let wished = {until: 0};  // what was asked for a moment ago
    let dragged = false;

    const box = () => document.querySelector("#replay");
    const controls = {};

    async function ask(action, more = {}) {
        if (!state) return;
        const body = JSON.stringify({instrument: orderflow.held.instrument, action, ...more});
        const headers = {"Content-Type": "application/json"};
        try {
            const answer = await fetch("control", {method: "POST", headers, body});
            if (!answer.ok) throw new Error((await answer.text()).trim());
        } catch (error) {
            wished = {until: 0};
            orderflow.toasts.show("The run was not asked", error.message, "bad");
            draw();
        }
    }

    function wish(changes) {
        const now = performance.now(), before = now < wished.until ? wished : {};
        wished = {...before, ...changes, until: now + PATIENCE_MS};
        draw();
    }

    const shown = () => performance.now() < wished.until ? {...state, ...wished} : state;

    function toggle() {
        if (!state) return;
        const paused = !shown().paused;
        wish({paused});
        ask(paused ? "pause" : "go");
    }

    function step(action) {
        if (!state) return;
        wish({paused: true});
        ask(action);
    }

    function speed() {
        const {value} = controls.speed, chosen = value === "max" ? value : Number(value);
        controls.speed.blur();  // the keys are the chart's again
        wish({speed: chosen});
        ask("speed", {speed: chosen});
    }

    // Forward alone: what lies behind has been shown, and a run does not go back.
    function seek() {
        dragged = false;
        const share = controls.seek.value / PARTS;
        if (share > state.progress) ask("seek", {seek: share});
        draw();
    }

    const timeAt = share => state.first + (state.end - state.first) * share;

    // A time of the data as the axis of time says it.
    function words(share) {
        const {scale} = orderflow;
        if (state.end == null) return `${Math.floor(share * 100)} %`;
        const time = Math.floor(timeAt(share));
        return `${Math.floor(share * 100)} % · ${scale.date(time)} ${scale.clock(time, 1000)}`;
    }

    function button(name, sign, label, act) {
        const made = orderflow.panes.element("button", {type: "button", title: label, "aria-label": label}, sign);
        made.addEventListener("click", act);
        made.addEventListener("mousedown", event => event.preventDefault());  // keys stay the chart's
        return controls[name] = made;
    }

    function build() {
        const {element} = orderflow.panes;
        const choice = controls.speed = element("select", {"aria-label": "Speed", title: "Data seconds a second"});
        choice.addEventListener("change", speed);
        const attributes = {type: "range", min: 0, max: PARTS, "aria-label": "Progress",
            title: "Drag forward to go ahead without waiting"};
        const bar = controls.seek = element("input", attributes);
        bar.addEventListener("input", () => {
            dragged = true;
            draw();
        });
        bar.addEventListener("change", seek);
        bar.addEventListener("pointerup", () => bar.blur());
        controls.words = element("output");
        box().replaceChildren(
            button("pause", "", "", toggle),
            button("row", "›", "Step a row (full stop)", () => step("row")),
            button("bar", "»", "Step a bar (comma)", () => step("bar")),
            choice, bar, controls.words,
        );
    }

    function put(element, changes) {
        for (const [name, value] of Object.entries(changes)) {
            if (element[name] !== value) element[name] = value;
        }
    }

    function choices(now) {
        if (document.activeElement === controls.speed || controls.now === now) return;
        controls.now = now;
        const all = SPEEDS.includes(now) || now == null ? SPEEDS : [now, ...SPEEDS];
        controls.speed.replaceChildren(...all.map(each => {
            const text = each === "max" ? each : `${each}×`;
            return orderflow.panes.element("option", {value: each}, text);
        }));
        controls.speed.value = now;
    }

    function draw() {
        box().hidden = !state;
        if (!state) return;
        if (!controls.pause) build();
        const {paused, speed: now, progress} = shown();
        const label = paused ? "Go on (space)" : "Pause (space)";
        put(controls.pause, {textContent: paused ? "▶" : "❚❚", title: label, ariaLabel: label,
            ariaPressed: String(paused)});
        choices(now);
        if (!dragged) put(controls.seek, {value: String(Math.floor(progress * PARTS))});
        const share = dragged ? controls.seek.value / PARTS : progress;
        put(controls.words, {textContent: words(share)});
        put(controls.seek, {ariaValueText: controls.words.textContent, disabled: state.end == null});
        controls.seek.classList.toggle("behind", dragged && share <= progress);
    }

    function take(told) {
        state = told;
        draw();
    }

    orderflow.replay = {take, toggle, step, show: draw};
})(window.orderflow ??= {});
