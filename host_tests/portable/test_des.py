"""DES and two-key triple DES against published values."""

from expect import hexed, raises, unhex

from taptill.core.des import Des
from taptill.core.errors import KeyError_


def test_fips_81_example() -> None:
    # FIPS 81, appendix B, table B1 (ECB): "Now is the time for all " under 0123456789ABCDEF
    des = Des(unhex("0123456789ABCDEF"))
    want = ("3FA40E8A984D4815", "6A271787AB8883F9", "893D51EC4B563B53")
    for index in range(3):
        block = b"Now is the time for all "[8 * index : 8 * index + 8]
        assert hexed(des.encrypt(block)) == want[index]
        assert des.decrypt(unhex(want[index])) == block


def test_every_s_box_entry() -> None:
    # NBS Special Publication 500-20, appendix A, S-box test: key, plain text, cipher text
    for row in (
        "7CA110454A1A6E57 01A1D6D039776742 690F5B0D9A26939B",
        "0131D9619DC1376E 5CD54CA83DEF57DA 7A389D10354BD271",
        "07A1133E4A0B2686 0248D43806F67172 868EBB51CAB4599A",
        "3849674C2602319E 51454B582DDF440A 7178876E01F19B2A",
        "04B915BA43FEB5B6 42FD443059577FA2 AF37FB421F8C4095",
        "0113B970FD34F2CE 059B5E0851CF143A 86A560F10EC6D85B",
        "0170F175468FB5E6 0756D8E0774761D2 0CD3DA020021DC09",
        "43297FAD38E373FE 762514B829BF486A EA676B2CB7DB2B7A",
        "07A7137045DA2A16 3BDD119049372802 DFD64A815CAF1A0F",
        "04689104C2FD3B2F 26955F6835AF609A 5C513C9C4886C088",
        "37D06BB516CB7546 164D5E404F275232 0A2AEEAE3FF4AB77",
        "1F08260D1AC2465E 6B056E18759F5CCA EF1BF03E5DFA575A",
        "584023641ABA6176 004BD6EF09176062 88BF0DB6D70DEE56",
        "025816164629B007 480D39006EE762F2 A1F9915541020B56",
        "49793EBC79B3258F 437540C8698F3CFA 6FBF1CAFCFFD0556",
        "4FB05E1515AB73A7 072D43A077075292 2F22E49BAB7CA1AC",
        "49E95D6D4CA229BF 02FE55778117F12A 5A6B612CC26CCE4A",
        "018310DC409B26D6 1D9D5C5018F728C2 5F4C038ED12B2E41",
        "1C587F1C13924FEF 305532286D6F295A 63FAC0D034D9F793",
    ):
        key, plain, cipher = row.split()
        des = Des(unhex(key))
        assert hexed(des.encrypt(unhex(plain))) == cipher
        assert hexed(des.decrypt(unhex(cipher))) == plain


def test_triple_des() -> None:
    # iso8583_vectors.md section 1.3: E3(PIK, 0) and the trap E3(MAK 16, 0)
    assert hexed(Des(unhex("D931648F3DE313A4A22C15DCA4F4299E")).encrypt(bytes(8))) == "900ECCE3C957C7A4"
    assert hexed(Des(unhex("AB7C577CC7A180455FC2A085D7208A04")).encrypt(bytes(8))) == "34FDEE9C0D33EF5F"
    assert hexed(Des(unhex("AB7C577CC7A18045")).encrypt(bytes(8))) == "CFF1592A019A45E7"
    # equal halves: triple DES is DES
    half = unhex("0123456789ABCDEF")
    assert Des(half + half).encrypt(b"abcdefgh") == Des(half).encrypt(b"abcdefgh")


def test_there_and_back() -> None:
    for size in (8, 16):
        des = Des(bytes([(17 * index + 3) & 255 for index in range(size)]))
        for first in range(0, 256, 37):
            block = bytes([(first + 29 * index) & 255 for index in range(8)])
            assert des.decrypt(des.encrypt(block)) == block


def test_bytes_like_keys_and_blocks() -> None:
    key = unhex("0123456789ABCDEFFEDCBA9876543210")
    want = Des(key).encrypt(b"12345678")
    assert Des(bytearray(key)).encrypt(bytearray(b"12345678")) == want
    assert Des(memoryview(key)).encrypt(memoryview(b"12345678")) == want


def test_wipe_forgets_the_key() -> None:
    des = Des(unhex("0123456789ABCDEF"))
    before = des.encrypt(bytes(8))
    des.wipe()
    assert des.encrypt(bytes(8)) != before


def test_lengths_are_checked() -> None:
    for size in (0, 7, 9, 15, 17, 24):
        raises(KeyError_, Des, bytes(size))
    des = Des(bytes(8))
    for size in (0, 7, 9, 16):
        raises(ValueError, des.encrypt, bytes(size))
        raises(ValueError, des.decrypt, bytes(size))
