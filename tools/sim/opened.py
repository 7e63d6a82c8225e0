"""A history opened in the page: played apart, and shown as a recording whose last payment is the one that fails."""

from desk.recorded import Recording

from .apart import apart
from .paying import Paying, paying
from .plan import Plan


def recording_of(plan: Plan) -> Recording:
    """Raises taptill's ConfigError for settings that cannot be."""
    return as_recording(apart(paying, plan))


def as_recording(found: Paying) -> Recording:
    """What came after the payment that fails is left out of the time line, and not of the books."""
    payments = found.payments
    if found.failing is not None:
        payments = [payment for payment in payments if payment["id"] <= found.failing]
    return Recording(payments, found.journal, found.ledger, found.ended, found.settings)
