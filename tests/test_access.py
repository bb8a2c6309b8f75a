"""Who may open what: every route and every role in one table.

A route that is not in the table fails; so does one whose guard says something else. Each is then
really asked for: by nobody, by somebody of another bank, and by every role.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from banksampah import clock
from banksampah.banks.models import Bank
from banksampah.banks.service import open_bank
from banksampah.db import transaction
from banksampah.staff.auth import ALL_ROLES, ANY_STAFF, BOOKKEEPERS, PUBLIC, WEIGHERS
from tests.owner import ask_owner
from tests.people import Browser, Program
from tests.quarter import live_a_winter

HOUSEHOLD = frozenset({"household"})

TABLE: dict[frozenset[str], str] = {
    PUBLIC: """
        GET /b/<slug>/pembukuan
        GET /b/<slug>/timbang
        GET /b/<slug>/timbang/manifest.webmanifest
        GET /b/<slug>/timbang/sw.js
        POST /b/<slug>/saldo-saya/keluar
        GET /b/<slug>/saldo-saya/masuk
        POST /b/<slug>/saldo-saya/masuk
        GET /bahasa/<language>
        POST /keluar
        GET /masuk
        POST /masuk
        GET /masuk/kode
        POST /masuk/kode
        GET /static/<path:filename>
        GET /healthz
        GET /metrics
        GET /readyz
        GET /api/v1/openapi.json
    """,
    HOUSEHOLD: """
        GET /b/<slug>/saldo-saya
        GET /b/<slug>/saldo-saya/rekening-koran
        GET /b/<slug>/saldo-saya/rekening-koran.pdf
    """,
    ANY_STAFF: """
        GET /
        GET /akun
        POST /akun/kata-sandi
        GET /akun/kode
        POST /akun/kode/cadangan
        POST /akun/kode/lepas
        POST /akun/kode/mulai
        POST /akun/kode/sahkan
        POST /akun/kunci
        POST /akun/kunci/<int:token_id>/pencabutan
        POST /akun/nama
        POST /akun/perangkat
        GET /wilayah
        GET /wilayah/bulanan
        GET /wilayah/bulanan.csv
        GET /wilayah/bulanan.xlsx
        GET /api/v1/me
        GET /api/v1/regions
        GET /api/v1/regions/month
        GET /api/v1/tokens
        POST /api/v1/tokens
        DELETE /api/v1/tokens/<int:token_id>
    """,
    frozenset(ALL_ROLES): """
        GET /b/<slug>/
        GET /b/<slug>/aturan
        GET /b/<slug>/bahan/<int:material_id>
        GET /b/<slug>/harga
        GET /b/<slug>/hari-buka
        GET /b/<slug>/harga/bagian
        GET /b/<slug>/nasabah
        GET /b/<slug>/nasabah/<int:member_id>
        GET /b/<slug>/nasabah/<int:member_id>/rekening-koran
        GET /b/<slug>/pembagian
        GET /b/<slug>/pembagian/<int:seq>
        GET /b/<slug>/pembagian/<int:seq>/berita-acara.pdf
        POST /b/<slug>/pembukuan
        GET /b/<slug>/pembukuan/buku-besar.<kind>
        GET /b/<slug>/pembukuan/bulanan
        GET /b/<slug>/pembukuan/bulanan.csv
        GET /b/<slug>/pembukuan/bulanan.xlsx
        GET /b/<slug>/pembukuan/jurnal
        GET /b/<slug>/pembukuan/jurnal/<int:seq>
        GET /b/<slug>/penarikan
        GET /b/<slug>/penarikan/<int:seq>
        GET /b/<slug>/penarikan/<int:seq>/kwitansi.pdf
        GET /b/<slug>/pengaturan
        GET /b/<slug>/penjualan
        GET /b/<slug>/penjualan/<int:seq>
        GET /b/<slug>/persediaan
        GET /b/<slug>/persediaan/<int:material_id>
        GET /b/<slug>/petugas
        GET /b/<slug>/setoran
        GET /b/<slug>/setoran/<int:seq>
        GET /b/<slug>/setoran/<int:seq>/bukti.pdf
        GET /b/<slug>/setoran/harga-menyusul
        GET /api/v1/banks/<int:bank_id>
        GET /api/v1/banks/<int:bank_id>/buyers
        GET /api/v1/banks/<int:bank_id>/deposits
        GET /api/v1/banks/<int:bank_id>/deposits/<int:seq>
        GET /api/v1/banks/<int:bank_id>/deposits/pending
        GET /api/v1/banks/<int:bank_id>/entries
        GET /api/v1/banks/<int:bank_id>/entries/<int:seq>
        GET /api/v1/banks/<int:bank_id>/funds
        GET /api/v1/banks/<int:bank_id>/materials
        GET /api/v1/banks/<int:bank_id>/materials/<int:material_id>
        GET /api/v1/banks/<int:bank_id>/members
        GET /api/v1/banks/<int:bank_id>/members/<int:member_id>
        GET /api/v1/banks/<int:bank_id>/members/<int:member_id>/movements
        GET /api/v1/banks/<int:bank_id>/members/<int:member_id>/statement
        GET /api/v1/banks/<int:bank_id>/members/<int:member_id>/statement.pdf
        GET /api/v1/banks/<int:bank_id>/month
        GET /api/v1/banks/<int:bank_id>/price-lists
        GET /api/v1/banks/<int:bank_id>/price-lists/<int:seq>
        GET /api/v1/banks/<int:bank_id>/proof
        GET /api/v1/banks/<int:bank_id>/sales
        GET /api/v1/banks/<int:bank_id>/sales/<int:seq>
        POST /api/v1/banks/<int:bank_id>/sales/preview
        GET /api/v1/banks/<int:bank_id>/settings
        GET /api/v1/banks/<int:bank_id>/share-rules
        GET /api/v1/banks/<int:bank_id>/split-rules
        POST /api/v1/banks/<int:bank_id>/split-rules/preview
        GET /api/v1/banks/<int:bank_id>/splits
        GET /api/v1/banks/<int:bank_id>/splits/<int:seq>
        GET /api/v1/banks/<int:bank_id>/staff
        GET /api/v1/banks/<int:bank_id>/stock
        GET /api/v1/banks/<int:bank_id>/stock/<int:material_id>
        GET /api/v1/banks/<int:bank_id>/trial-balance
        GET /api/v1/banks/<int:bank_id>/withdrawals
        GET /api/v1/banks/<int:bank_id>/withdrawals/<int:seq>
    """,
    frozenset(WEIGHERS): """
        GET /b/<slug>/perangkat/pasang
        POST /b/<slug>/perangkat/pasang
        GET /b/<slug>/pin-timbang
        POST /b/<slug>/pin-timbang
        GET /b/<slug>/timbang/bekal
        POST /b/<slug>/timbang/epok
        GET /b/<slug>/timbang/kabar
        POST /b/<slug>/timbang/kirim
        POST /b/<slug>/timbang/tutup
        POST /b/<slug>/nasabah
        GET /b/<slug>/nasabah/<int:member_id>/penarikan
        POST /b/<slug>/nasabah/<int:member_id>/penarikan
        GET /b/<slug>/nasabah/<int:member_id>/pin
        POST /b/<slug>/nasabah/<int:member_id>/pin
        GET /b/<slug>/nasabah/<int:member_id>/ubah
        POST /b/<slug>/nasabah/<int:member_id>/ubah
        GET /b/<slug>/nasabah/baru
        POST /b/<slug>/penarikan/<int:seq>/keputusan
        POST /b/<slug>/setoran
        GET /b/<slug>/setoran/<int:seq>/pembatalan
        POST /b/<slug>/setoran/<int:seq>/pembatalan
        GET /b/<slug>/setoran/baru
        POST /b/<slug>/setoran/periksa
        POST /api/v1/banks/<int:bank_id>/deposits
        POST /api/v1/banks/<int:bank_id>/deposits/batch
        POST /api/v1/banks/<int:bank_id>/deposits/<int:seq>/reversal
        POST /api/v1/banks/<int:bank_id>/members
        PATCH /api/v1/banks/<int:bank_id>/members/<int:member_id>
        POST /api/v1/banks/<int:bank_id>/members/<int:member_id>/pins
        POST /api/v1/banks/<int:bank_id>/withdrawals
        POST /api/v1/banks/<int:bank_id>/withdrawals/<int:seq>/payment
    """,
    frozenset(BOOKKEEPERS): """
        GET /b/<slug>/perangkat
        POST /b/<slug>/perangkat
        POST /b/<slug>/perangkat/<int:device_id>/kode
        POST /b/<slug>/perangkat/<int:device_id>/pencabutan
        GET /b/<slug>/perangkat/berkas
        POST /b/<slug>/perangkat/berkas
        GET /b/<slug>/perlu-dilihat
        POST /b/<slug>/perlu-dilihat/<int:flag_id>
        GET /b/<slug>/aturan/baru
        POST /b/<slug>/aturan/baru
        GET /b/<slug>/aturan/dana
        POST /b/<slug>/aturan/dana
        POST /b/<slug>/aturan/paket
        POST /b/<slug>/bahan/<int:material_id>
        GET /b/<slug>/bahan/baru
        POST /b/<slug>/bahan/baru
        POST /b/<slug>/harga/bagian
        GET /b/<slug>/harga/baru
        POST /b/<slug>/harga/baru
        GET /b/<slug>/harga/impor
        POST /b/<slug>/harga/impor
        GET /b/<slug>/nasabah/<int:member_id>/gabung
        POST /b/<slug>/nasabah/<int:member_id>/gabung
        GET /b/<slug>/nasabah/<int:member_id>/tutup
        POST /b/<slug>/nasabah/<int:member_id>/tutup
        GET /b/<slug>/nasabah/impor
        POST /b/<slug>/nasabah/impor
        POST /b/<slug>/pembagian/<int:seq>/keputusan
        GET /b/<slug>/pembagian/<int:seq>/pembatalan
        POST /b/<slug>/pembagian/<int:seq>/pembatalan
        GET /b/<slug>/pembagian/<int:seq>/usulan-baru
        POST /b/<slug>/pembagian/<int:seq>/usulan-baru
        GET /b/<slug>/penarikan/<int:seq>/pembatalan
        POST /b/<slug>/penarikan/<int:seq>/pembatalan
        POST /b/<slug>/penarikan/kedaluwarsa
        POST /b/<slug>/penjualan
        GET /b/<slug>/penjualan/<int:seq>/pembatalan
        POST /b/<slug>/penjualan/<int:seq>/pembatalan
        POST /b/<slug>/penjualan/<int:seq>/pembayaran
        GET /b/<slug>/penjualan/<int:seq>/pembayaran/<int:payment_seq>/pembatalan
        POST /b/<slug>/penjualan/<int:seq>/pembayaran/<int:payment_seq>/pembatalan
        GET /b/<slug>/penjualan/baru
        POST /b/<slug>/persediaan/<int:material_id>/hitungan
        GET /b/<slug>/setoran/<int:seq>/koreksi
        POST /b/<slug>/setoran/<int:seq>/koreksi/berat
        POST /b/<slug>/setoran/<int:seq>/koreksi/harga
        POST /b/<slug>/setoran/<int:seq>/koreksi/nasabah
        POST /b/<slug>/setoran/harga-menyusul
        POST /api/v1/banks/<int:bank_id>/buyers
        POST /api/v1/banks/<int:bank_id>/deposits/<int:seq>/household-correction
        POST /api/v1/banks/<int:bank_id>/deposits/<int:seq>/price-correction
        POST /api/v1/banks/<int:bank_id>/deposits/<int:seq>/weight-correction
        POST /api/v1/banks/<int:bank_id>/deposits/pricing
        POST /api/v1/banks/<int:bank_id>/funds
        POST /api/v1/banks/<int:bank_id>/materials
        PATCH /api/v1/banks/<int:bank_id>/materials/<int:material_id>
        POST /api/v1/banks/<int:bank_id>/members/<int:member_id>/closure
        POST /api/v1/banks/<int:bank_id>/members/<int:member_id>/merger
        POST /api/v1/banks/<int:bank_id>/members/imports
        POST /api/v1/banks/<int:bank_id>/price-lists
        POST /api/v1/banks/<int:bank_id>/price-lists/imports
        POST /api/v1/banks/<int:bank_id>/sales
        POST /api/v1/banks/<int:bank_id>/sales/<int:seq>/payments
        POST /api/v1/banks/<int:bank_id>/sales/<int:seq>/payments/<int:payment_seq>/reversal
        POST /api/v1/banks/<int:bank_id>/sales/<int:seq>/reversal
        POST /api/v1/banks/<int:bank_id>/share-rules
        POST /api/v1/banks/<int:bank_id>/split-presets
        POST /api/v1/banks/<int:bank_id>/split-rules
        POST /api/v1/banks/<int:bank_id>/splits/<int:seq>/approval
        POST /api/v1/banks/<int:bank_id>/splits/<int:seq>/proposals
        POST /api/v1/banks/<int:bank_id>/splits/<int:seq>/rejection
        POST /api/v1/banks/<int:bank_id>/splits/<int:seq>/reversal
        POST /api/v1/banks/<int:bank_id>/stock/<int:material_id>/counts
        POST /api/v1/banks/<int:bank_id>/withdrawals/<int:seq>/refusal
        POST /api/v1/banks/<int:bank_id>/withdrawals/<int:seq>/reversal
        POST /api/v1/banks/<int:bank_id>/withdrawals/lapses
    """,
    frozenset({"auditor", "chair"}): """
        GET /b/<slug>/keamanan
    """,
    frozenset({"chair"}): """
        POST /b/<slug>/pengaturan/aturan
        POST /b/<slug>/pengaturan/profil
        POST /b/<slug>/petugas
        POST /b/<slug>/petugas/<int:user_id>/kata-sandi
        POST /b/<slug>/petugas/<int:user_id>/peran
        POST /b/<slug>/petugas/<int:user_id>/peran/pencabutan
        PATCH /api/v1/banks/<int:bank_id>
        PATCH /api/v1/banks/<int:bank_id>/settings
        POST /api/v1/banks/<int:bank_id>/staff
        POST /api/v1/banks/<int:bank_id>/staff/<int:user_id>/roles
        DELETE /api/v1/banks/<int:bank_id>/staff/<int:user_id>/roles/<role>
    """,
}

UNGUARDED = {
    *("static", "api-docs.openapi_json"),  # of the libraries, which know no guard
    *("healthz", "readyz", "metrics"),  # for machines: tests/web/test_health.py, test_metrics.py
}
NO_SUCH_ID = 987_654_321
SPRING = datetime(2027, 3, 1, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Route:
    method: str
    rule: str
    endpoint: str

    @property
    def name(self) -> str:
        return f"{self.method} {self.rule}"

    @property
    def is_api(self) -> bool:
        return self.rule.startswith("/api/")

    @property
    def ids(self) -> list[str]:
        """Names of the things asked for by number, other than the bank."""
        return [n for n in re.findall(r"<int:(\w+)>", self.rule) if n != "bank_id"]

    def address(self, bank: Bank, **ids: int) -> str:
        """The rule with the bank's own address, *ids*, and something in every other place."""
        path = self.rule.replace("<slug>", bank.slug).replace("<int:bank_id>", str(bank.bank_id))
        path = re.sub(r"<int:(\w+)>", lambda m: str(ids.get(m[1], NO_SUCH_ID)), path)
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda m: WORDS.get(m[1], "x"), path)


