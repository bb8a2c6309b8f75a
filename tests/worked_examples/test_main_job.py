"""The main job as people do it: by command and by form, on a published price list.

The sums, made on paper before the program ran (list of Bukit Hibul 2026, 100 % to the household):

    Melati    kardus 4,25 × 1.000 = 4.250   botol 2,35 × 2.000 = 4.700                     8.950
    Kenanga   kardus 3,1 × 1.000 = 3.100    HVS 5,75 × 800 = 4.600
              gelas 0,805 × 3.000 = 2.415                                                 10.115
    Anggrek   botol 1,2 × 2.000 = 2.400     gelas 0,4 × 3.000 = 1.200                      3.600
    Melati    HVS 2,333 × 800 = 1.866,4     kardus 1,5 × 1.000 = 1.500
              botol 0,95 × 2.000 = 1.900    gelas 0,15 × 3.000 = 450                       5.716
    Kenanga   kardus 6 × 1.000 = 6.000      HVS 0,917 × 800 = 733,6 → 734                  6.734
    Savings   Melati 14.666   Kenanga 16.849   Anggrek 3.600   together 35.115 = cost of the stock

    Sold      kardus 14,85 × 1.300 = 19.305   botol 4,5 × 2.500 = 11.250
              HVS 9 × 1.100 = 9.900           gelas 1,355 × 3.600 = 4.878                 45.333
    Margin    45.333 − 35.115 − 5.000 (transport) = 5.218
    30 % = 1.565,4   70 % = 3.652,6: the last rupiah goes to sosial. Lingkungan 1.565, sosial 3.653.
"""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from banksampah import clock, ledger
from banksampah.catalog.models import Material
from banksampah.cli import main
from banksampah.db import use_bank
from banksampah.demo.lists import FOLDER
from banksampah.ledger import chart
from banksampah.members.models import Member
from tests.conftest import NOW

SCALE = (
    ("Keluarga Melati 1", {"2": "4,25", "1A": "2,35"}),
    ("Keluarga Kenanga 2", {"2": "3,1", "3A": "5,75", "5A": "0,805"}),
    ("Keluarga Anggrek 3", {"1A": "1,2", "5A": "0,4"}),
    ("Keluarga Melati 1", {"3A": "2,333", "2": "1,5", "1A": "0,95", "5A": "0,15"}),
    ("Keluarga Kenanga 2", {"2": "6", "3A": "0,917"}),
)
BUYER = {"2": ("14,85", "1.300"), "1A": ("4,5", "2.500"), "3A": ("9", "1.100"), "5A": ("1,355", "3.600")}  # fmt: skip


@pytest.fixture(autouse=True)
def saturday(monkeypatch: pytest.MonkeyPatch) -> None:
    """Saturday, 21 November 2026."""
    monkeypatch.setattr(clock, "now_utc", lambda: NOW)


def run(database_url: str, *words: str) -> str:
    """A command, which must succeed."""
    told = CliRunner().invoke(main, [*words, "--database", database_url])
    assert told.exit_code == 0, told.output
    return told.output


def code_of(answer: Any) -> int:
    """The number of the page that a form leads to."""
    assert answer.status_code == 303, answer.text
    return int(re.search(r"/(\d+)(?:\?|$)", answer.location).group(1))  # type: ignore[union-attr]


def test_from_the_price_list_to_the_printed_statement(
    sign_in: Callable[..., Any], session: Session, database_url: str, tmp_path: Any
) -> None:
    run(
        database_url, "prices", "import", str(FOLDER / "bukit-hibul-2026.csv"),
        "--bank", "gerpesh-jitu", "--from", "2026-01-01",
    )  # fmt: skip
    use_bank(session, 1)
    ids = {material.code: material.id for material in session.scalars(select(Material))}
    operator, treasurer, chair = sign_in("operator"), sign_in("treasurer"), sign_in("chair")

    for name in dict.fromkeys(name for name, _ in SCALE):
        assert operator.post("/nasabah", {"name": name}).status_code == 303
    session.rollback()
    households = {member.name: member for member in session.scalars(select(Member))}
    for name, weighed in SCALE:
        form = {"member_id": str(households[name].id)}
        for n, (code, typed) in enumerate(weighed.items()):
            form |= {f"lines-{n}-material_id": str(ids[code]), f"lines-{n}-quantity": typed}
        assert operator.post("/setoran", form).status_code == 303
    assert savings(session, households) == [14_666, 16_849, 3_600]

    note = {"buyer_name": "UD Rongsok Jaya", "sold_on": "2026-11-21", "cost_idr": "5.000"}
    note["deduction_idr"] = ""
    for n, (code, (weight, price)) in enumerate(BUYER.items()):
        note |= {
            f"lines-{n}-material_id": str(ids[code]),
            f"lines-{n}-buyer_quantity": weight,
            f"lines-{n}-price_idr": price,
        }
    sale = treasurer.post("/penjualan", note)
    assert sale.status_code == 303, sale.text
    split = review(chair)
    assert "Jumlah bagian = jumlah uang: cocok" in split.text
    for figure in ("5.218", "1.565", "3.653"):
        assert figure in split.text
    seen = re.search(r'name="seen" value="([^"]+)"', split.text)
    assert seen, split.text
    path = split.request.path.removeprefix("/b/gerpesh-jitu")
    decided = chair.post(f"{path}/keputusan", {"decision": "approve", "seen": seen.group(1)})
    assert decided.status_code == 303, decided.text
    session.rollback()
    assert ledger.balance(session, 1, chart.ENVIRONMENT).posted == 1_565
    assert ledger.balance(session, 1, chart.SOCIAL).posted == 3_653
    assert ledger.balance(session, 1, chart.CASH).posted == 40_333
    assert savings(session, households) == [14_666, 16_849, 3_600]

    printed = tmp_path / "statement.pdf"
    run(
        database_url, "statement", "--bank", "gerpesh-jitu", "--member", "0001",
        "--from", "2026-11-01", "--to", "2026-11-21", "-o", str(printed),
    )  # fmt: skip
    words = " ".join(PdfReader(io.BytesIO(printed.read_bytes())).pages[0].extract_text().split())
    assert "14.666" in words
    assert "empat belas ribu enam ratus enam puluh enam rupiah" in words.lower()
    assert "1 bank proven: no difference." in run(database_url, "verify")


def savings(session: Session, households: dict[str, Member]) -> list[int]:
    session.rollback()
    use_bank(session, 1)
    return [
        ledger.balance(session, 1, member.savings_account_id).posted
        for member in households.values()
    ]


def review(chair: Any) -> Any:
    """The page of the proposal that waits, found on the list as a person would."""
    listed = chair.get("/pembagian").text
    found = re.search(r'href="/b/gerpesh-jitu(/pembagian/\d+)"', listed)
    assert found, listed
    return chair.get(found.group(1))
