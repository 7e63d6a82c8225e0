"""What a history has left behind: the terminal's journal, as a bench tells it, and the host's ledger."""

from typing import Any

from bench.states import shown_intent, shown_record

from . import port
from .board import POWER_ON
from .world import World


def journal_of(world: World) -> "dict[str, Any]":
    """{"records", "pending", "lost"} of the terminal of a world that has been played, read from its flash by the firmware."""
    board = world.board
    board.opened, board.flash.before = lambda store: None, None
    try:
        board.switch_on(POWER_ON)
    except OSError:
        return {"records": [], "pending": None, "lost": ["the file system cannot be mounted"]}
    try:
        with port.visiting(board):
            return _read(board)
    finally:
        board.switch_off()


def _read(board: Any) -> "dict[str, Any]":
    from taptill.core import transactions
    from taptill.core.errors import PendingDamaged

    store = port.of("adapters.store").FlashStore(
        port.of("adapters.files").Folder("/data"), port.of("adapters.sealed").Seal(board.nvs.blobs["device_key"])
    )
    store.open()
    records = [shown_record(record, transactions.of(record.kind).name if record.kind else "") for record in store.records()]
    lost = store.notes + store.lost
    try:
        pending = store.pending()
    except PendingDamaged as error:
        pending, lost = None, [*lost, str(error)]
    return {"records": records, "pending": shown_intent(pending) if pending else None, "lost": lost}
