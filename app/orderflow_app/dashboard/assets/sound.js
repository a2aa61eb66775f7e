// A short tone for a signal, made here: higher for buy, lower for sell.
(orderflow => {
    "use strict";

    const GAP_MS = 300;  // a fast replay has more signals than tones can be told apart
    const HERTZ = {1: 880, "-1": 440}, NEITHER = 660;
    const SECONDS = 0.16, LOUDNESS = 0.12, SILENCE = 0.0001;

    let context = null, played = -Infinity;

    const wanted = () => orderflow.memory.get("sound", false);

    // A browser lets no page sound before the user has done something on it.
    const allowed = () => navigator.userActivation?.hasBeenActive ?? true;

    // One tone each 300 ms at most; what comes between is not made up for.
    function play(side) {
        const now = performance.now();
        if (!wanted() || !allowed() || now - played < GAP_MS) return;
        played = now;
        context ??= new AudioContext();
        context.resume();
        const tone = context.createOscillator(), volume = context.createGain();
        const begin = context.currentTime, end = begin + SECONDS;
        tone.frequency.value = HERTZ[side] ?? NEITHER;
        volume.gain.setValueAtTime(LOUDNESS, begin);
        volume.gain.exponentialRampToValueAtTime(SILENCE, end);
        tone.connect(volume).connect(context.destination);
        tone.start(begin);
        tone.stop(end);
    }

    // Whoever switches it on hears that it works.
    function choose(yes) {
        orderflow.memory.set("sound", yes);
        play(1);
    }

    orderflow.sound = {play, choose, wanted};
})(window.orderflow ??= {});
