"""From a flow's Result to words: the title, was money taken, why did it stop, what now; and the cause.

Everything is a number of the text files; sentences of F39 and the causes are those of core.responses.
"""

from micropython import const

from ..core import records, responses
from ..core.emv import outcome
from ..flows import result as ends
from . import canvas as cv

_T_APPROVED = const(40)
_T_PARTIAL = const(41)
_T_DECLINED = const(42)
_T_NOT_CHARGED = const(43)
_T_REVERSED = const(46)
_T_REVERSAL_FAILED = const(47)
_T_MANUAL = const(48)
_T_DONE = const(49)
_T_FAILED = const(50)
_T_CARD_REFUSED = const(52)
_T_TAP_ENDED = const(53)
_T_MONEY_NOT_TAKEN = const(60)
_T_MONEY_RETURNED = const(63)
_T_MANUAL_TEXT = const(67)
_T_PENDING_TEXT = const(68)
_T_S_AGAIN = const(172)
_T_S_TAP_AGAIN = const(173)
_T_S_OTHER_WAY = const(167)
_T_S_MENU = const(178)
_T_S_SERVICE = const(179)
_T_S_LOOK_AT_PHONE = const(182)
_T_S_KEEP_SLIP = const(185)
_T_N_CARD_DATA = const(197)

# flows.result: why, title when nothing was sent, sentence, next step, cause.  One text is cheaper than objects.
_WHY = (
    "03 43 191 172 4;04 43 190 172 4;05 53 192 173 2;06 52 194 161 2;07 43 193 180 1;08 43 198 167 4;"
    "09 43 200 172 4;10 43 201 174 3;11 43 221 174 3;12 43 220 170 6;13 43 222 171 6;14 43 225 170 6;"
    "15 43 202 171 1;16 43 203 180 1;17 43 204 178 6;18 43 234 179 1;19 43 226 178 6;20 43 227 178 6;"
    "21 48 067 185 6;22 43 219 169 6;23 43 235 184 1;24 43 210 164 4;25 43 235 180 1;"
    "26 43 029 211 1;27 43 209 169 6;28 43 153 170 6;29 43 142 178 6;30 43 250 178 6;31 43 251 178 6;32 43 152 170 6;"
)
# core.emv.outcome: reason, and the same four.
_CARD = (
    "01 43 210 164 4;02 43 198 167 4;03 52 194 161 2;04 52 195 161 2;05 52 208 163 2;06 52 205 161 2;"
    "07 53 207 182 4;08 52 215 161 2;09 52 197 161 2;10 52 197 161 2;11 52 197 161 2;12 52 197 161 2;"
    "13 52 196 163 2;14 52 214 161 2;15 52 216 161 2;16 52 217 161 2;"
)
_ENTRY = 16


def _entry(table: str, number: int):
    """(title, sentence, step, cause) of `number`, or None."""
    wanted = "%02d" % number
    for at in range(0, len(table), _ENTRY):
        if table[at : at + 2] == wanted:
            entry = table[at : at + _ENTRY]
            return int(entry[3:5]), int(entry[6:9]), int(entry[10:13]), int(entry[14])
    return None


class Explanation:
    """Text numbers (0: none) `title`, `money`, `why`, `step`; the `cause`; the `icon` of the canvas."""

    def __init__(self, title: int, money: int, why: int, step: int, cause: int, icon: int):
        self.title = title
        self.money = money
        self.why = why
        self.step = step
        self.cause = cause
        self.icon = icon


def explain(found) -> Explanation:
    """Words for a flows.result.Result that is not an approval; an unheard-of reason counts as the device's fault."""
    if found.end == ends.DECLINED:
        code = responses.lookup(found.f39)
        return Explanation(_T_DECLINED, _T_MONEY_NOT_TAKEN, code.text, code.step, code.cause, cv.CROSS)
    title, why, step, cause = _reason(found)
    if found.end == ends.NOT_SENT:
        money = 0 if title == _T_NOT_CHARGED else _T_MONEY_NOT_TAKEN  # that title has already said it
        return Explanation(title, money, why, step, cause, cv.CROSS)
    if found.end == ends.REVERSED:
        return Explanation(_T_REVERSED, _T_MONEY_RETURNED, why, _T_S_AGAIN, cause, cv.BACK)
    if found.end == ends.UNKNOWN:
        step = _T_S_SERVICE if found.why == ends.DAMAGED else _T_S_MENU
        return Explanation(_T_REVERSAL_FAILED, _T_PENDING_TEXT, why, step, cause, cv.WARNING)
    if found.end == ends.MANUAL:
        return Explanation(_T_MANUAL, _T_PENDING_TEXT, _T_MANUAL_TEXT, _T_S_KEEP_SLIP, cause, cv.WARNING)
    if found.end == ends.DONE:
        return Explanation(_T_DONE, 0, 0, 0, cause, cv.CHECK)
    return Explanation(_T_FAILED, 0, why, step, cause, cv.CROSS)


def _reason(found):
    if found.why == ends.OK:
        return _T_DONE, 0, 0, 0
    if found.why == ends.HOST_CODE:
        code = responses.lookup(found.f39)
        return _T_DECLINED, code.text, code.step, code.cause
    if found.why != ends.CARD:
        return _entry(_WHY, found.why) or (_T_NOT_CHARGED, 0, _T_S_SERVICE, responses.DEVICE)
    read = found.card
    if read is None:
        return _T_CARD_REFUSED, _T_N_CARD_DATA, _T_S_OTHER_WAY, responses.CARD
    entry = _entry(_CARD, read.reason)
    title, why, step, cause = entry or (_T_CARD_REFUSED, _T_N_CARD_DATA, _T_S_OTHER_WAY, responses.CARD)
    if read.outcome == outcome.TRY_AGAIN:
        return _T_TAP_ENDED, why, step if step == _T_S_LOOK_AT_PHONE else _T_S_TAP_AGAIN, cause
    if read.outcome == outcome.OTHER_INTERFACE:
        return title, why, _T_S_OTHER_WAY, cause
    return title, why, step, cause


def state(number: int) -> int:
    """Text number of a journal record's state (core.records)."""
    if number == records.APPROVED:
        return _T_APPROVED
    if number == records.PARTIAL:
        return _T_PARTIAL
    if number == records.DECLINED:
        return _T_DECLINED
    if number == records.UNSENT:
        return _T_NOT_CHARGED
    if number == records.MANUAL:
        return _T_MANUAL
    if number in (records.REVERSED, records.NOT_FOUND, records.NOT_APPROVED):
        return _T_REVERSED
    return _T_REVERSAL_FAILED
