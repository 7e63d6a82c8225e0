"""The network, from the air to the host's answer: step by step, until one fails.

Some of what is wrong shows only later.  A router that answers no echo request may be one that never does, so it is no more than a
doubt; when the name server or the host is not reached either, the doubt is what is told.  Every doubt stands in the report, and
an address that cannot be right is told whatever else there is.
"""

from ..core import addresses
from ..core.errors import LinkDown
from . import exchange, result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from ..ports import Net
    from .terminal import Terminal


# Steps, in their order.
RADIO = 1  # an access point is heard
JOIN = 2  # and has taken us in
ADDRESS = 3
ROUTER = 4
NAME = 5
PORT = 6  # TCP
SECURE = 7  # TLS
ECHO = 8
STEPS = (RADIO, JOIN, ADDRESS, ROUTER, NAME, PORT, SECURE, ECHO)
NAMES = ("", "radio", "join", "address", "router", "name", "port", "tls", "echo")

WEAK_DBM = -75
_JOIN_MS = 8000
_PINGS = 6
_NONE = "0.0.0.0"
# Which step it was that joining failed at.
_JOINING = {LinkDown.RADIO: RADIO, LinkDown.PASSWORD: JOIN, LinkDown.ADDRESS: ADDRESS, LinkDown.LEASE: ADDRESS}
# These failures of a later step are what a doubt of an earlier one would look like.
_UNREACHED = (LinkDown.NAME_SERVER, LinkDown.ROUTE, LinkDown.SILENT, LinkDown.LINK)


class Diagnosis:
    """`fine`: [(step, value)] of what was in order ("" where there is nothing to say); `failed`: the step that was not, or 0.

    `why` (flows.result) is its cause, `f39` the host's code, `detail` is for the log.  `weak`: the signal is low; `lossy`: so low
    that echoes were lost, and what was not reached may be for that alone.  `hint`: why the addresses cannot be right, OK where
    nothing is wrong with them or that is the cause already.  `doubts`: what else is odd, for the log.
    """

    def __init__(self) -> None:
        self.fine: "list[tuple[int, str]]" = []
        self.failed = 0
        self.why = result.OK
        self.f39 = ""
        self.detail = ""
        self.weak = False
        self.lossy = False
        self.hint = result.OK
        self.doubts: "list[str]" = []

    def tells_more_than(self, why: int) -> bool:
        """Does it tell somebody anything who has been told `why` (flows.result)?"""
        return self.failed != 0 and (self.why != why or self.lossy)

    def lines(self) -> "list[str]":
        """The report, a line a step."""
        told = ["network: " + NAMES[step] + " ok" + (" " + value if value else "") for step, value in self.fine]
        told += ["network: doubt, " + doubt for doubt in self.doubts]
        if self.failed:
            told.append("network: %s FAILED, why %d: %s" % (NAMES[self.failed], self.why, self.detail))
        if self.weak:
            told.append("network: the signal is weak")
        return told


async def diagnose(t: "Terminal", net: "Net", told: "Callable[[int], None] | None" = None) -> Diagnosis:
    """Ask the network step by step; `told(step)` hears of each before it is tried.  The link is closed at the end."""
    walk = _Walk(t, net)
    found = walk.found
    try:
        for step in STEPS:
            if told:
                told(step)
            found.failed = step
            found.fine.append((step, await walk.take(step)))
        found.failed = 0
    except LinkDown as error:
        walk.stop(error)
    except exchange.Stopped as stopped:
        found.why, found.detail = stopped.why, str(stopped)
        found.lossy = found.lossy and stopped.why in (result.TIMEOUT, result.LINK_BROKEN)
    finally:
        walk.close()
        await t.host.close()
    return found


