/* The reducer of the desk's page: every kind of message of the server, without a terminal and without a browser. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { MAX_ENTRIES, initial, reduce } from "../../tools/desk/static/state.js";

const SCREEN = { bits: "AAAA", text: ["Type an amount"], names: ["idle"] };
const HEAD = { id: 4, kind: "sale", number: 2, started_at: "2026-01-02T10:22:07+0000", ended_at: null, amount: null,
  result: null, left_out: 0 };
const CARD = { name: "visa-credit", label: "Visa credit", scheme: "visa", phone: false, pan: "476173******0119", made: false };

/** Frozen through and through: a reducer that changes what it was given throws. */
function frozen(value) {
  if (typeof value === "object" && value !== null) {
    Object.values(value).forEach(frozen);
    Object.freeze(value);
  }
  return value;
}

function entry(id, more = {}) {
  return { id, t: id * 10, lane: "person", to: "terminal", kind: "key", title: { en: "Key", zh: "按键" }, summary: "1",
    detail: { key: "1" }, ...more };
}

/** The state after these messages. */
function after(...messages) {
  return messages.reduce((state, message) => frozen(reduce(state, frozen(message))), frozen(initial(3)));
}

/** Only this changed. */
function changed(message, values, before = []) {
  assert.deepEqual(after(...before, message), { ...after(...before), ...values });
}

describe("before the first message", () => {
  it("is dark, and not connected", () => {
    assert.deepEqual(initial(3), {
      connected: false, terminal: 3, terminal_id: "", terminals: 1, power: false, wifi: true, card: null, speed: 1,
      led: true, faults: [], line: { tls: true, mac: "ecb" }, host: "up", screen: { bits: "", text: [], names: [] }, cards: [], payment: null,
      language: null,
    });
    assert.equal(initial().terminal, 1);
  });

  it("is each time a state of its own", () => {
    const one = initial();
    one.faults.push({ fault: "delay", argument: "70", left: 1, which: "any" });
    one.screen.bits = "AAAA";
    assert.deepEqual(initial().faults, []);
    assert.equal(initial().screen.bits, "");
  });
});

describe("hello", () => {
  const told = { power: true, wifi: false, card: "visa-credit", speed: 10, host: "stopped", screen: SCREEN, cards: [CARD],
    faults: [{ fault: "drop-answer", argument: null, left: 1, which: "sale" }], language: "zh" };
  const hello = { ev: "hello", terminal: 2, terminal_id: "10000002", terminals: 5, state: told, payment: null, lesson: null };

  it("tells all at once", () => {
    changed(hello, { ...told, terminal: 2, terminal_id: "10000002", terminals: 5 });
  });

  it("keeps what it does not tell", () => {
    const before = [{ ev: "led", on: false }, { ev: "speed", factor: 60 }];
    changed({ ev: "hello" }, {}, before);
    changed({ ev: "hello", state: { power: true } }, { power: true }, before);
  });

  it("brings the running payment, with or without its entries", () => {
    const whole = { ...HEAD, entries: [entry(1)] };
    assert.deepEqual(after({ ...hello, payment: whole }).payment, whole);
    assert.deepEqual(after({ ...hello, payment: HEAD }).payment, { ...HEAD, entries: [] });
  });

  it("forgets the payment of an earlier connection", () => {
    assert.equal(after({ ev: "payment", payment: HEAD }, hello).payment, null);
    assert.equal(after({ ev: "payment", payment: HEAD }, { ev: "hello" }).payment, null);
  });

  it("leaves lists and a screen to draw from, whatever the server leaves out", () => {
    const state = after({ ev: "hello", state: { faults: null, cards: null, screen: null } });
    assert.deepEqual([state.faults, state.cards, state.screen], [[], [], { bits: "", text: [], names: [] }]);
  });
});

describe("one part of the state", () => {
  it("screen", () => {
    changed({ ev: "screen", ...SCREEN }, { screen: SCREEN });
    changed({ ev: "screen", bits: "AAAA" }, { screen: { bits: "AAAA", text: [], names: [] } });
  });

  it("power", () => {
    changed({ ev: "power", on: true, why: "switched on" }, { power: true });
    changed({ ev: "power", on: false, why: "cut" }, { power: false }, [{ ev: "power", on: true }]);
  });

  it("led, which is lit again in a board's next life", () => {
    changed({ ev: "led", on: false }, { led: false });
    changed({ ev: "led", on: true }, { led: true }, [{ ev: "led", on: false }]);
    assert.equal(after({ ev: "power", on: true }, { ev: "led", on: false }, { ev: "power", on: true }).led, false);
    assert.equal(after({ ev: "power", on: true }, { ev: "led", on: false }, { ev: "power", on: false }).led, true);
  });

  it("card", () => {
    changed({ ev: "card", name: "visa-credit" }, { card: "visa-credit" });
    changed({ ev: "card", name: null }, { card: null }, [{ ev: "card", name: "visa-credit" }]);
    changed({ ev: "card" }, { card: null }, [{ ev: "card", name: "visa-credit" }]);
  });

  it("cards", () => {
    changed({ ev: "cards", cards: [CARD] }, { cards: [CARD] });
    changed({ ev: "cards" }, { cards: [] }, [{ ev: "cards", cards: [CARD] }]);
  });

  it("wifi", () => {
    changed({ ev: "wifi", up: false }, { wifi: false });
    changed({ ev: "wifi", up: true }, { wifi: true }, [{ ev: "wifi", up: false }]);
  });

  it("faults", () => {
    const list = [{ fault: "cut", argument: "write 2", left: 1, which: "any" }];
    changed({ ev: "faults", list }, { faults: list });
    changed({ ev: "faults", list: [] }, { faults: [] }, [{ ev: "faults", list }]);
    changed({ ev: "faults" }, { faults: [] }, [{ ev: "faults", list }]);
  });

  it("line", () => changed({ ev: "line", tls: false, mac: "retail" }, { line: { tls: false, mac: "retail" } }));

  it("host", () => {
    changed({ ev: "host", up: false }, { host: "stopped" });
    changed({ ev: "host", up: true }, { host: "up" }, [{ ev: "host", up: false }]);
  });

  it("speed", () => changed({ ev: "speed", factor: 60 }, { speed: 60 }));

  it("speaks", () => changed({ ev: "speaks", lang: "zh" }, { language: "zh" }));
});

