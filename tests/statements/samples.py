"""Documents as the queries make them, of any length, without a database."""

import random
from datetime import UTC, date, datetime, timedelta

from banksampah.desk.sheets import Sheet, SheetColumn, SheetNumber, SheetRow
from banksampah.money import PPM, apportion, value_idr
from banksampah.statements.queries import (
    Deduction,
    DepositReceipt,
    Goods,
    GoodsSold,
    Holder,
    LateDeposit,
    Letterhead,
    Minutes,
    Part,
    PartLine,
    ReceiptLine,
    Rule,
    Seal,
    Statement,
    StatementLine,
    WithdrawalReceipt,
)

CHECK_AT = "https://banksampah.example/b/gerpesh-jitu/v"
PRINTED_AT = datetime(2026, 11, 21, 2, 5, tzinfo=UTC)
NAMES = (
    "Kardus", "Kertas putih", "Botol PET", "Gelas plastik", "Emberan", "Besi", "Aluminium",
)  # fmt: skip
BANK = Letterhead(
    name="Bank Sampah Gerpesh Jitu",
    address="Balai RW 17",
    place="Balai RW 17, RW 17, Kelurahan Kebonsari Kulon, Kecamatan Kanigaran, Kota Probolinggo",
    short_place="RW 17 Kebonsari Kulon",
    hours="Buka setiap Sabtu, pukul 07.00–10.00 WIB",
    zone="Asia/Jakarta",
    paper="A4",
    rw="RW 17",
)
MEMBER = Holder(member_id=1, number="0123", name="Siti Aminah", place="RT 03")
SEAL = Seal(seq=2429, digits="3f2a91c0" + "0" * 56)


def statement_doc(
    count: int,
    *,
    seed: int = 1,
    opening_idr: int = 142_350,
    member: Holder = MEMBER,
    scale: int = 1,
) -> Statement:
    """A statement of *count* lines; *scale* makes its figures longer."""
    chance = random.Random(seed)
    balance_idr, day, lines = opening_idr * scale, date(2026, 1, 3), []
    totals = dict.fromkeys(NAMES, 0)
    for number in range(count):
        if chance.random() < 0.12 and balance_idr > 60_000 * scale:
            amount_idr, weight_g, text, letter = -50_000 * scale, 0, "Penarikan tunai", "T"
        else:
            names = chance.sample(NAMES, chance.randint(1, 4))
            weights = [chance.randrange(50, 900) * 10 for _ in names]
            for name, grams in zip(names, weights, strict=True):
                totals[name] += grams
            amount_idr, weight_g = chance.randrange(500, 40_000) * scale, sum(weights)
            text, letter = ", ".join([names[0], *(x.lower() for x in names[1:])]), "S"
        balance_idr += amount_idr
        day += timedelta(days=chance.choice((0, 0, 1, 2, 3)))
        lines.append(
            StatementLine(
                seq=number + 1,
                effective_on=min(day, date(2026, 10, 31)),
                number=f"{letter}-{number + 1:05}",
                text=text,
                weight_g=weight_g,
                amount_idr=amount_idr,
                balance_idr=balance_idr,
            )
        )
    return Statement(
        bank=BANK,
        member=member,
        since=date(2026, 1, 1),
        until=date(2026, 10, 31),
        opening_idr=opening_idr * scale,
        lines=tuple(lines),
        closing_idr=balance_idr,
        goods=tuple(Goods(name=n, unit="G", quantity=g) for n, g in totals.items() if g),
        held_idr=0,
        debt_idr=0,
        seal=SEAL if lines else None,
    )


