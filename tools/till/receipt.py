"""`till receipt`: slips of payments on a computer, as PNG, PDF or text; the very lines and bytes that the terminal prints."""

import dataclasses
import json
import pathlib
import socket
from typing import Any

import click
from paper import painter, slips

from evidence import paper as evidence_paper
from rig.failures import Failed, reason
from rig.firmware import taptill_on_path
from words import tables

from . import backup

taptill_on_path()

from taptill.adapters.slips import SlipFile
from taptill.app.slips import payment
from taptill.core.errors import CodecError
from taptill.core.journal import record as records
from taptill.core.journal import timestamp
from taptill.core.journal.record import Record
from taptill.core.slips.card import CardFacts
from taptill.flows import original

_PATIENCE_S = 30
_COPIES = {"merchant": payment.MERCHANT, "customer": payment.CUSTOMER}


@dataclasses.dataclass
class Shop:
    """What of the settings stands on a slip."""

    merchant_name: str = ""
    merchant_name_zh: str = ""
    merchant_id: str = "-"
    terminal_id: str = "-"
    currency: tuple[str, int] = ("CNY", 2)


@dataclasses.dataclass
class Source:
    """Where slips come from: the shop, its records, and what is known of their cards, by the number of the record."""

    shop: Shop
    records: list[Record]
    cards: dict[int, CardFacts] = dataclasses.field(default_factory=dict)


