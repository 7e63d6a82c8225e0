"""The control socket: one text line in, one JSON line out; on 127.0.0.1 only.

A line that is no command ends the connection, whatever stands behind it: a web page can make a browser send
"POST / HTTP/1.1" to any port of its own computer, with a body of the page's choice, and its lines must not be obeyed.
"""

import asyncio
import json

from . import books, faults, keys, report
from .ledger import LedgerError

_LINE_LIMIT = 1024
_PAGE = 1000  # transactions of one answer
CARD_WORDS = {"open": "00", "block": "62", "lost": "41", "stolen": "43"}

HELP = {
    "KIND [ARGUMENT] [next [N]|always] [WHICH]": "a fault: " + ", ".join(faults.KINDS),
    "clear": "end all faults",
    "status": "ports, faults in force, requests processed, business day",
    "ledger": "totals by state and whether the books add up",
    "transactions [BEFORE]": "the newest transactions, PAN masked; BEFORE, as an answer tells it, those in front of them",
    "fresh": "forget all transactions",
    "day-cut": "close the business day",
    "card CARD open|block|lost|stolen": "change a card; CARD is its number or its name",
    "balance CARD [AMOUNT]": "tell or set a card's balance, as 100.00",
    "reset-keys TERMINAL": "take the working keys away",
    "batch TERMINAL NUMBER": "open another batch for a terminal, told at its next sign-on",
    "mac TERMINAL ecb|retail": "agree on another MAC with a terminal, whose setting mac must be the same",
    "add-terminal TERMINAL MERCHANT [TMK]": "make a terminal known; without TMK a random one",
    "provision TERMINAL": "what the terminal has to be given; its TMK is told by `till tmk` alone",
    "wait-request WHICH [SECONDS] [after N]": "answer when the next such request is processed",
    "help": "this list",
}


class CommandError(ValueError):
    """A command that cannot be done; one line."""


def is_command(line: str) -> bool:
    """Does the line begin with the name of a command or a fault?  A wrong argument is told; a stranger is hung up on."""
    name = line.split()[:1]
    return bool(name) and (name[0] in _COMMANDS or name[0] in faults.KINDS)


