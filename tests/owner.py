"""What the owner of the database sees: every row of every bank."""

from typing import Any

from flask import Flask
from sqlalchemy import NullPool, create_engine, text


def ask_owner(app: Flask, statement: str, **values: Any) -> list[tuple[Any, ...]]:
    """The rows of *statement*, past row-level security and the service's own login."""
    engine = create_engine(app.config["OWNER_URL"], poolclass=NullPool)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement), values)]
