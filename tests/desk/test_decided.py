"""What was decided is told for good; and what was not to be recorded can be opened again."""

import re
from datetime import timedelta
from typing import Any

import pytest

from banksampah import ledger
from banksampah.db import db, transaction, use_bank
from banksampah.deposits.queries.surplus import open_surpluses
from banksampah.deposits.service import correct_price, reverse_deposit
from banksampah.desk import history, queries
from banksampah.desk.service import record_sheet
from banksampah.members.service import close_member, reopen_member
from banksampah.reports.queries import documents
from tests.deposits.test_surplus import left  # noqa: F401
from tests.desk.cards import press
from tests.desk.phones import Phone
from tests.desk.test_deciding import BARU, decide, treasurer, waiting  # noqa: F401
from tests.desk.test_sheet_titipan import two_rows
from tests.desk.test_sheets import SATURDAY
from tests.factories import give_money, make_member
from tests.owner import ask_owner
from tests.people import Browser
from tests.reports.conftest import guards_down, vandal  # noqa: F401

LIST = "/perlu-dilihat/diputuskan"
NO_MORE = "Keputusan disimpan. Bisa dibuka lagi di Sudah diputuskan."


def told(browser: Browser, **asked: Any) -> list[str]:
    """Each line of the list as it is read, the newest first."""
    page = browser.get(LIST, **asked).text
    lines = re.findall(r'<li class="sheet.*?</li>', page, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", line).split()) for line in lines]


def way_back(browser: Browser) -> str:
    """Where the newest "Buka lagi" leads."""
    return re.findall(r"/perlu-dilihat/\d+/buka-lagi", browser.get(LIST).text)[0]


def state_of(app: Any, bank: Any, record: Any) -> str:
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        return str(queries.intake(db.session, bank.bank_id, record["id"]).state)


def faults(app: Any, bank: Any) -> list[Any]:
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        return documents.faults(db.session, bank.bank_id)


@pytest.fixture
def dismissed(phone, kardus, siti, treasurer):  # noqa: F811
    """A deposit at a price that never was, by a mis-tap not recorded."""
    record = phone.record(siti, (kardus, 1_000, 1_801))
    phone.send(record)
    assert decide(treasurer, "dismiss").status_code == 303
    return record


# ── the list ─────────────────────────────────────────────────────────────────


def test_each_reads_the_decision_in_their_own_language(dismissed, treasurer):  # noqa: F811
    for language, words in (("en", "Do not record"), ("id", "Jangan dicatat")):
        treasurer.get(f"//bahasa/{language}")
        assert [words in line for line in told(treasurer)] == [True]


def test_a_mis_tap_is_told_where_it_can_be_opened_again(phone, kardus, siti, treasurer):  # noqa: F811
    phone.send(*(phone.record(siti, (kardus, 1_000 + n, 1_801)) for n in (0, 1)))
    assert "Belum ada yang diputuskan." in treasurer.get(LIST).text
    decide(treasurer, "dismiss")
    page = treasurer.get("/perlu-dilihat").text
    assert NO_MORE in page and f"/b/{treasurer.bank.slug}{LIST}" in page
    decide(treasurer, "keep")
    page = treasurer.get("/perlu-dilihat").text
    assert "Keputusan disimpan." in page and NO_MORE not in page


def test_each_decision_is_told_in_the_words_of_its_button(
    app, bank, phone, kardus, siti, treasurer, act  # noqa: F811
):  # fmt: skip
    with app.app_context(), transaction(bank.bank_id) as inner:
        give_money(inner, act(), 5_000)
        close_member(inner, act(), member_id=siti.id)
        gone = [make_member(inner, act(), name) for name in ("Budi", "Cici", "Dodo")]
        for one in gone:
            close_member(inner, act(), member_id=one.id)
    for who, decision in zip((siti, *gone), ("pay", "reopen", "reopen", "assign"), strict=True):
        phone.send(phone.record(who, (kardus, 1_000, 1_800)))
        if who is gone[1]:
            with app.app_context(), transaction(bank.bank_id) as inner:
                reopen_member(inner, act(), member_id=who.id)
        number = gone[1].number if decision == "assign" else ""
        assert decide(treasurer, decision, number=number).status_code == 303
    phone.send(*(phone.record(BARU, (kardus, 1_000 + n, 1_800)) for n in (0, 1)))
    decide(treasurer, "open_member")
    phone.send(phone.record(gone[0], (kardus, 2_000, 1_801)))
    decide(treasurer, "dismiss")
    words = (
        ("Jangan dicatat", "HP01-0007", "Budi", "Rp3.602", "Harga ini tidak pernah ada"),
        ("Cocokkan", "HP01-0006", "Warni", "Rp1.802", "Warga baru, menunggu dicocokkan."),
        ("Jadikan nasabah", "HP01-0005", "Warni", "Rp1.800", "Warga baru, menunggu dicocokkan."),
        ("Pindahkan ke nasabah", "HP01-0004", "Dodo"),
        ("Pindahkan ke tabungannya", "HP01-0003", "Cici"),
        ("Buka lagi nasabahnya", "HP01-0002", "Budi", "Nasabah ini sudah ditutup."),
        ("Bayar tunai", "HP01-0001", siti.name, siti.number, "Rp1.800"),
    )
    lines = told(treasurer)
    assert len(lines) == len(words)
    for line, said in zip(lines, words, strict=True):
        assert [part for part in said if part not in line] == [], line
        assert re.search(r"Diputuskan .* pukul \d\d\.\d\d WIB oleh Bu Wati\.", line), line
        assert ("Buka lagi HP01" in line) == (said[0] == "Jangan dicatat"), line
    page = treasurer.get(LIST).text
    hrefs = re.findall(r'class="go" href="[^"]*?(/setoran|/pembukuan/jurnal)/\d+"', page)
    assert hrefs == ["/pembukuan/jurnal", *["/setoran"] * 6]
    assert faults(app, bank) == []


def test_numbers_rows_of_paper_corrections_and_late_sheets_end_there_too(
    app, bank, day, act, sign_in, left  # noqa: F811
):  # fmt: skip
    typed, monday = two_rows(day), SATURDAY + timedelta(days=2)
    with app.app_context(), transaction(bank.bank_id) as inner:
        correct_price(inner, act(), seq=left, line=1, price_idr=2_000, note="Salah")
        surplus = open_surpluses(inner, bank.bank_id)[0].seq
        sheet = record_sheet(inner, act(f"lembar/{typed.number}", today=monday), typed)
        [row] = queries.open_rows(inner, bank.bank_id)
        lies, joko = row.deposit_seq, sheet.seq - 1
    phone, treasurer = Phone(sign_in("operator"), act), sign_in("treasurer")  # noqa: F811
    phone.hello(epoch=1, last=8, unsent=0)
    place = f"/perlu-dilihat/nomor/{phone.device_id}/1"
    for path, decision, asked in (
        (f"/perlu-dilihat/lembar/{sheet.seq}", "keep", {}),
        (f"{place}/1", "typed", {"deposit_seq": str(joko)}),
        (f"{place}/2", "void", {}),
        (f"{place}/3-8", "", {}),
        (f"/perlu-dilihat/titipan/{lies}", "pay", {}),
        (f"/perlu-dilihat/selisih/{surplus}", "pay", {}),
    ):
        assert press(treasurer, path, decision, **asked).status_code == 303, path
    words = (
        ("Bayar tunai", f"S-{left:05}", "Siti Aminah", "Rp400", "Koreksi menambah setoran"),
        ("Bayar tunai", f"Lembar {typed.number}, baris 1", "Siti Aminah", "Rp4.230", "ditutup"),
        ("Semua tidak pernah ada", "HP01-0003 sampai HP01-0008 belum sampai"),
        ("Tidak pernah ada", "HP01-0002 belum sampai"),
        ("Sudah diketik", "HP01-0001 belum sampai"),
        ("Biarkan", f"Lembar {typed.number} datang belakangan", "Rp6.930"),
    )
    lines = told(treasurer)
    assert len(lines) == len(words)
    for line, said in zip(lines, words, strict=True):
        assert [part for part in (*said, "oleh Bu Wati.") if part not in line] == [], line
    page = treasurer.get(LIST).text
    hrefs = re.findall(r'class="go" href="/b/[\w-]+((?:/setoran|/pembukuan/jurnal)/\d+)"', page)
    assert [hrefs[0], hrefs[1], hrefs[4]] == [f"/setoran/{n}" for n in (left, lies, joko)]
    assert "/buka-lagi" not in page


def test_a_household_that_follows_another_decision_is_listed_by_its_own_entry(
    app, bank, phone, kardus, siti, treasurer, act  # noqa: F811
):  # fmt: skip
    """One of its three deposits was undone meanwhile: nobody decided about that one."""
    records = [phone.record(BARU, (kardus, 1_000 * n, 1_800)) for n in (1, 2, 3)]
    phone.send(*records)
    with app.app_context(), transaction(bank.bank_id) as inner:
        undone = queries.intake(inner, bank.bank_id, records[1]["id"]).deposit_seq
        reverse_deposit(inner, act(), seq=undone, reason="double", as_treasurer=True)
    assert decide(treasurer, "assign", number=siti.number).status_code == 303
    lines = told(treasurer)
    assert ["HP01-0003" in lines[0], "HP01-0001" in lines[1], len(lines)] == [True, True, 2]
    decided = "SELECT record_id FROM desk_flag WHERE decided_seq IS NOT NULL ORDER BY id"
    assert ask_owner(app, decided) == [(records[n]["id"],) for n in (0, 2)]
    assert faults(app, bank) == []


def test_the_list_goes_on_page_by_page(phone, kardus, siti, treasurer, monkeypatch):  # noqa: F811
    monkeypatch.setattr(history, "PAGE_ROWS", 2)
    phone.send(*(phone.record(siti, (kardus, 1_000 + n, 1_801)) for n in range(5)))
    for _each in range(5):
        decide(treasurer, "keep")
    seen, before = [], {}
    for _page in range(3):
        seen.append([re.search(r"HP01-000\d", line)[0] for line in told(treasurer, **before)])
        next_one = re.search(r"diputuskan\?sebelum=(\d+)", treasurer.get(LIST, **before).text)
        before = {"sebelum": next_one[1]} if next_one else {}
    assert seen == [["HP01-0005", "HP01-0004"], ["HP01-0003", "HP01-0002"], ["HP01-0001"]]
    assert before == {}
    for strange in ("0", "-1", "x", "9" * 30):
        assert treasurer.get(LIST, sebelum=strange).status_code == 200


def test_an_entry_of_the_journal_leads_to_its_line(
    app, bank, dismissed, treasurer, sign_in  # noqa: F811
):  # fmt: skip
    treasurer.post(way_back(treasurer))
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        head = ledger.head_seq(db.session, bank.bank_id)
        kinds = {n: ledger.entry(db.session, bank.bank_id, n).kind for n in (head - 1, head)}
    assert list(kinds.values()) == ["desk.decide", "desk.reopen"]
    for seq in kinds:
        page = treasurer.get(f"/pembukuan/jurnal/{seq}").text
        before = re.search(r'href="[^"]*diputuskan\?sebelum=(\d+)"', page)[1]
        assert "HP01-0001" in told(treasurer, sebelum=before)[0]
        assert "diputuskan?" not in sign_in("auditor").get(f"/pembukuan/jurnal/{seq}").text
