"""Household statements per second: WeasyPrint alone one by one, one press, two; and their memory.

A paper is one page, tagged, its fonts embedded (PDF/A-3a): thirteen lines in seven columns and what
each kind of waste weighed. All variants print the same papers, by turns in one run.
"""

import gc
import multiprocessing
import os
import time
import warnings
from argparse import Namespace
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any

from weasyprint import HTML

from banksampah.statements import papers
from banksampah.statements.queries import Holder, Statement
from banksampah.web import pdf, press
from tests.statements.reading import sizes_mm
from tests.statements.samples import PRINTED_AT, statement_doc

LINES = 13
PAPERS, PAPERS_SHORT = 24, 4
MILESTONES, MILESTONES_SHORT = (200, 1_000, 2_000), (5, 10)
WANTED_A_SECOND = 18
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


class Measured:
    """Papers a second by the clock, and milliseconds of a core for each, of several rounds."""

    def __init__(self) -> None:
        self.a_second: list[float] = []
        self.cpu_ms: list[float] = []

    def row(self, name: str, peer: "Measured") -> str:
        low, high = min(self.a_second), max(self.a_second)
        ratio = median(self.a_second) / median(peer.a_second)
        return (
            f"  {name:<30}{median(self.a_second):7.1f}/s  [{low:.1f}-{high:.1f}]"
            f"{median(self.cpu_ms):8.0f} ms of a core{ratio:8.2f} x"
        )


def run(_engine: str, options: Namespace) -> None:
    """Print the table of speeds, then the peak of memory as papers follow each other."""
    rounds = 1 if options.short else options.rounds
    docs = one_page_docs(PAPERS_SHORT if options.short else PAPERS)
    pdf.use_presses(2)
    alone, one, two = Measured(), Measured(), Measured()
    with multiprocessing.get_context("spawn").Pool(1) as plain, ThreadPoolExecutor(2) as pool:
        plain.map(weasyprint_alone, [request_of(docs[0])])
        list(pool.map(print_it, docs[:2] * 2))  # warm
        for _ in range(rounds):
            asked = [request_of(doc) for doc in docs]
            measure(alone, len(docs), lambda asked=asked: plain.map(weasyprint_alone, asked))
            measure(one, len(docs), lambda: one_by_one(docs))
            measure(two, 2 * len(docs), lambda: list(pool.map(print_it, docs * 2)))
    print(f"paper, statements of one page, {LINES} lines, {os.cpu_count()} cores")
    print(alone.row("WeasyPrint alone, one by one", alone))
    print(one.row("one press", alone))
    print(two.row("two presses", alone))
    print(f"  wanted with two: {WANTED_A_SECOND}/s")
    print_memory(MILESTONES_SHORT if options.short else MILESTONES)


def one_page_docs(count: int) -> list[Statement]:
    """*count* households' statements that fit on a page."""
    found: list[Statement] = []
    seed = 0
    while len(found) < count:
        seed += 1
        member = Holder(member_id=seed, number=f"{seed:04}", name=f"Keluarga {seed}", place="RT 03")
        doc = statement_doc(LINES, seed=seed, member=member)
        if len(sizes_mm(print_it(doc))) == 1:
            found.append(doc)
    return found


def measure(into: Measured, count: int, work: Callable[[], object]) -> None:
    """Run *work*, which makes *count* papers; count the core time of it and its children."""
    gc.collect()
    ticks, began = all_ticks(), time.perf_counter()
    work()
    into.a_second.append(count / (time.perf_counter() - began))
    into.cpu_ms.append((all_ticks() - ticks) / TICKS_A_SECOND * 1000 / count)


def one_by_one(docs: Sequence[Statement]) -> None:
    for doc in docs:
        print_it(doc)


def print_it(doc: Statement) -> bytes:
    return papers.print_statement(doc, paper="A4", printed_at=PRINTED_AT).pdf


def request_of(doc: Statement) -> tuple[str, list[str]]:
    """What the press is asked for *doc*: its HTML and sheets."""
    asked: list[Any] = []
    send, pdf.send_to_press = pdf.send_to_press, lambda *request: asked.append(request) or b"-"
    try:
        print_it(doc)
    finally:
        pdf.send_to_press = send
    ((html, sheets),) = asked
    return html, sheets


def weasyprint_alone(request: tuple[str, list[str]]) -> int:
    """The same paper as its documentation shows it: one call, nothing kept for the next."""
    html, sheets = request
    folder = Path(press.__file__).parents[1] / "static"
    styles = [str(folder / "paper" / sheet) for sheet in sheets]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        page = HTML(string=html, base_url=folder.as_uri() + "/")
        return len(page.write_pdf(stylesheets=styles, pdf_variant=press.VARIANT))


def print_memory(milestones: Sequence[int]) -> None:
    """Peaks of the printing process and of its largest press, as papers follow each other."""
    docs = one_page_docs(5)
    presses_mb = 0.0
    print(f"  {'papers made':<14}{'printing process':>18}{'largest press':>16}")
    with ThreadPoolExecutor(2) as pool:
        made = 0
        for milestone in milestones:
            while made < milestone:
                list(pool.map(print_it, docs))
                made += len(docs)
                presses_mb = max(presses_mb, *(peak_mb(child) for child in children()))
            print(f"  {made:<14,}{peak_mb(os.getpid()):15.0f} MB{presses_mb:13.0f} MB")


def children() -> list[int]:
    tasks = Path("/proc/self/task").glob("*/children")
    return [int(pid) for task in tasks for pid in task.read_text().split()]


def peak_mb(pid: int) -> float:
    """The most memory the process ever held; 0 for one that is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def all_ticks() -> int:
    """Core time used by this process, its children, and those of them that ended."""
    return sum(ticks(pid) for pid in (os.getpid(), *children()))


def ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return sum(int(field) for field in fields[11:15])
