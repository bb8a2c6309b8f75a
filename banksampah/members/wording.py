"""Movements of a passbook in words. What was weighed is read from the sealed entries themselves."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from banksampah import codes, ledger
from banksampah.catalog.queries import in_sentence, materials
from banksampah.members.models import Member
from banksampah.members.queries import Movement, Movements, Standing
from banksampah.money import decimals_for, format_idr, format_kg
from banksampah.web.kinds import kind_name

NAMES_MAX = 3


class SpokenMovement(NamedTuple):
    """A line as `m.movements` draws it; *in_idr* and *out_idr* are positive, 0 = none."""

    on: date
    text: str
    ref: str
    href: str
    in_idr: int
    out_idr: int
    balance_idr: int
    void: bool
    note: str
    slip: str = ""
    """The number of the deposit's slip, where this leads to its check page: *check_href*."""
    check_href: str = ""


def spoken(
    session: Session, bank_id: int, movements: Sequence[Movement], home: str = ""
) -> list[SpokenMovement]:
    """*movements* in words; with *home* (the bank's address) each leads to its document."""
    lines = [movement.line for movement in movements]
    undone = ledger.find_reversals(session, bank_id, [line.seq for line in lines])
    origins = {
        line.reverses_seq: ledger.entry(session, bank_id, line.reverses_seq)
        for line in lines
        if line.reverses_seq is not None
    }
    reasons = ledger.notes_of(session, bank_id, [line.seq for line in lines if line.reverses_seq])
    names = {material.id: material.label for material in materials(session, bank_id, retired=True)}
    return [
        _spoken(movement, origins, names, home, movement.line.seq in undone, reasons)
        for movement in movements
    ]


def spoken_with_checks(
    session: Session, bank_id: int, movements: Sequence[Movement], check_at: str
) -> list[SpokenMovement]:
    """The same for the household: what came from a deposit leads to the page under *check_at*
    that tells whether its slip is genuine, and how the deposit stands."""
    slips = [_slip_of(movement.line) for movement in movements]
    seals = ledger.find_seals(session, bank_id, [seq for seq in slips if seq is not None])
    told = spoken(session, bank_id, movements)
    for place, seq in enumerate(slips):
        if seq is not None:
            number = f"S-{seq:05}"
            code = codes.address_code(number, seals[seq][: codes.TAG_CHARS])
            told[place] = told[place]._replace(slip=number, check_href=f"{check_at}/{code}")
    return told


def _slip_of(line: ledger.Line) -> int | None:
    """The deposit whose slip this line is: its own, or what came to the household from Titipan
    or from another one."""
    if line.kind == "deposit.record" and line.reverses_seq is None:
        return line.seq
    if line.kind == "deposit.correct_member" and line.amount > 0:
        return int(line.body["deposit_seq"])
    return None


def _spoken(
    movement: Movement,
    origins: Mapping[int, ledger.Entry],
    names: Mapping[int, str],
    home: str,
    void: bool,
    reasons: Mapping[int, str],
) -> SpokenMovement:
    line = movement.line
    note = _("Dibatalkan.") if void else ""
    if line.reverses_seq is None:
        text, ref, path = _words(line.kind, line.seq, line.body, line.amount, names)
    else:
        origin = origins[line.reverses_seq]
        undone_text, undone_ref, path = _words(
            origin.kind, origin.seq, origin.body, -line.amount, names
        )
        text = _("Pembatalan %(what)s", what=undone_ref or undone_text)
        ref, note = f"K-{line.seq:05}", reasons.get(line.seq, "")
    return SpokenMovement(
        line.effective_on,
        text,
        ref,
        f"{home}{path}" if home and path else "",
        max(line.amount, 0),
        max(-line.amount, 0),
        movement.balance_idr,
        void,
        note,
    )


def _words(
    kind: str, seq: int, body: Mapping[str, Any], amount_idr: int, names: Mapping[int, str]
) -> tuple[str, str, str]:
    """What an entry is called, its number on paper, and the path of its document."""
    if kind == "deposit.record":
        text = _("Setoran: %(goods)s", goods=goods(body.get("lines", ()), names))
        return text, f"S-{seq:05}", f"/setoran/{seq}"
    if kind == "withdrawal.pay":
        hold = body.get("withdrawal_seq", seq)
        return _("Penarikan"), f"T-{hold:05}", f"/penarikan/{hold}"
    if kind in {"member.merge", "member.follow"}:
        text = _("Pindahan dari nasabah lain") if amount_idr > 0 else _("Pindah ke nasabah lain")
        return text, f"K-{seq:05}", ""
    if kind == "member.import":
        return _("Saldo awal"), f"K-{seq:05}", ""
    if "deposit_seq" in body:
        deposit_seq = body["deposit_seq"]
        corrected = {
            "deposit.price": _("Harga susulan S-%(seq)s"),
            "deposit.debt": _("Utang, menutup pembatalan S-%(seq)s"),
            "deposit.give": _("Dari Titipan, koreksi S-%(seq)s"),
            "deposit.correct_weight": _("Koreksi berat S-%(seq)s"),
            "deposit.correct_price": _("Koreksi harga S-%(seq)s"),
            "deposit.correct_member": _("Koreksi nasabah S-%(seq)s"),
        }.get(kind, _("Koreksi S-%(seq)s"))
        text = corrected % {"seq": f"{deposit_seq:05}"}
        return text, f"K-{seq:05}", f"/setoran/{deposit_seq}"
    return kind_name(kind), f"K-{seq:05}", ""


def goods(lines: Iterable[Sequence[Any]], names: Mapping[int, str]) -> str:
    """The goods of a deposit: "kardus, koran · 5,10 kg"."""
    sealed = list(lines)
    called = list(dict.fromkeys(in_sentence(names.get(line[0], "?")) for line in sealed))
    text = ", ".join(called[:NAMES_MAX])
    if len(called) > NAMES_MAX:
        text = _("%(names)s dan %(n)s lain", names=text, n=len(called) - NAMES_MAX)
    weights = [line[2] for line in sealed if line[1] == "G"]
    if not weights:
        return text
    return f"{text} · {format_kg(sum(weights), decimals_for([sum(weights)]))}\N{NO-BREAK SPACE}kg"


def card_sums(page: Movements) -> dict[str, Any]:
    """What stands above and under the movements: balance before, sums, balance after."""
    amounts = [movement.line.amount for movement in page.lines]
    return {
        "opening": (_("Saldo sebelumnya"), page.opening_idr) if page.next_cursor else None,
        "closing": {
            "in_idr": sum(amount for amount in amounts if amount > 0),
            "out_idr": -sum(amount for amount in amounts if amount < 0),
            "balance_idr": page.opening_idr + sum(amounts),
        },
    }


def obstacles_of(
    member: Member, now: Standing, home: str, in_titipan: bool
) -> list[dict[str, str]]:
    """What stands in the way of closing an account, each with the page where it is put right."""
    card = f"{home}/nasabah/{member.id}"
    found = (
        (now.held_idr, _("%(amount)s tertahan untuk penarikan"), f"{home}/penarikan"),
        (now.balance_idr, _("Saldo masih %(amount)s"), f"{card}/penarikan"),
        (now.debt_idr, _("Utang %(amount)s"), card),
    )
    obstacles = [
        {"text": text % {"amount": format_idr(amount_idr)}, "href": href}
        for amount_idr, text, href in found
        if amount_idr
    ]
    if in_titipan:
        obstacles.append(
            {"text": _("Setorannya masih di Titipan"), "href": f"{home}/perlu-dilihat"}
        )
    return obstacles
