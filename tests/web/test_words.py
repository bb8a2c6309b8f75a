"""Numbers and dates in words, against a golden table and against a reader written the other way."""

import re
from datetime import UTC, date, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from banksampah.web import words

GOLDEN = {
    0: "nol",
    1: "satu",
    9: "sembilan",
    10: "sepuluh",
    11: "sebelas",
    12: "dua belas",
    19: "sembilan belas",
    20: "dua puluh",
    21: "dua puluh satu",
    99: "sembilan puluh sembilan",
    100: "seratus",
    101: "seratus satu",
    110: "seratus sepuluh",
    111: "seratus sebelas",
    119: "seratus sembilan belas",
    200: "dua ratus",
    999: "sembilan ratus sembilan puluh sembilan",
    1_000: "seribu",
    1_001: "seribu satu",
    1_011: "seribu sebelas",
    1_100: "seribu seratus",
    1_999: "seribu sembilan ratus sembilan puluh sembilan",
    2_000: "dua ribu",
    10_000: "sepuluh ribu",
    11_000: "sebelas ribu",
    21_000: "dua puluh satu ribu",
    100_000: "seratus ribu",
    101_000: "seratus satu ribu",
    100_730: "seratus ribu tujuh ratus tiga puluh",
    111_111: "seratus sebelas ribu seratus sebelas",
    596_825: "lima ratus sembilan puluh enam ribu delapan ratus dua puluh lima",
    1_000_000: "satu juta",
    1_000_001: "satu juta satu",
    1_001_000: "satu juta seribu",
    1_001_001: "satu juta seribu satu",
    1_100_100: "satu juta seratus ribu seratus",
    1_801_781: "satu juta delapan ratus satu ribu tujuh ratus delapan puluh satu",
    2_573_973: "dua juta lima ratus tujuh puluh tiga ribu sembilan ratus tujuh puluh tiga",
    10_000_000: "sepuluh juta",
    11_011_011: "sebelas juta sebelas ribu sebelas",
    1_000_000_000: "satu miliar",
    1_001_001_001: "satu miliar satu juta seribu satu",
    2_000_000_000: "dua miliar",
    1_000_000_000_000: "satu triliun",
    1_000_000_001_000: "satu triliun seribu",
    999_999_999_999_999: (
        "sembilan ratus sembilan puluh sembilan triliun "
        "sembilan ratus sembilan puluh sembilan miliar "
        "sembilan ratus sembilan puluh sembilan juta "
        "sembilan ratus sembilan puluh sembilan ribu "
        "sembilan ratus sembilan puluh sembilan"
    ),
    10**15: "satu kuadriliun",
    -1: "minus satu",
    -50_000: "minus lima puluh ribu",
}
_NINE = ["satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan"]
DIGITS = dict(zip(_NINE, range(1, 10), strict=True))
SCALES = {"ribu": 10**3, "juta": 10**6, "miliar": 10**9, "triliun": 10**12,
          "kuadriliun": 10**15, "kuintiliun": 10**18}  # fmt: skip


@pytest.mark.parametrize(("number", "said"), GOLDEN.items())
def test_the_golden_table(number: int, said: str) -> None:
    assert words.terbilang(number) == said


@given(st.integers(-(2**63), 2**63 - 1))
@example(2**63 - 1)
@example(-(2**63))
def test_every_number_of_the_books_reads_back(number: int) -> None:
    assert read_back(words.terbilang(number)) == number


def test_neighbours_never_share_their_words() -> None:
    said = [words.terbilang(number) for number in range(20_000)]
    assert len(set(said)) == len(said)
    assert [read_back(text) for text in said] == list(range(20_000))


def test_one_is_never_counted_where_se_stands_for_it() -> None:
    wrong = re.compile(r"satu (puluh|belas|ratus)|(?<!puluh )(?<!ratus )satu ribu|  ")
    for number in (*range(3_000), *range(999_000, 1_003_000), *range(10**9, 10**9 + 2_100)):
        assert not wrong.search(words.terbilang(number)), number


