"""ports.Host over TCP, or over TLS with the CA pinned and the host name checked.

One connection an exchange: after a time-out the socket is closed, so an answer that comes late finds nobody.
"""

import asyncio
import gc

from ..core.errors import HostTimeout, LinkDown
from ..drivers import wifi as radio
from .linkwords import kind, words
from .tcp import open_tcp
from .tls import open_tls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from ..core.kinds import Buffer
    from ..core.profiles import Profile
    from ..drivers.wifi import Wifi


# State that joining the Wi-Fi ended in → kind of the failure and what it is in the log.
_NO_NETWORK = {
    radio.WRONG_PASSWORD: (LinkDown.PASSWORD, "wrong password"),
    radio.NO_ADDRESS: (LinkDown.ADDRESS, "no address"),
}
_LIMIT = 2048  # the longest answer that is read
_CLOSE_MS = 1000


class HostLink:
    """Messages with their length in front as `profile` has it; `ca` is a DER certificate for TLS, or None for plain TCP.

    `told(direction, frame)` ("out" or "in") hears of every whole frame.  `wifi` is a drivers.wifi.Wifi, None where the network is
    always there.
    """

    def __init__(
        self,
        profile: "Profile",
        host: str,
        port: int,
        ca: "bytes | None" = None,
        name: str = "",
        connect_timeout_ms: int = 10000,
        wifi: "Wifi | None" = None,
        told: "Callable[..., None] | None" = None,
    ):
        self._profile = profile
        self._host = host
        self._port = port
        self._ca = ca
        self._name = name
        self._connect_ms = connect_timeout_ms
        self._told = told
        self._wifi = wifi
        self._reader: "Any" = None
        self._writer: "Any" = None

    async def link_up(self, timeout_ms: int) -> bool:
        return self._wifi is None or await self._wifi.wait_up(timeout_ms)

    def no_link(self) -> LinkDown:
        failed = self._wifi.failure if self._wifi else radio.UP
        kind_of, text = _NO_NETWORK.get(failed, (LinkDown.RADIO, "no network"))
        return LinkDown("wifi: " + text, False, kind_of)

    async def connect(self) -> None:
        await self.close()
        if not await self.link_up(0):
            raise self.no_link()
        gc.collect()  # TLS wants large blocks: make room before, not in the middle
        try:
            await asyncio.wait_for_ms(self._open(), self._connect_ms)
        except asyncio.TimeoutError:
            await self.close()
            raise LinkDown("host: no connection within %d s" % (self._connect_ms // 1000), False, LinkDown.SILENT)
        except (OSError, ValueError, MemoryError) as error:
            await self.close()
            raise LinkDown("host: " + words(error), False, kind(error))

    async def exchange(self, request: "Buffer", accept: "Callable[[Buffer], object]", timeout_ms: int):
        if self._writer is None:
            raise LinkDown("host: not connected")
        sending = _Sending()
        try:
            return await asyncio.wait_for_ms(self._exchange(request, accept, sending), timeout_ms)
        except asyncio.TimeoutError:
            raise HostTimeout("host: no answer within %d s" % (timeout_ms // 1000))
        except (OSError, EOFError, ValueError, MemoryError) as error:
            # Whatever breaks here, the request may have left: that is said, and the flow can reverse it at once.
            raise LinkDown("host: " + words(error), sending.begun)
        finally:
            await self.close()

    async def close(self) -> None:
        writer, self._reader, self._writer = self._writer, None, None
        if writer is not None:
            try:
                writer.close()
                await asyncio.wait_for_ms(writer.wait_closed(), _CLOSE_MS)
            except (OSError, MemoryError, asyncio.TimeoutError):
                return  # the other side is gone already: closed is closed

    async def _open(self) -> None:
        if self._ca is None:
            self._reader, self._writer = await open_tcp(self._host, self._port)
            return
        self._reader, self._writer = await open_tls(self._host, self._port, self._ca, self._name)

    async def _exchange(self, request: "Buffer", accept: "Callable[[Buffer], object]", sending: "_Sending"):
        profile = self._profile
        frame = profile.prefix(len(request)) + request
        if self._told:
            self._told("out", request)
        sending.begun = True
        self._writer.write(frame)
        await self._writer.drain()
        while True:
            length = profile.size(await self._reader.readexactly(profile.PREFIX))
            if length > _LIMIT:
                raise OSError("answer of %d bytes, at most %d are taken" % (length, _LIMIT))
            if not length:
                continue  # a keep-alive
            answer = await self._reader.readexactly(length)
            if self._told:
                self._told("in", answer)
            value = accept(answer)
            if value is not None:
                return value


class _Sending:
    def __init__(self) -> None:
        self.begun = False
