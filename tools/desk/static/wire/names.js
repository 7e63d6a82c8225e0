/* What a payment is called. */

import { TEXTS } from "./texts.js";

/** @typedef {import("../base/bus.js").Bus} Bus */
/** @typedef {import("./file.js").FileHead} FileHead */

/**
 * "approved", "running" or "" in the page's language; `old` is a payment of a file, which cannot be running.
 * @param {Bus} bus
 * @param {FileHead} payment
 * @param {boolean} [old]
 */
export function resultOf(bus, payment, old = false) {
  if (!payment.result) return payment.ended_at || old ? "" : bus.t("wire.running");
  const key = `wire.result.${payment.result}`;
  return Object.hasOwn(TEXTS, key) ? bus.t(key) : payment.result;
}

/**
 * "Sale 3 · 12.50 · approved · 10:22:07"
 * @param {Bus} bus
 * @param {FileHead} payment
 * @param {boolean} [old]
 */
export function nameOf(bus, payment, old = false) {
  const key = `wire.kind.${payment.kind}`;
  const kind = Object.hasOwn(TEXTS, key) ? bus.t(key) : bus.t("wire.payment");
  const parts = [payment.number ? `${kind} ${payment.number}` : kind];
  if (Number.isFinite(payment.amount)) parts.push(bus.money(payment.amount));
  const result = resultOf(bus, payment, old);
  if (result) parts.push(result);
  if (payment.started_at) parts.push(String(payment.started_at).slice(11, 19));
  return parts.join(" · ");
}

/** @param {FileHead} payment */
export function isSale(payment) {
  return payment.kind === undefined || payment.kind === "sale";
}

/**
 * A payment without its entries.
 * @param {import("../state.js").PaymentHead & {entries?: unknown}} payment
 * @returns {import("../state.js").PaymentHead}
 */
export function headOf({ entries: _entries, ...head }) {
  return head;
}
