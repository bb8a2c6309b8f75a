"""Putting right what a mirror no longer can, because the goods are gone: one linked entry each."""

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.catalog.models import Material
from banksampah.catalog.queries import get_material
from banksampah.deposits import queries
from banksampah.deposits.models import GIVEN, MEMBER, PRICE, SAVINGS, WEIGHT, DepositChange
from banksampah.deposits.queries import Standing, StandingLine
from banksampah.deposits.queries.surplus import find_surplus
from banksampah.deposits.service.changes import (
    check_standing,
    keep_change,
    owed_by,
)
from banksampah.deposits.service.refusals import MemberClosed, MemberUnknown
from banksampah.deposits.service.reversal import missing_goods
from banksampah.deposits.service.surplus import household_side, keep_surplus, settle_surplus
from banksampah.errors import Refused
from banksampah.ledger import Act, Leg, chart
from banksampah.members.models import Member
from banksampah.members.queries import survivor
from banksampah.money import share_idr, value_idr


class MirrorPossible(Refused):
    code = "mirror_possible"

    def __init__(self, seq: int):
        super().__init__(
            f"Barang setoran {seq} masih utuh. Batalkan setorannya, lalu catat lagi dengan benar."
        )


class NothingToCorrect(Refused):
    code = "nothing_to_correct"

    def __init__(self, field: str):
        super().__init__("Ini sama dengan yang tercatat. Isi yang seharusnya.", field=field)


class LineUnpriced(Refused):
    code = "line_unpriced"

    def __init__(self) -> None:
        super().__init__(
            "Harga baris ini masih menyusul. Isi harganya di halaman Harga.", field="price_idr"
        )


def correct_price(
    session: Session, act: Act, *, seq: int, line: int, price_idr: int, note: str
) -> DepositChange:
    """Give a line the price it should have had; the household gets or owes the difference.

    The difference goes to the goods' value as far as they are still there, else to their cost.
    """
    facts = {"deposit_seq": seq, "line": line, "price_idr": price_idr}
    if (done := ledger.replay(session, act, "deposit.correct_price", facts)) is not None:
        return queries.get_change(session, act.bank_id, done)
    _correctable(session, act, seq)
    return reprice(session, act, seq=seq, line=line, price_idr=price_idr, note=note)


def reprice(
    session: Session, act: Act, *, seq: int, line: int, price_idr: int, note: str
) -> DepositChange:
    """The same, whether or not a mirror is possible: for a price that was old where it was told."""
    facts = {"deposit_seq": seq, "line": line, "price_idr": price_idr}
    if (done := ledger.replay(session, act, "deposit.correct_price", facts)) is not None:
        return queries.get_change(session, act.bank_id, done)
    now = queries.standing(session, act.bank_id, seq)
    check_standing(session, now)
    old = now.line(line)
    if old.price_idr is None:
        raise LineUnpriced()
    if old.price_idr == price_idr:
        raise NothingToCorrect("price_idr")
    new = repriced(now, old, price_idr)
    change_idr = new.credited_idr - old.credited_idr
    material = get_material(session, act.bank_id, old.material_id)
    member = survivor(session, act.bank_id, now.member_id)
    own, grown_idr = household_side(session, member, seq, change_idr)
    legs = [*goods_side(session, material, old.quantity, change_idr), *own]
    seq = ledger.post(session, act, "deposit.correct_price", facts, legs, body=facts)
    keep_surplus(session, act, seq, now.deposit.seq, member, grown_idr)
    return _after(session, act, seq, now, PRICE, "wrong_price", note, [new])


def repriced(now: Standing, line: StandingLine, price_idr: int) -> StandingLine:
    """The line at another price."""
    value = value_idr(line.quantity, price_idr, line.unit)
    credited = share_idr(value, line.share_ppm) if now.deposit.kind == SAVINGS else 0
    return line._replace(price_idr=price_idr, value_idr=value, credited_idr=credited)


def correct_household(
    session: Session, act: Act, *, seq: int, member_id: int, note: str
) -> DepositChange:
    """Move what was credited from the wrong household to the right one.

    What the wrong one has spent of it becomes its debt.
    """
    facts = {"deposit_seq": seq, "member_id": member_id}
    if (done := ledger.replay(session, act, "deposit.correct_member", facts)) is not None:
        return queries.get_change(session, act.bank_id, done)
    _correctable(session, act, seq)
    return move_household(session, act, seq=seq, member_id=member_id, note=note)


