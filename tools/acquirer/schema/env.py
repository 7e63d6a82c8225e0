"""What alembic runs to carry a ledger on: in the transaction of the connection that it is given."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], vault=context.config.attributes["vault"])
context.run_migrations()
