/* What the page knows, and how a message of the server changes it.  Nothing here touches the DOM or the network, so that
it can be tested alone: initial() is what is known before the first message, reduce() what is known after one more.

A state is never changed in place.  What a panel has taken out of it stays as it was.

MESSAGES OF THE SERVER, by their "ev"
  hello                                     all at once, when the socket opens and after every reconnection
  screen power led card cards wifi faults line host speed speaks payment entry      one part of the state is new
  buzzer ledger lesson                      for the panels; the state keeps nothing of them
  ok error                                  the answer to a command; error also comes unasked
*/

/**
 * A sentence in both languages.
 * @typedef {{en: string, zh: string}} Text
 */

/**
 * The OLED: base64 of its 1024 bytes, its lines in words, and the names of what it shows.
 * @typedef {{bits: string, text: string[], names: string[]}} Screen
 */

/**
 * A card of the wallet.  `pin` only of test cards, where it is public; `balance` in minor units of one that was made.
 * @typedef {object} Card
 * @property {string} name
 * @property {string} label
 * @property {string} scheme     "visa", "mastercard", "unionpay" or ""
 * @property {boolean} [phone]
 * @property {string} [pan]      masked
 * @property {boolean} [made]
 * @property {string | null} [pin]
 * @property {number | null} [balance]
 */

/**
 * A fault that is in force.
 * @typedef {object} Fault
 * @property {string} fault
 * @property {string | number | null} argument
 * @property {number | "always"} left     how often it still hits
 * @property {string} which               "sale", "reversal" or "any"
 */

/**
 * How the terminal is set up to talk to the host; `mac` is the dialect's "ecb" or "retail".
 * @typedef {{tls: boolean, mac: string}} Line
 */

/**
 * A line of what a value means: where ("2.8" is byte 2, bit 8; "4–7" bytes or characters), in both languages, with what
 * is the same in every language.  Kind "reserved" means nothing yet, "wrong" cannot be.
 * @typedef {object} Meaning
 * @property {string} at
 * @property {string} en
 * @property {string} zh
 * @property {string} [value]
 * @property {"reserved" | "wrong"} [kind]
 */

/**
 * A part of a command, a field or a message, explained.
 * @typedef {object} Part
 * @property {string} label
 * @property {string} value
 * @property {Meaning[]} [meaning]
 */

/**
 * A data object of a card.  `row` is the key of its explanation, where the scheme has one of its own.
 * @typedef {object} TagNode
 * @property {string} tag
 * @property {string} hex
 * @property {string} [name]
 * @property {string} [text]
 * @property {Text | string} [error]
 * @property {string} [row]
 * @property {Meaning[]} [meaning]
 * @property {TagNode[]} [children]
 */

/**
 * A field of a message with the host.
 * @typedef {object} Field
 * @property {string | number} n
 * @property {string} value
 * @property {string} [name]
 * @property {string} [note]
 * @property {Meaning[]} [meaning]
 * @property {Part[]} [parts]
 */

/**
 * What an entry has beside its title; which of these depends on its kind.
 * @typedef {object} Detail
 * @property {string} [key]
 * @property {boolean} [long]
 * @property {string} [bits]
 * @property {string[]} [text]
 * @property {string} [command]
 * @property {string} [response]
 * @property {string} [code]
 * @property {string} [name]
 * @property {string} [sw]
 * @property {number} [ms]
 * @property {boolean} [part]
 * @property {{key?: string, label: string, hex: string, tag?: string, row?: string, meaning?: Meaning[]}[]} [request_parts]
 * @property {Meaning[]} [status]    what the status word says beyond its name
 * @property {TagNode[]} [tree]
 * @property {string} [mti]
 * @property {string} [tpdu]
 * @property {string} [header]
 * @property {Part[]} [route]
 * @property {boolean} [late]         an answer that found nobody on the line any more
 * @property {string} [hex]
 * @property {boolean | null} [mac_ok]
 * @property {Field[]} [fields]
 * @property {TagNode[]} [de55]
 * @property {string} [meaning]
 * @property {number} [programs]
 * @property {number} [erases]
 * @property {number} [bytes]
 * @property {number} [bytes_out]
 * @property {number} [bytes_in]
 * @property {number} [hz]
 * @property {boolean} [on]
 * @property {string | null} [card]
 * @property {string} [label]
 * @property {string} [step]
 * @property {string} [fault]
 * @property {Text | string | number | null} [argument]
 * @property {string} [which]
 * @property {string} [pan]
 * @property {Text | string} [error]
 */

