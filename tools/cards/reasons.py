"""English names of outcomes and reasons, for tools and logs; screens have their own strings."""

_OUTCOMES = ("", "online", "declined", "try again", "other interface", "not accepted")

_REASONS = (
    "",
    "amount is zero",
    "contactless limit reached",
    "no payment application",
    "card not supported",
    "card or application blocked",
    "conditions of use not satisfied",
    "look at the phone",
    "unexpected status word",
    "malformed answer",
    "record missing",
    "card data missing",
    "card data inconsistent",
    "declined by the card",
    "card answered offline, online was asked",
    "magnetic-stripe mode only",
    "cardholder cannot be verified",
)


def outcome_text(outcome: int) -> str:
    """ "online", "declined" …"""
    return _OUTCOMES[outcome]


def reason_text(reason: int, detail: str = "") -> str:
    """One line: the reason, and after a colon the tag, record or status word; "" for none."""
    text = _REASONS[reason]
    return text + ": " + detail if detail and text else text
