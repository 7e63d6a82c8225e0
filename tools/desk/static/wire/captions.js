/* An entry in words: the name that stands beside it, a second line, and how a screen reader hears it. */

/** @typedef {import("../state.js").Entry} Entry */
/** @typedef {import("../state.js").Detail} Detail */

/**
 * The page's language, as the wire needs it.
 * @typedef {object} Words
 * @property {(key: string, values?: import("../base/ui.js").Values) => string} t
 * @property {(value: import("../state.js").Text | string | number | null | undefined) => string} text
 * @property {(minor: number) => string} money
 * @property {import("../explain/explain.js").Explain} explain
 * @property {string} lang
 */

/**
 * @param {number} ms
 * @param {string} lang
 * @returns {string}
 */
export function seconds(ms, lang) {
  const value = ms / 1000;
  const unit = lang === "zh" ? "秒" : "s";
  if (value >= 100) return `${Math.round(value)} ${unit}`;
  return `${value.toFixed(value < 10 ? 2 : 1)} ${unit}`;
}

/**
 * From whom to whom.
 * @param {Entry} entry
 * @param {Words} words
 */
export function wayOf(entry, words) {
  return entry.to && entry.to !== entry.lane
    ? words.t("wire.from-to", { from: words.t(`wire.lane.${entry.lane}`), to: words.t(`wire.lane.${entry.to}`) })
    : words.t(`wire.lane.${entry.lane}`);
}

/**
 * @param {Detail} detail
 * @param {Words} words
 */
function messageNotes(detail, words) {
  /** @type {Record<string, string>} */
  const values = {};
  for (const field of detail.fields || []) values[field.n] = field.value;
  const notes = detail.late ? [words.t("wire.late")] : [];
  if (/^\d{12}$/.test(values["4"] || "")) notes.push(words.money(Number(values["4"])));
  if (values["11"]) notes.push(`STAN ${values["11"]}`);
  if (values["39"]) {
    const code = words.explain.code(values["39"], detail.mti);
    notes.push(`F39 ${values["39"]}${code ? ` ${code.name}` : ""}`);
  }
  if (detail.mac_ok === true) notes.push(words.t("wire.mac.ok"));
  if (detail.mac_ok === false) notes.push(words.t("wire.mac.bad"));
  if (detail.error) notes.push(words.t("wire.malformed"));
  return notes.join(" · ");
}

/**
 * What stands beside an entry: its name and a second line.
 * @param {Entry} entry
 * @param {Words} words
 * @returns {[string, string]}
 */
export function captions(entry, words) {
  const detail = entry.detail || {};
  const title = words.text(entry.title);
  switch (entry.kind) {
    case "apdu": {
      const known = detail.sw ? words.explain.status(detail.sw) : null;
      const note = [detail.sw, known?.name, Number.isFinite(detail.ms) ? `${detail.ms} ms` : ""];
      if (detail.error) note.push(words.t("wire.malformed"));
      return [title, note.filter(Boolean).join(" · ")];
    }
    case "message":
      return [title, messageNotes(detail, words)];
    case "flash": {
      const known = words.explain.flash(detail.meaning || "other");
      const count = words.t("wire.flash.count", { programs: detail.programs ?? 0, bytes: detail.bytes ?? 0 });
      const erases = detail.erases ? ` · ${words.t("wire.flash.erases", { n: detail.erases })}` : "";
      return [detail.meaning ? known.name : title, count + erases];
    }
    case "screen":
      return [(detail.text || []).filter(Boolean).join(" / ") || title, ""];
    case "net":
      if (Number.isFinite(detail.bytes_out)) {
        return [title, words.t("wire.net.bytes", { out: detail.bytes_out, in: detail.bytes_in ?? 0 })];
      }
      return [title, words.text(entry.summary)];
    case "key":
    case "sound":
      return [title, ""];
    case "card":
      return [title, cardOf(detail, words) || words.text(entry.summary)];
    default:
      return [title, words.text(entry.summary)];
  }
}

/**
 * What the page calls a card of the wallet; "" for one that bears a label of its own.
 * @param {Detail} detail
 * @param {Words} words
 */
export function cardOf(detail, words) {
  const key = detail.card === "recorded" ? "fact.session" : `card.${detail.card}`;
  const known = words.t(key);
  return known === key ? "" : known;
}
