"""The pack of a period: the statement of every household, on as many cores as may be used.

A folder holds what one RT takes home: it is printed and handed out as one.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from banksampah.banks.models import Bank
from banksampah.clock import day_in
from banksampah.members.models import Member
from banksampah.outputs import write_whole
from banksampah.statements import papers, queries
from banksampah.web.pdf import use_presses


def print_pack(
    session: Session,
    bank: Bank,
    households: Sequence[Member],
    folder: Path,
    *,
    since: date,
    until: date,
    printed_at: datetime,
    paper: str,
    presses: int,
) -> Iterator[Path]:
    """Print the statement of each of *households* into *folder*; gives each file when it is there.

    Who joined later has none, unless something was dated back. Figures are of one moment, that of
    the first statement. A file is whole or not there; printing again replaces it. No more than a
    few papers are in memory, however many there are.
    """
    use_presses(presses)
    today = day_in(bank.zone, printed_at)
    waiting: deque[tuple[Path, Future[papers.Paper]]] = deque()
    with ThreadPoolExecutor(presses) as pool:
        try:
            for member in households:
                doc = queries.statement(
                    session, bank.bank_id, member.id, since=since, until=until, today=today
                )
                if member.opened_on > until and not (doc.lines or doc.opening_idr):
                    continue
                printing = pool.submit(
                    papers.print_statement, doc, paper=paper, printed_at=printed_at
                )
                waiting.append((folder / _folder_of(member), printing))
                if len(waiting) > 2 * presses:
                    yield _finish(*waiting.popleft())
            while waiting:
                yield _finish(*waiting.popleft())
        finally:
            pool.shutdown(cancel_futures=True)


def _folder_of(member: Member) -> str:
    return f"rt-{member.rt}" if member.rt.isalnum() else "tanpa-rt"


def _finish(folder: Path, printing: "Future[papers.Paper]") -> Path:
    printed = printing.result()
    folder.mkdir(parents=True, exist_ok=True)
    return write_whole(folder / printed.file_name, printed.pdf)
