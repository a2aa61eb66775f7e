// The page's own loop: it asks what has changed, waits for the answer however long that takes, and
// shows it, all of one moment. One question is under way at a time.
(orderflow => {
    "use strict";

    const POLL_MS = 400, PATIENCE_MS = 60e3, BEHIND_SECONDS = 2;

    const shows = {version: null, tokens: {}, instrument: null, day: null, viewed: null, length: null};
    let wake = () => {}, newest;
    let more = false;  // history that has not come yet
    let now = performance.now(), offline = false;  // when what is shown was asked for

    const dash = () => window.dash_clientside;

    async function ask(question) {
        const answer = await fetch("update", {
            method: "POST", cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS),
            headers: {"Content-Type": "application/json"}, body: JSON.stringify(question),
        });
        if (!answer.ok) throw new Error(answer.statusText);
        return answer.json();
    }

    async function tick() {
        const asked = performance.now(), {version, tokens, instrument, day, length} = shows;
        let told;
        try {
            const {held, flow, signals} = orderflow;
            told = await ask({
                instrument, day, version, tokens, length, have: held.have, flow: flow.have(),
                signals: signals.have(),
            });
            offline = false;
        } catch {
            offline = true;
            return;
        }
        const other = shows.instrument !== instrument || shows.day !== day || shows.length !== length;
        if (other) return;  // others were chosen
        more = Boolean(told.flow) && orderflow.flow.take(told.flow);
        if (told.parts) show(told);
        else if (told.flow) orderflow.redraw();
        if (told.flow) orderflow.flowLayers.menu();
        if (told.flow) orderflow.tape?.show();
        if (told.flow && !told.parts?.depth) orderflow.ladder?.show();
        now = asked;
    }

    // All parts in one go, so that old ones never stand beside new ones.
    function show({version, tokens, parts: {instrument, day, depth, ...parts}, chart, signals}) {
        const {held} = orderflow;
        const another = chart.instrument && (chart.instrument !== held.instrument || chart.day !== held.day);
        const before = held.instrument;
        if (instrument) {
            if (instrument.value !== shows.instrument) orderflow.memory.set("instrument", instrument.value);
            shows.instrument = instrument.value;
            dash().set_props("instrument", instrument);
        }
        if (day) {
            newest = day.data[0];
            shows.viewed = day.value;
            dash().set_props("day", day);
        }
        if (orderflow.rows.take(chart)) {
            orderflow.panes.build();
            orderflow.lengths.offer();
        }
        if (another) orderflow.view.begin();
        if (instrument) orderflow.beside.offer(instrument.data, instrument.value, before);
        for (const [id, part] of Object.entries(parts)) (orderflow[id]?.take ?? orderflow.parts.show)(part, id);
        if (depth) orderflow.ladder?.take(depth);
        if (signals) orderflow.signals.take(signals);
        Object.assign(shows, {version, tokens});
        orderflow.redraw();
        orderflow.paint(true);
        if (depth) orderflow.depth?.take(depth);
    }

    function tell() {
        const seconds = Math.floor((performance.now() - now) / 1000);
        const late = seconds >= BEHIND_SECONDS ? `behind by ${seconds} s` : "";
        document.body.classList.toggle("offline", offline);
        const words = [offline && "Offline: the server does not answer", late].filter(Boolean).join(", ");
        const element = document.querySelector("#behind");
        if (element && element.textContent !== words) element.textContent = words;
        title(offline ? "offline" : late);
    }

    function title(trouble) {
        const {held, scale} = orderflow;
        const price = held.panes.find(({name}) => name === orderflow.panes.PRICE)?.series[0];
        const last = price?.close.at(-1);
        const words = [trouble, last != null && scale.number(last, price.decimals), held.instrument,
            held.simulated && "SIMULATED", "orderflow"];
        const text = words.filter(Boolean).join(" · ");
        if (document.title !== text) document.title = text;
    }

    const pause = ms => new Promise(done => {
        wake = done;
        setTimeout(done, ms);
    });

    async function run() {
        shows.instrument = orderflow.memory.get("instrument", null);
        shows.length = orderflow.lengths.remembered();
        shows.day = orderflow.memory.get("day", null);
        setInterval(tell, 250);
        for (;;) {
            const began = performance.now();
            await tick().catch(console.error);
            tell();
            const wait = more && !offline ? 0 : POLL_MS;
            await pause(Math.max(wait - (performance.now() - began), offline ? POLL_MS : 0));
        }
    }

    // The user has chosen another instrument: it is asked for at once.
    function choose(instrument) {
        orderflow.memory.set("instrument", instrument);
        shows.instrument = instrument;
        wake();
    }

    // Bars of another length, null for the run's own.
    function resize(length) {
        Object.assign(shows, {length, version: null});
        wake();
    }

    // Takes length of bars and day that are remembered.
    function again() {
        const length = orderflow.lengths.remembered(), day = orderflow.memory.get("day", null);
        if (length === shows.length && day === shows.day) return;
        Object.assign(shows, {length, day, version: null});
        wake();
    }

    // Another day; the newest is one that moves on with the run.
    function chooseDay(day) {
        shows.day = day === newest ? null : day;
        orderflow.memory.set("day", shows.day);
        wake();
    }

    orderflow.loop = {run, choose, chooseDay, resize, again, shows, isOffline: () => offline};
})(window.orderflow ??= {});