class ControlServer:
    """Reads lines and executes them on an Acquirer."""

    def __init__(self, acquirer):
        self._acquirer = acquirer
        self._tasks: set[asyncio.Task] = set()

    async def hang_up(self) -> None:
        """End every control connection."""
        running = list(self._tasks)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One control connection."""
        task = asyncio.current_task()
        self._tasks.add(task)
        try:
            while True:
                try:
                    line = await reader.readuntil(b"\n")
                except asyncio.IncompleteReadError:
                    break
                except asyncio.LimitOverrunError:
                    writer.write(b'{"ok": false, "error": "line too long"}\n')
                    break
                text = line.decode("utf-8", "replace")
                if len(line) > _LINE_LIMIT:
                    answer = {"ok": False, "error": "line too long"}
                else:
                    answer = await self.execute(text)
                writer.write(json.dumps(answer).encode("utf-8") + b"\n")
                await writer.drain()
                if not is_command(text):
                    break  # what is buffered behind it goes unread
        except (OSError, asyncio.CancelledError):
            pass  # the client went away, or `hang_up` ends us
        finally:
            self._tasks.discard(task)
            writer.close()

    async def execute(self, line: str) -> dict:
        """The answer to one line: {"ok": true, …} or {"ok": false, "error": one line}."""
        words = line.split()
        try:
            if not words:
                raise CommandError("empty command; try help")
            return {"ok": True, **await self._run(words)}
        except (CommandError, faults.FaultError, LedgerError, ValueError) as error:
            return {"ok": False, "error": str(error)}
        except asyncio.TimeoutError:
            return {"ok": False, "error": f"{words[0]}: nothing came in time"}

    async def _run(self, words: "list[str]") -> dict:
        name, rest = words[0], words[1:]
        if name in faults.KINDS:
            fault = faults.parse(words)
            await self._acquirer.add_fault(fault)
            return fault.describe()
        command = getattr(self, "_do_" + name.replace("-", "_"), None) if name in _COMMANDS else None
        if command is None:
            raise CommandError(f"{name}: unknown command; try help")
        least, most = _COMMANDS[name]
        if not least <= len(rest) <= most:
            usage = next((text for text in HELP if text.split()[0] == name), name)
            raise CommandError(f"usage: {usage}")
        return await command(*rest)

    async def _do_help(self) -> dict:
        return {"commands": HELP, "faults": {kind: about[0] for kind, about in faults.KINDS.items()}}

    async def _do_clear(self) -> dict:
        await self._acquirer.clear_faults()
        return {}

    async def _do_status(self) -> dict:
        acquirer = self._acquirer
        return {
            "ports": acquirer.ports,
            "faults": [rule.describe() for rule in acquirer.faults.rules],
            "processed": dict(acquirer.processed),
            "business_day": await asyncio.to_thread(acquirer.ledger.business_day),
        }

    async def _do_ledger(self) -> dict:
        ledger = self._acquirer.ledger
        totals, problems = await asyncio.to_thread(lambda: (books.totals(ledger), books.problems(ledger)))
        return {"totals": totals, "problems": problems}

    async def _do_transactions(self, before: "str | None" = None) -> dict:
        if before is not None and not before.isdigit():
            raise CommandError(f"transactions: {before} is not a number")
        last = int(before) if before else None
        rows, more = await asyncio.to_thread(books.page, self._acquirer.ledger, _PAGE, last)
        return {"transactions": rows, "before": more}

    async def _do_fresh(self) -> dict:
        await asyncio.to_thread(self._acquirer.ledger.fresh)
        return {}

    async def _do_day_cut(self) -> dict:
        return {"business_day": await asyncio.to_thread(self._acquirer.ledger.day_cut)}

    async def _do_card(self, card: str, word: str) -> dict:
        if word not in CARD_WORDS:
            raise CommandError(f"card: {word} is not one of {', '.join(CARD_WORDS)}")
        pan = await self._pan(card)
        await asyncio.to_thread(self._acquirer.ledger.set_card_status, pan, CARD_WORDS[word])
        return {"card": report.masked(pan), "status": CARD_WORDS[word]}

    async def _do_balance(self, card: str, amount: "str | None" = None) -> dict:
        pan = await self._pan(card)
        if amount is not None:
            try:
                units = faults.minor_units(amount)
            except ValueError:
                raise CommandError(f"balance: {amount} is not an amount such as 100.00") from None
            await asyncio.to_thread(self._acquirer.ledger.set_balance, pan, units)
        balance = await asyncio.to_thread(self._acquirer.ledger.balance, pan)
        return {"card": report.masked(pan), "balance": balance}

    async def _do_reset_keys(self, terminal: str) -> dict:
        await asyncio.to_thread(self._acquirer.ledger.set_working_keys, terminal, None, None)
        return {"terminal": terminal}

    async def _do_batch(self, terminal: str, number: str) -> dict:
        if not number.isdigit():
            raise CommandError(f"batch: {number} is not a number")
        await asyncio.to_thread(self._acquirer.ledger.set_batch, terminal, int(number))
        return {"terminal": terminal, "batch": int(number)}

    async def _do_mac(self, terminal: str, kind: str) -> dict:
        await asyncio.to_thread(self._acquirer.ledger.set_mac, terminal, kind)
        return {"terminal": terminal, "mac": kind}

    async def _do_add_terminal(self, terminal: str, merchant: str, tmk: "str | None" = None) -> dict:
        key = keys.parse_key(tmk, "TMK") if tmk else keys.random_key()
        await asyncio.to_thread(self._acquirer.ledger.add_terminal, terminal, merchant, key)
        return await self._do_provision(terminal)

    async def _do_provision(self, terminal: str) -> dict:
        acquirer = self._acquirer
        known = await asyncio.to_thread(acquirer.ledger.terminal, terminal)
        if known is None:
            raise LedgerError(f"terminal {terminal}: unknown")
        has_ca = acquirer.state is not None and (acquirer.state / "ca.der").exists()
        return {
            "terminal": terminal,
            "merchant": known["merchant"],
            "batch": known["batch"],
            "mac": known["agreed"],
            "ca_der": acquirer.ca_der.hex().upper() if has_ca else None,
        }

    async def _do_wait_request(self, which: str, *rest: str) -> dict:
        words, timeout, after = list(rest), 30.0, None
        if words and words[0] != "after":
            try:
                timeout = min(max(float(words.pop(0)), 0.0), 600.0)
            except ValueError:
                raise CommandError(f"wait-request: {rest[0]} is not a number of seconds") from None
        if words:
            if len(words) != 2 or words[0] != "after" or not words[1].isdigit():
                raise CommandError("usage: wait-request WHICH [SECONDS] [after N]")
            after = int(words[1])
        if which not in faults.MESSAGE_KINDS and which != "any" and not (len(which) == 4 and which.isdigit()):
            raise CommandError(f"wait-request: {which} is not one of {', '.join(faults.MESSAGE_KINDS)}, any, or an MTI")
        return {"which": which, "count": await self._acquirer.wait_request(which, timeout, after)}

    async def _pan(self, card: str) -> str:
        pan = await asyncio.to_thread(self._acquirer.ledger.pan, card)
        if pan is None:
            raise CommandError(f"card {report.masked(card) if card.isdigit() else card}: unknown")
        return pan


# name -> fewest and most words behind it
_COMMANDS = {
    "help": (0, 0),
    "clear": (0, 0),
    "status": (0, 0),
    "ledger": (0, 0),
    "transactions": (0, 1),
    "fresh": (0, 0),
    "day-cut": (0, 0),
    "card": (2, 2),
    "balance": (1, 2),
    "reset-keys": (1, 1),
    "batch": (2, 2),
    "mac": (2, 2),
    "add-terminal": (2, 3),
    "provision": (1, 1),
    "wait-request": (1, 4),
}
