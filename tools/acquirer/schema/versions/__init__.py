"""A step a version; alembic finds them by their revision."""
