"""A bank with one material, one household and one phone; and one on its opening day."""

import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from banksampah.db import transaction
from tests.deposits.conftest import day  # noqa: F401 – the Saturday of the sheets' tests
from tests.desk.phones import Phone
from tests.desk.stall import GOODS, Stall
from tests.factories import make_member, priced_material
from tests.screens.conftest import Eyes, eyes  # noqa: F401 – the browser of the screens' tests


@pytest.fixture(autouse=True)
def an_opening_day(saturday: None) -> None:
    """The phones' records are of that Saturday."""


@pytest.fixture
def kardus(session, act):
    return priced_material(session, act(), "KT1", "Kardus", 1_800)


@pytest.fixture
def siti(session, act):
    return make_member(session, act())


@pytest.fixture
def rt(session, act):
    """A group comes often on one day, and nobody is asked about that."""
    return make_member(session, act(), "Warga RT 03", kind="group")


@pytest.fixture
def phone(kardus, siti, session, sign_in, act):
    session.commit()
    return Phone(sign_in("operator"), act)


@pytest.fixture
def port(app: Flask) -> Iterator[int]:
    """The service itself, on a port of its own."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield int(server.server_port)
    server.shutdown()
    thread.join()


@pytest.fixture
def stall(app: Flask, bank: Any, act: Any, sign_in: Any, eyes: Eyes, port: int) -> Stall:  # noqa: F811
    with app.app_context(), transaction(bank.bank_id) as session:
        members = [make_member(session, act(), f"Warga {n:03d}", rt="03") for n in range(1, 124)]
        for code, name, price, family in GOODS:
            priced_material(session, act(), code, name, price, family=family)
    phone = Phone(sign_in("operator"), act)
    return Stall(app, bank, phone, f"http://127.0.0.1:{port}", members, eyes)
