"""What phones hold against what the books hold: every difference, in words."""

import json
from collections import Counter
from collections.abc import Collection
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.db import db, use_bank
from banksampah.deposits.models import Deposit
from banksampah.deposits.queries import standing
from banksampah.desk import counts
from banksampah.desk.gaps import missing_numbers
from banksampah.desk.models import ACCEPTED, DeskIntake, DeskRecord, Suspense
from banksampah.desk.service.cancelling import REFUSED
from banksampah.ledger import chart
from banksampah.members.models import Member
from banksampah.members.queries import survivor

Row = dict[str, Any]
"""A row of a phone's outbox, as the phone keeps it."""


def differences(app: Flask, bank_id: int, phones: dict[int, list[Row]]) -> list[str]:
    """Where *phones* (by device id: their outboxes, all sent) and the books do not say the same.

    Every deposit that a phone holds is booked once, as it was weighed; nothing else is booked.
    """
    with app.app_context():
        use_bank(db.session, bank_id)
        try:
            tally = _Tally(db.session, bank_id, phones)
            return [
                *tally.records(), *tally.raws(), *tally.deposits(), *tally.balances(),
                *tally.counts(), *map(str, ledger.check(db.session, bank_id).faults),
            ]  # fmt: skip
        finally:
            db.session.rollback()


class _Tally:
    def __init__(self, session: Session, bank_id: int, phones: dict[int, list[Row]]):
        self.session, self.bank_id, self.phones = session, bank_id, phones
        self.rows = {row["id"]: row for rows in phones.values() for row in rows}
        found = session.query(DeskIntake).filter_by(bank_id=bank_id)
        self.taken = {taken.record_id: taken for taken in found}
        self.asked = {
            key
            for key, taken in self.taken.items()
            if REFUSED in taken.notes and not taken.cancelled
        }
        """Taken back on a phone, and left to the treasurer: they stand."""

    def records(self) -> list[str]:
        """Each record taken in once, as the phone has it; and no other."""
        said = [f"{key} is not in the books" for key in self.rows.keys() - self.taken.keys()]
        said += [f"{key} is on no phone" for key in self.taken.keys() - self.rows.keys()]
        for device_id, rows in self.phones.items():
            for row in rows:
                taken = self.taken.get(row["id"])
                if taken is not None:
                    here = (device_id, row["epoch"], row["number"], self._is_gone(row))
                    there = (taken.device_id, taken.epoch, taken.number, taken.cancelled)
                    said += [f"{row['id']}: {here} on the phone, {there} in the books"] * (
                        here != there
                    )
                if row["state"] not in {"terkirim", "perlu_dilihat"} or row.get("dirty"):
                    said.append(f"{row['id']} is still {row['state']} on the phone")
        return said

    def raws(self) -> list[str]:
        """What came is kept as it came: the lines, and the cancellation where there was one."""
        kept: dict[str, list[Row]] = {}
        said = []
        for record in self.session.query(DeskRecord).filter_by(bank_id=self.bank_id):
            raw, key = json.loads(record.raw), record.record_id
            kept.setdefault(key, []).append(raw)
            its_own = record.device_id == self.taken[key].device_id
            if raw.get("cancelled") and key in self.asked and its_own:
                said.append(f"{key} was taken back by its own phone that day, and was not")
        for key, row in self.rows.items():
            came = kept.get(key, [])
            if not any(raw["lines"] == row["record"]["lines"] for raw in came):
                said.append(f"{key} is not kept as it came")
            if _cancelled(row) and not any(raw.get("cancelled") for raw in came):
                said.append(f"the cancellation of {key} is not kept as it came")
        return said

    def deposits(self) -> list[str]:
        """One standing deposit for each record that stands, of its value; none for the others."""
        said = []
        booked = [t.deposit_seq for t in self.taken.values() if t.deposit_seq is not None]
        all_of_them = self.session.query(Deposit).filter_by(bank_id=self.bank_id)
        if Counter(booked) != Counter(deposit.seq for deposit in all_of_them):
            said.append("deposits in the books that are no record, or one of two records")
        for key, taken in self.taken.items():
            if key not in self.rows:
                continue
            seq = taken.deposit_seq
            found = None if seq is None else standing(self.session, self.bank_id, seq)
            stands = found is not None and found.reversal is None
            if taken.state != ACCEPTED or stands == taken.cancelled:
                said.append(f"{key}: {taken.state} {taken.notes}, deposit stands: {stands}")
            elif found is not None and found.deposit.value_idr != _total(self.rows[key]):
                said.append(f"{key}: worth {found.deposit.value_idr} in the books")
        return said

    def balances(self) -> list[str]:
        """Each household has what its standing records are worth; the closed ones' lie in Titipan,
        until they are opened again."""
        due: Counter[int] = Counter()
        for key, row in self.rows.items():
            if self._is_gone(row) or key not in self.taken:
                continue
            if "member_closed" in self.taken[key].notes:
                due[self._closed_ones(self.taken[key])] += _total(row)
            else:
                whose = survivor(self.session, self.bank_id, row["record"]["member"]["id"])
                due[whose.savings_account_id] += _total(row)
        said = []
        for member in self.session.query(Member).filter_by(bank_id=self.bank_id):
            account_id = member.savings_account_id
            has = ledger.balance(self.session, self.bank_id, account_id).posted
            if has != due[account_id]:
                said.append(f"{member.number} has {has}, not {due[account_id]}")
        return said

    def _closed_ones(self, taken: DeskIntake) -> int:
        """The account that has what came for a closed household: Titipan, or its own by now."""
        lies = self.session.get_one(Suspense, (self.bank_id, taken.deposit_seq))
        if lies.settled_member_id is None:
            return chart.SUSPENSE
        return survivor(self.session, self.bank_id, lies.settled_member_id).savings_account_id

    def _is_gone(self, row: Row) -> bool:
        return _cancelled(row) and row["id"] not in self.asked

    def counts(self) -> list[str]:
        """Each session counted the same by both; no number of any epoch is missing."""
        said = []
        sessions: dict[str, list[Row]] = {}
        for device_id, rows in self.phones.items():
            last: Counter[int] = Counter()
            for row in rows:
                last[row["epoch"]] = max(last[row["epoch"]], row["number"])
                sessions.setdefault(row["record"]["session"], []).append(row)
            for epoch, number in last.items():
                gap = missing_numbers(self.session, self.bank_id, device_id, epoch, number)
                said += [f"numbers {gap} of epoch {epoch} are missing"] * bool(gap)
        for code, theirs in sessions.items():  # one may have been begun as another phone
            phone = counted(theirs, self.asked)
            books = counts.counted(self.session, self.bank_id, code)
            said += [f"{code}: phone {phone}, books {books}"] * (phone != books)
        return said


def counted(rows: list[Row], asked: Collection[str] = ()) -> counts.Counted:
    """What a phone's own count of these rows comes to, with those the treasurer is *asked* about."""
    valid = [row["record"] for row in rows if row["id"] in asked or not _cancelled(row)]
    grams = sum(line["quantity"] for record in valid for line in record["lines"])
    return counts.Counted(len(valid), grams, sum(record["total_idr"] for record in valid))


def _cancelled(row: Row) -> bool:
    return bool(row["record"].get("cancelled"))


def _total(row: Row) -> int:
    return sum(line["value_idr"] for line in row["record"]["lines"])
