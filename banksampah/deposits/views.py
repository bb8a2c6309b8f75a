"""What the pages of deposits show: figures gathered for templates, nothing written."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from urllib.parse import quote

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from banksampah.banks.queries import setting
from banksampah.catalog.models import FAMILIES, UNITS, Material
from banksampah.catalog.queries import materials
from banksampah.clock import day_in
from banksampah.db import db
from banksampah.deposits import queries
from banksampah.deposits.models import (
    MEMBER,
    PRICE,
    PRICED,
    REASONS,
    REVERSED,
    SAVINGS,
    SEDEKAH,
    SHEET_KEY,
    WEIGHT,
    DepositLine,
)
from banksampah.deposits.queries import Offer, Standing
from banksampah.deposits.schemas import HALF
from banksampah.deposits.service.drafting import LINES_MAX, Draft
from banksampah.errors import DomainError
from banksampah.ledger import entry, notes_of
from banksampah.members.models import Member
from banksampah.members.queries import get_member, members_by_id, standing
from banksampah.money import PPM
from banksampah.staff.auth import current_bank
from banksampah.staff.queries import names_of
from banksampah.web.filters import kg, persen, rupiah, tanggal
from banksampah.web.forms import Form, blank_form, whole
from banksampah.wording import gettext_noop as _n

LIST_UNIT = {unit: name for name, unit in UNITS.items()}
DAY_ROWS = 50


FAMILY_WORDS = dict(
    zip(
        FAMILIES,
        (_n("Kertas"), _n("Plastik"), _n("Logam"), _n("Kaca"), _n("Lainnya")),
        strict=True,
    )
)
CHANGE_WORDS = {
    REVERSED: _n("Dibatalkan"),
    PRICED: _n("Harga menyusul sudah diisi"),
    PRICE: _n("Harga dikoreksi"),
    MEMBER: _n("Nasabah dikoreksi"),
    WEIGHT: _n("Berat dikoreksi"),
}


def reasons() -> list[tuple[str, str]]:
    """The reasons for undoing a deposit, as choices."""
    return [(code, _(words)) for code, words in REASONS.items() if code != "wrong_price"]


def day_of(text: str | None, today: date) -> date:
    """The day of an address; today where none or nonsense stands there."""
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return today


def units(bank_id: int) -> Callable[[Mapping[str, str]], str]:
    """Tells of a row of the form how its quantity is meant: kg, litre or pcs."""
    by_id = {str(m.id): m.unit for m in materials(db.session, bank_id, retired=True)}
    return lambda row: by_id.get(row.get("material_id", "").strip(), "kg")


def refuse(form: Form, error: DomainError) -> None:
    """Put a refusal beside its field; the rows of the form keep the empty ones, the verb's not."""
    at = getattr(error, "field", None) or ""
    if not at.startswith("lines."):
        form.refuse(error)
        return
    places = [n for n in form.rows("lines", 0) if form.value(f"lines-{n}-quantity").strip()]
    place = places[int(at.split(".")[1])]
    form.refuse(error, f"lines.{place}.quantity")
    if quantity := error.extra.get("confirm_quantity"):
        form.data["confirm"] = (f"lines-{place}-confirmed_quantity", quantity)


def begun(args: MultiDict[str, str], today: date) -> Form:
    """The weighing form as an address begins it: a day, and quantities by material."""
    known = [part.partition("-") for part in args.getlist("isi")[:LINES_MAX]]
    quantities: dict[int, int] = {}
    for material, _dash, quantity in known:
        material_id = whole(material) or 0
        quantities[material_id] = quantities.get(material_id, 0) + (whole(quantity) or 0)
    form = blank_form(weighed_on=args.get("hari") and day_of(args["hari"], today))
    form.data = {"weighed_on": day_of(args.get("hari"), today), "begun": quantities}
    return form


def _fill_in(form: Form, numbers: dict[int, int], offers: dict[int, Offer]) -> None:
    """What an address began stands in the fields as if it had been typed."""
    for material_id, quantity in form.data.get("begun", {}).items():
        if material_id in numbers and quantity:
            typed = str(quantity)
            if offers[material_id].unit != "PCS":
                typed = f"{quantity // 1000},{quantity % 1000:03}".rstrip("0").rstrip(",")
            form.values[f"lines-{numbers[material_id]}-quantity"] = typed


