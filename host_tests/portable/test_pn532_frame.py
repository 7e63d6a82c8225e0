"""PN532 frames: the shared vectors (data/pn532_frames.json is the frame part of pn532_frames.json), and the edges."""

import json

from expect import raises, unhex

from taptill.core.errors import CodecError
from taptill.drivers.pn532 import frame

KINDS = {"ack": frame.ACK, "data": frame.DATA, "error": frame.ERROR, "nack": frame.NACK}


def vectors():
    here = __file__[: __file__.rfind("/")] if "/" in __file__ else "."
    with open(here + "/../data/pn532_frames.json") as file:
        return json.load(file)


def payload(reader):
    return bytes(reader.view[reader.first - 2 : reader.last])


def test_every_request_of_the_vectors_is_built_byte_for_byte():
    built = 0
    for case in vectors():
        if "request_frame_hex" not in case:
            continue
        wanted = unhex(case["request_frame_hex"])
        while wanted[:3] == b"\0\0\0":
            wanted = wanted[1:]  # a long preamble is a wake-up, not part of the frame
        body = unhex(case["request_payload_hex"])
        buffer = bytearray(b"\xee" * 280)
        end = frame.build(buffer, 1, body[1], body[2:3], body[3:])
        assert bytes(buffer[1:end]) == wanted, case["name"]
        assert buffer[0] == 0xEE and buffer[end] == 0xEE, case["name"]
        built += 1
    assert built >= 95, built


def test_every_response_of_the_vectors_is_read_or_refused():
    good = bad = 0
    for case in vectors():
        if "response_frame_hex" not in case:
            continue
        data = unhex(case["response_frame_hex"])
        if "response_invalid" in case or case["name"] == "wrong_tfi":
            raises(frame.FrameError, frame.parse, data)
            bad += 1
            continue
        reader = frame.parse(data)
        assert reader.kind == KINDS[case["response_kind"]], case["name"]
        if reader.kind == frame.DATA:
            assert payload(reader) == unhex(case["response_payload_hex"]), case["name"]
            assert reader.end == len(data), case["name"]
        good += 1
    assert good >= 95 and bad >= 5, (good, bad)


def test_every_cut_of_every_response_is_refused_as_cut():
    for case in vectors():
        if case.get("response_kind") not in ("data", "error") or case["name"] == "wrong_tfi":
            continue
        data = unhex(case["response_frame_hex"])
        step = 1 if len(data) < 40 else 29
        for size in range(0, len(data), step):
            raises(frame.FrameError, frame.parse, data[:size])
        raises(frame.FrameError, frame.parse, data[:-1])


def test_ack_glued_to_a_response_is_taken_alone():
    data = unhex("0000FF00FF00 0000FF03FDD54B00E000")
    reader = frame.FrameReader(bytearray(64))
    need = reader.begin()
    at = 0
    while need:
        reader.view[reader.have : reader.have + need] = data[at : at + need]
        at += need
        need = reader.advance(need)
    assert reader.kind == frame.ACK and at == 6
    need = reader.begin(10)
    while need:
        reader.view[reader.have : reader.have + need] = data[at : at + need]
        at += need
        need = reader.advance(need)
    assert reader.kind == frame.DATA and reader.code == 0x4B and at == len(data)
    assert bytes(reader.view[reader.first : reader.last]) == b"\0"


def test_never_asks_for_a_byte_beyond_the_frame():
    for junk in (b"", b"\x01", b"\x00\x00\x01", b"\xff\x00\x01", b"\x55" * 16):
        for text in ("0000FF00FF00", "0000FFFF0000", "0000FF017F8100", "0000FF01FF7F8100", "0000FF02FED5151600"):
            data = junk + unhex(text)
            reader = frame.FrameReader(bytearray(64))
            need = reader.begin()
            at = 0
            try:
                while need:
                    assert at + need <= len(data), (junk, text)
                    for _ in range(need):  # one byte at a time must give the same as all at once
                        reader.view[reader.have : reader.have + 1] = data[at : at + 1]
                        at += 1
                        need = reader.advance(1)
                        if not need:
                            break
                assert at == len(data) and text != "0000FF017F8100"
            except frame.FrameError:
                assert text == "0000FF017F8100"


def test_final_tells_the_last_bytes():
    for text in ("0000FF00FF00", "0000FF02FED5151600", "00 0000FF03FDD54B00E000"):
        data = unhex(text)
        reader = frame.FrameReader(bytearray(64))
        need = reader.begin()
        at = 0
        while need:
            assert reader.final == (at + need == len(data)), (text, at)
            reader.view[reader.have : reader.have + need] = data[at : at + need]
            at += need
            need = reader.advance(need)


def test_errors_say_what_and_where():
    for text, what in (
        ("0000FF05FBD50134358B00", "cut short"),
        ("00000005FBD5013435368B00", "no start code"),
        ("0000FF05FCD5013435368B00", "LCS is wrong"),
        ("0000FF05FBD5013435368A00", "DCS is wrong"),
        ("0000FF05FBD6013435368A00", "TFI is wrong"),
        ("0000FF0000", "LEN is zero"),
        ("0000FFFFFF0104FAD501", "LCS is wrong"),
        ("0000FFFFFFFF0001D501", "LEN is more than the buffer holds"),
        ("", "no start code"),
        ("55" * 40, "no start code"),
    ):
        error = raises(frame.FrameError, frame.parse, unhex(text))
        assert error.what == what, (text, str(error))
        assert isinstance(error, CodecError) and str(error).startswith("PN532 frame: ")


def test_error_frame():
    assert frame.parse(unhex("0000FF01FF7F8100")).kind == frame.ERROR
    assert frame.parse(unhex("0000FFFF0000")).kind == frame.NACK


def test_build_refuses_what_does_not_fit():
    raises(frame.FrameError, frame.build, bytearray(300), 0, 0x40, b"\x01", bytes(263))
    raises(frame.FrameError, frame.build, bytearray(20), 0, 0x40, b"\x01", bytes(30))
    assert frame.build(bytearray(276), 1, 0x40, b"\x01", bytes(262)) == 276


def test_random_bytes_give_frames_or_frame_errors_only():
    seed = 12345
    for _ in range(400):
        size = seed % 40
        data = bytearray(size)
        for at in range(size):
            seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
            # zeros, FFs and small lengths are common, so that the deeper checks are reached too
            data[at] = (0, 0xFF, seed >> 8 & 7, seed >> 16 & 0xFF, 0xD5)[(seed >> 12) % 5]
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        try:
            assert frame.parse(data).kind in (frame.ACK, frame.NACK, frame.DATA, frame.ERROR)
        except frame.FrameError as error:
            assert error.what
