"""The ten actors of a simulated town. Each does one thing, often sensible, sometimes not."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from banksampah import ledger
from banksampah.banks import service as banks
from banksampah.catalog import service as catalog
from banksampah.db import db
from banksampah.deposits import service as deposits
from banksampah.members import service as members
from banksampah.reports.queries.proof import prove
from banksampah.sales import service as sales
from banksampah.splits import queries as split_queries
from banksampah.splits import service as splits
from banksampah.staff import service as staff
from banksampah.stock import queries as stock
from banksampah.stock import service as shed
from banksampah.withdrawals import service as withdrawals
from tests.factories import give_money

if TYPE_CHECKING:
    from tests.proofs.town import Place

STAFF = CHAIR, TREASURER, WEIGHER, HELPER = 1, 2, 3, 4
GOODS = (
    ("KT", "Kardus", "kg", 1_750), ("PET", "Botol PET", "kg", 3_333), ("BT", "Botol", "pcs", 450),
    ("MJ", "Minyak jelantah", "litre", 5_500), ("BS", "Besi", "kg", 4_100),
    ("AL", "Aluminium", "kg", None), ("CP", "Campur", "kg", 99),
)  # fmt: skip
PRESETS = ("gerpesh_jitu", "85_15", "70_30")


def set_up(place: "Place") -> None:
    """Rules, settings, goods with prices, a few households, some cash."""
    since = place.today
    for user_id, role in zip(STAFF, ("chair", "treasurer", "operator", "operator"), strict=True):
        place.do(staff.grant_role, CHAIR, user_id=user_id, role=role)
    place.do(staff.revoke_role, CHAIR, user_id=HELPER, role="operator")
    place.do(staff.grant_role, CHAIR, user_id=HELPER, role="operator")
    preset = place.chance.choice(PRESETS)
    place.do(splits.apply_preset, CHAIR, preset=preset, valid_from=since)
    share = place.chance.choice([1_000_000, 850_000, 333_333])
    place.do(catalog.set_share_rule, TREASURER, valid_from=since, share_ppm=share)
    limit = place.chance.choice([0, 0, 20_000])
    place.do(banks.set_setting, CHAIR, name="approval_limit_split_idr", value=limit)
    if place.chance.random() < 0.2:
        place.do(banks.set_setting, CHAIR, name="one_person_only", value=True)
    for code, name, unit, _price in GOODS:
        material = place.do(catalog.add_material, TREASURER, code=code, name=name, unit=unit)
        place.materials.append(material.id)
    prices = [catalog.NewPrice(n, p) for n, (*_, p) in zip(place.materials, GOODS, strict=True)]
    place.do(catalog.set_prices, TREASURER, valid_from=since, prices=prices)
    place.do(_opening_cash, TREASURER, amount_idr=200_000)
    for _ in range(4):
        _open_member(place)


def _opening_cash(session: Any, act: ledger.Act, amount_idr: int) -> int:
    facts = {"amount_idr": amount_idr}
    if (done := ledger.replay(session, act.step("cash"), "cash.opening", facts)) is not None:
        return done
    return give_money(session, act, amount_idr)


def by_the_calendar(place: "Place") -> None:
    """What the day itself brings: on the 3rd the chair closes the month before last."""
    if place.today.day == 3:
        first = place.today.replace(day=1)
        before = (first - timedelta(days=1)).replace(day=1) - timedelta(days=1)
        if before.year == place.today.year:
            place.do(ledger.close_period, CHAIR, through=before)
    if place.today.day in {8, 22}:
        place.do(withdrawals.lapse_withdrawals, TREASURER)
        place.do(deposits.price_pending_lines, TREASURER)


def weigher(place: "Place") -> None:
    """Weighs what households bring, and now and then something that cannot be."""
    chance = place.chance
    chosen = chance.sample(place.materials, chance.randint(1, 4))
    lines = [{"material_id": n, "quantity": _quantity(place, n)} for n in sorted(chosen)]
    terms: dict[str, Any] = {}
    if chance.random() < 0.2:
        terms["kind"] = "sedekah"
    elif chance.random() < 0.1:
        terms["share_ppm"] = chance.choice([0, 100_000, 500_000])
    if chance.random() < 0.15:
        terms["weighed_on"] = place.today - timedelta(days=chance.randint(-1, 35))
    if chance.random() < 0.1:
        terms["delivery"] = "fetched"
    who = chance.choice(place.members) if chance.random() > 0.01 else 9_999
    made = place.do(deposits.record_deposit, WEIGHER, member_id=who, lines=lines, **terms)
    if made is not None:
        place.deposits.append(made.seq)


def _quantity(place: "Place", material_id: int) -> int:
    if place.chance.random() < 0.01:
        return 9_000_000
    if GOODS[material_id - 1][2] == "pcs":
        return place.chance.randint(1, 30)
    return place.chance.randint(1, 500) * place.chance.choice([1, 50])


def helper(place: "Place") -> None:
    """Undoes a weighing: one just written down, or any other."""
    if place.deposits:
        seq = place.deposits[-1] if place.chance.random() < 0.5 else _any(place, place.deposits)
        boss = place.chance.random() < 0.7
        place.do(
            deposits.reverse_deposit, TREASURER if boss else WEIGHER, seq=seq,
            reason=place.chance.choice(["wrong_weight", "double", "other"]), as_treasurer=boss,
        )  # fmt: skip


def household(place: "Place") -> None:
    """Asks for money: some of it, all of it, or more."""
    who = _any(place, place.members)
    saved = _available(place, f"2100.{who:04}")
    amount = max(saved * place.chance.choice([20, 50, 80, 100, 130]) // 100, 1)
    method = "transfer" if place.chance.random() < 0.1 else "cash"
    made = place.do(
        withdrawals.request_withdrawal, HELPER, member_id=who, amount_idr=amount, method=method
    )
    if made is not None:
        place.requests.append(made.seq)


def cashier(place: "Place") -> None:
    """Pays what waits, refuses it, or takes a payment back."""
    chance = place.chance
    if place.requests and chance.random() < 0.8:
        seq = _any(place, place.requests)
        if chance.random() < 0.8:
            part = None if chance.random() < 0.8 else chance.randint(1, 30_000)
            verb, asked = withdrawals.pay_withdrawal, {"amount_idr": part, "may_approve": True}
        else:
            verb, asked = withdrawals.refuse_withdrawal, {"reason": "kas kosong"}
        if place.do(verb, TREASURER, seq=seq, **asked) is not None:
            place.requests.remove(seq)
            if verb is withdrawals.pay_withdrawal:
                place.paid.append(seq)
    elif place.paid:
        seq = _any(place, place.paid)
        if place.do(withdrawals.reverse_withdrawal, CHAIR, seq=seq, reason="salah orang"):
            place.paid.remove(seq)


def seller(place: "Place") -> None:
    """Sells a part of what lies there: for cash, by transfer or on credit."""
    chance = place.chance
    there = [row for row in stock.on_hand(db.session, place.bank_id) if row.quantity]
    lines = []
    for row in there:
        if chance.random() < 0.5:
            sold = max(row.quantity * chance.choice([30, 70, 100, 103]) // 100, 1)
            ours = sold + chance.randint(0, 3) if chance.random() < 0.2 else None
            lines.append(sales.Sold(row.material.id, sold, chance.randint(0, 6_000), ours))
    if not lines:
        return
    paid_with = chance.choice(["cash", "cash", "bank", "receivable"])
    costs = [sales.Cost("transport", chance.randint(1, 8_000))] if chance.random() < 0.3 else []
    made = place.do(
        sales.record_sale, TREASURER, sold_on=place.today - timedelta(days=chance.randint(0, 3)),
        paid_with=paid_with, buyer_name=chance.choice(["Lapak Jaya", "Pak Udin"]), lines=lines,
        deduction_idr=chance.choice([0, 0, 0, 500]), costs=costs,
    )  # fmt: skip
    if made is not None:
        place.sales.append(made.seq)
        if paid_with == "receivable":
            place.credits.append(made.seq)
        found = split_queries.splits_of_sale(db.session, place.bank_id, made.seq)
        place.splits += [split.seq for split in found]


def collector(place: "Place") -> None:
    """Pays what the buyer owes; or a payment, or a whole sale, turns out to be wrong."""
    chance = place.chance
    if place.credits and chance.random() < 0.6:
        seq, purse = _any(place, place.credits), chance.choice(["cash", "bank"])
        paid = place.do(
            sales.receive_payment, TREASURER, sale_seq=seq, amount_idr=chance.randint(1, 90_000),
            paid_with=purse,
        )  # fmt: skip
        if paid is not None:
            place.payments.append((seq, max(x.seq for x in paid.steps)))
    elif place.payments and chance.random() < 0.5:
        sale_seq, seq = _any(place, place.payments)
        asked = {"sale_seq": sale_seq, "payment_seq": seq, "reason": "salah catat"}
        place.do(sales.reverse_payment, CHAIR, **asked)
    elif place.sales:
        seq = _any(place, place.sales)
        place.do(sales.reverse_sale, CHAIR, sale_seq=seq, reason="pengepul batal")


def chair(place: "Place") -> None:
    """Decides how proceeds are divided; sometimes undoes it; sometimes the maker tries."""
    chance = place.chance
    if not place.splits:
        return
    seq, who = _any(place, place.splits), chance.choice([CHAIR, CHAIR, TREASURER])
    split = split_queries.get_split(db.session, place.bank_id, seq)
    if split.state == "pending" and chance.random() < 0.7:
        seen = split_queries.lines_hash(split)
        place.do(splits.approve, who, split_seq=seq, seen=seen)
    elif split.state == "pending":
        place.do(splits.reject, who, split_seq=seq, reason="belum cocok")
    elif split.state == "approved":
        place.do(splits.reverse_split, who, split_seq=seq, reason="aturan keliru")
    else:
        again = place.do(splits.propose_again, who, split_seq=seq, reason="sudah cocok")
        if again is not None:
            place.splits.append(again.seq)


def price_keeper(place: "Place") -> None:
    """Sets prices from today, from a day before or after; some are still to come."""
    chance = place.chance
    some = chance.sample(place.materials, chance.randint(1, 3))
    prices = [
        catalog.NewPrice(n, None if chance.random() < 0.15 else chance.randint(0, 8_000))
        for n in some
    ]
    since = place.today + timedelta(days=chance.randint(-3, 3))
    place.do(catalog.set_prices, TREASURER, valid_from=since, prices=prices)
    if chance.random() < 0.1:
        share = chance.choice([1_000_000, 900_000, 850_000])
        place.do(catalog.set_share_rule, CHAIR, valid_from=since, share_ppm=share)
    if chance.random() < 0.1:
        name, value = chance.choice([("minimum_balance_idr", 5_000), ("backdate_days_max", 14)])
        place.do(banks.set_setting, CHAIR, name=name, value=value)


def storekeeper(place: "Place") -> None:
    """Counts the shed: it differs a little."""
    row = _any(place, stock.on_hand(db.session, place.bank_id))
    counted = max(row.quantity + place.chance.randint(-400, 60), 0)
    place.do(shed.count_stock, TREASURER, material_id=row.material.id, counted=counted,
             reason="timbang ulang")  # fmt: skip


def clerk(place: "Place") -> None:
    """Opens accounts, closes empty ones, merges doubles; puts weighings right afterwards."""
    chance = place.chance
    what = chance.random()
    if what < 0.4 and len(place.members) < 40:
        _open_member(place)
    elif what < 0.5 and len(place.members) > 3:
        member_id = _any(place, place.members)
        if place.do(members.close_member, CHAIR, member_id=member_id) is not None:
            place.members.remove(member_id)
    elif what < 0.6 and len(place.members) > 3:
        gone, kept = chance.sample(place.members, 2)
        if place.do(members.merge_members, CHAIR, from_id=gone, into_id=kept) is not None:
            place.members.remove(gone)
    elif place.deposits:
        _correct(place)


def auditor(place: "Place") -> None:
    """Reads the proof, which must hold at any moment."""
    found = prove(db.session, place.bank_id)
    assert found.failed_count == 0, [check.name for check in found.checks if not check.ok]


def _correct(place: "Place") -> None:
    seq, note = _any(place, place.deposits), "salah tulis"
    verb, asked = place.chance.choice([
        (deposits.correct_price, {"line": 1, "price_idr": place.chance.randint(0, 7_000)}),
        (deposits.correct_weight, {"line": 1, "quantity": place.chance.randint(1, 20_000)}),
        (deposits.correct_household, {"member_id": place.chance.choice(place.members)}),
    ])  # fmt: skip
    place.do(verb, TREASURER, seq=seq, note=note, **asked)


def _open_member(place: "Place") -> None:
    made = place.do(members.open_member, HELPER, name=f"Keluarga {place.steps}",
                    kind=place.chance.choice(["household", "household", "school"]))  # fmt: skip
    place.members.append(made.id)


def _any(place: "Place", things: Any) -> Any:
    return place.chance.choice(things)


def _available(place: "Place", code: str) -> int:
    rows = {row.code: row for row in ledger.accounts(db.session, place.bank_id)}
    return rows[code].posted - rows[code].held


_WORK: dict[Callable[["Place"], None], int] = {
    weigher: 40, helper: 5, household: 10, cashier: 10, seller: 8, collector: 4, chair: 8,
    price_keeper: 4, storekeeper: 3, clerk: 7, auditor: 1,
}  # fmt: skip
ACTORS = tuple(_WORK)
WEIGHTS = tuple(_WORK.values())
