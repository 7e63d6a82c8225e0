"""The response codes of the profile; they stand in tools/words/responses.txt."""

from ... import responses as verdicts
from ...responses import Responses
from .response_codes import APPROVED, DECLINED, EARLIER, FAULT, IN_DOUBT, PARTIAL, SIGN_ON

responses = Responses(
    APPROVED,
    PARTIAL,
    DECLINED,
    FAULT,
    IN_DOUBT,
    EARLIER,
    SIGN_ON,
    {
        "00": verdicts.REVERSED,
        "64": verdicts.DIFFERS,
        "77": verdicts.SIGN_ON,
        "79": verdicts.SIGN_ON,
        "95": verdicts.SIGN_ON,
        "A0": verdicts.SIGN_ON,
        "90": verdicts.TOLD,
        "58": verdicts.TOLD,
        "97": verdicts.TOLD,
    },
)
