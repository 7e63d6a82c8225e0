"""Recorded and published PN532 frames (data/pn532_frames.json) played to the model."""

import json
import pathlib

import pytest
from chip_bench import SpiLab, payload_of

from chips import pn532_host
from chips.iso14443 import Type2Target, Type4Target

FRAMES = json.loads((pathlib.Path(__file__).parent / "data" / "pn532_frames.json").read_text())
BY_NAME = {frame["name"]: frame for frame in FRAMES}

# Frames whose answer depends on nothing but the chip itself.
PLAIN = [
    "sam_configuration_virtual_card",
    "uart_long_preamble_sam",
    "set_serial_baudrate_921600",
    "power_down_INT0",
    "power_down_I2C",
    "diagnose_ram",
    "diagnose_comm_line_262",
    "write_register",
    "write_register_bitframing_ecp",
    "set_parameters_0",
    "set_parameters_auto_rats",
    "rfcfg_rf_off",
    "rfcfg_rf_auto_rfca_off",
    "rfcfg_rf_on_auto_rfca",
    "rfcfg_timings",
    "rfcfg_timings_long",
    "rfcfg_max_rty_com_0",
    "rfcfg_max_retries_finite",
    "rfcfg_max_retries_nfcpy",
    "rfcfg_max_retries_infinite",
    "rfcfg_max_retries_ecp",
    "rfcfg_analog_106a",
    "rfcfg_analog_fel",
    "rfcfg_analog_b",
    "exch_error_27",
    "release",
    "release_all",
    "release_nothing_listed",
    "autopoll_none",
    "presence_rnak_gone",
    "thru_error",
]


def started() -> SpiLab:
    lab = SpiLab()
    lab.start()
    return lab


@pytest.mark.parametrize("name", PLAIN)
def test_the_model_answers_as_recorded(name: str) -> None:
    lab = started()
    lab.write(bytes.fromhex(BY_NAME[name]["request_frame_hex"]))
    assert lab.wait(lab.ready) and lab.read(6) == pn532_host.ACK
    assert lab.wait(lab.ready)
    expected = bytes.fromhex(BY_NAME[name]["response_frame_hex"])
    assert lab.read(len(expected)) == expected


@pytest.mark.parametrize("name", ["list_106a_none", "list_106a_by_uid", "list_106a_by_uid7", "list_212f_none"])
def test_polling_in_an_empty_field(name: str) -> None:
    lab = started()
    lab.command(bytes.fromhex("D43205FF0102"))
    frame = bytes.fromhex(BY_NAME[name]["request_frame_hex"])
    assert lab.command(payload_of(frame)) == payload_of(bytes.fromhex(BY_NAME[name]["response_frame_hex"]))


class Script:
    """An application that knows the recorded APDUs."""

    def __init__(self):
        self.answers = {}
        for frame in FRAMES:
            if frame["name"].startswith(("exch_visa", "exch_emv")):
                request, answer = (bytes.fromhex(frame[key]) for key in ("request_payload_hex", "response_payload_hex"))
                self.answers[request[3:]] = answer[3:]

    def transmit(self, capdu: bytes) -> bytes:
        return self.answers[capdu]


def test_recorded_apdus_travel_through_the_model() -> None:
    lab = started()
    lab.chip.place(Type4Target(Script(), bytes.fromhex("08010203")))
    assert lab.command(bytes.fromhex("D44A0100"))[2] == 1
    names = [name for name in BY_NAME if name.startswith(("exch_visa", "exch_emv"))]
    assert len(names) >= 6
    for name in names:
        lab.write(bytes.fromhex(BY_NAME[name]["request_frame_hex"]))
        assert lab.wait(lab.ready) and lab.read(6) == pn532_host.ACK
        assert lab.wait(lab.ready)
        expected = bytes.fromhex(BY_NAME[name]["response_frame_hex"])
        assert lab.read(len(expected)) == expected, name


@pytest.mark.parametrize("name", ["list_106a_iphone", "list_106a_android_hce", "list_106a_amex_card_ats"])
def test_listed_cards_print_as_recorded(name: str) -> None:
    payload = bytes.fromhex(BY_NAME[name]["response_payload_hex"])
    size = payload[7]
    target = Type4Target(Script(), payload[8 : 8 + size], payload[6], payload[4:6], payload[8 + size :])
    lab = started()
    lab.chip.place(target)
    assert lab.command(bytes.fromhex("D44A0100")) == payload


def test_type_2_prints_as_recorded() -> None:
    lab = started()
    lab.chip.place(Type2Target())
    assert lab.command(bytes.fromhex("D44A0100")).hex() == BY_NAME["list_106a_ultralight_ntag"]["response_payload_hex"].lower()
