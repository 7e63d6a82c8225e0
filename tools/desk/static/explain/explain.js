/* Explanations of tags, fields, commands, status words and kinds of entries, from the JSON files beside this one.

  const explain = await loadExplain(() => "en" | "zh")
  explain.tag("9F26") … field("4") part("60.1") mti("0210") code("51", "0210") command("gpo") apduPart("lc")
  status("6A82") kind("flash") flash("intent") step("mac")     -> {name, text} in the page's language, or null
  (flash and step always have something to say)
  explain.bits("95", "0000008000")              -> names of the bits that are set, [] when there is nothing to say
*/

const HERE = new URL(".", import.meta.url);

/**
 * What is known of a thing, in the page's language.
 * @typedef {{name: string, text: string}} Known
 */

/** @typedef {Record<string, string[]>} Table    English name, Chinese name, English text, Chinese text */

/** @typedef {Awaited<ReturnType<typeof loadExplain>>} Explain */

/**
 * @param {string} name
 * @returns {Promise<any>}
 */
async function read(name) {
  const answer = await fetch(new URL(`${name}.json`, HERE));
  if (!answer.ok) throw new Error(`${name}.json: ${answer.status}`);
  return answer.json();
}

/** @param {() => string} language */
export async function loadExplain(language) {
  const [tags, fields, steps] = await Promise.all([read("tags"), read("fields"), read("steps")]);
  /** @type {Record<string, string[][]>} by the tag: where ("2:40", byte and mask), in English, in Chinese */
  const bits = tags.bits;

  /**
   * @param {Table} table
   * @param {string} key
   * @returns {Known | null}
   */
  function pick(table, key) {
    const row = Object.hasOwn(table, key) ? table[key] : null;
    if (!row) return null;
    const zh = language() === "zh" ? 1 : 0;
    return { name: row[zh], text: row[2 + zh] };
  }

  return {
    /** @param {string} name */
    tag: (name) => pick(tags.tags, name),
    /** @param {string} number */
    field: (number) => pick(fields.fields, number),
    /** @param {string} name */
    part: (name) => pick(fields.parts, name),
    /** @param {string} type */
    mti: (type) => pick(fields.mti, type),
    /**
     * @param {string} value
     * @param {string} [mti]
     */
    code: (value, mti = "") => pick(fields.codes, `${mti}:${value}`) || pick(fields.codes, value),
    /** @param {string} code */
    command: (code) => pick(steps.commands, code),
    /** @param {string} key */
    apduPart: (key) => pick(steps.parts, key),
    /** @param {string} word */
    status: (word) => pick(steps.status, word) || pick(steps.status, word.slice(0, 2)) || pick(steps.status, "other"),
    /** @param {string} name */
    kind: (name) => pick(steps.kinds, name),
    /** @param {string} meaning */
    flash: (meaning) => pick(steps.flash, meaning) || pick(steps.flash, "other") || { name: meaning, text: "" },
    /** @param {string} name */
    step: (name) => pick(steps.steps, name) || { name, text: "" },

    /**
     * @param {string} tag
     * @param {string} hex
     * @returns {string[]}
     */
    bits(tag, hex) {
      const table = Object.hasOwn(bits, tag) ? bits[tag] : [];
      const set = [];
      for (const [where, en, zh] of table) {
        const [byte, mask] = where.split(":").map((part, at) => parseInt(part, at ? 16 : 10));
        const value = parseInt(hex.slice(2 * byte - 2, 2 * byte), 16);
        if (value & mask) set.push(language() === "zh" ? zh : en);
      }
      return set;
    },
  };
}
