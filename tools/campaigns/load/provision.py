"""The load's terminals and cards, made known to a host: on its ledger, or by its control socket."""

import asyncio
import json
import random
from typing import Any

from acquirer import keys
from acquirer.ledger import Ledger
from rig.failures import Failed, told

from . import cards
from .cards import LoadCard
from .terminal import Identity

MERCHANT = "900000000000001"
_BATCHES = 999999


def identities(count: int, first: str = "L") -> "list[Identity]":
    """`count` terminals with keys of their own."""
    return [Identity(f"{first}{number:07d}", MERCHANT, keys.random_key()) for number in range(1, count + 1)]


def on_ledger(ledger: Ledger, terminals: "list[Identity]", deck: "list[LoadCard]") -> None:
    """New keys for each terminal and a new batch, so that no STAN of an earlier load is met again."""
    cards.issue(ledger, deck)
    for each in terminals:
        ledger.add_terminal(each.terminal, each.merchant, each.tmk)
        ledger.set_batch(each.terminal, ledger.terminal(each.terminal)["batch"] % _BATCHES + 1)


class Control:
    """The control socket of a host that runs."""

    def __init__(self, host: str, port: int):
        self._place = (host, port)

    async def ask(self, *lines: str) -> "list[dict[str, Any]]":
        """The answers to some commands.  Raises Failed for the first that is refused."""
        try:
            reader, writer = await asyncio.open_connection(*self._place, limit=1 << 26)
        except OSError as error:
            raise Failed(f"control socket {self._place[0]}:{self._place[1]}: {told(error)}") from None
        try:
            answers = []
            for line in lines:
                writer.write(line.encode("ascii") + b"\n")
                answers.append(json.loads(await reader.readline() or b'{"error": "no answer"}'))
                if not answers[-1].get("ok"):
                    raise Failed(f"control socket: {line.split()[0]}: {answers[-1].get('error')}")
            return answers
        except (OSError, ValueError) as error:
            raise Failed(f"control socket: {error}") from None
        finally:
            writer.close()

    async def provision(self, terminals: "list[Identity]") -> "list[LoadCard]":
        """As `on_ledger`, with the host's own test cards, whose accounts are filled; returns these."""
        deck = cards.of_the_demonstration()
        added = await self.ask(*[f"add-terminal {each.terminal} {each.merchant} {each.tmk.hex()}" for each in terminals])
        batches = [f"batch {answer['terminal']} {answer['batch'] % _BATCHES + 1}" for answer in added]
        await self.ask(*batches, *[f"balance {name} 9999999999.00" for name in deck])
        return list(deck.values())


def hands(seed: int, count: int) -> "list[random.Random]":
    """A source of chance for each terminal, so that what one does hangs on the seed alone."""
    return [random.Random(f"{seed} {number}") for number in range(count)]
