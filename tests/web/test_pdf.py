"""The press: closed to the outside, the same for every thread, and no hungrier with time."""

import resource
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from banksampah.statements import papers
from banksampah.statements.queries import Holder
from banksampah.web import pdf
from tests.statements.reading import pages_of
from tests.statements.samples import PRINTED_AT, statement_doc

STATIC = Path(pdf.__file__).parents[1] / "static"


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://example.org/logo.png",
        "ftp://example.org/logo.png",
        "file:///etc/passwd",
        "file://localhost/etc/passwd",
        f"file://elsewhere{STATIC}/mark.svg",
        f"{STATIC.as_uri()}/../config.py",
        f"{STATIC.as_uri()}/%2e%2e/config.py",
        f"{STATIC.as_uri()}/fonts/COPYRIGHT.txt",
        f"{STATIC.as_uri()}/no-such.svg",
        "data:image/png;base64,iVBORw0KGgo=",
        "../config.py",
    ],
)
def test_the_press_fetches_nothing_but_our_static_files(address: str) -> None:
    html = f'<!DOCTYPE html><html lang="id"><title>x</title><img src="{address}" alt="x">'
    with pytest.raises(pdf.ForeignFile):
        pdf._lay_out(html, ["paper.css"])


def test_our_own_static_files_are_served() -> None:
    html = '<!DOCTYPE html><html lang="id"><title>x</title><img src="mark.svg" alt="x">'
    assert len(pdf._lay_out(html, ["paper.css"]).pages) == 1


def test_a_name_is_text_and_never_markup() -> None:
    name = '<img src="file:///etc/passwd"><b>Siti</b> & "Budi" {{ 7 * 7 }}'
    holder = Holder(member_id=1, number="0123", name=name, place="RT 03")
    printed = papers.print_statement(
        statement_doc(2, member=holder), paper="A4", printed_at=PRINTED_AT
    )
    text = " ".join(pages_of(printed.pdf)[0].split())
    assert name in text


def test_a_paper_without_one_of_its_facts_is_not_printed() -> None:
    with pytest.raises(Exception, match="undefined"):
        pdf.print_paper("statement.html", sheets=["a4.css"], doc=statement_doc(1))


def test_threads_print_the_same_as_one_alone() -> None:
    docs = [statement_doc(count) for count in (3, 8, 15, 3, 8, 15)]
    alone = [printed_bytes(doc) for doc in docs]
    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(printed_bytes, docs)) == alone


def test_memory_does_not_grow_with_the_number_of_papers() -> None:
    for _ in range(5):
        printed_bytes(statement_doc(20))
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(15):
        printed_bytes(statement_doc(20))
    grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb
    assert grown_kb < 8_000


@pytest.mark.parametrize(
    ("ppm", "shown"),
    [
        (300_000, "30 %"),
        (125_000, "12,5 %"),
        (333_333, "33,3333 %"),
        (0, "0 %"),
        (1_000_000, "100 %"),
    ],
)
def test_percent(ppm: int, shown: str) -> None:
    assert pdf.percent(ppm).replace("\u00a0", " ") == shown


def printed_bytes(doc: papers.Statement) -> bytes:
    return papers.print_statement(doc, paper="A4", printed_at=PRINTED_AT).pdf
