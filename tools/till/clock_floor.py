"""The moment before which no terminal's clock may stand: TLS holds the dates of certificates against it."""

from cryptography import x509


def with_floor(settings: dict, ca_der: bytes) -> dict:
    """`settings` with a `clock_floor` that is not before the first moment of the CA (DER; b"": as they are).

    Raises ValueError when `ca_der` is no certificate.
    """
    if not ca_der:
        return settings
    first = x509.load_der_x509_certificate(ca_der).not_valid_before_utc.strftime("%Y%m%d%H%M%S")
    floor = settings.get("clock_floor", "")
    # A floor without an hour is that day's first moment; the firmware raises one that is before its own making.
    return settings if isinstance(floor, str) and floor.ljust(14, "0") >= first else {**settings, "clock_floor": first}