def test_beyond_the_words_it_says_so() -> None:
    assert words.terbilang(words.NUMBER_LIMIT - 1)
    with pytest.raises(ValueError, match="no words"):
        words.terbilang(words.NUMBER_LIMIT)


def test_rupiah_in_words() -> None:
    assert words.rupiah_in_words(75_000) == "tujuh puluh lima ribu rupiah"


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (
            date(2026, 11, 21),
            "Sabtu, tanggal dua puluh satu bulan November tahun dua ribu dua puluh enam "
            "(21/11/2026)",
        ),
        (
            date(2024, 2, 29),
            "Kamis, tanggal dua puluh sembilan bulan Februari tahun dua ribu dua puluh empat "
            "(29/02/2024)",
        ),
        (
            date(2000, 1, 1),
            "Sabtu, tanggal satu bulan Januari tahun dua ribu (01/01/2000)",
        ),
        (
            date(2017, 8, 17),
            "Kamis, tanggal tujuh belas bulan Agustus tahun dua ribu tujuh belas (17/08/2017)",
        ),
    ],
)
def test_a_date_as_minutes_say_it(day: date, said: str) -> None:
    assert words.date_in_words(day) == said


def test_days_and_months_are_in_order() -> None:
    week = [words.full_date(date(2026, 11, 16 + n)).split(",")[0] for n in range(7)]
    assert week == ["Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"]
    assert words.full_date(date(2026, 3, 8)) == "Minggu, 8 Maret 2026"
    assert [words.long_date(date(2026, n, 1)).split()[1] for n in (1, 5, 8, 12)] == [
        "Januari", "Mei", "Agustus", "Desember",
    ]  # fmt: skip
    assert words.short_date(date(2026, 3, 8)) == "08/03/2026"


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [
        (date(2026, 7, 1), date(2026, 10, 31), "1 Juli – 31 Oktober 2026"),
        (date(2026, 11, 7), date(2026, 11, 14), "7–14 November 2026"),
        (date(2025, 12, 15), date(2026, 1, 14), "15 Desember 2025 – 14 Januari 2026"),
        (date(2025, 11, 7), date(2026, 11, 7), "7 November 2025 – 7 November 2026"),
        (date(2026, 11, 7), date(2026, 11, 7), "7 November 2026"),
    ],
)
def test_a_period(since: date, until: date, said: str) -> None:
    assert words.date_span(since, until) == said


def test_an_instant_is_read_on_the_banks_own_clock() -> None:
    instant = datetime(2026, 11, 20, 23, 5, tzinfo=UTC)
    assert words.full_time(instant, "Asia/Jakarta") == "Sabtu, 21 November 2026 pukul 06.05 WIB"
    assert words.full_time(instant, "Asia/Makassar") == "Sabtu, 21 November 2026 pukul 07.05 WITA"
    assert words.full_time(instant, "Asia/Jayapura") == "Sabtu, 21 November 2026 pukul 08.05 WIT"


def read_back(said: str) -> int:
    """The number that *said* names: a reader that shares nothing with the writer."""
    if said == "nol":
        return 0
    if said.startswith("minus "):
        return -read_back(said.removeprefix("minus "))
    total = group = pending = 0
    for word in said.replace("seribu", "satu ribu").split():
        if word in DIGITS:
            pending = DIGITS[word]
        elif word in ("sepuluh", "sebelas", "seratus"):
            group += {"sepuluh": 10, "sebelas": 11, "seratus": 100}[word]
        elif word == "belas":
            group, pending = group + 10 + pending, 0
        elif word == "puluh":
            group, pending = group + 10 * pending, 0
        elif word == "ratus":
            group, pending = group + 100 * pending, 0
        else:
            total, group, pending = total + (group + pending) * SCALES[word], 0, 0
    return total + group + pending
