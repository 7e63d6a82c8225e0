"""The response codes of the profile; they stand in tools/words/responses.txt."""

from ... import responses as verdicts
from ...responses import Responses
from . import response_codes as codes

responses = Responses(
    codes.APPROVED,
    codes.PARTIAL,
    codes.DECLINED,
    codes.FAULT,
    codes.IN_DOUBT,
    codes.EARLIER,
    codes.SIGN_ON,
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
