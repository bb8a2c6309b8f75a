"""The press: closed to the outside, the same for every thread, and no hungrier with time."""

import json
import os
import subprocess
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
    with pytest.raises(pdf.PressFailed, match=r"^FatalURLFetchingError at press.py:\d+ fetch$"):
        pdf.send_to_press(picture(address), ["paper.css"])


def test_our_own_static_files_are_served() -> None:
    assert pdf.send_to_press(picture("mark.svg"), ["paper.css"]).startswith(b"%PDF-")


def test_a_sheet_that_is_not_there_is_a_bug_and_the_press_goes_on() -> None:
    with pytest.raises(pdf.PressFailed):
        pdf.send_to_press(picture("mark.svg"), ["no-such.css"])
    assert pdf.send_to_press(picture("mark.svg"), ["paper.css"])


def test_a_paper_that_fails_is_told_by_kind_and_place_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The words of an error may repeat what somebody typed."""
    with pytest.raises(pdf.PressFailed):
        pdf.send_to_press(picture("https://siti.example/aminah.png"), ["paper.css"])
    assert "press: FatalURLFetchingError at press.py:" in caplog.text
    assert "siti" not in caplog.text


def test_what_the_press_grumbles_about_is_in_our_log(caplog: pytest.LogCaptureFixture) -> None:
    html = picture("mark.svg").replace("<img", '<p style="colour: green">x</p><img')
    assert pdf.send_to_press(html, ["paper.css"])
    assert "colour" in caplog.text


def test_a_press_that_dies_is_replaced() -> None:
    before = printed_bytes(statement_doc(3))
    process = press_process()
    process.kill()
    process.wait()
    for _press in pdf._presses:  # each has its turn
        assert printed_bytes(statement_doc(3)) == before
    assert press_process().pid != process.pid


def test_a_press_is_replaced_after_its_pages() -> None:
    press = pdf._Press(pages_max=2)
    request = json.dumps({"html": picture("mark.svg"), "sheets": ["paper.css"]}).encode()
    papers_of = []
    for _paper in range(5):
        answer = press.print(request) or press.print(request)
        assert answer and answer[1].startswith(b"%PDF-")
        papers_of.append(press.process.pid if press.process else 0)
    press.stop()
    first, second, third = dict.fromkeys(papers_of)
    assert papers_of == [first, first, second, second, third]


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
    docs = [statement_doc(count) for count in (2, 5, 2, 5)]
    alone = [printed_bytes(doc) for doc in docs]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(printed_bytes, docs)) == alone


def test_memory_does_not_grow_with_the_number_of_papers() -> None:
    for _ in range(5):
        printed_bytes(statement_doc(20))
    ours_kb, its_kb = peak_kb(os.getpid()), peak_kb(press_process().pid)
    for _ in range(15):
        printed_bytes(statement_doc(20))
    assert peak_kb(os.getpid()) - ours_kb < 4_000
    assert peak_kb(press_process().pid) - its_kb < 8_000


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


def picture(address: str) -> str:
    return f'<!DOCTYPE html><html lang="id"><title>x</title><img src="{address}" alt="x">'


def press_process() -> subprocess.Popen[bytes]:
    if pdf._presses[0].process is None:
        printed_bytes(statement_doc(1))
    assert pdf._presses[0].process
    return pdf._presses[0].process


def peak_kb(pid: int) -> int:
    (line,) = (x for x in Path(f"/proc/{pid}/status").read_text().splitlines() if "VmHWM" in x)
    return int(line.split()[1])


def printed_bytes(doc: papers.Statement) -> bytes:
    return papers.print_statement(doc, paper="A4", printed_at=PRINTED_AT).pdf
