"""One household's statement as a PDF: `python -m bench.statement_pdf [--rounds N]`.

Prints milliseconds a paper for one page, four pages, a receipt and minutes, and the memory of the
process as papers follow each other.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from banksampah.statements import papers
from tests.statements.samples import PRINTED_AT, deposit_doc, minutes_doc, statement_doc


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40, help="papers of each kind")
    rounds = parser.parse_args().rounds
    one_page, four_pages = statement_doc(15), statement_doc(110)
    minutes, receipt = minutes_doc(5), deposit_doc(4)
    kinds: dict[str, Callable[[], object]] = {
        "statement, one page": lambda: papers.print_statement(
            one_page, paper="A4", printed_at=PRINTED_AT
        ),
        "statement, four pages": lambda: papers.print_statement(
            four_pages, paper="A4", printed_at=PRINTED_AT
        ),
        "minutes": lambda: papers.print_minutes(minutes, paper="F4", printed_at=PRINTED_AT),
        "receipt A6": lambda: papers.print_deposit_receipt(
            receipt, printed_at=PRINTED_AT, slip=False
        ),
    }
    print(f"{'':24}{'best':>9}{'median':>9}{'memory':>9}")
    for name, make in kinds.items():
        make()
        times = [_timed_ms(make) for _ in range(rounds)]
        print(f"{name:24}{min(times):6.0f} ms{median(times):6.0f} ms{_memory_mb():6.0f} MB")


def _timed_ms(make: Callable[[], object]) -> float:
    start = time.perf_counter()
    make()
    return (time.perf_counter() - start) * 1000


def _memory_mb() -> int:
    """What the process holds now."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) // 1024
    return 0


if __name__ == "__main__":
    main()
