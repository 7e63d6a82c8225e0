"""Voids: the batch and trace of the original."""

import sqlalchemy as sa
from alembic import op

from acquirer.schema.steps import add_column

revision, down_revision = "2", "1"


def upgrade() -> None:
    for name in ("original_batch", "original_stan"):
        add_column(op.get_bind(), "transactions", sa.Column(name, sa.Integer))
