/* The buzzer, and the click of the keys. */

import * as ui from "../base/ui.js";

/** @typedef {import("../base/bus.js").Bus} Bus */

/** @typedef {ReturnType<typeof makeSound>} Sound */

/** @param {Bus} bus */
export function makeSound(bus) {
  /** @type {AudioContext | null} */
  let context = null;
  let muted = ui.recall("muted") === true;

  // A browser lets a page sound only after a gesture.
  const wake = () => {
    if (!context && "AudioContext" in window) context = new AudioContext();
    if (context?.state === "suspended") context.resume().catch(reportError);
  };
  for (const type of ["pointerdown", "keydown"]) document.addEventListener(type, wake, { capture: true });
  let free = 0;

  /**
   * @param {number} hz
   * @param {number} seconds
   * @param {OscillatorType} type
   * @param {number} loudness
   */
  function play(hz, seconds, type, loudness) {
    if (muted || !context || context.state !== "running") return;
    const start = Math.max(context.currentTime, free);
    if (start > context.currentTime + 2) return;    // a flood of sounds would play on long after its cause
    const tone = context.createOscillator();
    const gain = context.createGain();
    tone.type = type;
    tone.frequency.value = hz;
    gain.gain.setValueAtTime(0, start);
    gain.gain.linearRampToValueAtTime(loudness, start + 0.002);
    gain.gain.setValueAtTime(loudness, start + Math.max(0.002, seconds - 0.004));
    gain.gain.linearRampToValueAtTime(0, start + seconds);
    tone.connect(gain).connect(context.destination);
    tone.start(start);
    tone.stop(start + seconds + 0.01);
    if (type === "square") free = start + seconds;
  }

  return {
    /**
     * @param {number} hz
     * @param {number} ms
     */
    tone(hz, ms) {
      if (hz > 0 && ms > 0) play(Math.min(hz, 12000), Math.min(ms, 3000) / 1000, "square", 0.05);
    },
    click() {
      play(1700, 0.012, "triangle", 0.12);
    },
    get muted() {
      return muted;
    },
    set muted(value) {
      muted = value;
      ui.remember("muted", value);
      if (!value) wake();
      bus.emit("muted", { muted });
    },
  };
}
