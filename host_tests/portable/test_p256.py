"""Signatures of the device: the vectors of RFC 6979, and that nothing else fits."""

from binascii import hexlify, unhexlify

from taptill.core import p256
from taptill.core.hmac import hmac_sha256

# RFC 6979, appendix A.2.5 (P-256), with SHA-256.
_KEY = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
_PUBLIC = "0360fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
_VECTORS = (
    (
        b"sample",
        "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
        "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
    ),
    (
        b"test",
        "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367",
        "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083",
    ),
)


def _signed(key, text):
    signing = p256.Signing(key, text)
    turns = sum(1 for _ in signing)
    return signing, turns


def test_the_vectors_of_rfc_6979():
    for text, r, s in _VECTORS:
        signing, _ = _signed(_KEY, text)
        assert hexlify(signing.signature).decode() == r + s
        assert hexlify(signing.public).decode() == _PUBLIC
    assert hexlify(p256.public_key(_KEY)).decode() == _PUBLIC


def test_the_work_is_done_in_many_short_turns():
    _, turns = _signed(_KEY, b"sample")
    assert turns == 512


def test_a_private_key_is_never_out_of_range():
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    for secret in (bytes(32), b"\xff" * 32, (order - 1).to_bytes(32, "big"), order.to_bytes(32, "big")):
        assert 1 <= p256.private_key(secret) < order


def test_hmac_of_rfc_4231():
    """RFC 4231, test cases 1, 2 and 3."""
    for key, data, mac in (
        (b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        (b"Jefe", b"what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        (b"\xaa" * 20, b"\xdd" * 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
    ):
        assert hmac_sha256(key, data) == unhexlify(mac)
