"""The acquirer's CA and the certificate of its host, as provisioning wants them: looked at before a board gets them, or made.

`till host --state FOLDER` takes what is made here; another host takes FOLDER/server.pem, certificate and key in one file.
"""

import datetime
import pathlib

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization

from acquirer import tls
from rig.failures import Failed, reason, told


def ca(path: pathlib.Path) -> bytes:
    """The CA certificate of a file, DER or PEM, as DER.  Raises Failed for one that no terminal can check a host with."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Failed(f"{path}: {reason(error)}") from None
    found = _load(content, path)
    try:
        if not found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            raise Failed(f"{path}: the certificate of a host, not of a CA")
    except x509.ExtensionNotFound:
        raise Failed(f"{path}: not the certificate of a CA (no basic constraints)") from None
    _valid_now(found, path)
    return found.public_bytes(serialization.Encoding.DER)


def check_host(path: pathlib.Path, ca_der: bytes, name: str) -> None:
    """Is the certificate of a file one of that CA, made out to `name`, and valid?  Raises Failed."""
    try:
        found = _load(path.read_bytes(), path)
    except OSError as error:
        raise Failed(f"{path}: {reason(error)}") from None
    try:
        found.verify_directly_issued_by(x509.load_der_x509_certificate(ca_der))
    except (InvalidSignature, ValueError, TypeError):
        raise Failed(f"{path}: not signed by this CA") from None
    if name not in names(found):
        raise Failed(f"{path}: made out to {', '.join(names(found)) or 'nobody'}, and tls_name is {name}")
    _valid_now(found, path)


def names(certificate: x509.Certificate) -> list[str]:
    """DNS names and addresses that a certificate is made out to."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return found.get_values_for_type(x509.DNSName) + [str(each) for each in found.get_values_for_type(x509.IPAddress)]


def make(folder: pathlib.Path, wanted: tuple[str, ...]) -> bytes:
    """The CA (DER) of `folder`, which has a host certificate for all `wanted` names: made, as far as it is not there.

    A CA that is there stays, with every board that trusts it.  Raises Failed.
    """
    try:
        if not (folder / "ca.der").exists():
            tls.make(folder, names=wanted)
        made = ca(folder / "ca.der")
        try:
            for name in wanted:
                check_host(folder / "server.pem", made, name)
        except Failed:
            tls.make_host(folder, names=wanted)
        return made
    except OSError as error:
        raise Failed(told(error)) from None


def described(der: bytes) -> str:
    """A CA in one line."""
    found = x509.load_der_x509_certificate(der)
    return f"{found.subject.rfc4514_string()}, valid until {found.not_valid_after_utc:%Y-%m-%d}"


def _load(content: bytes, path: pathlib.Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(content) if b"-----BEGIN" in content else x509.load_der_x509_certificate(content)
    except ValueError:
        raise Failed(f"{path}: no certificate in DER or PEM") from None


def _valid_now(found: x509.Certificate, path: pathlib.Path) -> None:
    now = datetime.datetime.now(datetime.timezone.utc)
    if now < found.not_valid_before_utc:
        raise Failed(f"{path}: valid from {found.not_valid_before_utc:%Y-%m-%d} only")
    if now > found.not_valid_after_utc:
        raise Failed(f"{path}: valid until {found.not_valid_after_utc:%Y-%m-%d}, which is over")