def weighing(member: Member, form: Form, day: date, today: date) -> dict[str, Any]:
    """The weighing page: a row for each material, what is brought most first."""
    bank_id = member.bank_id
    asked = queries.price_list_for(db.session, bank_id, member.id, day)
    numbers = {material_id: n for n, material_id in enumerate(asked.offers)}
    _fill_in(form, numbers, asked.offers)
    usual = [i for i in queries.usual_materials(db.session, bank_id) if i in asked.offers]
    kinds = [(_("Paling sering"), usual)] if len(asked.offers) > len(usual) > 0 else []
    rest = [i for i in asked.offers if not kinds or i not in usual]
    for family in FAMILIES:
        found = [i for i in rest if asked.offers[i].family == family]
        kinds += [(_(FAMILY_WORDS[family]), found)] if found else []
    causes = queries.causes(db.session, bank_id)
    return {
        "member": member,
        "groups": [
            {"label": label, "rows": [_row(numbers[i], asked.offers[i]) for i in found]}
            for label, found in kinds
        ],
        "form": form,
        "options": {
            "kinds": _kinds(asked.share_ppm),
            "deliveries": _deliveries(member.delivery),
            "causes": causes,
        },
        "confirm": dict(zip(("name", "value"), form.data.get("confirm", ("", 0)), strict=True)),
        "today": today,
        "days_back": setting(db.session, bank_id, "backdate_days_max"),
    }


def _row(n: int, offer: Offer) -> dict[str, Any]:
    return {"n": n, "material": _material(offer), "price_idr": offer.price_idr}


def _material(offer: Offer) -> dict[str, Any]:
    return {
        "id": offer.material_id,
        "name": offer.label,
        "family": offer.family,
        "unit": LIST_UNIT[offer.unit],
    }


def _kinds(share_ppm: int) -> list[tuple[str, str, str]]:
    given = (SEDEKAH, _("Sedekah"), _("Semua untuk dana warga."))
    if not share_ppm:
        return [given]
    share = _("Semua masuk tabungan.") if share_ppm == PPM else _bagian(share_ppm)
    half = (HALF, _("Separuh sedekah"), _("Setengah nilainya masuk tabungan."))
    saved = (SAVINGS, _("Tabungan"), share)
    return [saved, half, given] if share_ppm > PPM // 2 else [saved, given]


def _bagian(share_ppm: int) -> str:
    return str(_("%(share)s nilainya masuk tabungan.", share=persen(share_ppm)))


def _deliveries(usual: str) -> list[tuple[str, str]]:
    both = [("brought", _("Diantar")), ("fetched", _("Dijemput"))]
    return sorted(both, key=lambda way: way[0] != usual)


def draft(made: Draft, form: Form, today: date) -> dict[str, Any]:
    """The lines read back, with the balance before and after."""
    member = get_member(db.session, current_bank().bank_id, made.giver.member_id)
    balance_idr = standing(db.session, member).balance_idr
    lines = [
        line._asdict() | {"material": _material(made.offers[line.material_id])}
        for line in made.lines
    ]
    return {
        "member": member,
        "lines": lines,
        "value_idr": made.value_idr,
        "credited_idr": made.credited_idr,
        "share_text": _share_text(made.share_ppm),
        "weight_g": sum(made.offers[x.material_id].weight_g(x.quantity) for x in made.lines),
        "kind": made.kind,
        "cause_name": _cause(made.cause_fund_id),
        "weighed_on": made.weighed_on,
        "today": today,
        "balance_idr": balance_idr,
        "after_idr": balance_idr + made.credited_idr,
        "form": form,
    }


def _share_text(share_ppm: int) -> str:
    return "" if share_ppm in (0, PPM) else persen(share_ppm)


def _cause(fund_id: int | None) -> str:
    return dict(queries.causes(db.session, current_bank().bank_id)).get(fund_id or 0, "")


def receipt(now: Standing) -> dict[str, Any]:
    """A deposit with its lines as weighed, the balance around it, and what happened since; one
    laid in Titipan has whom it is meant for, and no balance."""
    deposit, bank_id = now.deposit, now.deposit.bank_id
    weighed_for = get_member(db.session, bank_id, deposit.member_id)
    in_titipan = weighed_for.holds_titipan
    member = queries.meant_for(db.session, now) if in_titipan else weighed_for
    goods = {m.id: m for m in queries.materials_of(db.session, bank_id, now)}
    weight_g = sum(
        queries.weight_g(line.unit, line.quantity, goods[line.material_id].equivalent_g)
        for line in deposit.lines
    )
    changes = _changes(now)
    return {
        "deposit": deposit,
        "member": member,
        "who": member.name if member else _("Warga baru"),
        "in_titipan": in_titipan,
        "paid_in_cash": queries.paid_from_titipan(db.session, bank_id, deposit.seq),
        "lines": [_shown(line, goods[line.material_id]) for line in deposit.lines],
        "value_idr": deposit.value_idr,
        "weight_g": weight_g,
        "cause_name": _cause(deposit.cause_fund_id),
        "share_text": _share_text(deposit.lines[0].share_ppm),
        "recorded_by_name": changes.pop("names").get(deposit.recorded_by_id, _("Layanan")),
        "sheet": _sheet_of(now),
        "late": day_in(current_bank().zone, deposit.recorded_at) > deposit.weighed_on,
        "whatsapp": "",
        **changes,
        **({} if in_titipan else _balance(now, weighed_for, weight_g)),
    }