PERIOD = "?since=2026-11-01&until=2026-11-30"
QUERIES = {"statements_api.show": PERIOD, "statements_api.show_pdf": PERIOD}
WORDS = {"language": "en", "role": "operator", "filename": "bank.css", "kind": "hledger"}


def routes(app: Flask) -> list[Route]:
    return [
        Route(method, rule.rule, rule.endpoint)
        for rule in app.url_map.iter_rules()
        for method in sorted(_methods(rule))
    ]


def _methods(rule: Rule) -> set[str]:
    return set(rule.methods or ()) - {"HEAD", "OPTIONS"}


def declared() -> dict[str, frozenset[str]]:
    """The table as one dictionary: "GET /masuk" -> who."""
    found: dict[str, frozenset[str]] = {}
    for who, lines in TABLE.items():
        for line in filter(None, map(str.strip, lines.splitlines())):
            assert line not in found, f"listed twice: {line}"
            found[line] = who
    return found


def test_every_route_is_in_the_table_and_guarded_as_it_says(app):
    guards = {
        route.name: PUBLIC
        if route.endpoint in UNGUARDED
        else getattr(app.view_functions[route.endpoint], "access", None)
        for route in routes(app)
    }
    assert guards == declared()


@pytest.fixture
def two_banks(app: Flask, bank: Bank, act, monkeypatch) -> tuple[Bank, Bank]:
    """A bank after a winter of business, and one just opened; it is now spring."""
    monkeypatch.setattr(clock, "now_utc", lambda: SPRING)
    with app.app_context():
        live_a_winter(act)
        with transaction() as session:
            other = open_bank(session, at=SPRING, slug="lain", name="Bank Lain")
    return bank, other


