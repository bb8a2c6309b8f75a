"""Does it live, may it be used: told to whoever watches, also when the database is not there."""

from pathlib import Path

from flask import Flask
from sqlalchemy import create_engine, text

from banksampah import create_app
from banksampah.config import Settings
from banksampah.db import normal_url

PROBLEM = "application/problem+json"


def own(url: str) -> Flask:
    return create_app(Settings(database_url=url, secret_key="test" * 8, testing=True))


def test_it_lives_and_is_ready(app: Flask) -> None:
    for address, status in (("/healthz", "lives"), ("/readyz", "ready")):
        answer = app.test_client().get(address)
        assert answer.status_code == 200
        assert answer.json == {"status": status}
        assert "no-store" in answer.headers["Cache-Control"]


def test_another_schema_is_not_ready(app: Flask, database_url: str) -> None:
    owner = create_engine(normal_url(database_url))
    with owner.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.mimetype) == (503, PROBLEM)
    assert (answer.json["code"], answer.json["cause"]) == ("not_ready", "schema")
    assert answer.json["id"] == answer.headers["X-Request-ID"]
    assert answer.headers["Retry-After"]
    assert app.test_client().get("/healthz").status_code == 200
    owner.dispose()


def test_without_its_database_it_lives_and_is_not_ready(tmp_path: Path) -> None:
    nowhere = own(f"sqlite:///{tmp_path}/no-such-folder/bank.db")
    nobody = own("postgresql://nobody@127.0.0.1:9/none?connect_timeout=2")
    for app in (nowhere, nobody):
        client = app.test_client()
        answer = client.get("/readyz")
        assert (answer.status_code, answer.mimetype) == (503, PROBLEM)
        assert answer.json["cause"] == "database"
        assert client.get("/healthz").status_code == 200
