"""Rooms for the tests of the desk: terminals on the bench that are driven by the page's commands."""

import asyncio

from desk.room import Room

SOON = 20  # seconds: a bound, not a wait
IDLE = "Type an amount"


def in_room(folder, story, count: int = 1, **options):
    """Run `story(room)` in a room whose terminals are all idle."""

    async def run():
        async with Room(folder, count, **options) as room:
            await asyncio.gather(*[shown(terminal, IDLE) for terminal in room.terminals])
            return await story(room)

    return asyncio.run(run())


async def shown(terminal, *words):
    """Wait until all these words begin lines of the screen."""
    await terminal.bench.wait_text(lambda lines: all(any(line.startswith(word) for line in lines) for word in words), SOON)


async def press(terminal, keys: str):
    for key in keys:
        await terminal.command({"do": "key", "key": key})


async def ask(terminal, amount: str = "1250", **card):
    """Type an amount and present a card."""
    await press(terminal, amount + "#")
    await shown(terminal, "Present card")
    return await terminal.command({"do": "card", **(card or {"card": "visa-credit"})})


async def home(terminal):
    """Away with the card and the result."""
    await terminal.command({"do": "card-off"})
    await press(terminal, "#")
    await shown(terminal, IDLE)


def kinds(payment) -> list:
    return [entry["kind"] for entry in payment.entries]


def messages(payment) -> list:
    return [entry["detail"]["mti"] for entry in payment.entries if entry["kind"] == "message"]
