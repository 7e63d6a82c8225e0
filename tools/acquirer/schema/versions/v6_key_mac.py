"""Working keys are for one MAC: that of the profile in which the terminal signed on."""

import sqlalchemy as sa
from alembic import op

from acquirer.schema.steps import add_column

revision, down_revision = "6", "5"


def upgrade() -> None:
    add_column(op.get_bind(), "terminals", sa.Column("key_mac", sa.String(8)))
