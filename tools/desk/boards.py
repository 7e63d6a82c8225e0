"""Real boards: what the page needs to put the firmware on one, and how the room's host comes to know it.

The page talks to the board itself, over the browser's Web Serial.  From here it has the folders of boards/, the tree of files,
the rules of the settings, and for a board that is to work with the room's host its terminal number, key and certificate.
"""

import asyncio
import base64
import binascii
import hashlib
import ipaddress
import pathlib
import tempfile

from acquirer import desops, keys, testcards
from acquirer.ledger import LedgerError
from rig import addresses, clock_floor, compiled, demo
from rig.failures import Failed
from rig.firmware import taptill_on_path
from till import board_tree, littlefs_image, live_board
from wiring import table

from .errors import DeskError

taptill_on_path()

from taptill.core import password, profiles, settings

_MPY = ".mpy"
_ERASED = 0x10000 // littlefs_image.BLOCK  # blocks that flash erases at once, in a fifth of the time
_FIRST = int(testcards.DEMO_TERMINAL) + 100  # the terminal number of a first board: those before are the room's own
_LAST = int(testcards.DEMO_TERMINAL) + 999


def folders() -> list[dict]:
    """Every folder of boards/, as {"folder", "name", "chip", "gpios", "data"}.  Raises DeskError when one cannot be read."""
    found = []
    for path in sorted(compiled.BOARDS.glob("*/board.py")):
        try:
            wiring = table.read(path)
            found.append(
                {
                    "folder": wiring.folder,
                    "name": str(wiring.values["NAME"]),
                    "chip": wiring.chip,
                    "gpios": sorted(set(wiring.gpios)),
                    "data": str(wiring.values["DATA"]),
                }
            )
        except (KeyError, OSError, ValueError) as error:
            text = f"boards/{path.parent.name}: {error}"
            raise DeskError(text, 503, f"boards/{path.parent.name} 读不了，请检查它的 board.py（{error}）") from None
    return found


def rules() -> list[dict]:
    """The terminal's settings in their order, as {"name", "kind", "default" (null: must be given), "low", "high", "profiles"}.

    Of a choice, "low" is the list of its words.  core/settings.py says what the kinds are.  "profiles" are those that have the
    setting, empty where all have it; a rule that they do not share is that of the first.
    """
    found = {name: _rule(name, rule, []) for name, rule in settings.RULES.items()}
    for profile in profiles.NAMES:
        for name, rule in profiles.settings(profile).items():
            found.setdefault(name, _rule(name, rule, []))["profiles"].append(profile)
    return list(found.values())


def _rule(name: str, rule: tuple, owners: list[str]) -> dict:
    kind, default, low, high = rule
    low = list(low) if isinstance(low, tuple) else low
    return {"name": name, "kind": kind, "default": default, "low": low, "high": high, "profiles": owners}


def tree(board: str) -> dict:
    """What goes onto a board: {"board", "mpy", "files": [{"path", "size", "sha256", "content"}]}, main.py last.

    `mpy` is the version of the compiled files, `content` base64.  Raises DeskError.
    """
    with tempfile.TemporaryDirectory(prefix="till-board-") as place:
        folder = pathlib.Path(place)
        try:
            made = board_tree.image(board, folder)
        except Failed as error:
            raise DeskError(str(error), 404, f"没有可用的接线文件夹 boards/{board[:40]}") from None
        except (compiled.CompileError, OSError) as error:
            raise DeskError(f"boards/{board}: {error}", 503, f"固件文件没有做成（boards/{board}：{error}）") from None
        made.sort(key=lambda path: (path.name == "main.py", path))
        contents = [(path, (folder / path).read_bytes()) for path in made]
    files = [
        {
            "path": path.as_posix(),
            "size": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "content": base64.b64encode(content).decode(),
        }
        for path, content in contents
    ]
    return {"board": board, "mpy": next(content[1] for path, content in contents if path.suffix == _MPY), "files": files}


