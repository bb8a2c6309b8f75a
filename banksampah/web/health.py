"""For who watches the service: does the process live (`/healthz`), may it be used (`/readyz`)."""

from functools import cache
from typing import Any

from alembic.script import ScriptDirectory
from flask import Flask, Response, current_app
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from banksampah.config import Settings
from banksampah.db import db, migrations_for
from banksampah.errors import DomainError
from banksampah.web.errors import answer_as_problem


class NotReady(DomainError):
    """The database does not answer, or has another schema than this program."""

    code = "not_ready"
    status = 503

    def __init__(self, cause: str):
        super().__init__("Belum siap. Coba lagi sebentar.", cause=cause, retry_after_s=2)


def init_app(app: Flask) -> None:
    """Open both addresses. They tell the same to everybody, and nothing of the books."""
    app.add_url_rule("/healthz", "healthz", lives)
    app.add_url_rule("/readyz", "readyz", ready)


def lives() -> dict[str, Any]:
    """This process answers. It asks nobody: a slow database is no reason to start it again."""
    return {"status": "lives"}


def ready() -> Response | dict[str, Any]:
    """The database answers and has the schema of this program; else 503."""
    settings: Settings = current_app.config["SETTINGS"]
    try:
        with db.engine.connect() as connection:
            at = connection.scalar(text("SELECT version_num FROM alembic_version"))
    except SQLAlchemyError:
        return answer_as_problem(NotReady("database"))
    if at != _newest(settings.database_url):
        return answer_as_problem(NotReady("schema"))
    return {"status": "ready"}


@cache
def _newest(url: str) -> str | None:
    return ScriptDirectory.from_config(migrations_for(url)).get_current_head()
