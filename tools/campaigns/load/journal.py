"""What a terminal of the load believes of its own transactions."""

from dataclasses import dataclass

from acquirer.rows import APPROVED, DECLINED, REVERSED

from .cards import LoadCard

PENDING = "pending"
NOT_FOUND, NOT_APPROVED = "reversed: not found", "reversed: was not approved"
SALE, VOID = 22, 23  # 60.1
# F39 of a reversal's answer -> what is believed then
OF_REVERSAL = {"00": REVERSED, "25": NOT_FOUND, "12": NOT_APPROVED}


@dataclass
class Record:
    """One STAN, as report.compare reads it.  `code`, `rrn`, `auth_code`, `approved` and those of its reversal are as the host
    has answered, "" and 0 before; `about` is the sale of a void.
    """

    batch: int
    stan: int
    kind: int
    amount: int
    card: LoadCard
    about: "Record | None" = None
    state: str = PENDING
    approved: int = 0
    code: str = ""
    rrn: str = ""
    auth_code: str = ""
    reversal_code: str = ""
    reversal_rrn: str = ""
    voided: bool = False

    @property
    def at(self) -> str:
        return f"batch {self.batch:06d} STAN {self.stan:06d}"

    def answered(self, fields: "dict[int, str | bytes]") -> None:
        """The host has decided."""
        self.code, self.rrn, self.auth_code = str(fields.get(39, "")), str(fields.get(37, "")), str(fields.get(38, ""))
        self.state = APPROVED if self.code == "00" else DECLINED
        self.approved = int(fields.get(4, "0")) if self.state == APPROVED else 0
        if self.about is not None and self.state == APPROVED:
            self.about.voided = True

    def undone(self, code: str, rrn: str) -> None:
        """The answer to its reversal was `code`, one of OF_REVERSAL, with a reference of its own."""
        self.state, self.reversal_code, self.reversal_rrn = OF_REVERSAL[code], code, rrn
        if self.about is not None and code == "00":
            self.about.voided = False


class Journal:
    """All records of one terminal, and which of its sales stand."""

    def __init__(self):
        self.records: list[Record] = []

    def enter(self, record: Record) -> Record:
        self.records.append(record)
        return record

    def standing(self) -> "list[Record]":
        """The latest sales that may be voided."""
        return [each for each in self.records[-30:] if each.kind == SALE and each.state == APPROVED and not each.voided]

    def for_the_report(self) -> "list[dict]":
        """As report.compare takes them."""
        return [
            {"batch": each.batch, "stan": each.stan, "kind": each.kind, "amount": each.amount, "state": each.state}
            for each in self.records
        ]
