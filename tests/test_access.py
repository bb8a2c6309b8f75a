"""Who may open what: every route and every role in one table.

A route that is not in the table fails; so does one whose guard says something else. Each is then
really asked for, by every kind of person: tests/access/test_matrix.py.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from banksampah.banks.models import Bank
from banksampah.staff.auth import ALL_ROLES, ANY_STAFF, BOOKKEEPERS, PUBLIC, WEIGHERS
from tests.people import Browser, Program

HOUSEHOLD = frozenset({"household"})

TABLE: dict[frozenset[str], str] = {
    PUBLIC: """
        GET /b/<slug>/periksa
        GET /b/<slug>/v/<code>
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
        GET /b/<slug>/pembagian/<int:seq>/susulan
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
        GET /b/<slug>/persediaan/perbandingan
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
        GET /api/v1/banks/<int:bank_id>/splits/<int:seq>/late-deposits
        GET /api/v1/banks/<int:bank_id>/comparison
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
        POST /b/<slug>/timbang/kabar
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
        GET /b/<slug>/setoran/lembar
        GET /b/<slug>/setoran/lembar.pdf
        GET /b/<slug>/setoran/lembar/isi
        POST /b/<slug>/setoran/lembar/isi
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
        GET /b/<slug>/perlu-dilihat/diputuskan
        POST /b/<slug>/perlu-dilihat/<int:flag_id>/buka-lagi
        POST /b/<slug>/perlu-dilihat/lembar/<int:seq>
        POST /b/<slug>/perlu-dilihat/titipan/<int:deposit_seq>
        POST /b/<slug>/perlu-dilihat/selisih/<int:seq>
        POST /b/<slug>/perlu-dilihat/nomor/<int:device_id>/<int:epoch>/<int:number>
        POST /b/<slug>/perlu-dilihat/nomor/<int:device_id>/<int:epoch>/<int:number>-<int:last>
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
        GET /b/<slug>/nasabah/<int:member_id>/buka-lagi
        POST /b/<slug>/nasabah/<int:member_id>/buka-lagi
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
        POST /api/v1/banks/<int:bank_id>/members/<int:member_id>/reopening
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