def _balance(now: Standing, member: Member, weight_g: int) -> dict[str, Any]:
    """The savings around a deposit, which are the household's alone; Titipan has none to show."""
    before_idr = queries.savings_before(db.session, member, now.deposit.seq)
    after_idr = before_idr + now.deposit.credited_idr
    return {
        "before_idr": before_idr,
        "after_idr": after_idr,
        "whatsapp": _whatsapp(now, member, weight_g, after_idr),
    }


def _sheet_of(now: Standing) -> str:
    """The sheet of paper it was typed in from, with its row: "B-261121-03-1/7"; or nothing."""
    key = entry(db.session, now.deposit.bank_id, now.deposit.seq).idem_key
    return key.removeprefix(SHEET_KEY) if key.startswith(SHEET_KEY) else ""


def _shown(line: DepositLine, material: Material) -> dict[str, Any]:
    return {
        "line": line.line,
        "material": {"name": material.label},
        "unit": line.unit,
        "quantity": line.quantity,
        "price_idr": line.price_idr,
        "value_idr": line.value_idr,
    }


def _changes(now: Standing) -> dict[str, Any]:
    """Reversal and corrections in words."""
    by_ids = {now.deposit.recorded_by_id, *(change.recorded_by_id for change in now.changes)}
    names = names_of(db.session, by_ids)
    notes = notes_of(db.session, now.deposit.bank_id, [change.seq for change in now.changes])
    moved = members_by_id(
        db.session, now.deposit.bank_id, [c.member_id for c in now.changes if c.member_id]
    )
    zone = current_bank().zone
    told = [
        {
            "seq": change.seq,
            "kind": change.kind,
            "words": _(CHANGE_WORDS[change.kind]),
            "on": day_in(zone, change.recorded_at),
            "by_name": names.get(change.recorded_by_id, _("Layanan")),
            "reason": _reason(change.reason, notes.get(change.seq)),
            "member": moved.get(change.member_id or 0),
        }
        for change in now.changes
    ]
    reversal = next((change for change in told if change["kind"] == REVERSED), None)
    return {"names": names, "reversal": reversal, "changes": told}


def _reason(code: str | None, note: str | None) -> str:
    if code is None:
        return note or ""
    told = [_(REASONS[code])]
    if note and note != REASONS[code]:
        told.append(note)
    return " – ".join(told)


def _whatsapp(now: Standing, member: Member, weight_g: int, after_idr: int) -> str:
    """A link that opens WhatsApp with the receipt as a message; empty without a phone."""
    number = member.phone.removeprefix("+")
    if not number or now.reversal is not None or now.deposit.kind == SEDEKAH:
        return ""
    text = _(
        "Setoran %(day)s: %(weight)s kg, %(value)s. Saldo %(balance)s. Bukti %(seq)s.",
        day=tanggal(now.deposit.weighed_on),
        weight=kg(weight_g),
        value=rupiah(now.deposit.credited_idr),
        balance=rupiah(after_idr),
        seq=now.deposit.seq,
    )
    number = f"62{number[1:]}" if number.startswith("0") else number
    return f"https://wa.me/{number}?text={quote(text)}"


def day_list(bank_id: int, shown: date, today: date, before_seq: int | None) -> dict[str, Any]:
    """One day's deposits with its sums."""
    listed = queries.deposits(
        db.session, bank_id, weighed_on=shown, before_seq=before_seq, limit=DAY_ROWS + 1
    )
    previous_day, next_day = queries.neighbours(db.session, bank_id, shown)
    more = len(listed) > DAY_ROWS
    next_href = f"?hari={shown.isoformat()}&sebelum={listed[DAY_ROWS - 1].seq}" if more else ""
    return {
        "day": shown,
        "today": today,
        "previous_day": previous_day,
        "next_day": next_day or (today if shown < today else None),
        "deposits": [_listed(one) for one in listed[:DAY_ROWS]],
        "totals": queries.totals_on(db.session, bank_id, shown),
        "next_href": next_href,
    }


def _listed(one: queries.Listed) -> dict[str, Any]:
    undone = one.reversal_seq is not None
    return one._asdict() | {
        "reversal": {"reason": _reason(one.reversal_reason, None)} if undone else None
    }


def pending(bank_id: int) -> dict[str, Any]:
    """The lines that wait for a price, with their household and material by name."""
    rows = queries.pending_lines(db.session, bank_id)
    people = members_by_id(db.session, bank_id, [row.member_id for row in rows])
    goods = {m.id: m for m in materials(db.session, bank_id, retired=True)}
    lines = [
        {
            "seq": row.seq,
            "on": row.weighed_on,
            "member": people[row.member_id],
            "material": goods[row.material_id].label,
            "quantity": row.quantity,
            "unit": row.unit,
        }
        for row in rows
    ]
    return {"lines": lines}
