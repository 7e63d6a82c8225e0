"""Plays a recorded card session to the terminal's own reader, on the bench's board.  Runs under MicroPython.

    micropython replay.py --firmware FOLDER --lib FOLDER < JSON

The order is {"exchanges": [[C-APDU hex, R-APDU hex], …], "amount": minor units, "date": "YYMMDD"}.  One JSON object a
line comes back: {"ev": "apdu", "c": hex, "r": hex, "ms": …} for every exchange on the air, then {"ev": "read", …} with
what the reader found, card data in clear.  Anything wrong is one line on stderr and exit code 2.
"""

import asyncio
import json
import sys

_CARD_MS = 5000
# What the terminal needs to be told before its own defaults count.
_SETTINGS = {
    "merchant_name": "Replay",
    "merchant_id": "000000000000000",
    "terminal_id": "00000000",
    "host": "none",
    "port": 1,
    "tls": False,
}
_PLAIN = ("aid", "label", "scheme", "pan", "psn", "expiry", "aip", "afl", "cryptogram", "cryptogram_type", "cvm")


def _send(event) -> None:
    print(json.dumps(event))


def _stop() -> None:
    raise OSError(5)


async def _replay(order) -> dict:
    import board
    import machine
    from world import World

    from cards.recorded import RecordedCard
    from taptill.adapters.entropy import HardwareEntropy
    from taptill.adapters.reader import CardReader
    from taptill.core.config import Config
    from taptill.core.emv.config import EmvTxn
    from taptill.core.emv.tap import read_card
    from taptill.core.setup import emv_config
    from taptill.drivers.pn532.chip import Pn532
    from taptill.ports import CardLost, ReaderFault

    recorded = RecordedCard(order, delay_ms=0)
    world = World(board.WIRING, _send, _stop)
    world.trace = "apdu"
    machine.attach(world)
    world.fit_pn532()
    world.pn532.place(recorded.target())

    reader = CardReader(Pn532(board.pn532_transport(), board.pn532_reset()))
    transaction = EmvTxn(order["amount"], order["date"], HardwareEntropy().bytes(4), 1)
    found = {"ev": "read"}
    try:
        card = await reader.wait_card(_CARD_MS, lambda: False)
        read = await read_card(card, emv_config(Config(_SETTINGS)), transaction)
        _fill(found, read)
    except CardLost as error:
        found["lost"] = str(error)
    except ReaderFault as error:
        found["lost"] = str(error)
    await reader.off()
    found["misses"] = recorded.misses
    return found


def _fill(found: dict, read) -> None:
    """What was read, as JSON has it."""
    from binascii import hexlify

    from cards import reasons
    from taptill.core.emv import outcome
    from taptill.core.emv.field55 import de55

    for name in _PLAIN:
        found[name] = getattr(read, name)
    found["track2"] = read.track2_raw
    found["outcome"] = reasons.outcome_text(read.outcome)
    found["reason"] = reasons.reason_text(read.reason, read.detail)
    found["de55"] = None
    if read.outcome == outcome.ONLINE:
        found["de55"] = hexlify(de55(read)).decode().upper()


def main(arguments) -> int:
    options = {}
    for at in range(0, len(arguments), 2):
        options[arguments[at][2:]] = arguments[at + 1]
    for name in ("lib", "firmware"):
        sys.path.insert(1, options[name])
    try:
        _send(asyncio.run(_replay(json.loads(sys.stdin.read()))))
    except Exception as error:
        sys.stderr.write((str(error) or repr(error)) + "\n")
        return 2
    return 0


sys.exit(main(sys.argv[1:]))
