"""What every answer carries, and how figures and days are written."""

from datetime import UTC, date, datetime

import pytest
from flask import Flask, g

from banksampah import create_app
from banksampah.config import Settings
from banksampah.web import filters
from banksampah.web.guards import caller, own_path

SECRET_KEY = "test" * 8


@pytest.fixture
def bare(tmp_path) -> Flask:
    """The application; these answers need no database."""
    url = f"sqlite:///{tmp_path / 'none.db'}"
    return create_app(Settings(database_url=url, secret_key=SECRET_KEY, testing=True))


@pytest.mark.parametrize("path", ["/masuk", "/nowhere", "/api/v1/openapi.json", "/api/v1/nowhere"])
def test_every_answer_carries_the_strict_headers(bare, path):
    headers = bare.test_client().get(path).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    for part in ("frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"):
        assert part in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store, private"


def test_static_files_may_be_kept(bare):
    with bare.test_client().get("/static/bank.css") as answer:
        assert answer.status_code == 200
        assert "no-store" not in answer.headers.get("Cache-Control", "")


def test_cookies_are_secure_behind_a_proxy_that_speaks_https(tmp_path):
    url = f"sqlite:///{tmp_path / 'none.db'}"
    settings = Settings(database_url=url, secret_key=SECRET_KEY, behind_proxy=True)
    answer = (
        create_app(settings)
        .test_client()
        .get("/masuk", headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "10.1.2.3"})
    )
    cookie = answer.headers["Set-Cookie"]
    for part in ("Secure", "HttpOnly", "SameSite=Lax"):
        assert part in cookie
    a_year = "max-age=31536000; includeSubDomains"
    assert answer.headers["Strict-Transport-Security"] == a_year


def test_without_a_proxy_nobody_may_claim_another_address(bare):
    answer = bare.test_client().get("/masuk", headers={"X-Forwarded-Proto": "https"})
    assert "Strict-Transport-Security" not in answer.headers


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("203.0.113.77", "203.0.113.77"), ("::ffff:203.0.113.77", "203.0.113.77"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"), ("::1", "::/64"), ("fe80::1%eth0", "fe80::/64"),
        ("", "-"), (None, "-"), ("unix:", "-"), ("203.0.113.077.1", "-"), ("\0" * 5_000, "-"),
    ],
)  # fmt: skip
def test_who_calls_is_an_ipv4_address_or_the_network_of_one_line(bare, address, expected):
    with bare.test_request_context("/", environ_base={"REMOTE_ADDR": address}):
        assert caller() == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/b/x/setoran?hari=1", "/b/x/setoran?hari=1"), ("/", "/"), ("", "/"), (None, "/"),
        ("//evil", "/"), ("/\\evil", "/"), ("https://evil", "/"), ("evil", "/"), ("/a\nb", "/"),
        ("/a\\b", "/"), ("\t//evil", "/"),
    ],
)  # fmt: skip
def test_only_paths_of_our_own_are_gone_to(path, expected):
    assert own_path(path) == expected


def test_figures_and_days_are_written_the_indonesian_way(bare):
    nine = datetime(2026, 11, 21, 2, 5, tzinfo=UTC)
    with bare.test_request_context("/"):
        g.zone = "Asia/Jakarta"
        assert filters.rupiah(1_250_000) == "Rp1.250.000"
        assert filters.rupiah(-50_000) == "−Rp50.000"
        assert filters.rupiah(None) == "–"
        assert (filters.kg(2350), filters.kg(2300, 2)) == ("2,35 kg", "2,30")
        assert filters.banyak(1_200, "pcs") == "1.200 buah"
        assert filters.banyak(1_500, "litre") == "1,5 liter"
        assert filters.persen(125_000) == "12,5%"
        assert filters.tanggal(date(2026, 11, 21)) == "21 November 2026"
        assert filters.tanggal(date(2026, 11, 21), "panjang") == "Sabtu, 21 November 2026"
        assert filters.tanggal_pendek(date(2026, 11, 1)) == "01/11/2026"
        assert filters.jam(nine) == "09.05"
        assert filters.waktu(nine) == "Sabtu, 21 November 2026 pukul 09.05 WIB"


def test_a_bank_in_the_east_lives_in_its_own_day(bare):
    late = datetime(2026, 11, 21, 15, 30, tzinfo=UTC)
    with bare.test_request_context("/"):
        g.zone = "Asia/Jayapura"
        assert filters.waktu(late, "sedang") == "22 November 2026 pukul 00.30 WIT"
