/* The OLED, dot by dot. */

export const WIDTH = 128;
export const HEIGHT = 64;
const LIT = "#e3f4ff";
const UNLIT = "#05090c";

/**
 * 1024 bytes, each eight dots of a column with the lowest bit on top, drawn in whole device pixels.
 * @param {HTMLCanvasElement} canvas    it must have its place already: that gives it its size
 */
export function makeOled(canvas) {
  let shown = "";
  let cell = 0;
  const paint = canvas.getContext("2d", { alpha: false });
  const place = canvas.parentElement;
  if (!paint || !place) throw new Error("the canvas cannot be drawn on");

  const draw = () => {
    paint.fillStyle = UNLIT;
    paint.fillRect(0, 0, canvas.width, canvas.height);
    if (!shown) return;
    let bytes;
    try {
      bytes = atob(shown);
    } catch (error) {
      reportError(error);
      return;
    }
    // Neighbouring dots of a real panel are told apart by a dark line; it needs three pixels to look like one.
    const dot = cell >= 3 ? cell - 1 : cell;
    if (dot < cell) {
      paint.fillStyle = "#bccdd8";
      each(bytes, (x, y) => paint.fillRect(x * cell, y * cell, cell, cell));
    }
    paint.fillStyle = LIT;
    each(bytes, (x, y) => paint.fillRect(x * cell, y * cell, dot, dot));
  };

  /**
   * @param {string} bytes
   * @param {(x: number, y: number) => void} fn
   */
  function each(bytes, fn) {
    const count = Math.min(bytes.length, (WIDTH * HEIGHT) / 8);
    for (let at = 0; at < count; at++) {
      let byte = bytes.charCodeAt(at);
      for (let bit = 0; byte; bit++, byte >>= 1) {
        if (byte & 1) fn(at % WIDTH, Math.floor(at / WIDTH) * 8 + bit);
      }
    }
  }

  const fit = () => {
    const room = place.clientWidth - 2 * 12;
    const ratio = window.devicePixelRatio || 1;
    const wanted = Math.max(1, Math.floor((room * ratio) / WIDTH));
    if (wanted === cell) return;
    cell = wanted;
    canvas.width = WIDTH * cell;
    canvas.height = HEIGHT * cell;
    canvas.style.width = `${(WIDTH * cell) / ratio}px`;
    canvas.style.height = `${(HEIGHT * cell) / ratio}px`;
    draw();
  };

  new ResizeObserver(fit).observe(place);
  fit();
  return {
    /** @param {string} bits    base64 */
    show(bits) {
      if (bits === shown) return;
      shown = bits;
      draw();
    },
  };
}
