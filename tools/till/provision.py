"""`till provision`: settings, master key and the host's CA onto a board over its USB cable; and what it has, read back.

Everything is looked at before the board is: settings by the terminal's own rules, the CA's dates, the name in the host's
certificate, the key's parity.  The TMK goes from here into the board's RAM and from there, sealed, to its flash: it is in no
command line and in no file on either side.  What comes back, and is kept here, is the public key of the device's signatures: by
it `till evidence` tells this board's files from those of any other.
"""

import ast
import json
import pathlib
import sys

import click

from evidence.known import Known
from rig import plain_line
from rig.clock_floor import with_floor
from rig.failures import Failed, reason
from rig.firmware import taptill_on_path

from . import board_port, certificates, master_key
from .board_port import Board

_SEALING_S = 60  # the board writes a dozen files; its public key takes a slow chip seconds
# What a person is asked for, and how; everything else has a default (core.settings).
_QUESTIONS = (
    ("merchant_name", "Name of the shop (on the idle screen)"),
    ("merchant_id", "Merchant number at the host, 15 characters"),
    ("terminal_id", "Terminal number at the host, 8 characters"),
    ("wifi_ssid", "Name of the Wi-Fi"),
    ("wifi_password", "Password of the Wi-Fi"),
    ("host", "Address of the host"),
    ("port", "Port of the host"),
    ("tls_name", "Name in the host's certificate"),
    ("language", "Language of the terminal, en or zh"),
)
_SUGGESTED = {"port": 8584, "language": "en"}
_HIDDEN = "wifi_password"


def provisioning_code(config: dict, tmk: bytes, ca_der: bytes) -> str:
    """What the board runs to take its settings and keys."""
    return "\n".join(
        (
            "import board, json",
            "from esp32 import NVS",
            "from taptill.adapters.provision import provision",
            f"provision(board.DATA, NVS('taptill'), json.loads({json.dumps(config)!r}), {tmk.hex()!r}, {ca_der!r})",
            "print('provisioned')",
        )
    )


_SHOW = """\
import board
from esp32 import NVS
from taptill.adapters.readback import shown
print(repr(shown(board.DATA, NVS('taptill'))))
"""