def ask(app: Flask, who: Browser | Program | None, route: Route, bank: Bank, **ids: int):
    """The answer to *route* when *who* asks in *bank*; an empty form or body."""
    address = route.address(bank, **ids) + QUERIES.get(route.endpoint, "")
    if isinstance(who, Program):
        return who.send(route.method, address, json=None if route.method == "GET" else {})
    if isinstance(who, Browser):
        if route.method == "GET":
            return who.client.get(address)
        return who.client.post(
            address, data={"csrf_token": who.csrf_token, "request_id": f"k-{id(route)}"}
        )
    app.config["WTF_CSRF_ENABLED"] = False  # nobody has a form; the guard is asked all the same
    answer = app.test_client().open(address, method=route.method)
    app.config["WTF_CSRF_ENABLED"] = True
    return answer


def is_turned_away(answer: TestResponse) -> bool:
    """Not signed in: 401 on the API, the sign-in page on pages."""
    return answer.status_code == 401 or (
        answer.status_code == 303 and "/masuk" in (answer.location or "")
    )


def test_nobody_gets_in_without_signing_in(app, two_banks):
    bank, _other = two_banks
    let_in = [
        route.name
        for route in routes(app)
        if declared()[route.name] != PUBLIC and not is_turned_away(ask(app, None, route, bank))
    ]
    assert let_in == []


