/* A card under the hand: dragged onto the reader, or clicked.

The pointer is captured at the press, and its moves are heard at the document: a quick hand that has left the card before
the first move, a card that is drawn anew in between, or a window that is left do not lose the drag.  On a touch screen a
swipe up or down scrolls the page; a card that is held for a moment, or moved sideways, comes along. */

import { byId, el } from "../base/ui.js";
import { cardClass, drawFace } from "./faces.js";
import { isOn, putOn, takeOff } from "./reader.js";

/** @typedef {import("./reader.js").Desk} Desk */
/** @typedef {import("./faces.js").Face} Face */

const DRAG_FROM_PX = 7;
const HOLD_MS = 260;
const LEAST_GHOST_PX = 190;

/**
 * A press that moves is a drag, one that does not is a click; both end in the same two functions.
 * @param {Desk} desk
 * @param {HTMLElement} card
 * @param {Face} face
 */
export function makeDraggable(desk, card, face) {
  let dragged = false;    // the click that follows a drag is none
  card.addEventListener("mousedown", (event) => event.preventDefault());    // the focus stays where it is
  card.addEventListener("pointerdown", (event) => {
    dragged = false;
    if (event.button > 0 || !event.isPrimary) return;
    new Drag(desk, card, face, event, () => { dragged = true; });
  });
  card.addEventListener("click", (event) => {
    if (dragged && event.detail > 0) {    // Enter and Space have no detail
      dragged = false;
      return;
    }
    turn(desk, face);
  });
}

/**
 * Onto the reader, or off it.
 * @param {Desk} desk
 * @param {Face} face
 */
function turn(desk, face) {
  if (isOn(desk, face)) takeOff(desk);
  else putOn(desk, face);
}

/* From one press to its end. */
class Drag {
  /**
   * @param {Desk} desk
   * @param {HTMLElement} card
   * @param {Face} face
   * @param {PointerEvent} press
   * @param {() => void} lifted    called when the card hangs on the pointer
   */
  constructor(desk, card, face, press, lifted) {
    this.desk = desk;
    this.card = card;
    this.face = face;
    this.press = press;
    this.lifted = lifted;
    this.far = false;    // has it been moved, or only held?
    /** @type {HTMLElement | null} what hangs on the pointer */
    this.ghost = null;
    this.over = false;
    this.box = card.getBoundingClientRect();
    this.ended = new AbortController();
    this.timer = press.pointerType === "touch" ? setTimeout(() => this.lift(), HOLD_MS) : 0;
    card.setPointerCapture(press.pointerId);
    const heard = { signal: this.ended.signal };
    document.addEventListener("pointermove", (event) => this.move(event), heard);
    document.addEventListener("pointerup", (event) => this.drop(event), heard);
    document.addEventListener("pointercancel", (event) => this.cancel(event), heard);
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.ghost) return;
      event.preventDefault();
      event.stopPropagation();
      this.end();
    }, { ...heard, capture: true });
    // Once it is lifted the page must not scroll under the finger.
    document.addEventListener("touchmove", (event) => {
      if (this.ghost && event.cancelable) event.preventDefault();
    }, { ...heard, passive: false });
    document.addEventListener("contextmenu", (event) => {
      if (this.ghost) event.preventDefault();    // a finger that is held would open it
    }, heard);
    window.addEventListener("blur", () => this.end(), heard);
  }

  /** @param {PointerEvent} event */
  mine(event) {
    return event.pointerId === this.press.pointerId;
  }

  /** @param {PointerEvent} event */
  move(event) {
    if (!this.mine(event)) return;
    if (!event.buttons) {    // it was let go where nobody could hear
      this.end();
      return;
    }
    this.follow(event);
  }

  /** @param {PointerEvent} event */
  follow(event) {
    this.far ||= Math.hypot(event.clientX - this.press.clientX, event.clientY - this.press.clientY) >= DRAG_FROM_PX;
    if (!this.ghost && this.far) this.lift();
    this.place(event);
  }

  lift() {
    clearTimeout(this.timer);
    this.lifted();
    const { desk, box, press } = this;
    const ghost = el("div", { class: `${cardClass(this.face)} ghost`, "aria-hidden": "true" }, ...drawFace(desk.bus, this.face));
    this.width = Math.max(box.width, LEAST_GHOST_PX);
    ghost.style.width = `${this.width}px`;
    document.body.append(ghost);
    this.ghost = ghost;
    this.card.classList.add("lifted");
    desk.reader.classList.add("ready");
    // Where the terminal is out of the window, such as on a phone, it comes into it.
    byId("terminal-body").scrollIntoView({ block: "nearest" });
    this.place(press);
  }

  /** @param {PointerEvent} event */
  place({ clientX, clientY }) {
    if (!this.ghost) return;
    const { box, press, width = LEAST_GHOST_PX } = this;
    this.ghost.style.left = `${clientX - Math.min(press.clientX - box.left, width)}px`;
    this.ghost.style.top = `${clientY - Math.min(press.clientY - box.top, width / 1.6)}px`;
    // The reader and the upper half of the terminal take a card: a hand does not aim to the dot.
    const body = byId("terminal-body").getBoundingClientRect();
    this.over = clientX >= body.left && clientX <= body.right && clientY >= body.top - 40
      && clientY <= body.top + body.height / 2;
    this.desk.reader.classList.toggle("over", this.over);
  }

  /** @param {PointerEvent} event */
  drop(event) {
    if (!this.mine(event)) return;
    this.follow(event);    // a very quick hand may not have moved in between
    const { desk, face, over, far } = this;
    const lifted = Boolean(this.ghost);
    this.end();
    if (!lifted) return;                     // the click comes next
    if (!far || over !== isOn(desk, face)) turn(desk, face);
  }

  /** @param {PointerEvent} event */
  cancel(event) {
    if (this.mine(event)) this.end();
  }

  end() {
    clearTimeout(this.timer);
    this.ended.abort();
    this.ghost?.remove();
    this.ghost = null;
    this.card.classList.remove("lifted");
    this.desk.reader.classList.remove("over", "ready");
  }
}
