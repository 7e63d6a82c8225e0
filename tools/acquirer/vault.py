"""The host master key, under which the ledger keeps every other key: what a real acquirer's security module holds.

Keys are wrapped with AES Key Wrap with Padding (RFC 5649; a single DES key of 8 bytes is too short for RFC 3394).  The
master key comes from the environment (TAPTILL_MASTER_KEY, 64 hexadecimal digits) or from the file `master.key` beside the
ledger, which is made at the first start and which nobody but its owner may read.  A ledger that is carried away alone
opens nothing; who has the file as well has everything: then the environment is the better place.
"""

import hashlib
import hmac
import os
import pathlib
import secrets

from cryptography.hazmat.primitives import keywrap

VARIABLE = "TAPTILL_MASTER_KEY"
FILE = "master.key"
LENGTH = 32
_MOST_OPENED = 10_000  # keys that are held beside their wrapped form


class VaultError(ValueError):
    """A master key that cannot be had, or that does not open what is wrapped; one line, without any key."""


def owners_alone(file: pathlib.Path) -> None:
    """Take a file away from everybody but its owner.  One that is so already is not touched: it may lie where nothing can be
    changed, as a secret that is mounted for reading.  Raises OSError.
    """
    if file.stat().st_mode & 0o077:
        file.chmod(0o600)


class Vault:
    """Wraps and unwraps under one master key (32 bytes)."""

    def __init__(self, key: bytes):
        self._key = key
        self._opened: dict[str, bytes] = {}  # a host asks for the same few keys with every message

    def __repr__(self) -> str:
        return "Vault(…)"

    @property
    def check_value(self) -> int:
        """40 bits by which a ledger knows its master key again."""
        return int.from_bytes(hmac.digest(self._key, b"check value", hashlib.sha256)[:5], "big")

    def wrap(self, key: "bytes | None") -> "str | None":
        """A key as the ledger keeps it, hexadecimal; None stays None."""
        return None if key is None else keywrap.aes_key_wrap_with_padding(self._key, key).hex()

    def unwrap(self, wrapped: "str | None") -> "bytes | None":
        """The key again.  Raises VaultError."""
        if wrapped is None:
            return None
        key = self._opened.get(wrapped)
        if key is None:
            try:
                key = keywrap.aes_key_unwrap_with_padding(self._key, bytes.fromhex(wrapped))
            except (keywrap.InvalidUnwrap, ValueError):
                raise VaultError("ledger: a key in it does not open under the host master key") from None
            if len(self._opened) >= _MOST_OPENED:
                self._opened.clear()
            self._opened[wrapped] = key
        return key

    def pin_check(self, pan: str, pin: str) -> str:
        """What is kept of a PIN."""
        return self.seal_pin(hashlib.sha256(f"{pan}:{pin}".encode("ascii")).hexdigest())

    def seal_pin(self, digest: str) -> str:
        """What is kept of a PIN: four digits are searched in no time, but not without the master key."""
        return hmac.digest(self._key, digest.encode("ascii"), hashlib.sha256).hex()


class Keeper:
    """Where the master key is: in the environment, or in a file of `folder` (None: no such file)."""

    def __init__(self, folder: "pathlib.Path | None" = None, environment=os.environ):
        self._file = folder and pathlib.Path(folder) / FILE
        self._environment = environment

    def open(self, new: bool) -> Vault:
        """The vault; `new`: nothing is wrapped yet, so a key may be made.  Raises VaultError, OSError."""
        text = self._environment.get(VARIABLE)
        if text is not None:
            return Vault(_read(text, VARIABLE))
        if self._file is None:
            raise VaultError(f"ledger: no host master key: {VARIABLE} is not set")
        try:
            found = self._file.read_text("ascii", "replace")
        except FileNotFoundError:
            if not new:
                raise VaultError(
                    f"ledger: its host master key is gone: there is no {self._file}, and {VARIABLE} is not set"
                ) from None
            return self._make()
        owners_alone(self._file)
        return Vault(_read(found.strip(), str(self._file)))

    def _make(self) -> Vault:
        key = secrets.token_bytes(LENGTH)
        with open(os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(key.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())  # before anything is wrapped under it
        return Vault(key)


def passing() -> Vault:
    """A vault for a ledger that ends with its process."""
    return Vault(secrets.token_bytes(LENGTH))


def _read(text: str, where: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != LENGTH:
        raise VaultError(f"{where}: the host master key has {2 * LENGTH} hexadecimal digits")
    return key
