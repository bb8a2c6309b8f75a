"""A month's statements of all households: every one there, true, whole, and again when asked."""

import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from pypdf import PdfReader
from sqlalchemy.orm import Session

from banksampah.banks.queries import get_bank
from banksampah.cli import main
from banksampah.db import db, transaction
from banksampah.members.models import Member
from banksampah.members.service import close_member
from banksampah.outputs import write_whole
from banksampah.statements import pack, queries
from tests.factories import MakeAct, make_deposit, make_member
from tests.statements.conftest import Shop
from tests.statements.reading import idr, pages_of

OCTOBER = {"since": date(2026, 10, 1), "until": date(2026, 10, 31)}
NAME = "rekening-koran-{}-2026-10-01-2026-10-31.pdf"


@pytest.fixture
def autumn(session: Session, shop: Shop, act: MakeAct) -> Shop:
    """Siti and Joko weigh in October, a newcomer without an RT joined then and brings nothing."""
    with transaction(shop.bank_id) as s:
        for day in (3, 10, 17):
            for member in (shop.siti, shop.joko):
                make_deposit(s, on(act, day), member, (shop.kardus, 1_000 * day))
        make_member(s, on(act, 20), "Wati")
    return shop


def on(act: MakeAct, day: int) -> object:
    return act(today=date(2026, 10, day), at=datetime(2026, 10, day, 3, tzinfo=UTC))


def print_october(shop: Shop, folder: Path, presses: int = 2) -> Iterator[Path]:
    bank = get_bank(db.session, shop.bank_id)
    return pack.print_pack(
        db.session, bank, households(shop), folder,
        printed_at=datetime(2026, 11, 2, 3, tzinfo=UTC), paper="A4", presses=presses, **OCTOBER,
    )  # fmt: skip


def households(shop: Shop) -> list[Member]:
    return queries.households_of(db.session, shop.bank_id, OCTOBER["since"])


def test_a_month_by_one_command(database_url: str, autumn: Shop, tmp_path: Path) -> None:
    options = ["--bank", "gerpesh-jitu", "--month", "2026-10", "--out", str(tmp_path / "pack")]
    options += ["--processes", "2", "--database", database_url]
    done = CliRunner().invoke(main, ["statements", *options])
    assert done.exit_code == 0, done.output
    assert "3 statements of 2026-10" in done.output
    files = sorted(path.relative_to(tmp_path / "pack") for path in tmp_path.rglob("*.pdf"))
    assert Path("rt-03", NAME.format(autumn.siti.number)) in files
    assert Path("rt-02", NAME.format(autumn.joko.number)) in files
    text = pages_of((tmp_path / "pack/rt-03" / NAME.format(autumn.siti.number)).read_bytes())[0]
    assert "1–31 Oktober 2026" in text


def test_opening_and_lines_are_the_closing_on_each_paper(autumn: Shop, tmp_path: Path) -> None:
    for path in print_october(autumn, tmp_path):
        text = "\n".join(page.extract_text() for page in PdfReader(path).pages)
        figures = re.findall(r"S-\d{5}.*? ([\d.]+) ([\d.]+)$", text, re.M | re.S)
        closing = re.search(r"Saldo akhir 31 Oktober 2026", text)
        assert closing
        balance_idr = 0
        for amount, balance in figures:
            balance_idr += idr(amount)
            assert idr(balance) == balance_idr
        shown = re.search(r"Jumlah.* ([\d.]+)$", text, re.M)
        assert (idr(shown.group(1)) if shown else 0) == balance_idr


def test_printing_again_gives_the_same_and_leaves_nothing_else(
    autumn: Shop, tmp_path: Path
) -> None:
    first = {path: path.read_bytes() for path in print_october(autumn, tmp_path, presses=2)}
    next(iter(first)).write_bytes(b"torn")
    again = {path: path.read_bytes() for path in print_october(autumn, tmp_path, presses=1)}
    assert again == first
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == set(first)


def test_a_paper_is_whole_or_not_there(autumn: Shop, tmp_path: Path) -> None:
    """Cut off after the first: the folder holds whole papers and nothing else."""
    printing = print_october(autumn, tmp_path, presses=1)
    first = next(printing)
    printing.close()
    assert PdfReader(io.BytesIO(first.read_bytes())).pages
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [first]
    with pytest.raises(OSError, match="No such file"):
        write_whole(tmp_path / "nowhere" / "x.pdf", b"%PDF-")


def test_who_left_before_and_who_came_after_get_none(
    session: Session, autumn: Shop, act: MakeAct, tmp_path: Path
) -> None:
    with transaction(autumn.bank_id) as s:
        gone = make_member(s, on(act, 1), "Pergi")
        staying = make_member(s, on(act, 1), "Pamit")
    with transaction(autumn.bank_id) as s:
        close_member(s, on(act, 2), member_id=staying.id)
        close_member(s, act(today=date(2026, 9, 30)), member_id=gone.id)
        make_member(s, act(today=date(2026, 11, 2)), "Sesudah")
    printed = {path.name for path in print_october(autumn, tmp_path)}
    # Siti and Joko are younger than their deposits, which were dated back
    told = {autumn.siti.number, autumn.joko.number, "0003", staying.number}
    assert printed == {NAME.format(number) for number in told}


def test_a_name_of_an_rt_never_leaves_the_folder(autumn: Shop) -> None:
    assert [pack._folder_of(Member(rt=rt)) for rt in ("03", "", "../", ".", "3A")] == [
        "rt-03", "tanpa-rt", "tanpa-rt", "tanpa-rt", "rt-3A",
    ]  # fmt: skip


def test_a_month_still_to_come_is_refused(database_url: str, autumn: Shop, tmp_path: Path) -> None:
    options = ["--bank", "gerpesh-jitu", "--month", "2099-01", "--out", str(tmp_path / "x")]
    done = CliRunner().invoke(main, ["statements", *options, "--database", database_url])
    assert done.exit_code == 1
    assert "paling lambat hari ini" in done.output
    assert not (tmp_path / "x").exists()
