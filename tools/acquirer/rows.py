"""What a ledger keeps, one tuple a row: shared by the rules, the SQL tables and the ledger in memory.

Money is int minor units everywhere.  A row never changes: what is changed is another row in its place, so rows can be shared
by any number of snapshots.
"""

import datetime
from typing import NamedTuple

from .kinds import stands

RECEIVED, APPROVED, DECLINED, REVERSED = "received", "approved", "declined", "reversed"

Key = tuple[str, int, int]  # terminal, batch, STAN


def masked(pan: str) -> str:
    """First 6 + * + last 4 of a PAN; a shorter number is hidden whole."""
    if len(pan) < 13:
        return "*" * len(pan)
    return pan[:6] + "*" * (len(pan) - 10) + pan[-4:]


def utc(moment: datetime.datetime) -> datetime.datetime:
    """A clock's time as it is stored: UTC, without its zone."""
    return moment.astimezone(datetime.timezone.utc).replace(tzinfo=None)


class Merchant(NamedTuple):
    id: str
    name: str
    account_id: int


class Terminal(NamedTuple):
    """A terminal, its keys (wrapped, hex; PIK and MAK are None until its first sign-on) and the MAC agreed with it.

    `key_mac` is the MAC for which the keys were given out, None where nothing was said: the agreed one.
    """

    id: str
    merchant_id: str
    tmk: str
    pik: "str | None" = None
    mak: "str | None" = None
    batch: int = 1
    mac: str = "ecb"
    key_mac: "str | None" = None

    @property
    def mac_in_force(self) -> str:
        """The MAC that its keys are for, and no other."""
        return self.key_mac or self.mac


class Account(NamedTuple):
    """One side of the books; its balance is the sum of its postings."""

    id: int
    name: str


class Card(NamedTuple):
    """A test card; `status` is the F39 that every use gets, "00" when it may be used.  `expiry` YYMM."""

    pan: str
    name: str
    expiry: str
    psn: str
    imk: "str | None"
    cvn: "str | None"
    pin_check: "str | None"
    pin_tries: int
    status: str
    issued_status: str
    limit: "int | None"
    account_id: int


class Transaction(NamedTuple):
    """One STAN of one batch of one terminal, and what became of it.

    A reversal whose original never came leaves a row too (`state` reversed, `original_seen` 0): it bars
    the original, should that arrive late.  `original_batch` and `original_stan` are the earlier one that it is about.
    """

    id: int
    terminal_id: str
    merchant_id: str
    batch: int
    stan: int
    kind: str
    state: str
    amount: int
    approved_amount: int
    pan_masked: str
    card_pan: "str | None"
    code: str
    reason: str
    rrn: str
    auth_code: str
    cryptogram: "str | None"
    atc: "str | None"
    answer_tlv: "str | None"
    answer_time: str
    business_day: int
    original_seen: int
    original_batch: "int | None"
    original_stan: "int | None"
    reversal_code: "str | None"
    reversal_cause: "str | None"
    reversal_rrn: "str | None"
    reversal_time: "str | None"
    reversal_count: int
    created: datetime.datetime

    @property
    def key(self) -> Key:
        return self.terminal_id, self.batch, self.stan

    @property
    def original(self) -> "Key | None":
        """The earlier transaction that it is about: a sale, of its void."""
        return None if self.original_stan is None else (self.terminal_id, self.original_batch, self.original_stan)

    @property
    def undecided(self) -> bool:
        """Entered and never decided, as a host of earlier versions could leave it."""
        return self.state == RECEIVED

    @property
    def stands(self) -> int:
        """What it is to the merchant: nothing unless it is approved."""
        return stands(self.kind, self.approved_amount) if self.state == APPROVED else 0


def received(
    terminal_id: str,
    merchant_id: str,
    batch: int,
    stan: int,
    kind: str,
    amount: int,
    pan: str,
    business_day: int,
    created: datetime.datetime,
) -> Transaction:
    """The row of a request that nothing is decided about yet; `created` in UTC."""
    return Transaction(
        id=0,
        terminal_id=terminal_id,
        merchant_id=merchant_id,
        batch=batch,
        stan=stan,
        kind=kind,
        state=RECEIVED,
        amount=amount,
        approved_amount=0,
        pan_masked=masked(pan),
        card_pan=None,
        code="",
        reason="",
        rrn="",
        auth_code="",
        cryptogram=None,
        atc=None,
        answer_tlv=None,
        answer_time="",
        business_day=business_day,
        original_seen=1,
        original_batch=None,
        original_stan=None,
        reversal_code=None,
        reversal_cause=None,
        reversal_rrn=None,
        reversal_time=None,
        reversal_count=0,
        created=created,
    )


class Entry(NamedTuple):
    """One booking: `amount` from one account to another, in two postings that add up to zero."""

    id: int
    kind: str
    transaction_id: "int | None"
    created: datetime.datetime
    payer: int
    payee: int
    amount: int
