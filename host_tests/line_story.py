"""One story on the bench in any profile: sales, a lost answer, a wrong MAC, a PIN; what was said, and who told of it."""

import json
from dataclasses import dataclass, field

from click.testing import CliRunner
from test_bench_sale import SETTINGS, Till, options

from acquirer.said import as_json
from acquirer.testcards import DEMO_TERMINAL
from desk.cover import covered
from desk.message_entries import message_entry
from rig.lab import Lab
from taptill.core import profiles
from till.decode import decode

STATES = ("approved", "reversed", "reversed", "approved")
_PIN = "2468"


@dataclass
class Told:
    """`frames` as they were said, `mak` the key of the last sign-on; `secrets` and `outputs` by what they are."""

    mak: bytes = b""
    frames: "list[bytes]" = field(default_factory=list)
    secrets: "dict[str, bytes]" = field(default_factory=dict)
    outputs: "dict[str, str]" = field(default_factory=dict)

    def macs(self, *words: str) -> "list[tuple[str, str]]":
        """(MTI, last line of `till decode` where that is about the MAC, else "") of each message."""
        found = []
        for frame in self.frames:
            shown = CliRunner().invoke(decode, [frame.hex(), "--mak", self.mak.hex(), *words])
            assert shown.exit_code == 0, shown.output
            last = shown.output.splitlines()[-1]
            found.append((shown.output[:4], last if last.startswith("MAC ") else ""))
        return found


async def told(folder, settings: dict, more=None) -> Told:
    """The story, and `await more(lab, till)` behind it, whose records the caller compares."""
    found, log = Told(), []
    profile = profiles.load(settings.get("profile", profiles.DEFAULT))
    async with Lab(folder, settings={**SETTINGS, **settings}, options=options(trace="host"), log=log.append) as lab:
        till = Till(lab)
        await till.shows("HINT_IDLE")
        await till.sale("1250", "visa-credit", "APPROVED")
        await lab.host("drop-answer next sale")
        await till.sale("700", "visa-debit", "REVERSED")
        await lab.host("wrong-mac next sale")
        await till.sale("900", "visa-credit", "REVERSED")
        await till.present("1250", "visa-pin")
        await till.shows("ENTER_PIN", "12.50")
        await till.press(_PIN + "#")
        await till.shows("APPROVED")
        await till.bench.do("card-off")
        await till.back()
        await till.agrees(*STATES)
        if more:
            await more(lab, till)
        events = [event for _, event in lab.bench.events]
        pik, found.mak = lab.ledger.working_keys(DEMO_TERMINAL)
        found.secrets = {"TMK": lab.ledger.tmk(DEMO_TERMINAL), "PIK": pik, "MAK": found.mak}
    found.frames = [bytes.fromhex(event["hex"]) for event in events if event["ev"] == "host"]
    for frame in found.frames:
        message = profile.parse(frame)
        wrapped = profile.wrapped_keys(message) if message.mti == "0810" else b""
        half = len(wrapped) // 2
        found.secrets.update({f"wrapped key {at}": wrapped[at : at + 16] for at in (0, half) if wrapped})
        for number, name in ((2, "PAN"), (35, "track 2"), (52, "PIN block")):
            if number in message.fields:
                value = message.fields[number]
                found.secrets[f"{name} {message.fields[11]}"] = value if isinstance(value, bytes) else value[-20:].encode()
    cover = covered()
    found.outputs = {
        "host's log": "\n".join(str(said) for said in log),
        "host's log in JSON": "\n".join(as_json(said) for said in log),
        "the bench's socket": json.dumps([cover(event) for event in events]),
        "decode": "".join(CliRunner().invoke(decode, [frame.hex()]).output for frame in found.frames),
        "decode --json": "".join(CliRunner().invoke(decode, [frame.hex(), "--json"]).output for frame in found.frames),
        "the wire of the page": json.dumps([message_entry("in", frame.hex()) for frame in found.frames]),
        "the wire, cut short": json.dumps(
            [message_entry("in", frame[:size].hex()) for frame in found.frames for size in range(0, len(frame), 5)]
        ),
    }
    return found


def spilt(found: Told) -> "list[tuple[str, str]]":
    """(secret, output) wherever one stands in the other: as it is, in hexadecimal, or that in hexadecimal again."""
    ways = {}
    for name, secret in found.secrets.items():
        digits = secret.hex()
        ways[name] = [digits, digits.encode().hex(), digits.upper().encode().hex()]
        if secret.isascii() and secret.decode().isprintable():
            text = secret.decode()
            ways[name] += [text.lower(), text.replace("D", "=").lower(), text.replace("D", "=").encode().hex()]
    return [
        (name, where)
        for where, text in found.outputs.items()
        for name, forms in ways.items()
        for one in forms
        if one in text.lower()
    ]
