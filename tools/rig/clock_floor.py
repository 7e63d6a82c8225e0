"""The moment before which no terminal's clock may stand: TLS holds the dates of certificates against it."""

from cryptography import x509

from .firmware import taptill_on_path


def with_floor(settings: dict, ca_der: bytes) -> dict:
    """`settings` with a `clock_floor` that is not before the first moment of the CA (DER; b"": as they are).

    A floor that is none stays as it is: the terminal's own check names it.  Raises ValueError when `ca_der` is no certificate.
    """
    if not ca_der or not isinstance(settings.get("clock_floor", ""), str):
        return settings
    taptill_on_path()
    from taptill.core import build

    first = x509.load_der_x509_certificate(ca_der).not_valid_before_utc.strftime("%Y%m%d%H%M%S")
    # The firmware raises a floor that is before its own making; one without an hour is that day's first moment.
    floor = max(settings.get("clock_floor", build.DATE), build.DATE)
    return settings if floor.ljust(14, "0") >= first else {**settings, "clock_floor": first}
