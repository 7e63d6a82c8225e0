"""From what the bench, the host and the person do to entries of a time line, one list a payment.

A payment begins with the first digit on the idle screen and ends when the terminal is idle again; what a power cut left
to be settled belongs to the payment that was cut.  Everything shown is masked here already.
"""

import collections
import time

from rig.bench_watch import shown

from . import wording
from .decode_entries import ApduReader
from .message_entries import message_entry
from .payment import MENU, OTHER, SALE, START, Payment, now

KEPT = 20  # payments remembered
_QUIET = 0.15  # seconds: flash writes closer together are one entry
_AFTERWARDS = 2.0  # seconds in which a sound or a write still belongs to what has ended
_COUNTING = {"SECONDS", "LOCKED"}  # sentences whose number changes by itself
_FILES = {"pending": "intent", "journal": "outcome", "keys": "keys", "counter": "counter"}  # a file -> what it is for
_TRAILING = ("sound", "flash", "net")
_BEFOREHAND = ("fault", "card")  # what is made ready on an idle terminal belongs to the next sale
_BEFORE = 20  # of these at most


def told_errors(detail: dict) -> dict:
    """The same detail, with what is wrong with its bytes said in both languages."""
    if "error" in detail:
        detail["error"] = wording.malformed(detail["error"])
    waiting = [*detail.get("tree", ()), *detail.get("de55", ())]
    while waiting:
        node = waiting.pop()
        if "error" in node:
            node["error"] = wording.malformed(node["error"])
        waiting.extend(node.get("children", ()))
    return detail


