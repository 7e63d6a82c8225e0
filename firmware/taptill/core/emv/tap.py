"""One tap, top to bottom."""

from ..errors import TlvError
from .cryptogram import generate_ac, judge, refuse_stripe_mode, require_list
from .cvm import verify_by_list, verify_by_qualifiers, verify_by_status
from .identity import identify, require_identity
from .outcome import (
    BAD_ANSWER,
    LIMIT,
    NO_APPLICATION,
    NO_REASON,
    NOT_ACCEPTED,
    ONLINE,
    OTHER_INTERFACE,
    STRIPE_ONLY,
    CardRead,
    Refused,
    TapEnds,
)
from .records import get_processing_options, read_records
from .restrictions import restrict
from .schemes import JCB
from .selection import list_candidates, no_kernel, select
from .terminal import cvm_required, preprocess, terminal_data

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...ports import Card
    from .config import EmvConfig, EmvTxn


async def read_card(card: "Card", config: "EmvConfig", txn: "EmvTxn") -> CardRead:
    """Read one card for one transaction (ports.Card, config.EmvConfig, config.EmvTxn).

    Always returns a CardRead whose outcome, reason and detail say how the tap ended; raises only what the
    port raises: CardLost, ReaderFault.  Nothing has been sent to the issuer, so nothing needs reversing.
    """
    read = CardRead()
    try:
        await _tap(card, config, txn, read)
        read.end(ONLINE, NO_REASON)
    except TapEnds as end:
        read.end(end.outcome, end.reason, end.detail)
    except TlvError as error:
        read.end(NOT_ACCEPTED, BAD_ANSWER, str(error))
    return read


async def _tap(card: "Card", config: "EmvConfig", txn: "EmvTxn", read: CardRead) -> None:
    reason, ttq = preprocess(config, txn.amount, txn.kind)
    if reason or ttq is None:
        raise TapEnds(OTHER_INTERFACE if reason == LIMIT else NOT_ACCEPTED, reason)
    terminal = terminal_data(config, txn, ttq)
    required = cvm_required(config, txn.amount)

    candidates = await list_candidates(card, config)
    if not candidates[0].kernel:
        raise await _read_only(card, candidates, config, terminal, read)
    await _open_application(card, candidates, config, terminal, read)
    # The shape of the card, not its scheme, decides the way: the cryptogram came already, or has to be asked for.
    quick = 0x9F26 in read.tags

    bad_record = await read_records(card, read)
    try:
        identify(read)
    except (TapEnds, TlvError):
        if bad_record is None:
            raise
    if bad_record is not None:
        raise bad_record
    if not quick:
        refuse_stripe_mode(read)
        require_list(read)
    require_identity(read)

    if quick:
        judge(read)
        verify_by_qualifiers(read, required)
    else:
        restrict(read, config, txn)
        verify_by_list(read, txn.amount, required)
        await generate_ac(card, read)
        judge(read)
        if read.kernel == JCB:
            verify_by_status(read)


async def _read_only(card: "Card", candidates: list, config: "EmvConfig", terminal: dict, read: CardRead) -> TapEnds:
    """Read a card of a scheme that cannot be paid here as far as it can be read, without asking for a cryptogram.

    Returns why it cannot be paid; what this card refuses or lacks besides is told behind it.
    """
    read.scheme = candidates[0].row[1]
    besides = ""
    try:
        await _open_application(card, candidates, config, terminal, read)
        await read_records(card, read)
        identify(read)
        if 0x9F26 not in read.tags:
            refuse_stripe_mode(read)
    except TapEnds as end:
        if end.reason == STRIPE_ONLY:
            return end
        besides = " (%s)" % end.detail
    except TlvError as error:
        besides = " (%s)" % error
    return no_kernel(read.scheme, besides)


async def _open_application(card: "Card", candidates: list, config: "EmvConfig", terminal: dict, read: CardRead) -> None:
    """SELECT and GET PROCESSING OPTIONS on the first candidate that agrees; raises why none did."""
    refusal: "Refused | None" = None
    for candidate in candidates:
        read.candidates.append(candidate.aid)
        try:
            await select(card, candidate, config, terminal, read)
            await get_processing_options(card, read)
            return
        except Refused as refused:
            why = refused
        except TlvError as error:
            why = Refused(NOT_ACCEPTED, BAD_ANSWER, str(error))
        # The refusal that says most is told: "not there" says nothing once something else was heard.
        if refusal is None or (refusal.reason == NO_APPLICATION and why.reason != NO_APPLICATION):
            refusal = why
    raise refusal or Refused(NOT_ACCEPTED, NO_APPLICATION)