def test_the_staff_of_another_bank_finds_nothing(app, two_banks):
    bank, other = two_banks
    strangers = {True: Program(app, other, *ALL_ROLES), False: Browser(app, other, *ALL_ROLES)}
    found = {
        route.name: answer.status_code
        for route in routes(app)
        if declared()[route.name] not in (PUBLIC, HOUSEHOLD, ANY_STAFF)
        and (answer := ask(app, strangers[route.is_api], route, bank)).status_code != 404
    }
    assert found == {}


def test_each_role_gets_what_the_table_says(app, two_banks):
    bank, _other = two_banks
    wrong = {}
    for role in ALL_ROLES:
        people = {True: Program(app, bank, role), False: Browser(app, bank, role)}
        for route in routes(app):
            who = declared()[route.name]
            if who in (PUBLIC, HOUSEHOLD, ANY_STAFF):
                continue
            status = ask(app, people[route.is_api], route, bank).status_code
            if (status == 403) == (role in who) or status >= 500:
                wrong[f"{role}: {route.name}"] = status
    assert wrong == {}


def test_things_of_another_bank_are_not_there(app, two_banks):
    """Every number that names something in the first bank names nothing in the second."""
    bank, other = two_banks
    people = {True: Program(app, other, *ALL_ROLES), False: Browser(app, other, *ALL_ROLES)}
    of_bank = Browser(app, bank, "operator").user
    with app.app_context():
        ids = numbers_of(app, bank, other) | {"user_id": [of_bank.user_id]}
    before = heads(app)
    found = {}
    for route in routes(app):
        if not route.ids or declared()[route.name] in (PUBLIC, HOUSEHOLD, ANY_STAFF):
            continue
        for number in ids[route.ids[0]]:
            answer = ask(app, people[route.is_api], route, other, **{route.ids[0]: number})
            if answer.status_code != 404 and not is_a_mistake_in(answer, route):
                found[f"{route.name} {number}"] = answer.status_code
    assert found == {}
    assert heads(app) == before