/**
 * One line of the wire.
 * @typedef {object} Entry
 * @property {number} [id]            one of a file may have none
 * @property {number} t               milliseconds since the payment began
 * @property {string} lane            "person", "terminal", "card" or "host"
 * @property {string | null} [to]
 * @property {string} kind
 * @property {Text | string} title
 * @property {Text | string} [summary]
 * @property {Detail} [detail]
 */

/**
 * A payment without its entries.  Only `id` is known of one whose entry came before its head.
 * @typedef {object} PaymentHead
 * @property {number} id
 * @property {string} [kind]                "sale", "void", "start", "menu" or "other"
 * @property {number | null} [number]       counts the sales of the terminal
 * @property {string | null} [started_at]
 * @property {string | null} [ended_at]
 * @property {number | null} [amount]       minor units
 * @property {string | null} [result]
 * @property {number} [left_out]            entries that were not kept
 */

/** @typedef {PaymentHead & {entries: Entry[]}} Payment */

/**
 * A choice of a lesson's question; `right` and `because` once it may be told.
 * @typedef {{text: Text, chosen: boolean, right: boolean | null, because: Text | null}} Choice
 */

/**
 * The running lesson as its card shows it.
 * @typedef {object} Lesson
 * @property {string} id
 * @property {"running" | "finished" | "stopped"} state
 * @property {Text} title
 * @property {number} step      counts from 1; 0 while all is being made ready
 * @property {number} of
 * @property {Text} text
 * @property {Text | null} hint
 * @property {{continue?: boolean, hint?: boolean, choices: number[]}} offers
 * @property {{text: Text, prediction: boolean, choices: Choice[], done: boolean} | null} question
 * @property {{text: Text, said: Text, right: boolean, answer: Text, because: Text} | null} prediction
 * @property {string | null} wants
 * @property {string | null} show     a tab
 * @property {boolean} done
 */

/**
 * What the server knows of a terminal.
 * @typedef {object} TerminalState
 * @property {boolean} power
 * @property {boolean} wifi
 * @property {string | null} card         the name of the card on the reader
 * @property {number} speed               1, 10 or 60
 * @property {Fault[]} faults
 * @property {Line} line
 * @property {"up" | "stopped"} host
 * @property {Screen} screen
 * @property {Card[]} cards
 * @property {string | null} language     what the terminal speaks; null before its first idle screen
 */

/**
 * What the page adds: its connection, whose page it is, the lamp and the newest payment.
 * @typedef {object} PageState
 * @property {boolean} connected
 * @property {number} terminal
 * @property {string} terminal_id
 * @property {number} terminals
 * @property {boolean} led                true until a board says otherwise
 * @property {Payment | null} payment
 */

/** @typedef {TerminalState & PageState} State */

/**
 * A message of the server.
 * @typedef {{ev: "hello", terminal?: number, terminal_id?: string, terminals?: number, state?: Partial<TerminalState>,
 *     payment?: (PaymentHead & {entries?: Entry[]}) | null, lesson?: Lesson | null}
 *   | {ev: "screen", bits: string, text?: string[], names?: string[]}
 *   | {ev: "power", on: boolean, why?: string}
 *   | {ev: "led", on: boolean}
 *   | {ev: "buzzer", hz: number, ms: number}
 *   | {ev: "card", name: string | null}
 *   | {ev: "cards", cards: Card[]}
 *   | {ev: "wifi", up: boolean}
 *   | {ev: "faults", list: Fault[]}
 *   | {ev: "line", tls: boolean, mac: string}
 *   | {ev: "host", up: boolean}
 *   | {ev: "speed", factor: number}
 *   | {ev: "speaks", lang: string}
 *   | {ev: "payment", payment: (PaymentHead & {entries?: Entry[]}) | null}
 *   | {ev: "entry", payment: number, entry: Entry}
 *   | {ev: "ledger", changed: boolean}
 *   | {ev: "lesson"} & Lesson
 *   | {ev: "ok", id?: string | number, text?: string}
 *   | {ev: "error", id?: string | number, text?: string, texts?: Text}} Message
 */

