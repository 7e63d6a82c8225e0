"""The ledger's tables.  Money is int minor units everywhere; nothing here is special to one database.

Keys stand in them wrapped under the host master key (vault.py), where a real acquirer has a hardware security module.
"""

import datetime

from sqlalchemy import BigInteger, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SCHEMA = 3  # to be raised with every change of the tables; migrations.py carries older ones on
RECEIVED, APPROVED, DECLINED, REVERSED = "received", "approved", "declined", "reversed"


class Base(DeclarativeBase):
    """Base of all tables."""


class Merchant(Base):
    __tablename__ = "merchants"

    id: Mapped[str] = mapped_column(String(15), primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))


class Terminal(Base):
    """A terminal, its keys (wrapped, hex; PIK and MAK are None until its first sign-on) and the MAC agreed with it."""

    __tablename__ = "terminals"

    id: Mapped[str] = mapped_column(String(8), primary_key=True)
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    tmk: Mapped[str] = mapped_column(String(64))
    pik: Mapped["str | None"] = mapped_column(String(64))
    mak: Mapped["str | None"] = mapped_column(String(64))
    batch: Mapped[int] = mapped_column(Integer, default=1)
    mac: Mapped[str] = mapped_column(String(8), default="ecb", server_default="ecb")


class Account(Base):
    """One side of the books; `balance` is kept equal to the sum of its postings."""

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    balance: Mapped[int] = mapped_column(BigInteger, default=0)


class Card(Base):
    """A test card; `status` is the F39 that every use gets, "00" when it may be used."""

    __tablename__ = "cards"

    pan: Mapped[str] = mapped_column(String(19), primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    expiry: Mapped[str] = mapped_column(String(4))
    psn: Mapped[str] = mapped_column(String(2), default="00")
    imk: Mapped["str | None"] = mapped_column(String(64))
    cvn: Mapped["str | None"] = mapped_column(String(24))
    pin_check: Mapped["str | None"] = mapped_column(String(64))
    pin_tries: Mapped[int] = mapped_column(Integer, default=0)
    status: Mapped[str] = mapped_column(String(2), default="00")
    issued_status: Mapped[str] = mapped_column(String(2), default="00")
    limit: Mapped["int | None"] = mapped_column(BigInteger)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))


class Transaction(Base):
    """One STAN of one batch of one terminal, and what became of it.

    A reversal whose original never came leaves a row too (`state` reversed, `original_seen` 0): it bars
    the original, should that arrive late.  `original_batch` and `original_stan` are the sale that a void is about.
    """

    __tablename__ = "transactions"
    __table_args__ = (UniqueConstraint("terminal_id", "batch", "stan", name="one_stan_a_batch"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    terminal_id: Mapped[str] = mapped_column(ForeignKey("terminals.id"))
    merchant_id: Mapped[str] = mapped_column(String(15))
    batch: Mapped[int] = mapped_column(Integer)
    stan: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(10))
    amount: Mapped[int] = mapped_column(BigInteger)
    approved_amount: Mapped[int] = mapped_column(BigInteger, default=0)
    pan_masked: Mapped[str] = mapped_column(String(19), default="")
    card_pan: Mapped["str | None"] = mapped_column(ForeignKey("cards.pan"))
    code: Mapped[str] = mapped_column(String(2), default="")
    reason: Mapped[str] = mapped_column(String(120), default="")
    rrn: Mapped[str] = mapped_column(String(12), default="")
    auth_code: Mapped[str] = mapped_column(String(6), default="")
    cryptogram: Mapped["str | None"] = mapped_column(String(16))
    atc: Mapped["str | None"] = mapped_column(String(16))
    answer_tlv: Mapped["str | None"] = mapped_column(String(512))
    answer_time: Mapped[str] = mapped_column(String(10), default="")
    business_day: Mapped[int] = mapped_column(Integer)
    original_seen: Mapped[int] = mapped_column(Integer, default=1)
    original_batch: Mapped["int | None"] = mapped_column(Integer)
    original_stan: Mapped["int | None"] = mapped_column(Integer)
    reversal_code: Mapped["str | None"] = mapped_column(String(2))
    reversal_cause: Mapped["str | None"] = mapped_column(String(2))
    reversal_rrn: Mapped["str | None"] = mapped_column(String(12))
    reversal_time: Mapped["str | None"] = mapped_column(String(10))
    reversal_count: Mapped[int] = mapped_column(Integer, default=0)
    created: Mapped[datetime.datetime]


class Entry(Base):
    """One booking; its postings add up to zero."""

    __tablename__ = "entries"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    transaction_id: Mapped["int | None"] = mapped_column(ForeignKey("transactions.id"))
    created: Mapped[datetime.datetime]


class Posting(Base):
    """One line of an entry: what the account gains (+) or loses (-)."""

    __tablename__ = "postings"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entries.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    amount: Mapped[int] = mapped_column(BigInteger)


class Counter(Base):
    """Named numbers: "rrn", "approval", "business_day" as YYYYMMDD, "schema", and the check value of the "master_key"."""

    __tablename__ = "counters"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)
