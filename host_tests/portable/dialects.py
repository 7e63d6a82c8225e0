"""What the stage's bank has to know of a profile to be the other side of it: one class each, with the same names."""

from expect import unhex

from taptill.core import transactions
from taptill.core.des import Des
from taptill.core.profiles import cn_pos, iso87a

MAK = Des(unhex("0123456789ABCDEFFEDCBA9876543210"))


class CnPos:
    """The bank-POS dialect."""

    name = "cn_pos"
    mac_kind = "ecb"
    profile = cn_pos
    state_field = 63
    keys = {62: b"keys"}
    repeated = (3, 4, 11, 25, 41, 42, 49, 60, 61)
    wrong_mac = "A0"

    def mac(self, data) -> bytes:
        """The profile's MAC under the test key."""
        return cn_pos.mac_code(self.mac_kind, MAK, data)

    def kind(self, ask) -> str:
        """The name of a row of core.transactions, "reversal", "inquiry", "sign-on" or "echo"."""
        if ask.mti in ("0100", "0200", "0220"):
            return transactions.of(int(ask.fields[60][:2])).name
        if ask.mti == "0820":
            return "inquiry" if ask.fields[60][8:10] == "90" else "echo"
        return {"0400": "reversal", "0800": "sign-on"}[ask.mti]

    def key(self, fields: dict) -> tuple:
        """(batch, STAN) of a payment or its reversal."""
        return int(fields[60][2:8]), int(fields[11])

    def original(self, fields: dict) -> tuple:
        """(batch, STAN) that a void or an inquiry names."""
        return int(fields[61][:6]), int(fields[61][6:12])

    def build(self, mti: str, fields: dict, ask, mac):
        """The frame of an answer."""
        return cn_pos.build(mti, fields, ask.tpdu, ask.header, mac)


class Iso87a:
    """ISO 8583:1987 in ASCII."""

    name = "iso87a"
    mac_kind = "retail"
    profile = iso87a
    state_field = 48
    keys = {48: "AB" * 38}
    repeated = (3, 4, 7, 11, 25, 41, 42, 49, 60, 61, 70, 90)
    payments = {
        ("0200", "000000", "00"): "sale",
        ("0200", "020000", "00"): "void",
        ("0200", "200000", "00"): "refund",
        ("0200", "310000", "00"): "balance",
        ("0100", "000000", "06"): "preauth",
        ("0100", "020000", "06"): "preauth-void",
        ("0200", "000000", "06"): "completion",
        ("0200", "020000", "06"): "compl-void",
    }
    wrong_mac = "63"

    def mac(self, data) -> bytes:
        """The profile's MAC under the test key."""
        return iso87a.mac_code(self.mac_kind, MAK, data)

    def kind(self, ask) -> str:
        """As CnPos has it."""
        if ask.mti in ("0100", "0200"):
            return self.payments[(ask.mti, ask.fields[3], ask.fields[25])]
        if ask.mti == "0800":
            return "echo" if ask.fields[70] == "301" else "sign-on"
        return {"0400": "reversal", "0600": "inquiry"}[ask.mti]

    def key(self, fields: dict) -> tuple:
        """(batch, STAN) of a payment or its reversal."""
        return int(fields[60]), int(fields[11])

    def original(self, fields: dict) -> tuple:
        """(batch, STAN) that a void or an inquiry names."""
        return int(fields.get(61) or fields[60]), int(fields[90][4:10])

    def build(self, mti: str, fields: dict, ask, mac):
        """The frame of an answer."""
        message = ask.__class__(mti, fields)
        return iso87a.pack(message, None, mac)


DIALECTS = (CnPos, Iso87a)