export const MAX_ENTRIES = 4000;    // of one payment: a flood must not fill the browser's memory

const DARK = Object.freeze({ bits: "", text: [], names: [] });

/**
 * What is known before the server has said anything.
 * @param {number} [terminal]
 * @returns {State}
 */
export function initial(terminal = 1) {
  return {
    connected: false, terminal, terminal_id: "", terminals: 1, power: false, wifi: true, card: null, speed: 1, led: true,
    faults: [], line: { tls: true, mac: "ecb" }, host: "up", screen: { ...DARK }, cards: [], payment: null, language: null,
  };
}

/**
 * What is known after this message.  A kind that the page does not know changes nothing.
 * @param {State} state
 * @param {Message} message
 * @returns {State}
 */
export function reduce(state, message) {
  switch (message.ev) {
    case "hello":
      return greeted(state, message);
    case "screen":
      return { ...state, screen: { bits: message.bits, text: message.text || [], names: message.names || [] } };
    case "power": {
      const power = Boolean(message.on);
      // A board that goes dark has said nothing of its lamp in its next life.
      return { ...state, power, led: power ? state.led : true };
    }
    case "led":
      return { ...state, led: Boolean(message.on) };
    case "card":
      return { ...state, card: message.name ?? null };
    case "cards":
      return { ...state, cards: message.cards || [] };
    case "wifi":
      return { ...state, wifi: Boolean(message.up) };
    case "faults":
      return { ...state, faults: message.list || [] };
    case "line":
      return { ...state, line: { tls: message.tls, mac: message.mac } };
    case "host":
      return { ...state, host: message.up ? "up" : "stopped" };
    case "speed":
      return { ...state, speed: message.factor };
    case "speaks":
      return { ...state, language: message.lang };
    case "payment":
      return { ...state, payment: headed(state.payment, message.payment) };
    case "entry":
      return { ...state, payment: entered(state.payment, message.payment, message.entry) };
    default:
      return state;
  }
}

/**
 * @param {State} state
 * @param {Extract<Message, {ev: "hello"}>} message
 * @returns {State}
 */
function greeted(state, message) {
  const known = { ...state, ...message.state };
  return {
    ...known,
    terminal: message.terminal ?? known.terminal,
    terminals: message.terminals ?? known.terminals,
    terminal_id: message.terminal_id ?? known.terminal_id,
    // The payment of an earlier connection may be long over: only what the server says now counts.
    payment: message.payment ? { ...message.payment, entries: message.payment.entries || [] } : null,
    faults: known.faults || [],
    cards: known.cards || [],
    screen: known.screen || { ...DARK },
  };
}

/**
 * A payment began or its head changed; entries that came with it or before it stay.
 * @param {Payment | null} known
 * @param {(PaymentHead & {entries?: Entry[]}) | null} head
 * @returns {Payment | null}
 */
function headed(known, head) {
  if (!head) return null;
  const same = known && known.id === head.id ? known : null;
  return { ...same, ...head, entries: head.entries || same?.entries || [] };
}

/**
 * One entry more, or a known one that is told anew.
 * @param {Payment | null} known
 * @param {number} id
 * @param {Entry} entry
 * @returns {Payment}
 */
function entered(known, id, entry) {
  const payment = known && known.id === id ? known : { id, entries: [] };
  const at = payment.entries.findIndex((other) => other.id === entry.id);
  if (at < 0 && payment.entries.length >= MAX_ENTRIES) return payment;
  const entries = [...payment.entries];
  entries[at < 0 ? entries.length : at] = entry;
  return { ...payment, entries };
}