def read_settings(path: pathlib.Path) -> dict:
    """The settings of a JSON file, checked by the terminal's own rules.  Raises Failed."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Failed(f"{path}: {reason(error)}") from None
    except UnicodeDecodeError:
        raise Failed(f"{path}: not a text in UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise Failed(f"{path}: not JSON: {error}") from None
    _check(values, f"{path}: ")
    return values


def _check(values, where: str) -> None:
    taptill_on_path()
    from taptill.core.config import Config
    from taptill.core.errors import ConfigError

    try:
        Config(values)
    except ConfigError as error:
        raise Failed(f"{where}{error}") from None


def ask_settings() -> dict:
    """Ask a person at this terminal for what has no default; each answer is checked at once."""
    # Something for every setting that the rules want, until the person has been asked.
    values = {"merchant_name": "x", "merchant_id": "0" * 15, "terminal_id": "0" * 8, "host": "x", "port": 1, "tls_name": "x"}
    for name, text in _QUESTIONS:
        while True:
            default = values["host"] if name == "tls_name" else _SUGGESTED.get(name, "" if name.startswith("wifi") else None)
            answer = click.prompt(text, default=default, hide_input=name == _HIDDEN, show_default=bool(default))
            if name == "port" and str(answer).isdigit():
                answer = int(answer)
            try:
                _check({**values, name: answer}, "")
            except Failed as error:
                click.echo(str(error))
                continue
            values[name] = answer
            break
    return values


def show(board: Board) -> dict:
    """What a board has been given: {"config": …, "ca": DER, "check": …, "public": …} (adapters.readback).  Raises Failed."""
    found = ast.literal_eval(board.run_firmware(_SHOW, _SEALING_S).strip().splitlines()[-1])
    if "public" not in found:
        raise board.older()
    return found


def _told(found: dict) -> None:
    if found["config"] is None:
        click.echo("no settings")
    else:
        click.echo(json.dumps(found["config"], ensure_ascii=False, indent=2))
    click.echo("CA: " + (certificates.described(found["ca"]) if found["ca"] else "none"))
    click.echo("TMK: " + (f"check value {found['check']}" if found["check"] else "none"))


@click.command()
@click.argument("config", required=False, type=click.Path(path_type=pathlib.Path))
@click.option("--tmk-file", type=click.Path(path_type=pathlib.Path), metavar="FILE", help="File with the TMK alone; -: a pipe.")
@click.option("--ca", type=click.Path(path_type=pathlib.Path), help="CA certificate of the host, for TLS.")
@click.option(
    "--host-certificate", type=click.Path(path_type=pathlib.Path), help="The host's certificate, to be checked with it."
)
@click.option(
    "--make-ca",
    type=click.Path(file_okay=False, path_type=pathlib.Path),
    metavar="FOLDER",
    help="Make a private CA and the host's certificate in this folder, or take those that are there.",
)
@click.option("--port", default="auto", show_default=True, help="Serial port of the board.")
@click.option("--now", is_flag=True, help="Do not wait for the idle screen; for the terminal it is a power cut.")
@click.option("--show", "only_show", is_flag=True, help="Only tell what the board has, without keys and passwords.")
@click.option(
    "--state",
    default="build/host",
    show_default=True,
    type=click.Path(path_type=pathlib.Path),
    help="Folder that keeps the keys by which evidence is known.",
)
def provision(config, tmk_file, ca, host_certificate, make_ca, port, now, only_show, state) -> None:
    """Give a board its settings (CONFIG, a JSON file; without it they are asked for), its TMK and the host's CA certificate.

    The TMK comes from --tmk-file, from TILL_TMK in the environment, or as two components that two people type.
    """
    if only_show:
        with board_port.stopped(port, now, settled=False) as board:
            _told(show(board))
        return
    asks = sys.stdin.isatty()
    if config is None and not asks:
        raise Failed("CONFIG: name a file of settings; they are asked for only where somebody sits at the terminal")
    values = read_settings(config) if config else ask_settings()
    secure = values.get("tls", True)
    if ca and make_ca:
        raise Failed("--make-ca: not together with --ca")
    if secure and not (ca or make_ca):
        raise Failed("--ca: TLS is on, so the host's CA certificate is wanted (or --make-ca FOLDER)")
    certificate = certificates.ca(ca) if ca else b""
    if host_certificate:
        if not certificate:
            raise Failed("--host-certificate: only together with --ca")
        certificates.check_host(host_certificate, certificate, values.get("tls_name", ""))
    tmk = master_key.given(tmk_file, asks)
    if make_ca:
        wanted = dict.fromkeys((values.get("tls_name", "") or values["host"], values["host"]))
        certificate = certificates.make(make_ca, tuple(wanted))
    values = with_floor(values, certificate)
    known = Known(state)
    with board_port.stopped(port, now, settled=False) as board:
        board.run_firmware(provisioning_code(values, tmk, certificate), _SEALING_S)
        found = show(board)
        _compare(board.port, found, values, tmk, certificate)
        board.reset()
    if not secure:
        plain_line.warn()
    click.echo(f"TMK: check value {found['check']}")
    _learn(known, values["terminal_id"], bytes.fromhex(found["public"]))
    click.echo("provisioned; the terminal starts")


def _learn(known: Known, terminal: str, public: bytes) -> None:
    """Keep whose evidence is this terminal's; say so where it was another device's.  Raises Failed."""
    before = known.key(terminal)
    if before == public:
        return
    known.learn(terminal, public)
    if before:
        click.echo(f"evidence: terminal {terminal} was another device until now; that one's files are refused from now on")


def _compare(port: str, found: dict, values: dict, tmk: bytes, certificate: bytes) -> None:
    """What the board has is what it was given.  Raises Failed."""
    secret = [name for name, value in (found["config"] or {}).items() if value == "(set)"]
    given = {name: "(set)" if name in secret else value for name, value in values.items()}
    same = found["config"] == given and found["check"] == master_key.check_value(tmk)
    if not same or (certificate and found["ca"] != certificate):
        raise Failed(f"board on {port}: what it has is not what it was given; try again, or see --show")
