"""One request and its answer: what counts as *my* answer, when it may be believed, and what went wrong if there is none.

The rule of strict approval lives here: the MAC is checked over the raw bytes before anything in them is read; then
MTI, trace, terminal and merchant must be those of the request.  An authentic answer to something else is not an
error: it is left aside and the wait goes on, so that a late answer never takes the place of the right one.  One that has
these and repeats anything else of another transaction is an error: it is no word about this one, whatever it says.
"""

from ..core.errors import HostTimeout, KeyError_, LinkDown, MessageError, StoreError, TapTillError
from . import result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from ..core.kinds import Buffer
    from ..core.message import Message
    from .terminal import Terminal


class BadMac(TapTillError):
    """The answer's MAC is missing or wrong."""


class BadAnswer(TapTillError):
    """The answer cannot be read, although its MAC is right or none was owed."""


class Stopped(TapTillError):
    """There is no answer.  `why` is one of flows.result; `sent` is True when a byte of the request may have left."""

    def __init__(self, why: int, text: str = "", sent: bool = False):
        super().__init__(text)
        self.why = why
        self.sent = sent


# What keeps a request from its answer, and why that is; LinkDown says more than one thing and is judged in `stopped`.
_WHY = (
    (HostTimeout, result.TIMEOUT),
    (BadMac, result.BAD_MAC),
    (BadAnswer, result.BAD_ANSWER),
    (KeyError_, result.NO_KEYS),
    (MessageError, result.UNFIT),
    (StoreError, result.STORE),
)
_EXPECTED = (LinkDown,) + tuple([kind for kind, _ in _WHY])
_FINANCIAL = "124"  # second digit of an MTI: authorisations, payments and reversals
_IDENTITY = (11, 41, 42)  # an answer without these, or with others, is nobody's

# Where on the way it failed → why there is no connection.
_WAY = {
    LinkDown.RADIO: result.NO_WIFI,
    LinkDown.PASSWORD: result.WIFI_PASSWORD,
    LinkDown.ADDRESS: result.NO_ADDRESS,
    LinkDown.NAME: result.NO_NAME,
    LinkDown.ROUTE: result.NO_ROUTE,
    LinkDown.REFUSED: result.PORT_CLOSED,
    LinkDown.SILENT: result.HOST_SILENT,
    LinkDown.TLS: result.TLS_FAILED,
    LinkDown.EXPIRED: result.CERT_EXPIRED,
    LinkDown.EARLY: result.CERT_EARLY,
    LinkDown.OTHER_NAME: result.CERT_NAME,
    LinkDown.OTHER_CA: result.CERT_CA,
    LinkDown.CERTIFICATE: result.CERTIFICATE,
    LinkDown.MEMORY: result.NO_MEMORY,
    LinkDown.ROUTER: result.ROUTER_SILENT,
    LinkDown.TWICE: result.ADDRESS_TWICE,
    LinkDown.LEASE: result.LEASE_LOST,
    LinkDown.MASK: result.WRONG_MASK,
    LinkDown.NAME_SERVER: result.DNS_SILENT,
}


def stopped(t: "Terminal", error: TapTillError, sent: bool = False) -> Stopped:
    """The one table exception → why.

    Without a known time the clock stands at a moment that is past for certain (ports.Clock): a certificate that begins
    later may be good, one that has ended by then is not.
    """
    if isinstance(error, LinkDown):
        if error.sent:
            return Stopped(result.LINK_BROKEN, str(error), True)
        if error.kind == LinkDown.EARLY and t.clock.now() is None:
            return Stopped(result.CLOCK, str(error))
        return Stopped(_WAY.get(error.kind, result.NO_LINK), str(error))
    for kind, why in _WHY:
        if isinstance(error, kind):
            return Stopped(why, str(error), sent)
    raise error


class Request:
    """A request that is ready to go, and what counts as its answer.

    `sealed`: both ways carry a MAC.  `fits(answer)` may leave aside answers that are authentic and not for this
    request.  `about` is the transaction that it is about, {field: value} (core.profiles, `about`): what the answer repeats of
    it must be the same, and so must what names the question, its batch and its original, else it is a BadAnswer.
    Every method raises Stopped and nothing else; the link is closed then.
    """

    def __init__(
        self,
        t: "Terminal",
        message: "Message",
        sealed: bool,
        fits: "Callable[[Any], bool] | None" = None,
        about: "dict | None" = None,
    ):
        self._t = t
        self._message = message
        self._mti = mti = message.mti
        self._sealed = sealed
        self._fits = fits
        self._about = about
        self._wanted = mti[:2] + ("%02d" % (int(mti[2:]) + 10))
        try:
            self._frame = t.profile.pack(message, t.config, t.keys.mac if sealed else None)
        except _EXPECTED as error:
            raise stopped(t, error)

    async def open(self) -> None:
        """Open the link; not a byte of the request leaves."""
        try:
            await self._t.host.connect()
        except _EXPECTED as error:
            raise stopped(self._t, error)

    async def close(self) -> None:
        """Close the link without having sent anything."""
        await self._t.host.close()

    async def send(self) -> "Message":
        """Send over the open link and return the answer."""
        try:
            answer = await self._t.host.exchange(self._frame, self._accept, self._t.config.answer_timeout_s * 1000)
        except _EXPECTED as error:
            raise stopped(self._t, error, True)
        finally:
            await self._t.host.close()
        if self._mti[1] not in _FINANCIAL:
            # A repeated financial request gets its first answer again, with the time of then.
            self._t.clock.set_from_host(answer.fields.get(12, ""), answer.fields.get(13, ""))
        return answer

    async def ask(self) -> "Message":
        """Open the link, send, and return the answer."""
        await self.open()
        return await self.send()

    def _accept(self, frame: "Buffer") -> "Message | None":
        profile = self._t.profile
        if self._sealed and not profile.mac_ok(frame, self._t.keys.mac):
            raise BadMac("answer to " + self._mti + ": MAC")
        try:
            answer = profile.parse(frame)
        except MessageError as error:
            raise BadAnswer("answer to " + self._mti + ": " + str(error))
        if answer.mti != self._wanted:
            return None
        for number in _IDENTITY:
            if number in self._message.fields and answer.fields.get(number) != self._message.fields[number]:
                return None
        if self._fits is not None and not self._fits(answer):
            return None
        if self._about is not None:
            self._compare(answer, self._about)
        return answer

    def _compare(self, answer: "Message", about: dict) -> None:
        """Raises BadAnswer naming the first field that the answer repeats with another value."""
        differs = 0
        for number, asked in about.items():
            if answer.fields.get(number, asked).rstrip() != asked.rstrip():  # F38 may come back unpadded
                differs = number
                break
        differs = differs or self._t.profile.differs(self._message, answer)
        if differs:
            raise BadAnswer("answer to %s: F%d is not the request's" % (self._mti, differs))