@click.command("receipt")
@click.argument("file", required=False, type=click.Path(path_type=pathlib.Path))
@click.option("--bench", "port", type=click.IntRange(1, 65535), help="A running bench instead, at this port of this computer.")
@click.option(
    "--trace",
    type=click.IntRange(1, original.BATCH**2 - 1),
    help="Of which payment, its batch before it where another has this trace too; without it the newest.",
)
@click.option("--copy", type=click.Choice(list(_COPIES)), default="merchant", show_default=True)
@click.option("--language", type=click.Choice(tables.LANGUAGES), default="en", show_default=True)
@click.option("--shop", help="The shop's name, where it is not known.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=pathlib.Path), help="A .png or .pdf file to write.")
@click.option("--paper", is_flag=True, help="With --bench: what its printer has printed, and not what stands in its journal.")
def receipt(
    file: pathlib.Path | None,
    port: int | None,
    trace: int | None,
    copy: str,
    language: str,
    shop: str | None,
    out: pathlib.Path | None,
    paper: bool,
) -> None:
    """Write the slip of a payment, marked as a reprint.

    FILE is a backup of `till backup`, or an evidence file of a terminal.  A picture is what a printer of 58 mm makes of the slip.
    """
    if (file is None) == (port is None):
        raise Failed("FILE or --bench: one of them is wanted")
    if out and out.suffix.lower() not in (".png", ".pdf"):
        raise Failed(f"--out {out}: .png or .pdf")
    if paper:
        if port is None or not out:
            raise Failed("--paper: goes with --bench and --out")
        items = _asked(port, "paper")["paper"]
        if not items:
            raise Failed("--paper: nothing was printed there")
        _save(items, out)
        return
    source = _of_file(file) if file else _of_bench(port or 0)
    if shop:
        source.shop.merchant_name = source.shop.merchant_name_zh = shop
    record = _chosen(source.records, trace)
    by = slips.issuer(source.shop, language, source.shop.currency)
    lines = payment.ended(by, record, _COPIES[copy], True, source.cards.get(record.seq))
    if out:
        _save(slips.printed(lines), out)
    else:
        click.echo(slips.text(lines), nl=False)


def _save(items: "list[dict[str, Any]]", out: pathlib.Path) -> None:
    picture = painter.picture(items)
    try:
        if out.suffix.lower() == ".pdf":
            picture.save(out, format="PDF", resolution=painter.DPI)  # 58 mm wide
        else:
            picture.save(out, format="PNG", dpi=(painter.DPI, painter.DPI))
    except OSError as error:
        raise Failed(f"{out}: {reason(error)}") from None
    click.echo(f"{out}: {picture.width} × {picture.height}")


def _chosen(found: list[Record], trace: int | None) -> Record:
    fits = original.by_trace(trace or 0)
    wanted = [record for record in found if record.state != records.UNREADABLE and (trace is None or fits(record))]
    if not wanted:
        raise Failed(f"trace {trace:06d}: no payment of this trace" if trace else "no payment is in it")
    return wanted[-1]


def _of_file(path: pathlib.Path) -> Source:
    try:
        head = path.read_bytes()[: evidence_paper.MOST]
    except OSError as error:
        raise Failed(f"{path}: {reason(error)}") from None
    if head.lstrip().startswith(b"{"):
        return _of_backup(path)
    try:
        found = evidence_paper.read(evidence_paper.together(head.decode("ascii", "replace")))
    except (evidence_paper.Damaged, evidence_paper.Forged) as error:
        raise Failed(f"{path}: {error}") from None
    values = found.values
    letters, _, nothing = values.get("currency", "CNY 0.00").partition(" ")
    shop = Shop("", "", values.get("merchant", "-"), values.get("terminal", "-"), (letters, len(nothing.partition(".")[2])))
    for record, ended in found.records:
        record.ended_at = _stamp(ended)
    return Source(shop, [record for record, _ in found.records])


def _stamp(text: str) -> int:
    """The stamp of `2026-01-15 10:30:05`; 0 where the clock was not set."""
    parts = text.replace("-", " ").replace(":", " ").split()
    if len(parts) != 6 or not all(part.isdigit() for part in parts):
        return 0
    year, month, day, hour, minute, second = (int(part) for part in parts)
    return timestamp.pack((year, month, day, hour, minute, second))


class _Kept:
    """The file `slip` of a backup, as adapters.files.Folder shows it."""

    def __init__(self, files: dict[str, bytes]):
        self._files = files

    def read(self, name: str) -> bytes | None:
        return self._files.get(name)


def _of_backup(path: pathlib.Path) -> Source:
    files = backup.read(path)["files"]
    found = []
    for name in sorted(name for name in files if name.startswith("journal.")):
        data = files[name]
        for at in range(0, len(data) - records.SIZE + 1, records.SIZE):
            try:
                found.append(records.unpack(data[at : at + records.SIZE]))
            except CodecError:
                continue  # the slip of a payment that cannot be read is none
    try:
        settings = json.loads(files.get("config.json") or b"{}")
    except ValueError:
        settings = {}
    names = {field.name for field in dataclasses.fields(Shop)} - {"currency"}
    shop = Shop(**{name: str(value) for name, value in settings.items() if name in names})
    code = str(settings.get("currency", "0156"))[1:]
    shop.currency = next(((row.letters, row.decimals) for row in tables.currencies() if row.code == code), shop.currency)
    note = SlipFile(_Kept(files))
    note.open(found[-1].seq if found else 0)
    return Source(shop, found, {note.newest: note.card} if note.newest else {})


def _of_bench(port: int) -> Source:
    found = []
    for values in _asked(port, "journal")["records"]:
        record = Record(values["kind"], values["state"], values["batch"], values["stan"], values["amount"])
        for name in vars(record):
            if name in values and name != "place":
                setattr(record, name, values[name])
        record.original = tuple(record.original) if record.original else None
        found.append(record)
    return Source(Shop(), found)


def _asked(port: int, what: str) -> "dict[str, Any]":
    """The reply of a running bench."""
    try:
        with socket.create_connection(("127.0.0.1", port), _PATIENCE_S) as line:
            line.sendall(json.dumps({"do": what, "id": "receipt"}).encode() + b"\n")
            for text in line.makefile("r", encoding="utf-8"):
                reply: dict[str, Any] = json.loads(text)
                if reply.get("id") == "receipt":
                    if reply["ev"] == "error":
                        raise Failed(f"--bench {port}: {reply.get('text')}")
                    return reply
    except (OSError, ValueError) as error:
        raise Failed(f"--bench {port}: {reason(error) if isinstance(error, OSError) else error}") from None
    raise Failed(f"--bench {port}: it hung up")
