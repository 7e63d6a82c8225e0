"""What a program that only looks on may hear of a bench: its events with card data starred."""

from collections.abc import Callable

from .decode_entries import ApduReader, apdu_entry, message_entry
from .veil import shown_text


def covered() -> Callable[[dict], dict]:
    """A cover for the events and replies of one bench, which it has to see all and in their order (rig.bench_options)."""
    reader = ApduReader()

    def cover(event: dict) -> dict:
        nonlocal reader
        if event.get("ev") == "apdu":
            detail = reader.entry(str(event.get("c", "")), str(event.get("r", "")), 0)
            if detail["code"] == "select-ppse":  # another tap: what was learnt of the last card's lists ends, its number stays
                known, reader = reader.pans, ApduReader()
                reader.pans |= known
            return {**event, "c": detail["command"], "r": detail["response"]}
        if event.get("ev") == "host":
            return {**event, "hex": message_entry(str(event.get("dir")), str(event.get("hex", "")), pans=reader.pans)["hex"]}
        if event.get("misses"):
            return {**event, "misses": [apdu_entry(each, "9000", 0)["command"] for each in event["misses"]]}
        if event.get("ev") in ("log", "power", "error"):  # a process may print anything before it ends
            return {name: shown_text(value, reader.pans) if isinstance(value, str) else value for name, value in event.items()}
        return event

    return cover