class Timeline:
    """`tell(event)` gets {"ev": "entry" | "payment", …}; `seal()` is (MAC key now in force or None, MAC).

    `later(seconds, action)` calls `action()` after that time (asyncio's call_later); `date()` is the calendar of that clock.
    """

    def __init__(self, tell, seal, later, clock=time.monotonic, date=now):
        self._tell, self._seal, self._later, self._clock, self._date = tell, seal, later, clock, date
        self.payments: collections.deque = collections.deque(maxlen=KEPT)
        self.idle = False
        self._sales = self._count = self._entries = 0
        self._speed = 1
        self._ahead = self._before_power = 0.0  # seconds that were fast-forwarded: in all, and in earlier lives
        self._typing = False
        self._shown = None
        self._reader = ApduReader()
        self._flash: dict | None = None
        self._link: dict | None = None
        self._before: collections.deque = collections.deque(maxlen=_BEFORE)

    # time -----------------------------------------------------------------------------------

    def now(self) -> float:
        """Seconds as the terminal counts them: what it has fast-forwarded is passed too."""
        return self._clock() + self._ahead

    def set_speed(self, factor) -> None:
        """The terminal's waiting passes so many times as fast from now on."""
        self._speed = factor

    def set_ahead(self, milliseconds: int) -> None:
        """What the terminal has fast-forwarded since its power came on (`ahead` of its events)."""
        self._ahead = self._before_power + milliseconds / 1000

    def new_life(self) -> None:
        """The terminal's power comes on: it counts from nothing again."""
        self._before_power = self._ahead

    # payments -------------------------------------------------------------------------------

    @property
    def last(self) -> Payment | None:
        """The running or the last payment."""
        return self.payments[-1] if self.payments else None

    def find(self, number: int) -> Payment | None:
        """The payment with that id, while it is remembered."""
        return next((payment for payment in self.payments if payment.id == number), None)

    def _begin(self, kind: str) -> Payment:
        self._end()
        self._count += 1
        if kind == SALE:
            self._sales += 1
        payment = Payment(self._count, kind, self._sales if kind == SALE else None, self.now(), self._date)
        self.payments.append(payment)
        self._reader = ApduReader()
        self._tell({"ev": "payment", "payment": payment.head()})
        if kind == SALE:
            before, self._before = list(self._before), collections.deque(maxlen=_BEFORE)
            for words in before:
                self.add(*words)
        return payment

    def _end(self) -> None:
        payment = self.last
        if payment and payment.open:
            payment.close(self.now())
            self._tell({"ev": "payment", "payment": payment.head()})

    def _changed(self, **values) -> None:
        payment = self.last
        if payment is None or not payment.open or payment.kind in (START, OTHER):
            return
        if any(getattr(payment, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(payment, name, value)
            self._tell({"ev": "payment", "payment": payment.head()})

    def _home(self, kind: str) -> Payment | None:
        """The payment that an entry belongs to; None when it is not worth one of its own."""
        payment = self.last
        if payment and payment.open:
            return payment
        if kind in _BEFOREHAND:
            return None
        if kind in _TRAILING:
            recent = payment and self.now() - payment.ended < _AFTERWARDS * self._speed
            return payment if recent else None  # later it writes for itself: no payment steps back for that
        return self._begin(OTHER)

    def add(
        self,
        lane: str,
        to: str | None,
        kind: str,
        title: dict,
        summary: str | dict = "",
        detail: dict | None = None,
        payment: Payment | None = None,
    ) -> None:
        """One entry more, of `payment`, else of the running payment or of one that it begins."""
        if kind != "flash":
            self._flush()
        payment = payment or self._home(kind)
        if payment is None:
            if title is wording.CARD_OFF and self.payments and not self._before:
                payment = self.last  # the card of the sale that has just ended
            elif kind in _BEFOREHAND:
                self._before.append((lane, to, kind, title, summary, detail))
                return
            else:
                return
        self._entries += 1
        entry = {
            "id": self._entries,
            "t": max(0, round((self.now() - payment.began) * 1000)),
            "lane": lane,
            "to": to,
            "kind": kind,
            "title": title,
            "summary": summary,
            "detail": detail or {},
        }
        if payment.add(entry):
            self._tell({"ev": "entry", "payment": payment.id, "entry": entry})

    # what the person does -------------------------------------------------------------------

    def key(self, key: str, long: bool = False) -> None:
        """A key goes down."""
        if self.idle:
            self._typing = False
            if key in "123456789":
                self._begin(SALE)
                self._typing = True
            elif key in "AD":
                self._begin(MENU)
        shown = key
        if key.isdigit() and not (self.idle or self._typing):
            shown = "•"  # it may be one of a PIN or a password
        if key in "#D":
            self._typing = False
        detail = {"key": shown, "long": long}
        self.add("person", "terminal", "key", wording.key(shown, long), shown, detail)

    def card(self, name: str | None, label: str = "") -> None:
        """A card is put on the reader, or taken away (None)."""
        if name is not None:
            known = self._reader.pans  # a number that was seen in this payment stays masked in all of it
            self._reader = ApduReader()
            self._reader.pans |= known
        self.add(
            "person",
            "card",
            "card",
            wording.CARD_ON if name is not None else wording.CARD_OFF,
            label,
            {"card": name, "label": label},
        )

    def fault(
        self, title: dict, summary: str | dict = "", detail: dict | None = None, lane: str = "person", to: str | None = "host"
    ) -> None:
        """Something goes wrong on purpose."""
        self.add(lane, to, "fault", title, summary, detail)

    # what the host does ---------------------------------------------------------------------

    def host(self, name: str, detail: dict) -> None:
        """An event of the acquirer about a message of this terminal."""
        if name == "fault":
            for kind, argument in detail["faults"].items():
                self.fault(
                    *wording.host_fault(kind, argument),
                    detail={
                        "fault": kind,
                        "argument": wording.argument_text(kind, argument) if argument is not None else None,
                        "which": detail["which"],
                    },
                    lane="host",
                    to=None,
                )
        elif name == "late":
            self._late(detail["hex"])

    def _late(self, frame: str) -> None:
        """An answer that nobody waited for any more: it belongs to the payment whose request it answers."""
        mak, mac = self._seal()
        detail = told_errors(message_entry("in", frame, mak, self._reader.pans, mac, self._reader.scheme))
        values = {field["n"]: field["value"] for field in detail["fields"]}
        payment = next((one for one in reversed(self.payments) if values.get("11") in one.asked), self.last)
        if payment:
            title = wording.late(detail["mti"], values.get("60", ""))
            self.add("host", "terminal", "message", title, "", {**detail, "late": True}, payment)

    # what the terminal does -----------------------------------------------------------------

    def hear(self, event: dict) -> None:
        """An event of the bench."""
        heard = getattr(self, "_hear_" + str(event.get("ev")), None)
        if heard:
            heard(event)

    def _hear_power(self, event: dict) -> None:
        on = bool(event["on"])
        self.idle = False
        self._typing = False
        self._shown = None
        self._link = None
        payment = self.last
        if on and not (payment and payment.open and payment.kind == SALE):
            self._begin(START)
        why = str(event.get("why", ""))
        self.add(
            "person" if why in wording.BY_HAND else "terminal",
            "terminal" if why in wording.BY_HAND else None,
            "power",
            wording.POWER_ON if on else wording.POWER_OFF,
            wording.why(why),
            {"on": on},
        )
        if not on and payment and payment.kind == START:
            self._end()

    def _hear_screen(self, event: dict) -> None:
        screen = shown(event)
        before, self._shown = self._shown, screen
        if before == screen or before is not None and before.names == screen.names and _COUNTING & set(screen.names):
            return
        idle = screen.idle
        if idle and self.idle:
            return
        payment = self.last
        if not idle and not (payment and payment.open) and self.idle:
            self._begin(OTHER)  # the terminal does something by itself
        if screen.names and screen.names[0] in wording.RESULTS:
            self._changed(result=wording.RESULTS[screen.names[0]])
        if idle or (payment and payment.open) or screen:
            self.add(
                "terminal",
                None,
                "screen",
                wording.SCREEN,
                " / ".join(screen),
                {"text": list(screen), "bits": str(event.get("bits") or "")},
            )
        self.idle = idle
        if idle:
            self._flush()
            self._end()

    def _hear_step(self, event: dict) -> None:
        if event.get("amount"):
            self._changed(amount=int(event["amount"]))

    def _hear_result(self, event: dict) -> None:
        """What was begun from the menu turns out to be a payment of some kind."""
        payment = self.last
        if payment and payment.open and payment.kind == MENU and event.get("transaction"):
            payment.kind = str(event["transaction"])
            self._tell({"ev": "payment", "payment": payment.head()})

    def _hear_file(self, event: dict) -> None:
        """A file is written: the writes until now were for it."""
        self._flush(_FILES.get(str(event.get("name", "")).partition(".")[0], ""))

    def _hear_apdu(self, event: dict) -> None:
        detail = self._reader.entry(str(event.get("c", "")), str(event.get("r", "")), int(event.get("ms", 0)))
        if event.get("error"):
            detail["reader_error"] = event["error"]
        sw = str(detail.get("sw") or "")
        self.add("terminal", "card", "apdu", wording.apdu(detail), sw, told_errors(detail))

    def _hear_host(self, event: dict) -> None:
        direction = "out" if event.get("dir") == "out" else "in"
        mak, mac = self._seal()
        reader = self._reader
        detail = message_entry(direction, str(event.get("hex", "")), mak, reader.pans, mac, reader.scheme)
        mti = str(detail.get("mti") or "")
        self._flush()
        values = {str(field["n"]): field["value"] for field in detail.get("fields", ())}
        lanes = ("terminal", "host") if direction == "out" else ("host", "terminal")
        self.add(
            *lanes,
            "message",
            wording.message(mti, values.get("60", "")),
            f"F39 {values['39']}" if "39" in values else "",
            told_errors(detail),
        )
        if direction == "out" and self.last and "11" in values:
            self.last.asked.add(values["11"])

    def _hear_flash(self, event: dict) -> None:
        if self._flash is None:
            self._flash = {"programs": 0, "erases": 0, "bytes": 0, "first": event.get("n")}
            self._later(_QUIET, self._flush)
        self._flash["erases" if event.get("op") == "erase" else "programs"] += 1
        self._flash["bytes"] += int(event.get("bytes", 0)) if event.get("op") != "erase" else 0

    def _flush(self, meaning: str = "") -> None:
        """The writes until now become one entry; `meaning` is what they were for, where that was told."""
        flash, self._flash = self._flash, None
        if flash is None:
            return
        if meaning:
            flash["meaning"] = meaning
        self.add("terminal", None, "flash", wording.flash(meaning), f"{flash['programs']}+{flash['erases']}", flash)

    def _hear_net(self, event: dict) -> None:
        step = event.get("step")
        if step == "open":
            self._link = {"out": 0, "in": 0}
            self.add("terminal", "host", "net", wording.CONNECTING, "TCP", {"step": "open"})
            return
        link = self._link
        if link is None:
            return
        if step == "sent":
            link["out"] += int(event.get("bytes", 0))
        elif step == "got":
            link["in"] += int(event.get("bytes", 0))
        elif step == "close":
            self._link = None
            self.add(
                "terminal",
                "host",
                "net",
                wording.CLOSED,
                f"{link['out']} / {link['in']}",
                {"step": "close", "bytes_out": link["out"], "bytes_in": link["in"]},
            )

    def _hear_buzzer(self, event: dict) -> None:
        detail = {"hz": int(event.get("hz", 0)), "ms": int(event.get("ms", 0))}
        self.add("terminal", None, "sound", wording.SOUND, f"{detail['hz']} Hz", detail)
