"""The invariants of the flows page, checked over one run of a terminal whose power failed.

The judge hears every message that the host receives and sends, sees every screen, and is shown the journal that the
firmware's own store reads from the flash image: after each cut before the restart, and at the end.
"""

import json

from acquirer import profiles, report
from acquirer.books import transactions
from acquirer.kinds import KINDS, stands
from acquirer.rows import APPROVED
from words.screen_names import Shown

from . import invariants
from .secret_search import Secrets, used

# Screens (titles of tools/words/sentences.txt) that say that what was asked for was not done, and those that say it was.
NOT_TAKEN = (
    "DECLINED",
    "NOT_CHARGED",
    "REVERSED",
    "CARD_REFUSED",
    "TAP_ENDED",
    "NOT_VOIDED",
    "NOT_REFUNDED",
    "NOT_HELD",
    "NOT_COMPLETED",
)
TAKEN = ("APPROVED", "VOIDED", "REFUNDED", "HELD", "COMPLETED")
_SETTLED = ("reversed", "reversed: not found", "reversed: was not approved")
_STANDS = ("approved", "partial")
_REVERSING = 2  # state of the pending record once a reversal is decided
_SETTLING_CODES = ("00", "25", "12")


class Judge:
    """`ledger` of the host; `terminal` and `merchant` in it; `used_stans` of all earlier runs; `pin` of the card or "".

    `violations` are (name of the invariant, what was seen).
    """

    def __init__(self, ledger, terminal: str, merchant: str, used_stans, pin: str = "", open_sale=None):
        self.violations: list = []
        self.used_stans = set(used_stans)
        self._ledger, self._terminal, self._merchant, self._pin = ledger, terminal, merchant, pin
        rows = self._rows()
        # `open_sale`, (batch, STAN), is pending on flash as the run begins: it is on trial too.
        self._known = {key for key in rows if key != open_sale}
        self._balance = ledger.merchant_balance(merchant) - self._stands(rows, open_sale)
        self._sales: dict = {open_sale: rows[open_sale]["amount"]} if open_sale else {}
        self._answered: set = set(self._sales)
        self._reversals: set = set()
        self._settled: set = set()
        self._asked_about: set = set()  # what is not reversed: the host's word settles it, "approved" too
        self._owed = open_sale
        self._out_of_step = False
        self._ever_pending: set = {open_sale} if open_sale else set()
        self._amount = 0
        self._said_taken: set = set()  # amounts
        self._said_not_taken: set = set()
        self._words: list = []
        self._secrets = Secrets()
        self._secrets.key("TMK", ledger.tmk(terminal))
        self._note_keys()

    def _rows(self) -> dict:
        return {(row["batch"], row["stan"]): row for row in transactions(self._ledger, self._terminal)}

    @staticmethod
    def _stands(rows: dict, key) -> int:
        row = rows.get(key)
        return stands(row["kind"], row["approved_amount"]) if row and row["state"] == APPROVED else 0

    def _wrong(self, invariant: str, text: str) -> None:
        if (invariant, text) not in self.violations:
            self.violations.append((invariant, text))

    def _note_keys(self) -> None:
        for name, key in zip(("PIK", "MAK"), self._ledger.working_keys(self._terminal)):
            if key:
                self._secrets.key(name, key)

    # What happens ---------------------------------------------------------------------------

    def begin_sale(self, amount: int) -> None:
        """From now screens are about a sale of `amount` minor units."""
        self._amount = amount

    def say(self, text: str) -> None:
        """A line of any log."""
        self._words.append(text)

    def hear(self, direction: str, body: bytes) -> None:
        """A message as the host has it in clear."""
        message = profiles.decode(body)
        if direction == "in":
            self._request(message)
        else:
            self._answer(message)

    def _request(self, message) -> None:
        fields = message.fields
        stan = message.stan
        key = (message.batch, stan)
        pays = message.kind in KINDS
        if (pays or message.mti in ("0800", "0820")) and stan:
            if stan in self.used_stans:
                self._wrong(invariants.UNIQUE_TRACE, f"STAN {stan:06d} came twice, now in {message.mti}")
            self.used_stans.add(stan)
        if message.kind == "inquiry" and message.bars:
            self._asked_about.add(message.original)
        if message.mti == "0400":
            if key in self._asked_about:
                self._wrong(invariants.PENDING_FIRST, f"0400 of STAN {stan:06d}, which is only asked about")
            self._reversals.add(key)
            if key not in self._sales and key not in self._ever_pending:
                # Its 0200 may never have come; then it must be pending on the image, which `after_cut` looks at.
                self._sales.setdefault(key, int(fields[4]))
            if self._owed and key != self._owed:
                self._wrong(invariants.PENDING_FIRST, f"0400 of STAN {stan:06d} while {self._owed[1]:06d} was pending")
            return
        if self._owed and not (message.mti == "0800" and self._out_of_step) and message.mti != "0820":
            self._wrong(invariants.PENDING_FIRST, f"{message.mti} of STAN {stan:06d} while {self._owed[1]:06d} was pending")
        if not pays:
            return
        for earlier in self._sales:
            if earlier not in self._answered and earlier not in self._settled:
                self._wrong(invariants.PENDING_FIRST, f"0200 of STAN {stan:06d} while {earlier[1]:06d} was open")
        if KINDS[message.kind].journaled:
            self._sales[key] = int(fields[4])
            if not KINDS[message.kind].reversible:
                self._asked_about.add(key)
        pan = str(fields.get(2, ""))
        if pan:
            self._secrets.card(pan, str(fields.get(35, "")))
            if self._pin and fields.get(52):
                self._secrets.pin(self._pin, pan, bytes(fields[52]))

    def _answer(self, message) -> None:
        fields = message.fields
        key = (message.batch, message.stan)
        code = fields.get(39)
        if message.mti in ("0110", "0210", "0230"):
            self._answered.add(key)
        elif message.mti == "0410":
            self._out_of_step = code == "A0"
            if code in _SETTLING_CODES:
                self._has_ended(key)
        elif message.mti == "0830" and code == "00" and fields.get(61) and message.original in self._asked_about:
            self._has_ended(message.original)
        elif message.mti == "0810":
            self._note_keys()

    def _has_ended(self, key) -> None:
        self._settled.add(key)
        if self._owed == key:
            self._owed = None

    def see(self, shown: Shown) -> None:
        """A screen, at the moment at which it is shown."""
        title = shown.names[0] if shown.names else ""
        self._words.append(" / ".join(shown))
        taken = title in TAKEN
        if not taken and title not in NOT_TAKEN:
            return
        standing = [
            row
            for key, row in self._rows().items()
            if key not in self._known and row["amount"] == self._amount and row["state"] == APPROVED
        ]
        if taken:
            self._said_taken.add(self._amount)
            if not standing:
                self._wrong(invariants.STRICT_APPROVAL, f'the screen said "{title}", the host has no such debit')
        else:
            self._said_not_taken.add(self._amount)
            if standing:
                self._wrong(invariants.NEVER_FALSE_FAILURE, f'the screen said "{title}" while the debit stood')

    # What is left ---------------------------------------------------------------------------

    def after_cut(self, journal: dict, files: dict) -> None:
        """The image as the next start will find it.  `files` (name -> bytes) is all that survives."""
        rows, records, pending = self._rows(), self._records(journal), self._pending(journal)
        self._at_rest(journal, files)
        for key in set(self._sales) | set(records) | ({pending} - {None}):
            record, state = records.get(key), records.get(key, {}).get("state")
            stan = f"STAN {key[1]:06d}"
            row = rows.get(key)
            debited = bool(row) and row["state"] == APPROVED
            came = key in self._sales
            if record and pending == key:
                self._wrong(invariants.POWER_CUT, f"{stan}: {state} in the journal and pending at once")
            elif pending == key:
                if key in self._reversals and journal["pending"]["state"] != _REVERSING:
                    self._wrong(invariants.DURABLE_FIRST, f"{stan}: its 0400 left before the decision was on flash")
            elif record is None:
                self._wrong(invariants.DURABLE_FIRST, f"{stan}: its request reached the host, nothing is on flash")
                self._wrong(invariants.POWER_CUT, f"{stan}: sent, but neither recorded nor pending")
            elif state in _STANDS and not debited:
                self._wrong(invariants.POWER_CUT, f"{stan}: {state} in the journal, not at the host")
            elif state not in _STANDS and debited:
                self._wrong(invariants.POWER_CUT, f"{stan}: {state} in the journal, the host has debited")
            elif state == "not sent" and came:
                self._wrong(invariants.POWER_CUT, f"{stan}: not sent in the journal, but the host has it")
        if self._amount in self._said_taken and not any(
            record["state"] in _STANDS and record["amount"] == self._amount for record in records.values()
        ):
            self._wrong(invariants.STRICT_APPROVAL, "the screen said approved before the journal had it")
        self._owed = pending
        if pending:
            self._ever_pending.add(pending)
            if pending not in self._sales:
                self._sales[pending] = journal["pending"]["amount"]
                self._answered.add(pending)  # it never arrived: its 0400 comes first because it is owed

    def at_idle(self, journal: dict, files: dict) -> None:
        """The terminal is idle: nothing is open, and the books agree."""
        rows, records = self._rows(), self._records(journal)
        self._at_rest(journal, files)
        if journal["pending"]:
            self._wrong(invariants.RECONCILED, f"STAN {journal['pending']['stan']:06d} is still pending at idle")
        for line in report.reconcile(self._all_records(journal), self._ledger, self._terminal):
            self._wrong(invariants.RECONCILED, line)
        total = 0
        for key in set(rows) | set(records):
            if key in self._known:
                continue
            record = records.get(key, {})
            mine = (record.get("approved") or record["amount"]) if record.get("state") in _STANDS else 0
            mine = stands(report.kind_of(record), mine)
            total += mine
            if mine != self._stands(rows, key):
                theirs = self._stands(rows, key)
                self._wrong(invariants.RECONCILED, f"STAN {key[1]:06d}: {mine} in the journal, {theirs} at the host")
        gained = self._ledger.merchant_balance(self._merchant) - self._balance
        if gained != total:
            self._wrong(invariants.RECONCILED, f"the merchant gained {gained}, the journal says {total}")
        for key in self._ever_pending:
            state = records.get(key, {}).get("state")
            ends = (*_SETTLED, *_STANDS) if key in self._asked_about else _SETTLED
            if state not in ends or key not in self._settled:
                self._wrong(invariants.NO_SILENT_DROP, f"STAN {key[1]:06d} was pending and ended as {state}")
        for key, amount in self._sales.items():
            stood = key in rows and rows[key]["state"] == APPROVED  # a hold too, which takes nothing
            if stood and amount in self._said_not_taken:
                self._wrong(invariants.NEVER_FALSE_FAILURE, f"STAN {key[1]:06d}: the screen said not taken, the debit stands")
            if not stood and amount in self._said_taken:
                self._wrong(invariants.STRICT_APPROVAL, f"STAN {key[1]:06d}: the screen said approved, nothing stands")

    def _at_rest(self, journal: dict, files: dict) -> None:
        places = {name: used(data) if name.endswith(".img") else data for name, data in files.items()}
        places["journal"] = json.dumps(journal).encode()
        places["screens and logs"] = "\n".join(self._words).encode()
        for place, data in places.items():
            for name in self._secrets.found_in(data):
                self._wrong(invariants.NO_SECRETS_AT_REST, f"{name} in {place}")

    def _all_records(self, journal: dict) -> list:
        records = [{**record, "state": record["state_name"]} for record in journal["records"]]
        if journal["pending"]:
            records.append({**journal["pending"], "state": "pending"})
        return records

    def _records(self, journal: dict) -> dict:
        """New records by (batch, STAN), with the name of their state."""
        found: dict = {}
        for record in self._all_records({**journal, "pending": None}):
            key = (record["batch"], record["stan"])
            if key in self._known:
                continue
            if key in found:
                self._wrong(invariants.POWER_CUT, f"STAN {key[1]:06d} has two outcomes in the journal")
            found[key] = record
        return found

    def _pending(self, journal: dict):
        pending = journal["pending"]
        return (pending["batch"], pending["stan"]) if pending else None
