"""What refers to an entry or to a transaction is found by an index where the database looks for it at each deletion."""

from alembic import op

revision, down_revision = "5", "4"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("entries_of", "entries", ["transaction_id"])
        op.create_index("postings_of", "postings", ["entry_id"])