def is_a_mistake_in(answer: TestResponse, route: Route) -> bool:
    """An empty form is refused before the thing is looked for; that tells nothing either."""
    return route.method != "GET" and answer.status_code == 422


def numbers_of(app: Flask, bank: Bank, other: Bank) -> dict[str, list[int]]:
    """Numbers of things that are in *bank* and not in *other*."""

    def ask_for(column: str, table: str) -> list[int]:
        rows = ask_owner(
            app,
            f"SELECT {column} FROM {table} WHERE bank_id = {bank.bank_id} AND {column} NOT"
            f" IN (SELECT {column} FROM {table} WHERE bank_id = {other.bank_id})",
        )
        return sorted({row[0] for row in rows})

    return {
        "member_id": ask_for("id", "member")[:3],
        "material_id": ask_for("id", "material")[:3],
        "buyer_id": ask_for("id", "buyer")[:2],
        "device_id": [NO_SUCH_ID],
        "flag_id": [NO_SUCH_ID],
        "fund_id": ask_for("id", "fund")[:2],
        "seq": [
            seq
            for table in ("deposit", "withdrawal", "split", "sale", "price_list")
            for seq in ask_for("seq", table)[-2:]
        ],
    }


def heads(app: Flask) -> list[tuple[int, int]]:
    """(bank, newest entry) of every bank."""
    return ask_owner(app, "SELECT bank_id, max(seq) FROM entry GROUP BY bank_id ORDER BY bank_id")


def test_a_token_of_somebody_else_cannot_be_withdrawn(app, bank):
    mine, theirs = Program(app, bank, "operator"), Program(app, bank, "chair")
    ids = [t["token_id"] for t in theirs.get("/api/v1/tokens").json["items"]]
    assert mine.delete(f"/api/v1/tokens/{ids[0]}").status_code == 404
    assert theirs.get("/api/v1/me").status_code == 200


def test_a_cookie_opens_no_api_and_a_token_no_page(app, bank):
    browser, program = Browser(app, bank, "chair"), Program(app, bank, "chair")
    assert browser.client.get(f"/api/v1/banks/{bank.bank_id}").status_code == 401
    answer = program.client.get(
        f"/b/{bank.slug}/petugas", headers={"Authorization": f"Bearer {program.token}"}
    )
    assert is_turned_away(answer)


def test_a_role_taken_away_is_gone_at_once(app, bank):
    chair, browser = Browser(app, bank, "chair"), Browser(app, bank, "treasurer", "auditor")
    assert browser.get("/nasabah/impor").status_code == 200
    chair.post(f"/petugas/{browser.user.user_id}/peran/pencabutan", {"role": "treasurer"})
    assert browser.get("/nasabah/impor").status_code == 403
