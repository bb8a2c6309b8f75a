"""The household's statement: what moved its savings, what it brought, what is left."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks.queries import get_bank
from banksampah.catalog.models import Material
from banksampah.catalog.queries import in_sentence
from banksampah.deposits.models import MEMBER, PRICE, PRICED, REVERSED, SEDEKAH, WEIGHT
from banksampah.errors import Refused
from banksampah.members.models import Member
from banksampah.members.queries import get_member
from banksampah.statements.queries import happenings
from banksampah.statements.queries.documents import Goods, Statement, StatementLine
from banksampah.statements.queries.frames import (
    CORRECTION,
    DEPOSIT,
    WITHDRAWAL,
    holder,
    letterhead,
    number_of,
    seal_of,
)
from banksampah.statements.queries.happenings import WEIGHED, Happening
from banksampah.withdrawals.models import TRANSFER, Withdrawal, WithdrawalOutcome

NAMES_LENGTH_MAX = 60
CHANGED = {
    PRICE: "Koreksi harga",
    PRICED: "Harga susulan",
    WEIGHT: "Koreksi berat",
    MEMBER: "Koreksi nasabah",
}


class PeriodReversed(Refused):
    code = "period_reversed"

    def __init__(self) -> None:
        super().__init__("Tanggal awal sesudah tanggal akhir. Tukar keduanya.", field="since")


class PeriodAhead(Refused):
    code = "period_ahead"

    def __init__(self, today: date):
        super().__init__(f"Tanggal awal paling lambat hari ini, {today:%d/%m/%Y}.", field="since")


class _Row(NamedTuple):
    """A line before its balance is known."""

    effective_on: date
    seq: int
    number: str
    text: str
    amount_idr: int
    goods: dict[int, int]


class _Told(NamedTuple):
    """What the documents say of the entries of one statement."""

    stories: dict[int, Happening]
    payments: dict[int, Withdrawal]
    materials: dict[int, Material]
    members: dict[int, str]


def statement(
    session: Session, bank_id: int, member_id: int, *, since: date, until: date, today: date
) -> Statement:
    """The member's savings from *since* to *until* (or today, if that is earlier), both included.

    Lines go by effective date, then seq; goods that moved no rupiah (sedekah, a price still to
    come) have a line of their own. The opening is the closing of the day before, and opening and
    lines make the closing, or there is no statement: BooksError.
    """
    if since > until:
        raise PeriodReversed()
    if since > today:
        raise PeriodAhead(today)
    until = min(until, today)
    bank, member = get_bank(session, bank_id), get_member(session, bank_id, member_id)
    account_id = member.savings_account_id
    moved = ledger.lines(session, bank_id, account_id, since, until)
    silent = _silent(session, member, since, until, bank.zone, {line.seq for line in moved})
    told = _told(session, bank_id, moved, [happening for _day, happening in silent])
    rows = [_money_row(line, told) for line in moved]
    rows += [_goods_row(day, happening, member_id, told.materials) for day, happening in silent]
    rows.sort(key=lambda row: (row.effective_on, row.seq))
    opening_idr = ledger.balance_on(session, bank_id, account_id, since - timedelta(days=1))
    return Statement(
        bank=letterhead(bank),
        member=holder(member),
        since=since,
        until=until,
        opening_idr=opening_idr,
        lines=_with_balances(opening_idr, rows, told.materials),
        closing_idr=ledger.balance_on(session, bank_id, account_id, until),
        goods=_totals(rows, told.materials),
        held_idr=ledger.balance(session, bank_id, account_id).held if until == today else 0,
        debt_idr=_debt_on(session, member, until),
        seal=seal_of(session, bank_id, max((row.seq for row in rows), default=None)),
    )


def _debt_on(session: Session, member: Member, day: date) -> int:
    if member.debt_account_id is None:
        return 0
    return ledger.balance_on(session, member.bank_id, member.debt_account_id, day)


def _silent(
    session: Session, member: Member, since: date, until: date, zone: str, moved: set[int]
) -> list[tuple[date, Happening]]:
    """What the member brought, or had taken back, without a rupiah in its savings."""
    stories = happenings.of_member(session, member.bank_id, member.id, since, until, zone)
    stories |= happenings.mirrors(session, member.bank_id, stories)
    found = []
    for seq, happening in stories.items():
        if seq in moved or not any(happening.share_of(member.id).values()):
            continue
        entry = ledger.entry(session, member.bank_id, seq)
        if since <= entry.effective_on <= until:
            found.append((entry.effective_on, happening))
    return found


def _told(
    session: Session, bank_id: int, moved: Sequence[ledger.Line], silent: Iterable[Happening]
) -> _Told:
    """Everything that the lines' words need, in a few questions."""
    seqs = {line.seq for line in moved}
    seqs |= {line.reverses_seq for line in moved if line.reverses_seq is not None}
    stories = happenings.around(session, bank_id, seqs)
    goods = {m for happening in (*stories.values(), *silent) for m in happening.goods}
    members = {line.body.get(end) for line in moved for end in ("from_id", "into_id")}
    return _Told(
        stories,
        _payments(session, bank_id, seqs),
        {
            material.id: material
            for material in session.scalars(
                select(Material).where(Material.bank_id == bank_id, Material.id.in_(goods))
            )
        },
        {
            row.id: row.number
            for row in session.execute(
                select(Member.id, Member.number).where(
                    Member.bank_id == bank_id, Member.id.in_(members - {None})
                )
            )
        },
    )


