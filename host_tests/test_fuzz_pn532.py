"""PN532 frames under fuzz: what is built is read back, and rubbish ends in typed errors only."""

from fuzzing import examples
from hypothesis import example, given
from hypothesis import strategies as st

from taptill.drivers.pn532 import frame


def response(payload: bytes) -> bytes:
    size = len(payload)
    if size > 255:
        head = bytes([0, 0, 255, 255, 255, size >> 8, size & 255, -((size >> 8) + size) & 255])
    else:
        head = bytes([0, 0, 255, size, -size & 255])
    return head + payload + bytes([-sum(payload) & 255, 0])


@examples(300)
@given(st.binary(max_size=300))
@example(b"\0\0\xff\xff\xff\xff\xff\x02")
@example(b"\0\xff\0")
def test_any_bytes(data: bytes) -> None:
    try:
        reader = frame.parse(data)
    except frame.FrameError as error:
        assert error.what
    else:
        assert reader.kind in (frame.ACK, frame.NACK, frame.DATA, frame.ERROR)
        assert reader.end <= len(data)


@examples(200)
@given(
    st.integers(0, 255),
    st.binary(max_size=262),
    st.binary(max_size=12).filter(lambda b: b"\0\xff" not in b),
    st.binary(max_size=20),
)
def test_a_response_is_found_behind_junk_and_before_more(code: int, data: bytes, junk: bytes, more: bytes) -> None:
    whole = response(bytes([0xD5, code]) + data)
    reader = frame.parse(junk + whole + more)
    assert reader.kind == frame.DATA and reader.code == code
    assert bytes(reader.view[reader.first : reader.last]) == data
    assert reader.end == len(junk) + len(whole)


@examples(200)
@given(st.integers(0, 255), st.binary(min_size=1, max_size=262), st.integers(3, 400), st.integers(1, 255))
def test_one_changed_byte_is_never_taken_for_the_same_frame(code: int, data: bytes, at: int, change: int) -> None:
    whole = bytearray(response(bytes([0xD5, code]) + data))
    at = 3 + at % (len(whole) - 4)  # from LEN to DCS
    whole[at] ^= change
    try:
        reader = frame.parse(whole)
    except frame.FrameError:
        return
    assert bytes(reader.view[reader.first : reader.last]) != data or reader.kind != frame.DATA


@examples(200)
@given(st.integers(0, 255), st.binary(max_size=1), st.binary(max_size=262))
def test_what_is_built_is_what_the_chip_must_see(code: int, head: bytes, data: bytes) -> None:
    buffer = bytearray(frame.MAX_FRAME + 1)
    end = frame.build(buffer, 1, code, head, data)
    assert bytes(buffer[1:end]) == response(bytes([0xD4, code]) + head + data)
