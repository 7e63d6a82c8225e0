/* A card under the hand: dragged onto the reader, or clicked. */

import { byId, el } from "../base/ui.js";
import { cardClass, drawFace } from "./faces.js";
import { isOn, putOn, takeOff } from "./reader.js";

/** @typedef {import("./reader.js").Desk} Desk */

const DRAG_FROM_PX = 7;

/**
 * A press that moves is a drag, one that does not is a click; both end in the same two functions.
 * @param {Desk} desk
 * @param {HTMLElement} card
 * @param {import("./faces.js").Face} face
 */
export function makeDraggable(desk, card, face) {
  /** @type {{x: number, y: number} | null} where the press began */
  let from = null;
  /** @type {{node: HTMLElement, dx: number, dy: number} | null} what hangs on the pointer, and by which of its dots */
  let ghost = null;
  let dragged = false;

  /** @param {PointerEvent} event */
  const over = (event) => {
    const box = byId("terminal-body").getBoundingClientRect();
    // The reader and the upper half of the terminal take a card: a hand does not aim to the dot.
    return event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top - 40
      && event.clientY <= box.top + box.height / 2;
  };
  /** @param {PointerEvent} event */
  const lift = (event) => {
    card.setPointerCapture(event.pointerId);
    const box = card.getBoundingClientRect();
    const node = el("div", { class: `${cardClass(face)} ghost`, "aria-hidden": "true" }, ...drawFace(desk.bus, face));
    document.body.append(node);
    const width = Math.max(box.width, 190);
    node.style.width = `${width}px`;
    card.classList.add("lifted");
    desk.reader.classList.add("ready");
    const { x, y } = from ?? { x: event.clientX, y: event.clientY };
    return { node, dx: Math.min(x - box.left, width), dy: Math.min(y - box.top, width / 1.6) };
  };
  /** @param {PointerEvent} event */
  const place = (event) => {
    if (!ghost) return;
    ghost.node.style.left = `${event.clientX - ghost.dx}px`;
    ghost.node.style.top = `${event.clientY - ghost.dy}px`;
    desk.reader.classList.toggle("over", over(event));
  };
  const end = () => {
    ghost?.node.remove();
    ghost = null;
    from = null;
    card.classList.remove("lifted");
    desk.reader.classList.remove("over", "ready");
  };

  card.addEventListener("mousedown", (event) => event.preventDefault());    // the focus stays where it is
  card.addEventListener("pointerdown", (event) => {
    if (event.button > 0) return;
    from = { x: event.clientX, y: event.clientY };
    dragged = false;
  });
  card.addEventListener("pointermove", (event) => {
    if (!from) return;
    if (!ghost) {
      if (Math.hypot(event.clientX - from.x, event.clientY - from.y) < DRAG_FROM_PX) return;
      dragged = true;
      ghost = lift(event);
    }
    place(event);
  });
  card.addEventListener("pointerup", (event) => {
    if (ghost) {
      const target = over(event);
      if (target && !isOn(desk, face)) putOn(desk, face);
      else if (!target && isOn(desk, face)) takeOff(desk);
    }
    end();
  });
  card.addEventListener("pointercancel", end);
  card.addEventListener("click", () => {
    if (dragged) {
      dragged = false;
      return;
    }
    if (isOn(desk, face)) takeOff(desk);
    else putOn(desk, face);
  });
}