def _payments(session: Session, bank_id: int, seqs: set[int]) -> dict[int, Withdrawal]:
    """Withdrawals by the entry that paid them."""
    rows = session.execute(
        select(WithdrawalOutcome.seq, Withdrawal)
        .join(
            Withdrawal,
            (Withdrawal.bank_id == WithdrawalOutcome.bank_id)
            & (Withdrawal.seq == WithdrawalOutcome.withdrawal_seq),
        )
        .where(WithdrawalOutcome.bank_id == bank_id, WithdrawalOutcome.seq.in_(seqs))
    )
    return {row.seq: row.Withdrawal for row in rows}


def _money_row(line: ledger.Line, told: _Told) -> _Row:
    """A movement of the savings, in words."""
    undone = line.reverses_seq is not None
    cause_seq = line.seq if line.reverses_seq is None else line.reverses_seq
    number, text, goods = number_of(CORRECTION, line.seq), "Pembukuan lain", dict[int, int]()
    if (happening := told.stories.get(cause_seq)) is not None:
        number, text = _deposit_words(happening, told.materials)
        # the sign is the household's own: goods come and go with their rupiah
        sign = (1 if line.amount > 0 else -1) if happening.kind in (WEIGHED, MEMBER) else 1
        sign = -sign if undone and happening.kind not in (WEIGHED, MEMBER) else sign
        goods = {material_id: sign * moved for material_id, moved in happening.goods.items()}
        if undone:
            number, text = number_of(CORRECTION, line.seq), f"Pembatalan {_called(happening)}"
    elif (payment := told.payments.get(cause_seq)) is not None:
        number = number_of(WITHDRAWAL, payment.seq)
        text = "Penarikan lewat transfer" if payment.method == TRANSFER else "Penarikan tunai"
        if undone:
            number, text = number_of(CORRECTION, line.seq), f"Pembatalan penarikan {number}"
    elif line.kind in {"member.merge", "member.follow"}:
        other = told.members.get(line.body["from_id" if line.amount > 0 else "into_id"], "")
        text = f"Pindahan {'dari' if line.amount > 0 else 'ke'} nasabah {other}"
    elif line.kind == "member.import":
        text = "Saldo awal pembukuan"
    elif line.kind == "deposit.give":
        text = f"Dari Titipan, koreksi {number_of(DEPOSIT, line.body['deposit_seq'])}"
    elif line.kind == "deposit.debt":
        text = f"Utang, menutup pembatalan {number_of(DEPOSIT, line.body['deposit_seq'])}"
    return _Row(line.effective_on, line.seq, number, text, line.amount, goods)


def _goods_row(
    day: date, happening: Happening, member_id: int, materials: dict[int, Material]
) -> _Row:
    """Goods that moved no rupiah of this member, in words."""
    number, text = _deposit_words(happening, materials)
    return _Row(day, happening.seq, number, text, 0, happening.share_of(member_id))


def _deposit_words(happening: Happening, materials: dict[int, Material]) -> tuple[str, str]:
    """The number of the paper and the words of the line."""
    if happening.kind == WEIGHED:
        text = _names(happening, materials)
        if happening.deposit.kind == SEDEKAH:
            text = f"Sedekah: {in_sentence(text)}"
        if any(line.price_idr is None for line in happening.deposit.lines):
            text += " (harga menyusul)"
        return number_of(DEPOSIT, happening.seq), text
    number = number_of(CORRECTION, happening.seq)
    if happening.kind == REVERSED:
        return number, f"Pembatalan {number_of(DEPOSIT, happening.deposit.seq)}"
    return number, f"{_called(happening)}"


def _called(happening: Happening) -> str:
    """A deposit's event by name: "S-00012", "Koreksi berat S-00012"."""
    number = number_of(DEPOSIT, happening.deposit.seq)
    changed = CHANGED.get(happening.kind)
    return f"{changed} {number}" if changed else number


def _names(happening: Happening, materials: dict[int, Material]) -> str:
    """The materials of a weighing, as many as two lines of the column hold."""
    names: list[str] = []
    for material_id, quantity in happening.goods.items():
        material = materials[material_id]
        name = material.name if not names else in_sentence(material.name)
        if material.unit == "pcs":
            name += f" {quantity} buah"
        if names and len(", ".join([*names, name])) > NAMES_LENGTH_MAX:
            return f"{', '.join(names)} dan {len(happening.goods) - len(names)} jenis lain"
        names.append(name)
    return ", ".join(names)


def _with_balances(
    opening_idr: int, rows: Iterable[_Row], materials: dict[int, Material]
) -> tuple[StatementLine, ...]:
    lines, balance_idr = [], opening_idr
    for row in rows:
        balance_idr += row.amount_idr
        lines.append(
            StatementLine(
                seq=row.seq,
                effective_on=row.effective_on,
                number=row.number,
                text=row.text,
                weight_g=sum(q for m, q in row.goods.items() if materials[m].unit == "kg"),
                amount_idr=row.amount_idr,
                balance_idr=balance_idr,
            )
        )
    return tuple(lines)


def _totals(rows: Iterable[_Row], materials: dict[int, Material]) -> tuple[Goods, ...]:
    """Each material of the period with its net quantity, heaviest first, pieces last."""
    totals: dict[int, int] = {}
    for row in rows:
        for material_id, quantity in row.goods.items():
            totals[material_id] = totals.get(material_id, 0) + quantity
    goods = [
        Goods(
            name=materials[material_id].label,
            unit=materials[material_id].ledger_unit,
            quantity=quantity,
        )
        for material_id, quantity in totals.items()
        if quantity
    ]
    return tuple(sorted(goods, key=lambda x: (x.unit != "G", x.unit, -x.quantity, x.name)))