class _Walk:
    """One diagnosis under way."""

    def __init__(self, t: "Terminal", net: "Net"):
        self._t = t
        self._net = net
        self._doubts: "list[LinkDown]" = []
        self._misfit: "LinkDown | None" = None  # the one of them that the addresses alone tell
        self._router = self._server = self._mask = self._own = self._host = ""
        self._request: "exchange.Request | None" = None
        self.found = Diagnosis()

    async def take(self, step: int) -> str:
        """One step; what there is to say of it.  Raises LinkDown, exchange.Stopped."""
        if step == RADIO:
            return await self._radio()
        if step == JOIN:
            return self._t.config.wifi_ssid
        if step == ADDRESS:
            return self._address()
        if step == ROUTER:
            return await self._ask_router()
        if step == NAME:
            return await self._name()
        if step == PORT:
            return await self._port()
        if step == SECURE:
            t = self._t
            self._request = exchange.Request(t, t.profile.echo(t.config, t.store.batch(), t.clock.now()), False)
            await self._request.open()
            return ""
        return await self._echo()

    def stop(self, error: LinkDown) -> None:
        """The walk ends with `error`, or with the first doubt that explains it."""
        found = self.found
        found.lossy = found.lossy and error.kind in _UNREACHED
        if self._doubts and error.kind in _UNREACHED:
            doubt = self._doubts.pop(0)
            found.failed = ROUTER if doubt.kind in (LinkDown.ROUTER, LinkDown.TWICE) else ADDRESS
            found.fine = [entry for entry in found.fine if entry[0] < found.failed]
            error = LinkDown(str(doubt) + "; " + str(error), False, doubt.kind)
        found.why, found.detail = exchange.stopped(self._t, error).why, str(error)

    def close(self) -> None:
        """What was odd and is not the cause."""
        found = self.found
        found.doubts = [str(doubt) for doubt in self._doubts]
        found.lossy = found.lossy and found.failed != 0
        if self._misfit in self._doubts:
            found.hint = exchange.stopped(self._t, self._misfit).why

    async def _radio(self) -> str:
        if not await self._t.host.link_up(_JOIN_MS):
            error = self._t.host.no_link()
            before = self._net.address_before()
            if error.kind == LinkDown.ADDRESS and before:
                error = LinkDown("wifi: " + before + " is not given again", False, LinkDown.LEASE)
            self.found.failed = _JOINING.get(error.kind, RADIO)
            self.found.fine = [(step, "") for step in STEPS if step < self.found.failed]
            raise error
        level = self._net.level()
        self.found.weak = level < WEAK_DBM
        return "%d dBm" % level if level else ""

    def _address(self) -> str:
        self._own, self._mask, self._router, self._server = self._net.addresses()
        if self._own in ("", _NONE):
            raise LinkDown("wifi: no address", False, LinkDown.ADDRESS)
        if self._router not in ("", _NONE):
            self._look_at_addresses()
        length = addresses.prefix(self._mask)
        return self._own + ("/%d" % length if length >= 0 else "")

    def _look_at_addresses(self) -> None:
        """Can address, mask and router be right together?"""
        misfit, kind = addresses.misfit(self._own, self._mask, self._router), LinkDown.MASK
        if self._own == self._router:
            misfit, kind = "our address " + self._own + " is the router's", LinkDown.TWICE
        if misfit:
            self._misfit = LinkDown(misfit, False, kind)
            self._doubts.append(self._misfit)

    async def _ask_router(self) -> str:
        if self._router in ("", _NONE):
            self._doubts.append(LinkDown("no router is named", False, LinkDown.ROUTER))
            return ""
        answers, quickest = await self._net.ping(self._router, _PINGS)
        if not answers:
            self._doubts.append(LinkDown("router " + self._router + " answers no echo request", False, LinkDown.ROUTER))
            return ""
        self.found.lossy = self.found.weak and answers < _PINGS
        if 2 * answers <= _PINGS:
            # What comes for us goes now here and now there, whoever the router heard last; or the air loses it.
            told = "%d of %d answers of the router reach us" % (answers, _PINGS)
            self._doubts.append(LinkDown(told, False, LinkDown.TWICE))
        return "%d ms" % quickest

    async def _name(self) -> str:
        host = self._t.config.host
        if addresses.is_address(host):
            self._host = host
            return ""
        if self._server in ("", _NONE):
            raise LinkDown("no name server is named", False, LinkDown.NAME_SERVER)
        self._host = await self._net.resolve(host, self._server)
        return self._host

    async def _port(self) -> str:
        if addresses.taken_for_near(self._own, self._mask, self._host):
            told = "mask " + self._mask + " makes a neighbour of " + self._host
            self._doubts.append(LinkDown(told, False, LinkDown.MASK))
        return "%d ms" % await self._net.reach(self._host, self._t.config.port)

    async def _echo(self) -> str:
        began = self._net.since()
        answer = await self._request.send() if self._request else None
        f39 = answer.fields.get(39, "00") if answer else "00"
        if f39 != "00":
            self.found.f39 = f39
            raise exchange.Stopped(result.HOST_CODE, "answer to the echo: F39 " + f39)
        return "%d ms" % self._net.since(began)