describe("payment", () => {
  it("begins without entries", () => {
    changed({ ev: "payment", payment: HEAD }, { payment: { ...HEAD, entries: [] } });
  });

  it("changes its head and keeps its entries", () => {
    const ended = { ...HEAD, amount: 1250, result: "approved", ended_at: "2026-01-02T10:22:19+0000" };
    const state = after({ ev: "payment", payment: HEAD }, { ev: "entry", payment: 4, entry: entry(1) },
      { ev: "payment", payment: ended });
    assert.deepEqual(state.payment, { ...ended, entries: [entry(1)] });
  });

  it("keeps of its head what is not told again", () => {
    const state = after({ ev: "payment", payment: { ...HEAD, amount: 100 } }, { ev: "payment", payment: { id: 4, result: "declined" } });
    assert.equal(state.payment.amount, 100);
    assert.equal(state.payment.result, "declined");
  });

  it("takes the entries that come with it", () => {
    const state = after({ ev: "entry", payment: 4, entry: entry(1) }, { ev: "payment", payment: { ...HEAD, entries: [entry(2)] } });
    assert.deepEqual(state.payment.entries, [entry(2)]);
  });

  it("of another number begins anew", () => {
    const state = after({ ev: "payment", payment: { ...HEAD, amount: 100 } }, { ev: "entry", payment: 4, entry: entry(1) },
      { ev: "payment", payment: { id: 5, kind: "menu" } });
    assert.deepEqual(state.payment, { id: 5, kind: "menu", entries: [] });
  });

  it("may be none", () => {
    changed({ ev: "payment", payment: null }, { payment: null }, [{ ev: "payment", payment: HEAD }]);
  });
});

describe("entry", () => {
  const start = { ev: "payment", payment: HEAD };

  it("goes to the end of its payment", () => {
    const state = after(start, { ev: "entry", payment: 4, entry: entry(1) }, { ev: "entry", payment: 4, entry: entry(2) });
    assert.deepEqual(state.payment, { ...HEAD, entries: [entry(1), entry(2)] });
  });

  it("that is known takes the old one's place", () => {
    const better = entry(1, { summary: "A", detail: { key: "A", long: true } });
    const state = after(start, { ev: "entry", payment: 4, entry: entry(1) }, { ev: "entry", payment: 4, entry: entry(2) },
      { ev: "entry", payment: 4, entry: better });
    assert.deepEqual(state.payment.entries, [better, entry(2)]);
  });

  it("of a payment without a head makes one", () => {
    assert.deepEqual(after({ ev: "entry", payment: 7, entry: entry(9) }).payment, { id: 7, entries: [entry(9)] });
    assert.deepEqual(after(start, { ev: "entry", payment: 7, entry: entry(9) }).payment, { id: 7, entries: [entry(9)] });
  });

  it("comes in vain when there are too many, but may still be told anew", () => {
    const entries = Array.from({ length: MAX_ENTRIES }, (_, at) => entry(at + 1));
    const full = { ev: "payment", payment: { ...HEAD, entries } };
    const more = after(full, { ev: "entry", payment: 4, entry: entry(MAX_ENTRIES + 1) });
    assert.equal(more.payment.entries.length, MAX_ENTRIES);
    assert.equal(more.payment.entries.at(-1).id, MAX_ENTRIES);
    const again = after(full, { ev: "entry", payment: 4, entry: entry(5, { summary: "again" }) });
    assert.equal(again.payment.entries[4].summary, "again");
  });
});

describe("what is no part of the state", () => {
  const before = [{ ev: "power", on: true }, { ev: "payment", payment: HEAD }];
  for (const message of [
    { ev: "buzzer", hz: 2000, ms: 80 },
    { ev: "ledger", changed: true },
    { ev: "lesson", id: "sale", state: "running", step: 1, of: 9 },
    { ev: "ok", id: "a-1" },
    { ev: "error", id: "a-1", text: "refused" },
    { ev: "something of a later server", power: false },
    {},
  ]) {
    it(String(message.ev ?? "a message without a kind"), () => {
      const state = after(...before);
      assert.equal(reduce(state, message), state);
    });
  }
});

describe("a state", () => {
  it("that was taken before stays as it was", () => {
    const one = initial();
    const two = reduce(one, { ev: "payment", payment: HEAD });
    const three = reduce(two, { ev: "entry", payment: 4, entry: entry(1) });
    assert.equal(one.payment, null);
    assert.deepEqual(two.payment.entries, []);
    assert.equal(three.payment.entries.length, 1);
  });

  it("keeps that the page is connected", () => {
    const state = reduce({ ...initial(), connected: true }, { ev: "hello", state: { power: true } });
    assert.equal(state.connected, true);
  });
});
