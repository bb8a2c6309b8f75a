"""The sides of a flag: what the phone told, what the books have, what the list says."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from banksampah.banks.models import Bank
from banksampah.banks.queries import setting
from banksampah.catalog.models import UNITS
from banksampah.catalog.queries import materials, price_version
from banksampah.codes import phone_number
from banksampah.deposits.models import Deposit
from banksampah.deposits.queries import standing
from banksampah.deposits.service import USUAL_MAX_G
from banksampah.desk import queries
from banksampah.desk.contents import cancellation
from banksampah.desk.models import DeskFlag, DeskIntake, DeskRecord
from banksampah.desk.newcomers import told_in_full
from banksampah.desk.records import Known, Record, RecordLine, cancelled_at, what_is_known
from banksampah.desk.service import (
    CAP,
    booked_seq,
    by_the_list,
    deposits_that_day,
    listed_prices,
    record_of,
    replacement_of,
    unseen,
    unusual_lines,
    weighed_day,
)
from banksampah.members.models import Member
from banksampah.money import format_idr, format_kg, value_idr
from banksampah.staff.queries import names_of, staff_of

Side = dict[str, Any]


class Sides:
    """Each as the page shows it, of one bank on one day."""

    def __init__(self, session: Session, bank: Bank, today: date):
        self.session, self.bank, self.today = session, bank, today
        self.labels = {m.id: m for m in materials(session, bank.bank_id, retired=True)}
        self.staff = {person.user_id: person.name for person in staff_of(session, bank.bank_id)}
        self.phones = {device.id: device.name for device in queries.devices(session, bank.bank_id)}

    def known(self, taken: DeskIntake) -> Known:
        """What can be read of what the phone told first."""
        raw = queries.first_raw(self.session, self.bank.bank_id, taken.record_id)
        return what_is_known(told_in_full(self.session, raw))

    def told(self, taken: DeskIntake, raw: DeskRecord | None = None) -> Side:
        """What the phone told: at first, or this other content of the same number."""
        raw = raw or queries.first_raw(self.session, self.bank.bank_id, taken.record_id)
        known = what_is_known(told_in_full(self.session, raw))
        return {
            "receipt": self.receipt(taken.device_id, taken.epoch, taken.number),
            "weighed_at": taken.weighed_at,
            **self.whose(known),
            "lines": [self._line(line) for line in known.lines],
            "total_idr": taken.value_idr if known.total_idr is None else known.total_idr,
            "price_version": known.price_version,
            "weighed_by": self._weigher(taken, known.operator_id),
            "deposit_seq": taken.deposit_seq,
            "cancelled": self._cancelled(raw),
        }

    def receipt(self, device_id: int, epoch: int, number: int) -> str:
        """A receipt number as its phone printed it."""
        return phone_number(self.phones.get(device_id, "HP"), epoch, number)

    def whose(self, known: Known) -> Side:
        """The household that the phone told, by the name that it has now."""
        who = known.member_id and self.session.get(Member, (self.bank.bank_id, known.member_id))
        new = known.provisional
        return {
            "name": who.name if who else new.name if new else "",
            "number": who.number if who else new.number if new else "",
            "on_phone": known.member_number if who and known.member_number != who.number else "",
            "rt": who.rt if who else new.rt if new else "",
        }

    def _cancelled(self, raw: DeskRecord) -> dict[str, Any] | None:
        """When and through whom a phone took it back, whatever the books made of that."""
        kept = cancellation(self.session, raw)
        if kept is None:
            return None
        return {
            "at": cancelled_at(told_in_full(self.session, kept)) or kept.received_at,
            "phone": self.phones[kept.device_id],
            "sent_by": names_of(self.session, {kept.sent_by_id}).get(kept.sent_by_id, ""),
        }

    def _weigher(self, taken: DeskIntake, told_id: int) -> str:
        """Who weighed: one of the bank's staff, now or when it was booked. A phone may tell any id;
        those of other banks' people name nobody here."""
        if told_id in self.staff or taken.deposit_seq is None:
            return self.staff.get(told_id, "")
        booked = self.session.get_one(Deposit, (self.bank.bank_id, taken.deposit_seq))
        is_theirs = booked.recorded_by_id == told_id
        return names_of(self.session, {told_id}).get(told_id, "") if is_theirs else ""

    def booked(self, seq: int) -> Side:
        """A deposit of the books, as it stands."""
        now = standing(self.session, self.bank.bank_id, seq)
        who = self.session.get_one(Member, (self.bank.bank_id, now.member_id))
        by = now.deposit.recorded_by_id
        return {
            "receipt": str(seq),
            "weighed_at": now.deposit.recorded_at,
            "name": who.name,
            "number": who.number,
            "rt": who.rt,
            "lines": [self._line(line) for line in now.lines],
            "total_idr": now.value_idr,
            "weighed_by": names_of(self.session, {by}).get(by, ""),
            "deposit_seq": seq,
        }

    def asked(self, flag: DeskFlag, taken: DeskIntake) -> Side:
        """What the phone told, under its title. Of two contents that says which came first: one
        id's second stands beside its first, one number's first beside its second."""
        title = _("Dari HP")
        if flag.code == "other_content":
            title = _("Yang kedua") if flag.raw_id is None else _("Yang pertama")
        return self.told(taken) | {"title": title}

    def others(self, flag: DeskFlag, taken: DeskIntake) -> list[Side]:
        """What stands against what the phone told, each under its title."""
        if flag.raw_id is not None:
            raw = self.session.get_one(DeskRecord, (self.bank.bank_id, flag.raw_id))
            side = self.told(taken, raw)
            return [side | {"title": _("Yang kedua"), "deposit_seq": None}]
        found = {
            "maybe_double": self._doubles,
            "member_closed": self._followed,
            "member_merged": self._followed,
            "other_content": self._of_same_number,
            "unreadable": self._typed,
            "cancel_refused": self._instead,
            "price_old": self._listed_now,
            "price_unknown": self._listed,
            "sum_differs": self._added_up,
            "over_cap": self._phone_day,
            "weight_unusual": self._usual,
            "often_that_day": self._that_day,
        }.get(flag.code)
        return [] if found is None else found(flag, taken)

    def _followed(self, flag: DeskFlag, taken: DeskIntake) -> list[Side]:
        """Whose it is, where the household that was told became another one."""
        if taken.member_id == self.known(taken).member_id:
            return []
        who = self.session.get_one(Member, (self.bank.bank_id, taken.member_id))
        named = {"name": who.name, "number": who.number, "rt": who.rt}
        title = _("Digabungkan ke")
        return [named | {"title": title, "lines": [], "total_idr": taken.value_idr}]

    def _doubles(self, flag: DeskFlag, taken: DeskIntake) -> list[Side]:
        if flag.other_record_id is not None:
            key = (self.bank.bank_id, flag.other_record_id)
            side = self.told(self.session.get_one(DeskIntake, key))
        else:
            seq = queries.find_online_double(self.session, self.bank.bank_id, taken)
            if seq is None:  # undone, or put right since
                return []
            side = self.booked(seq)
        return [side | {"title": _("Yang lain")}]

    def _typed(self, flag: DeskFlag, taken: DeskIntake) -> list[Side]:
        seq = booked_seq(self.session, taken)
        if seq is None or seq == taken.deposit_seq:
            return []
        return [self.booked(seq) | {"title": _("Yang diketik")}]

    def _of_same_number(self, flag: DeskFlag, taken: DeskIntake) -> list[Side]:
        place = (taken.device_id, taken.epoch, taken.number)
        other = queries.of_same_number(self.session, taken.bank_id, *place, taken.record_id)
        found = [] if other is None else [self.told(other) | {"title": _("Yang pertama")}]
        typed = [one | {"title": _("Yang pertama, diketik")} for one in self._typed(flag, taken)]
        return found + typed

    def _instead(self, flag: DeskFlag, taken: DeskIntake) -> list[Side]:
        found = self._typed(flag, taken)
        if (instead := replacement_of(self.session, taken)) is not None:
            found.append(self.told(instead) | {"title": _("Penggantinya")})
        return found

    def _listed_now(self, flag: DeskFlag, taken: DeskIntake) -> list[Side]:
        """The list of its day beside a booked deposit, and what the household would gain by it."""
        pairs = by_the_list(self.session, taken)
        more_idr = sum(new.credited_idr - old.credited_idr for old, new in pairs)
        assert taken.deposit_seq is not None
        now = standing(self.session, self.bank.bank_id, taken.deposit_seq)
        side = self._by_the_list([new for _old, new in pairs], now.deposit.weighed_on)
        return [side | {"difference_idr": more_idr}]

    def _listed(self, flag: DeskFlag, taken: DeskIntake) -> list[Side]:
        record = self._record(taken)
        day = weighed_day(self.session, taken, self.today)
        prices = listed_prices(self.session, self.bank.bank_id, record, day)
        return [self._by_the_list(self._valued(record, prices), day)]

    def _added_up(self, flag: DeskFlag, taken: DeskIntake) -> list[Side]:
        lines = self._valued(self._record(taken), None)
        return [self._plain(_("Menurut barisnya"), lines)]

    def _phone_day(self, flag: DeskFlag, taken: DeskIntake) -> list[Side]:
        """What its phone brought on that day that nobody has looked at, beside the limit."""
        day = weighed_day(self.session, taken, self.today)
        there_idr = unseen(self.session, self.bank.bank_id, taken.device_id, day)
        facts = [
            (_("Sudah di buku, belum dilihat"), format_idr(there_idr)),
            (_("Dengan setoran ini"), format_idr(there_idr + taken.value_idr)),
            (_("Batasnya"), format_idr(int(setting(self.session, self.bank.bank_id, CAP)))),
        ]
        title = _("%(phone)s pada hari itu", phone=self.phones[taken.device_id])
        return [{"title": title, "facts": facts}]

    def _usual(self, flag: DeskFlag, taken: DeskIntake) -> list[Side]:
        found = unusual_lines(self.session, self.bank.bank_id, self._record(taken).lines)
        facts = [
            (goods.label, f"{format_kg(goods.usual_max_g or USUAL_MAX_G)} kg")
            for goods, _l in found
        ]
        return [{"title": _("Biasanya di bawah"), "facts": facts}]

    def _that_day(self, flag: DeskFlag, taken: DeskIntake) -> list[Side]:
        """Everything else that the household brought on that day."""
        now = standing(self.session, self.bank.bank_id, taken.deposit_seq or 0)
        bank_id, day = self.bank.bank_id, now.deposit.weighed_on
        found = deposits_that_day(self.session, bank_id, now.member_id, day)
        others = [self._brought(one.seq) for one in found if one.seq != taken.deposit_seq]
        total_idr = sum(other["total_idr"] for other in others)
        title = _("Setoran lainnya pada hari itu")
        return [{"title": title, "deposits": others, "total_idr": total_idr}]

    def _brought(self, seq: int) -> Side:
        """A deposit as it stands, at the hour at which a phone weighed it, where one did."""
        sent = select(DeskIntake.weighed_at).filter_by(bank_id=self.bank.bank_id, deposit_seq=seq)
        weighed_at = self.session.scalar(sent.limit(1))
        return self.booked(seq) | ({"weighed_at": weighed_at} if weighed_at else {})

    def _record(self, taken: DeskIntake) -> Record:
        return record_of(self.session, self.bank.bank_id, taken.record_id)

    def _valued(self, record: Record, prices: Mapping[int, int | None] | None) -> list[RecordLine]:
        """The record's lines at these prices, or at its own, worth what they are worth."""
        found = []
        for line in record.lines:
            price_idr = line.price_idr if prices is None else prices[line.material_id]
            unit = UNITS[self.labels[line.material_id].unit]
            value = 0 if price_idr is None else value_idr(line.quantity, price_idr, unit)
            found.append(line._replace(price_idr=price_idr, value_idr=value))
        return found

    def _by_the_list(self, lines: Iterable[Any], day: date) -> Side:
        """Lines at the prices of the list that was in force on *day*."""
        listed = price_version(self.session, self.bank.bank_id, day)
        side = self._plain(_("Menurut daftar harga"), lines)
        return side | {"price_version": listed and listed.number}

    def _plain(self, title: str, lines: Iterable[Any]) -> Side:
        """Lines of nobody's hand."""
        shown = [self._line(line) for line in lines]
        total_idr = sum(line["value_idr"] for line in shown)
        return {"title": title, "lines": shown, "total_idr": total_idr}

    def _line(self, line: Any) -> dict[str, Any]:
        material = self.labels.get(line.material_id)
        return {
            "name": material.label if material else f"#{line.material_id}",
            "unit": material.unit if material else "kg",
            "quantity": line.quantity,
            "price_idr": line.price_idr,
            "value_idr": line.value_idr,
        }
