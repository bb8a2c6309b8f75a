"""What the phone has to fetch, in bytes as they go over the line."""

import gzip
from typing import Any

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import BrowserContext

from banksampah.db import transaction
from banksampah.desk.island import LATER, LAZY, MODULES
from tests.desk.stall import Stall
from tests.desk.wire import Counting, transferred
from tests.engines import in_the_browser
from tests.factories import make_member, priced_material

pytestmark = in_the_browser

MODULES_BYTES_MAX = 20_000
LAZY_BYTES_MAX = 13_000
LATER_BYTES_MAX = 58_000
DESK_BYTES_MAX = 80_000
UNCHANGED_BYTES_MAX = 2_000
SQUEEZED = {"Accept-Encoding": "gzip"}


def sizes(client: FlaskClient, *names: str) -> dict[str, int]:
    """Bytes of each static file as a browser gets it."""
    found = {}
    for name in names:
        answer = client.get(f"/static/{name}", headers=SQUEEZED)
        assert answer.headers["Content-Encoding"] == "gzip"
        found[name] = len(answer.data)
    return found


def test_modules_of_the_first_screen(client: FlaskClient) -> None:
    found = sizes(client, *MODULES)
    assert sum(found.values()) <= MODULES_BYTES_MAX, found
    assert sum(sizes(client, *LAZY).values()) <= LAZY_BYTES_MAX
    assert sum(sizes(client, *LATER).values()) <= LATER_BYTES_MAX


def test_script_and_style_of_other_pages(client: FlaskClient) -> None:
    found = sizes(client, "inti.js", "bank.css")
    assert found["inti.js"] <= 3_000
    assert found["bank.css"] <= 12_000


def test_a_file_is_the_same_squeezed_or_not(client: FlaskClient) -> None:
    for name in (*MODULES, *LAZY, "bank.css", "icons.svg"):
        plain = client.get(f"/static/{name}")
        squeezed = client.get(f"/static/{name}", headers=SQUEEZED)
        assert "Content-Encoding" not in plain.headers
        assert gzip.decompress(squeezed.data) == plain.data
        for answer in (plain, squeezed):
            assert answer.headers["Vary"] == "Accept-Encoding"
        tag = {"If-None-Match": plain.headers["ETag"]}
        again = client.get(f"/static/{name}", headers=SQUEEZED | tag)
        assert (again.status_code, again.data) == (304, b"")


@pytest.fixture
def counted(app: Any) -> Counting:
    app.wsgi_app = Counting(app.wsgi_app)
    return app.wsgi_app  # type: ignore[no-any-return]


@pytest.fixture
def full_bank(stall: Stall, act: Any) -> Stall:
    """400 households and 45 materials with names as they are."""
    with stall.app.app_context(), transaction(stall.bank.bank_id) as session:
        for n in range(400 - len(stall.members)):
            make_member(
                session, act(), f"{FIRST[n % 20]} {LAST[n * 7 % 23]}", rt=f"{n % 9 + 1:02d}"
            )
        for n in range(45 - 8):
            priced_material(session, act(), f"X{n}", f"Bahan {LAST[n % 23]} {n}", 500 + 50 * n)
    return stall


FIRST = [
    "Siti",
    "Sri",
    "Dewi",
    "Nur",
    "Wati",
    "Endang",
    "Ratna",
    "Yuni",
    "Lestari",
    "Ani",
    "Budi",
    "Agus",
    "Joko",
    "Slamet",
    "Bambang",
    "Hendra",
    "Eko",
    "Dwi",
    "Tri",
    "Wahyu",
]
LAST = [
    "Aminah",
    "Rahayu",
    "Suryani",
    "Hidayat",
    "Santoso",
    "Wibowo",
    "Susanti",
    "Handayani",
    "Purnomo",
    "Kurniawan",
    "Maryati",
    "Astuti",
    "Setiawan",
    "Nugroho",
    "Utami",
    "Lestari",
    "Pratiwi",
    "Saputra",
    "Wulandari",
    "Hartono",
    "Gunawan",
    "Kusuma",
    "Mulyani",
]


def test_the_desk_of_a_full_bank_once_and_again(counted: Counting, full_bank: Stall) -> None:
    def work(context: BrowserContext) -> tuple[int, int]:
        page = context.new_page()
        page.goto(f"/b/{full_bank.bank.slug}/timbang")
        page.get_by_role("button", name="Mulai sesi").wait_for()
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.wait_for_timeout(500)
        first = counted.take()
        page.reload()
        page.get_by_role("button", name="Mulai sesi").wait_for()
        page.wait_for_timeout(500)
        again = counted.take()
        return transferred(first), transferred(again)

    once, again = full_bank.use(work)
    assert 30_000 < once <= DESK_BYTES_MAX
    assert again <= UNCHANGED_BYTES_MAX