def move_household(
    session: Session, act: Act, *, seq: int, member_id: int, note: str
) -> DepositChange:
    """The same, whether or not a mirror is possible: for what waited in Titipan."""
    facts = {"deposit_seq": seq, "member_id": member_id}
    if (done := ledger.replay(session, act, "deposit.correct_member", facts)) is not None:
        return queries.get_change(session, act.bank_id, done)
    now = queries.standing(session, act.bank_id, seq)
    check_standing(session, now)
    wrong = survivor(session, act.bank_id, now.member_id)
    if session.get(Member, (act.bank_id, member_id)) is None:
        raise MemberUnknown()
    right = survivor(session, act.bank_id, member_id)
    if right.holds_titipan:  # only the desk lays anything there
        raise MemberUnknown()
    if right.id == wrong.id:
        raise NothingToCorrect("member_id")
    if not right.is_open:
        raise MemberClosed(right.number)
    lies = find_surplus(session, act.bank_id, seq)
    aside_idr = lies.amount_idr if lies is not None else 0
    legs = [
        ledger.debit(chart.SUSPENSE, aside_idr),
        *owed_by(session, wrong, now.credited_idr - aside_idr),
        ledger.credit(right.savings_account_id, now.credited_idr),
    ]
    seq = ledger.post(session, act, "deposit.correct_member", facts, legs, body=facts)
    if lies is not None:
        settle_surplus(session, lies, seq, GIVEN)
    return _after(session, act, seq, now, MEMBER, "wrong_member", note, [], right.id)


def correct_weight(
    session: Session, act: Act, *, seq: int, line: int, quantity: int, note: str
) -> DepositChange:
    """Give a line the quantity it should have had, with its value.

    The difference leaves or joins the stock as far as that lasts; the rest is shrinkage, and its
    value goes to Susut or Selisih lebih.
    """
    facts = {"deposit_seq": seq, "line": line, "quantity": quantity}
    if (done := ledger.replay(session, act, "deposit.correct_weight", facts)) is not None:
        return queries.get_change(session, act.bank_id, done)
    now = _correctable(session, act, seq)
    old = now.line(line)
    if old.quantity == quantity:
        raise NothingToCorrect("quantity")
    value = 0 if old.price_idr is None else value_idr(quantity, old.price_idr, old.unit)
    credited = share_idr(value, old.share_ppm) if now.deposit.kind == SAVINGS else 0
    new = old._replace(quantity=quantity, value_idr=value, credited_idr=credited)
    material = get_material(session, act.bank_id, old.material_id)
    member = survivor(session, act.bank_id, now.member_id)
    own, grown_idr = household_side(session, member, seq, new.credited_idr - old.credited_idr)
    legs = [*_difference_of_goods(session, now, material, old, new), *own]
    seq = ledger.post(session, act, "deposit.correct_weight", facts, legs, body=facts)
    keep_surplus(session, act, seq, now.deposit.seq, member, grown_idr)
    return _after(session, act, seq, now, WEIGHT, "wrong_weight", note, [new])


def goods_side(session: Session, material: Material, quantity: int, change_idr: int) -> list[Leg]:
    """Legs that add *change_idr* (or take it) to the value of *quantity* goods bought before.

    What of them is still in stock carries its part; the rest went out at cost already.
    """
    have = ledger.balances(
        session, material.bank_id, [material.value_account_id, material.bought_account_id]
    )
    there = min(have[material.bought_account_id].posted, quantity)
    in_stock_idr = abs(change_idr) * there // quantity if quantity else 0
    if change_idr < 0:
        in_stock_idr = -min(in_stock_idr, have[material.value_account_id].posted)
    return [
        Leg(material.value_account_id, "IDR", in_stock_idr),
        Leg(chart.COST_OF_GOODS, "IDR", change_idr - in_stock_idr),
    ]


def _difference_of_goods(
    session: Session, now: Standing, material: Material, old: StandingLine, new: StandingLine
) -> list[Leg]:
    saved = now.deposit.kind == SAVINGS
    stock_id = material.bought_account_id if saved else material.donated_account_id
    inflow_id = chart.flow("in_savings" if saved else "in_donated", old.unit)
    shrink_id = chart.flow("shrink", old.unit)
    have = ledger.balances(session, material.bank_id, [stock_id, material.value_account_id])
    more, more_idr = new.quantity - old.quantity, new.credited_idr - old.credited_idr
    if more > 0:  # goods that came and were not counted: in stock, if any of them still are
        there = more if have[stock_id].posted else 0
        there_idr = more_idr if there else 0
    else:
        stock = have[stock_id].posted
        there = -min(-more, stock)
        value = have[material.value_account_id].posted if saved else 0  # a gift cost nothing
        there_idr = -min(-more_idr * there // more, value) if -there < stock else -value
    rest_idr = more_idr - there_idr
    return [
        Leg(stock_id, old.unit, there),
        Leg(shrink_id, old.unit, more - there),
        Leg(inflow_id, old.unit, -more),
        Leg(material.value_account_id, "IDR", there_idr),
        Leg(chart.SHRINKAGE if rest_idr > 0 else chart.GAIN, "IDR", rest_idr),
    ]


def _correctable(session: Session, act: Act, seq: int) -> Standing:
    """The deposit as it stands; refused while its exact mirror is still possible."""
    now = queries.standing(session, act.bank_id, seq)
    check_standing(session, now)
    if missing_goods(session, now) is None:
        raise MirrorPossible(seq)
    return now


def _after(
    session: Session,
    act: Act,
    seq: int,
    now: Standing,
    kind: str,
    reason: str,
    note: str,
    lines: list[StandingLine],
    member_id: int | None = None,
) -> DepositChange:
    ledger.add_note(session, act, seq, note)
    keep_change(
        session, act, seq, now.deposit.seq, kind, reason=reason, member_id=member_id, lines=lines
    )
    return queries.get_change(session, act.bank_id, seq)
