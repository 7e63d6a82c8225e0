/* MD5 (RFC 1321): the one digest that an ESP32's loader can make of its flash, to compare with what was sent.  Not for secrets. */

const SHIFTS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
const SINES = Array.from({ length: 64 }, (_, at) => Math.floor(Math.abs(Math.sin(at + 1)) * 2 ** 32) | 0);

/**
 * @param {Uint8Array} data
 * @returns {string} 32 hexadecimal digits
 */
export function md5(data) {
  const size = (data.length + 8 >>> 6) + 1 << 6;
  const padded = new Uint8Array(size);
  padded.set(data);
  padded[data.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(size - 8, data.length << 3, true);
  view.setUint32(size - 4, Math.floor(data.length / 2 ** 29), true);
  const state = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476];
  for (let block = 0; block < size; block += 64) {
    let [a, b, c, d] = state;
    for (let step = 0; step < 64; step++) {
      const round = step >> 4;
      const [mixed, word] =
        round === 0 ? [b & c | ~b & d, step]
          : round === 1 ? [d & b | ~d & c, 5 * step + 1]
            : round === 2 ? [b ^ c ^ d, 3 * step + 5] : [c ^ (b | ~d), 7 * step];
      const sum = a + mixed + SINES[step] + view.getUint32(block + 4 * (word & 15), true) | 0;
      const shift = SHIFTS[4 * round + (step & 3)];
      [a, d, c, b] = [d, c, b, b + (sum << shift | sum >>> 32 - shift) | 0];
    }
    for (const [at, part] of [a, b, c, d].entries()) state[at] = state[at] + part | 0;
  }
  const out = new DataView(new ArrayBuffer(16));
  for (const [at, part] of state.entries()) out.setUint32(4 * at, part, true);
  return Array.from(new Uint8Array(out.buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
