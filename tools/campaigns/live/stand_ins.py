"""What the walk of live.py has in place of a board, a host and a card: a few lines each."""

import binascii

# A qVSDC card without AFL: head of a command -> answer.
_CARD = {
    "00A404000E": "6F30840E325041592E5359532E4444463031A51EBF0C1B61194F07A0000000031010500B56495341204352454449548701019000",
    "00A4040007": "6F488407A0000000031010A53D500B56495341204352454449549F38189F66049F02069F03069F1A0295055F2A029A039C019F37045F2D"
    "04656E7A68870101BF0C089F5A0540015601569000",
    "80A8000023": "77478202200057134693801184579311D24072010000064700000F5F3401019F100706100A03A000009F2608C303C0EBCC51F73D"
    "9F360200099F2701809F6C0228009F6E04207000009000",
}


class Lacking:
    """Stands for a module of the hardware."""

    def __init__(self, name: str):
        self._name = name

    def __getattr__(self, name: str):
        return Lacking


class Bus:
    """I2C without anything on it."""

    def writeto(self, address: int, data, stop: bool = True) -> None:
        """Nobody listens."""

    def writeto_mem(self, address: int, register: int, data, addrsize: int = 8) -> None:
        """Nobody listens."""


class Folder:
    """Files in a dict."""

    def __init__(self):
        self.content = {}

    def inner(self, name: str) -> "Folder":
        return Folder()

    def own(self) -> None:
        """It is there."""

    def ensure(self) -> None:
        """It is there."""

    def names(self) -> list:
        return list(self.content)

    def size(self, name: str) -> int:
        return len(self.content[name]) if name in self.content else -1

    def read(self, name: str, limit: int = 4096):
        return self.content.get(name)

    def part(self, name: str, start: int, count: int) -> bytes:
        return self.content[name][start : start + count]

    def write(self, name: str, data) -> None:
        self.content[name] = bytes(data)

    def append(self, name: str, data) -> int:
        self.content[name] = self.content.get(name, b"") + bytes(data)
        return len(self.content[name])

    def rename(self, name: str, other: str) -> None:
        self.content[other] = self.content.pop(name)

    def blank(self, name: str, size: int) -> None:
        self.content[name] = b""  # zeros are in flash, and weigh nothing here

    def remove(self, name: str) -> None:
        del self.content[name]


class LogFolder(Folder):
    """Takes all and keeps nothing: the log's files are in flash."""

    def write(self, name: str, data) -> None:
        """It is written."""


class Seal:
    """No sealing: what it costs is not asked here."""

    def seal(self, magic: int, seq: int, revision: int, clear: bytes) -> bytes:
        return bytes((magic,)) + seq.to_bytes(4, "little") + clear

    def open(self, magic: int, sealed: bytes) -> tuple:
        return int.from_bytes(sealed[1:5], "little"), 0, sealed[5:]


class Pause:
    """Awaited, it stops the flow and names the state that it stops in."""

    def __init__(self, state: str):
        self._state = state

    def __await__(self):
        yield self._state

    __iter__ = __await__


class Tap:
    """Reader and card."""

    async def wait_card(self, timeout_ms: int, cancelled):
        await Pause("present")
        return self

    async def transceive(self, capdu, timeout_ms: int = 5000):
        await Pause("reading")
        head = binascii.hexlify(bytes(capdu[:5])).decode().upper()
        return memoryview(binascii.unhexlify(_CARD.get(head, "6A82")))

    async def off(self) -> None:
        """Nothing to switch off."""


class Keys:
    def __init__(self, mac):
        self.mac = mac

    def ready(self) -> bool:
        return True


class Host:
    """Approves what comes; `silent` answers are kept."""

    def __init__(self, mac):
        self._mac = mac
        self.silent = 0

    async def link_up(self, timeout_ms: int) -> bool:
        return True

    async def connect(self) -> None:
        """Always there."""

    async def close(self) -> None:
        """Nothing to close."""

    async def exchange(self, request, accept, timeout_ms: int):
        from taptill.core import profiles
        from taptill.core.errors import HostTimeout

        profile = profiles.load(profiles.DEFAULT)
        await Pause("reversing" if request[11] == 4 else "waiting")
        if self.silent:
            self.silent -= 1
            raise HostTimeout("host: no answer")
        ask = profile.parse(request)
        fields = {number: ask.fields[number] for number in (3, 4, 11, 25, 41, 42, 49, 60) if number in ask.fields}
        fields.update({12: "101530", 13: "1122", 37: "112200000001", 38: "A00001", 39: "00"})
        mti = ask.mti[:2] + "%02d" % (int(ask.mti[2:]) + 10)
        return accept(profile.build(mti, fields, ask.tpdu, ask.header, self._mac))


class Clock:
    def now(self) -> tuple:
        return (2026, 11, 22, 10, 15, 30)

    def today(self) -> str:
        return "261122"

    async def pause(self, milliseconds: int) -> None:
        """No time passes."""


class Face:
    """The terminal's own face, and a person who agrees to everything."""

    def __init__(self, ui):
        self.progress = ui.progress

    def visible(self) -> bool:
        return True

    def cancelled(self) -> bool:
        return False

    async def again(self, ended) -> bool:
        return False

    async def pin(self, amount: int):
        return None

    async def agree(self, asked, stan: int) -> bool:
        return True


class Entropy:
    def bytes(self, count: int) -> bytes:
        return bytes(range(count))
