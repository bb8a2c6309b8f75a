"""What Flask can give at most: a view that sends the raw deposit's one statement, and that is all.

Nobody signs in, nothing is validated, priced or looked up: what is left is HTTP, Flask, the driver,
the database's own work and the commit. No service on them can be faster.
"""

import os
import threading
from random import getrandbits
from typing import Any

import psycopg
from flask import Flask, request

URL, STATEMENT = "BENCH_BARE_URL", "BENCH_BARE_STATEMENT"


def create_app() -> Flask:
    """One route, one connection a thread."""
    app, own = Flask(__name__), threading.local()
    statement = os.environ[STATEMENT]

    @app.get("/healthz")
    def life() -> str:
        return "ok"

    @app.post("/api/v1/banks/<int:bank_id>/deposits")
    def deposit(bank_id: int) -> tuple[dict[str, Any], int]:
        if not hasattr(own, "connection"):
            own.connection = _connect(os.environ[URL])
        first, second = (line["quantity"] for line in request.get_json()["lines"])
        chance = getrandbits(62)
        values = {"b": bank_id, "k": chance, "m": chance % 40, "x": chance % 6, "y": 6 + chance % 6}
        own.connection.execute(statement, values | {"g": first, "h": second})
        return {"state": "accepted"}, 201

    return app


def _connect(url: str) -> psycopg.Connection[Any]:
    connection = psycopg.connect(url, autocommit=True)
    connection.execute("SET ROLE banksampah_app; SET enable_seqscan = off; SET jit = off")
    connection.prepare_threshold = 0
    return connection