def packed(board: str, size: int) -> list[dict]:
    """The same as a file system of `size` bytes, in the order in which it is written: [{"offset", "content"}], base64.

    Raises DeskError.
    """
    files = {each["path"]: base64.b64decode(each["content"]) for each in tree(board)["files"]}
    try:
        made = littlefs_image.packed(files, size)
    except Failed as error:
        raise DeskError(str(error), 400, f"文件系统没有做成：固件装不下，或大小不对（{size} 字节）") from None
    whole = {block - block % _ERASED + each for block in made.blocks for each in range(_ERASED)}
    parts = littlefs_image.Packed(made.content, frozenset(whole)).order(0)
    return [{"offset": offset, "content": base64.b64encode(content).decode()} for offset, content in parts]


def floor(ca_base64: str) -> dict:
    """{"clock_floor"} that a certificate (DER in base64) asks for, "" when none.  Raises DeskError when it is none."""
    try:
        found = clock_floor.with_floor({}, base64.b64decode(ca_base64, validate=True))
    except (ValueError, binascii.Error):
        raise DeskError("ca: no certificate in DER", 400, "CA 文件不是 DER 格式的证书") from None
    return {"clock_floor": found.get("clock_floor", "")}


def _is_of_one(address: str) -> bool:
    """Can a board call it: is it an IPv4 address, and neither all of them nor of many?"""
    try:
        found = ipaddress.IPv4Address(address)
    except ValueError:
        return False
    return not (found.is_unspecified or found.is_multicast or found.is_reserved)


# what the page asks for ---------------------------------------------------------------------


async def setup(room, values) -> dict:
    found = await asyncio.to_thread(folders)
    return {
        "boards": found,
        "questions": live_board.questions({gpio for each in found for gpio in each["gpios"]}),
        "oldest": ".".join(str(part) for part in live_board.OLDEST),
        "settings": rules(),
        "addresses": addresses.in_the_network(),
        "terminal_id": f"{_FIRST:08d}",
        "merchant_id": testcards.DEMO_MERCHANT,
        "utc_offset_min": demo.offset_min(),
    }


async def files(room, values) -> dict:
    return await asyncio.to_thread(tree, values.path["folder"])


async def file_system(room, values) -> dict:
    return {"parts": await asyncio.to_thread(packed, values.body["board"], values.body["size"])}


async def certificate(room, values) -> dict:
    return floor(values.body["ca"])


async def introduce(room, values) -> dict:
    """Make a board known to the room's host, and let the host be reached at an address of this computer."""
    if not addresses.is_loopback(values.remote or ""):
        text = "keys are only given to a page on this very computer: open it at http://localhost"
        raise DeskError(text, 403, "密钥只交给本机上打开的页面：请用 http://localhost 打开")
    terminal = values.body["terminal_id"]
    if not _FIRST <= int(terminal) <= _LAST:
        raise DeskError(
            f"terminal_id {terminal}: of the room's host, a board has {_FIRST:08d} to {_LAST:08d}",
            400,
            f"终端号 {terminal}：本机主机分配给开发板的是 {_FIRST:08d} 到 {_LAST:08d}",
        )
    address = values.body["address"]
    if not _is_of_one(address):
        raise DeskError(f"address {ascii(address)[1:-1][:40]}: no IPv4 address of a computer", 400, "不是一台电脑的 IPv4 地址")
    try:
        if room.ledger.terminal(terminal) is None:
            room.ledger.add_terminal(terminal, testcards.DEMO_MERCHANT, keys.random_key())
        ports = await room.open_for_boards(address)
        told = room.host_introduction(terminal)
    except LedgerError as error:
        raise DeskError(str(error), 503, f"主机账本拒绝了此终端（{error}）") from None
    own = {
        **told.settings,
        "host": address,
        "port": ports["tls"],
        "ntp_host": address,
        "ntp_port": ports["sntp"],
        "supervisor": password.derive(demo.SUPERVISOR, terminal.encode()),
    }
    return {
        "settings": clock_floor.with_floor(own, told.ca),
        "tmk": told.tmk,
        "kcv": desops.check_value(bytes.fromhex(told.tmk)).hex().upper(),
        "ca": base64.b64encode(told.ca).decode(),
    }
