/* Explanations of tags, fields, commands, status words and kinds of entries, from the explain folder of JSON files.

  const explain = await loadExplain(() => "en" | "zh")
  explain.tag("9F26") … field("4") part("60.1") mti("0210") code("51", "0210") command("gpo") apduPart("lc")
  status("6A82") kind("flash") flash("intent") step("mac")     -> {name, text} in the page's language, or null
  explain.bits("95", "0000008000")              -> names of the bits that are set, [] when there is nothing to say
*/

const HERE = new URL(".", import.meta.url);

async function read(name) {
  const answer = await fetch(new URL(`explain/${name}.json`, HERE));
  if (!answer.ok) throw new Error(`${name}.json: ${answer.status}`);
  return answer.json();
}

export async function loadExplain(language) {
  const [tags, fields, steps] = await Promise.all([read("tags"), read("fields"), read("steps")]);

  function pick(table, key) {
    const row = Object.hasOwn(table, key) ? table[key] : null;
    if (!row) return null;
    const zh = language() === "zh" ? 1 : 0;
    return { name: row[zh], text: row[2 + zh] };
  }

  return {
    tag: (name) => pick(tags.tags, name),
    field: (number) => pick(fields.fields, number),
    part: (name) => pick(fields.parts, name),
    mti: (type) => pick(fields.mti, type),
    code: (value, mti = "") => pick(fields.codes, `${mti}:${value}`) || pick(fields.codes, value),
    command: (code) => pick(steps.commands, code),
    apduPart: (key) => pick(steps.parts, key),
    status: (word) => pick(steps.status, word) || pick(steps.status, word.slice(0, 2)) || pick(steps.status, "other"),
    kind: (name) => pick(steps.kinds, name),
    flash: (meaning) => pick(steps.flash, meaning) || pick(steps.flash, "other"),
    step: (name) => pick(steps.steps, name),

    bits(tag, hex) {
      const table = Object.hasOwn(tags.bits, tag) ? tags.bits[tag] : [];
      const set = [];
      for (const [where, en, zh] of table) {
        const [byte, mask] = where.split(":");
        const value = parseInt(hex.slice(2 * byte - 2, 2 * byte), 16);
        if (value & parseInt(mask, 16)) set.push(language() === "zh" ? zh : en);
      }
      return set;
    },
  };
}
