"""One request and its answer: what counts as *my* answer, and when it may be believed.

The rule of strict approval lives here: the MAC is checked over the raw bytes before anything in them is read; then
MTI, trace, terminal and merchant must be those of the request.  An authentic answer to something else is not an
error: it is left aside and the wait goes on, so that a late answer never takes the place of the right one.
"""

from ..core import profile
from ..core.errors import MessageError, TapTillError


class BadMac(TapTillError):
    """The answer's MAC is missing or wrong."""


class BadAnswer(TapTillError):
    """The answer cannot be read, although its MAC is right or none was owed."""


_IDENTITY = (11, 41, 42)  # an answer without these, or with others, is nobody's
_REPEATED = (2, 3, 4, 14, 22, 23, 25, 49, 61)  # what an answer may repeat of its request


class Request:
    """A request that is ready to go, and what counts as its answer.

    `sealed`: both ways carry a MAC.  `fits(message)` may leave aside answers that are authentic and not for this
    request.  `repeats`: whatever of the request the answer repeats must be the same, else it is a BadAnswer.
    Building raises MessageError (a value does not fit its field) or KeyError_ (no key for the MAC): then
    nothing has left.
    """

    def __init__(self, t, mti: str, fields: dict, sealed: bool, fits=None, repeats: bool = False):
        self._t = t
        self._mti = mti
        self._fields = fields
        self._sealed = sealed
        self._fits = fits
        self._repeats = repeats
        self._wanted = mti[:2] + ("%02d" % (int(mti[2:]) + 10))
        self._frame = profile.build(mti, fields, t.config.tpdu, t.config.header, t.keys.mac if sealed else None)

    async def send(self):
        """Send over the open link and return the answer (profile.Message).

        Raises LinkDown, HostTimeout, BadMac, BadAnswer.
        """
        answer = await self._t.host.exchange(self._frame, self._accept, self._t.config.answer_timeout_s * 1000)
        if self._mti[:2] == "08":
            # A repeated financial request gets its first answer again, with the time of then.
            self._t.clock.set_from_host(answer.fields.get(12, ""), answer.fields.get(13, ""))
        return answer

    def _accept(self, frame):
        if self._sealed and not profile.mac_ok(frame, self._t.keys.mac):
            raise BadMac("answer to " + self._mti + ": MAC")
        try:
            answer = profile.parse(frame)
        except MessageError as error:
            raise BadAnswer("answer to " + self._mti + ": " + str(error))
        if answer.mti != self._wanted:
            return None
        for number in _IDENTITY:
            if number in self._fields and answer.fields.get(number) != self._fields[number]:
                return None
        if self._fits is not None and not self._fits(answer):
            return None
        if self._repeats:
            self._compare(answer.fields)
        return answer

    def _compare(self, answered: dict) -> None:
        """Raises BadAnswer naming the field that the answer repeats with another value."""
        for number in _REPEATED:
            if answered.get(number, self._fields.get(number)) != self._fields.get(number):
                raise BadAnswer("answer to %s: F%d is not the request's" % (self._mti, number))
        # 60.1 and 60.2 say which transaction of which batch; hosts leave out or change what follows.
        if not self._fields[60].startswith(answered.get(60, "")[:8]):
            raise BadAnswer("answer to %s: F60 is not the request's" % self._mti)
