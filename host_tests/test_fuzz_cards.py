"""Hostile cards: whatever they answer, TLV gives a tree or a TlvError and a tap ends in a named outcome."""

from emv_cards import OK, PPSE, ScriptCard, chip_answers, quick_answers, session, tap
from expect import unhex
from fuzzing import examples
from hypothesis import given
from hypothesis import strategies as st

from cards.reasons import reason_text
from taptill.core import dol, tlv
from taptill.core.emv import outcome
from taptill.core.emv.field55 import de55
from taptill.core.errors import TlvError

SEEDS = [
    unhex(answer) for name in ("jcb_jspeedy_cda", "visa_cn_credit") for _, answer in session(name)["exchanges"]
]  # fmt: skip


@st.composite
def damaged(draw) -> bytes:
    """A recorded answer with a few bytes changed, cut or doubled; or bytes from nowhere."""
    if draw(st.booleans()):
        return draw(st.binary(max_size=300))
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(0, 4))):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    at = draw(st.integers(0, len(data)))
    return bytes(draw(st.sampled_from((data, data[:at], data[at:], data[:at] + data))))


@examples(100)
@given(damaged())
def test_tlv_gives_a_tree_or_a_typed_error(data: bytes) -> None:
    for read in (tlv.parse, lambda data: tlv.walk(data, lambda *_: False), dol.parse):
        try:
            read(data)
        except TlvError as error:
            assert error.offset <= len(data)
    try:
        flat = tlv.parse(data, False)
    except TlvError:
        return
    again = bytearray()
    for tag, value in flat:
        tlv.append(again, tag, value)
    assert tlv.parse(again, False) == flat


@examples(100)
@given(
    st.sampled_from((quick_answers, chip_answers)),
    st.sampled_from((PPSE, "00A4040007", "80A8", "00B2", "80AE")),
    damaged(),
    st.sampled_from((OK, b"\x61\x00", b"\x6c\x00", b"\x62\x83", b"")),
    st.integers(1, 2000),
)
def test_a_tap_ends_in_a_named_outcome(shape, where: str, answer: bytes, status: bytes, amount: int) -> None:
    answers = shape()
    for command in list(answers):
        if command.startswith(where):
            answers[command] = answer + status
    read = tap(ScriptCard(answers), amount, cvm_limit=1000)
    assert outcome.ONLINE <= read.outcome <= outcome.NOT_ACCEPTED
    assert (read.outcome == outcome.ONLINE) == (read.reason == outcome.NO_REASON)
    if read.outcome == outcome.ONLINE:
        assert 0 < len(de55(read)) <= 255 and read.pan and read.expiry
    else:
        assert reason_text(read.reason, read.detail)
    assert not read.pan or read.pan not in read.detail
