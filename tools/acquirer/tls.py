"""The acquirer's private CA and server certificate, made at the first start."""

import datetime
import ipaddress
import os
import pathlib
import ssl

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

HOST_NAME = "acquirer.taptill.example"
NAMES = (HOST_NAME, "localhost", "127.0.0.1")  # what the test acquirer's certificate is made out to
# Boards start with a clock floor and benches with a chosen date: the certificates are valid since long ago.
_NOT_BEFORE = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)
_VALID = datetime.timedelta(days=3650)


def _name(common: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "TapTill test acquirer"), x509.NameAttribute(NameOID.COMMON_NAME, common)]
    )


def _write(path: pathlib.Path, data: bytes, mode: int = 0o644) -> None:
    """Whole or not at all: written beside, then renamed."""
    beside = path.with_suffix(path.suffix + ".new")
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as out:
        out.write(data)
    beside.replace(path)


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _usage(**true_ones: bool) -> x509.KeyUsage:
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: true_ones.get(name, False) for name in names})


def make(
    folder: pathlib.Path,
    ca_from: datetime.datetime = _NOT_BEFORE,
    host_from: datetime.datetime = _NOT_BEFORE,
    host_valid: datetime.timedelta = _VALID,
    names: tuple[str, ...] = NAMES,
) -> None:
    """Make CA and server certificate in `folder`; the moments (aware) are the first at which they are valid.

    `names` are those of the host: DNS names and addresses, the first one is its common name too.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca_name = _name("TapTill private CA")
    ca = (
        x509.CertificateBuilder()
        .subject_name(ca_name)
        .issuer_name(ca_name)
        .public_key(ca_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(ca_from)
        .not_valid_after(_now() + _VALID)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    _write(folder / "ca.key.pem", _private_pem(ca_key), 0o600)
    _write(folder / "ca.pem", ca.public_bytes(serialization.Encoding.PEM))
    _write(folder / "ca.der", ca.public_bytes(serialization.Encoding.DER))
    make_host(folder, host_from, host_valid, names)  # last: its presence says that the set is complete


def make_host(
    folder: pathlib.Path,
    valid_from: datetime.datetime = _NOT_BEFORE,
    valid: datetime.timedelta = _VALID,
    names: tuple[str, ...] = NAMES,
) -> None:
    """Make a new server certificate, signed by the CA in `folder`, until `valid` from now."""
    ca_key = serialization.load_pem_private_key((folder / "ca.key.pem").read_bytes(), None)
    ca = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
    key = ec.generate_private_key(ec.SECP256R1())
    called = x509.SubjectAlternativeName([_general(name) for name in names])
    server = (
        x509.CertificateBuilder()
        .subject_name(_name(names[0]))
        .issuer_name(ca.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid_from)
        .not_valid_after(_now() + valid)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(called, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    _write(folder / "server.pem", server.public_bytes(serialization.Encoding.PEM) + _private_pem(key), 0o600)


def _general(name: str) -> x509.GeneralName:
    """A name of a host as certificates have it: an address is not a DNS name."""
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)


def server_context(folder: pathlib.Path) -> ssl.SSLContext:
    """A TLS 1.2+ server context; CA and certificate are made in `folder` when it has none.

    Raises OSError when the folder or its files cannot be used.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "server.pem").exists():
        make(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(folder / "server.pem")
    except OSError as error:  # it does not name its file
        raise OSError(
            None, f"the host's certificate cannot be used ({error.strerror or error})", str(folder / "server.pem")
        ) from None
    return context
