"""The tables of the first version: sales alone."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "1", None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(40), unique=True, nullable=False),
        sa.Column("balance", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "merchants",
        sa.Column("id", sa.String(15), primary_key=True),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("account_id", sa.Integer, sa.ForeignKey("accounts.id"), nullable=False),
    )
    op.create_table(
        "terminals",
        sa.Column("id", sa.String(8), primary_key=True),
        sa.Column("merchant_id", sa.String(15), sa.ForeignKey("merchants.id"), nullable=False),
        sa.Column("tmk", sa.String(32), nullable=False),
        sa.Column("pik", sa.String(32)),
        sa.Column("mak", sa.String(32)),
        sa.Column("batch", sa.Integer, nullable=False),
    )
    op.create_table(
        "cards",
        sa.Column("pan", sa.String(19), primary_key=True),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("expiry", sa.String(4), nullable=False),
        sa.Column("psn", sa.String(2), nullable=False),
        sa.Column("imk", sa.String(32)),
        sa.Column("cvn", sa.String(24)),
        sa.Column("pin_check", sa.String(64)),
        sa.Column("pin_tries", sa.Integer, nullable=False),
        sa.Column("status", sa.String(2), nullable=False),
        sa.Column("issued_status", sa.String(2), nullable=False),
        sa.Column("limit", sa.BigInteger),
        sa.Column("account_id", sa.Integer, sa.ForeignKey("accounts.id"), nullable=False),
    )
    op.create_table(
        "transactions",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("terminal_id", sa.String(8), sa.ForeignKey("terminals.id"), nullable=False),
        sa.Column("merchant_id", sa.String(15), nullable=False),
        sa.Column("batch", sa.Integer, nullable=False),
        sa.Column("stan", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("approved_amount", sa.BigInteger, nullable=False),
        sa.Column("pan_masked", sa.String(19), nullable=False),
        sa.Column("card_pan", sa.String(19), sa.ForeignKey("cards.pan")),
        sa.Column("code", sa.String(2), nullable=False),
        sa.Column("reason", sa.String(120), nullable=False),
        sa.Column("rrn", sa.String(12), nullable=False),
        sa.Column("auth_code", sa.String(6), nullable=False),
        sa.Column("cryptogram", sa.String(16)),
        sa.Column("atc", sa.String(16)),
        sa.Column("answer_tlv", sa.String(512)),
        sa.Column("answer_time", sa.String(10), nullable=False),
        sa.Column("business_day", sa.Integer, nullable=False),
        sa.Column("original_seen", sa.Integer, nullable=False),
        sa.Column("reversal_code", sa.String(2)),
        sa.Column("reversal_cause", sa.String(2)),
        sa.Column("reversal_rrn", sa.String(12)),
        sa.Column("reversal_time", sa.String(10)),
        sa.Column("reversal_count", sa.Integer, nullable=False),
        sa.Column("created", sa.DateTime, nullable=False),
        sa.UniqueConstraint("terminal_id", "batch", "stan", name="one_stan_a_batch"),
    )
    op.create_table(
        "entries",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("transaction_id", sa.Integer, sa.ForeignKey("transactions.id")),
        sa.Column("created", sa.DateTime, nullable=False),
    )
    op.create_table(
        "postings",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("entry_id", sa.Integer, sa.ForeignKey("entries.id"), nullable=False),
        sa.Column("account_id", sa.Integer, sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "counters",
        sa.Column("name", sa.String(16), primary_key=True),
        sa.Column("value", sa.BigInteger, nullable=False),
    )
