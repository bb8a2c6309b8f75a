"""Alembic migrations, numbered, one step each, for SQLite and PostgreSQL."""