def minutes_doc(
    goods_count: int = 4,
    funds_count: int = 2,
    *,
    origins: int = 1,
    state: str = "approved",
    late: tuple[LateDeposit, ...] = (),
) -> Minutes:
    """Minutes of *goods_count* lines sold and *funds_count* funds per origin."""
    chance = random.Random(goods_count * 100 + funds_count)
    goods = []
    for number in range(goods_count):
        quantity, price_idr = chance.randrange(100, 9_000) * 50, chance.randrange(10, 180) * 100
        goods.append(
            GoodsSold(
                name=f"{NAMES[number % 7]}{f', mutu {number // 7}' if number >= 7 else ''}",
                unit="G",
                quantity=quantity,
                price_idr=price_idr,
                amount_idr=value_idr(quantity, price_idr),
            )
        )
    gross_idr = sum(line.amount_idr for line in goods)
    amount_idr = gross_idr - 45_000
    shares = apportion(amount_idr, [1] * origins)
    parts = [
        _part(origin, share_idr, funds_count)
        for origin, share_idr in zip(("donated", "bought"), shares, strict=False)
    ]
    return Minutes(
        bank=BANK,
        seq=45,
        sale_seq=43,
        sale_number="J-00043",
        sold_on=date(2026, 11, 14),
        buyer="UD Rongsok Makmur",
        state=state,
        decided_on=None if state == "pending" else date(2026, 11, 21),
        reason="bagian sosial terlalu kecil" if state in ("rejected", "reversed") else "",
        proposed_by="Budi Santoso",
        decided_by="" if state == "pending" else "Rahmawati",
        goods=tuple(goods),
        gross_idr=gross_idr,
        deductions=(Deduction(name="Biaya angkut", amount_idr=45_000),),
        amount_idr=amount_idr,
        parts=tuple(parts),
        late=late,
        seal=SEAL,
    )


def _part(origin: str, amount_idr: int, funds_count: int) -> Part:
    weights = [300_000, 700_000]
    if funds_count != 2:
        weights = apportion(PPM, [1] * funds_count)
    names = ["Dana lingkungan", "Dana sosial", *(f"Dana RT {n:02}" for n in range(1, 99))]
    return Part(
        origin=origin,
        amount_idr=amount_idr,
        rule=Rule(name="Gerpesh Jitu", version=2, valid_from=date(2026, 7, 1)),
        lines=tuple(
            PartLine(fund=name, weight_ppm=weight, amount_idr=part_idr, reason="exact")
            for name, weight, part_idr in zip(
                names, weights, apportion(amount_idr, weights), strict=False
            )
        ),
    )


def deposit_doc(
    count: int = 4, *, sedekah: bool = False, changed: bool = False, unpriced: bool = False
) -> DepositReceipt:
    """A receipt of *count* materials."""
    chance = random.Random(count)
    lines = []
    for number in range(count):
        quantity, price_idr = chance.randrange(5, 300) * 50, chance.randrange(10, 150) * 100
        asked = None if unpriced and number == 0 else price_idr
        lines.append(
            ReceiptLine(
                name=NAMES[number % 7],
                unit="G",
                quantity=quantity,
                price_idr=asked,
                value_idr=0 if asked is None else value_idr(quantity, asked),
            )
        )
    total_idr = sum(line.value_idr for line in lines)
    credited_idr = 0 if sedekah else total_idr
    return DepositReceipt(
        bank=BANK,
        member=MEMBER,
        seq=2451,
        number="S-02451",
        phone_number="HP02-0037",
        told_idr=None,
        weighed_on=date(2026, 11, 21),
        recorded_at=PRINTED_AT,
        lines=tuple(lines),
        value_idr=total_idr,
        credited_idr=credited_idr,
        before_idr=100_730,
        after_idr=100_730 + credited_idr,
        sedekah=sedekah,
        cause="Santunan anak yatim" if sedekah else "",
        recorded_by="Budi Santoso",
        changed_on=date(2026, 11, 22) if changed else None,
        changed_seq=2460 if changed else None,
        reversed=changed,
        paid_in_cash=False,
        seal=SEAL,
    )


def withdrawal_doc() -> WithdrawalReceipt:
    """A payment of Rp75.000 in cash."""
    return WithdrawalReceipt(
        bank=BANK,
        member=MEMBER,
        seq=131,
        number="T-00131",
        paid_at=PRINTED_AT,
        method="cash",
        amount_idr=75_000,
        before_idr=125_705,
        after_idr=50_705,
        paid_by="Rahmawati",
        reversed=False,
        seal=SEAL,
    )


def sheet_docs(rows: int = 14) -> list[Sheet]:
    """Two sheets of RT 03, the second with *rows* households."""
    goods = [("K1", name, "kg", 1_800) for name in NAMES] + [("BS", "Botol sirup", "pcs", 400)]
    columns = tuple(SheetColumn(*one) for one in goods)
    return [
        Sheet(
            SheetNumber(date(2026, 11, 21), "03", page),
            columns,
            tuple(SheetRow(f"{n:04}", f"Warga nomor {n}") for n in range(1, count + 1)),
        )
        for page, count in ((1, 14), (2, rows))
    ]
