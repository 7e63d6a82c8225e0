"""The ledger's SQL tables, whose columns are the fields of rows.py; nothing here is special to one database.  A change of them is
another step in schema/versions/.

Keys stand in them wrapped under the host master key (vault.py), where a real acquirer has a hardware security module.
"""

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Index, Integer, MetaData, String, Table, UniqueConstraint, text

metadata = MetaData()
_VOIDS = text("original_stan IS NOT NULL")


def _id() -> Column:
    """Given by the ledger (`counters`), never by the database."""
    return Column("id", Integer, primary_key=True, autoincrement=False)


def _foreign_key(name: str, column: str) -> Index:
    """So that PostgreSQL finds what refers to a row that is deleted.  SQLite does not look, and its sales are spared it."""
    return Index(name, column, info={"only": "postgresql"}).ddl_if(dialect="postgresql")


accounts = Table(
    "accounts",
    metadata,
    _id(),
    Column("name", String(40), unique=True, nullable=False),
    Column("balance", BigInteger, nullable=False),
)

merchants = Table(
    "merchants",
    metadata,
    Column("id", String(15), primary_key=True),
    Column("name", String(40), nullable=False),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
)

terminals = Table(
    "terminals",
    metadata,
    Column("id", String(8), primary_key=True),
    Column("merchant_id", ForeignKey("merchants.id"), nullable=False),
    Column("tmk", String(64), nullable=False),
    Column("pik", String(64)),
    Column("mak", String(64)),
    Column("batch", Integer, nullable=False),
    Column("mac", String(8), server_default="ecb", nullable=False),
    Column("key_mac", String(8)),
)

cards = Table(
    "cards",
    metadata,
    Column("pan", String(19), primary_key=True),
    Column("name", String(40), nullable=False),
    Column("expiry", String(4), nullable=False),
    Column("psn", String(2), nullable=False),
    Column("imk", String(64)),
    Column("cvn", String(24)),
    Column("pin_check", String(64)),
    Column("pin_tries", Integer, nullable=False),
    Column("status", String(2), nullable=False),
    Column("issued_status", String(2), nullable=False),
    Column("limit", BigInteger),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
)

transactions = Table(
    "transactions",
    metadata,
    _id(),
    Column("terminal_id", ForeignKey("terminals.id"), nullable=False),
    Column("merchant_id", String(15), nullable=False),
    Column("batch", Integer, nullable=False),
    Column("stan", Integer, nullable=False),
    Column("kind", String(12), nullable=False),
    Column("state", String(10), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("approved_amount", BigInteger, nullable=False),
    Column("pan_masked", String(19), nullable=False),
    Column("card_pan", ForeignKey("cards.pan")),
    Column("code", String(2), nullable=False),
    Column("reason", String(120), nullable=False),
    Column("rrn", String(12), nullable=False),
    Column("auth_code", String(6), nullable=False),
    Column("cryptogram", String(16)),
    Column("atc", String(16)),
    Column("answer_tlv", String(512)),
    Column("answer_time", String(10), nullable=False),
    Column("business_day", Integer, nullable=False),
    Column("original_seen", Integer, nullable=False),
    Column("original_batch", Integer),
    Column("original_stan", Integer),
    Column("reversal_code", String(2)),
    Column("reversal_cause", String(2)),
    Column("reversal_rrn", String(12)),
    Column("reversal_time", String(10)),
    Column("reversal_count", Integer, nullable=False),
    Column("created", DateTime, nullable=False),
    UniqueConstraint("terminal_id", "batch", "stan", name="one_stan_a_batch"),
    Index("presented", "card_pan", "atc"),
    Index("void_of", "terminal_id", "original_batch", "original_stan", sqlite_where=_VOIDS, postgresql_where=_VOIDS),
)

entries = Table(
    "entries",
    metadata,
    _id(),
    Column("kind", String(12), nullable=False),
    Column("transaction_id", ForeignKey("transactions.id")),
    Column("created", DateTime, nullable=False),
    _foreign_key("entries_of", "transaction_id"),
)

# One line of an entry: what the account gains (+) or loses (-).  Its id follows from that of its entry.
postings = Table(
    "postings",
    metadata,
    _id(),
    Column("entry_id", ForeignKey("entries.id"), nullable=False),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("amount", BigInteger, nullable=False),
    _foreign_key("postings_of", "entry_id"),
)

# What an account has gained that transactions change without holding it, as every sale does with its merchant's: a row a process,
# so that none waits for another.  A balance is `accounts.balance` and all of these.
tallies = Table(
    "tallies",
    metadata,
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    Column("worker", Integer, primary_key=True, autoincrement=False),
    Column("amount", BigInteger, nullable=False),
)

# Named numbers: "business_day" as YYYYMMDD, how far each series is given out, and the check value of the "master_key".
counters = Table(
    "counters",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("value", BigInteger, nullable=False),
)
