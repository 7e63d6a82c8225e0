/* Explanations of tags, fields, commands, status words and kinds of entries.  What standards say comes from the server
(tools/facts), what is the project's own from steps.json beside this file.

  const explain = await loadExplain(() => "en" | "zh")
  explain.tag("9F26") … field("4") part("60.1") mti("0210") code("51", "0210") command("gpo") apduPart("lc")
  status("6A82") kind("flash") flash("intent") step("mac")     -> {name, text, source?} in the page's language, or null
  (flash and step always have something to say)

What a value means is not worked out here: it comes with the entry (`meaning`).
*/

const HERE = new URL(".", import.meta.url);

/**
 * What is known of a thing, in the page's language; `source` is the standard it is from.
 * @typedef {{name: string, text: string, source?: string}} Known
 */

/** @typedef {Record<string, string[]>} Table    English name, Chinese name, English text, Chinese text, source */

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
  const [facts, steps] = await Promise.all([read("facts"), read("steps")]);

  /**
   * @param {Table} table
   * @param {string} key
   * @returns {Known | null}
   */
  function pick(table, key) {
    const row = Object.hasOwn(table, key) ? table[key] : null;
    if (!row) return null;
    const zh = language() === "zh" ? 1 : 0;
    return { name: row[zh], text: row[2 + zh], source: row[4] };
  }

  return {
    /** @param {string} name */
    tag: (name) => pick(facts.tags, name),
    /** @param {string} number */
    field: (number) => pick(facts.fields, number),
    /** @param {string} name */
    part: (name) => pick(facts.parts, name),
    /** @param {string} type */
    mti: (type) => pick(facts.mti, type),
    /**
     * @param {string} value
     * @param {string} [mti]
     */
    code: (value, mti = "") => pick(facts.codes, `${mti}:${value}`) || pick(facts.codes, value),
    /** @param {string} code */
    command: (code) => pick(facts.commands, code),
    /** @param {string} key */
    apduPart: (key) => pick(facts.apdu, key),
    /** @param {string} word */
    status: (word) => pick(facts.status, word) || pick(facts.status, word.slice(0, 2)) || pick(facts.status, "other"),
    /** @param {string} name */
    kind: (name) => pick(steps.kinds, name),
    /** @param {string} meaning */
    flash: (meaning) => pick(steps.flash, meaning) || pick(steps.flash, "other") || { name: meaning, text: "" },
    /** @param {string} name */
    step: (name) => pick(steps.steps, name) || { name, text: "" },
  };
}
