"""A host for many: what a sale looks for has an index, and balances that every sale changes are kept in parts."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "4", "3"


def upgrade() -> None:
    op.create_index("presented", "transactions", ["card_pan", "atc"])
    voids = sa.text("original_stan IS NOT NULL")
    columns = ["terminal_id", "original_batch", "original_stan"]
    op.create_index("void_of", "transactions", columns, sqlite_where=voids, postgresql_where=voids)
    op.create_table(
        "tallies",
        sa.Column("account_id", sa.Integer, sa.ForeignKey("accounts.id"), primary_key=True),
        sa.Column("worker", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
    )
    counters = sa.table("counters", sa.column("name"))
    op.execute(sa.delete(counters).where(counters.c.name == "schema"))
