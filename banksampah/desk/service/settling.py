"""What the treasurer settles with one word: a number that never came was typed in from its slip or
never there, a sheet that changed late was seen."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.deposits.queries import get_deposit
from banksampah.desk.gaps import find_gap, missing_numbers
from banksampah.desk.models import DeskGap, DeskIntake, LateSheet
from banksampah.desk.queries import FlagNotFound
from banksampah.errors import Refused
from banksampah.ledger import Act


class DepositElsewhere(Refused):
    """The deposit is a phone's own record, or stands for another number."""

    code = "deposit_elsewhere"

    def __init__(self) -> None:
        super().__init__("Setoran itu punya nomor bukti lain. Tulis setoran yang Anda ketik.")


def settle_gap(
    session: Session, act: Act, *, device_id: int, epoch: int, number: int, deposit_seq: int | None
) -> DeskGap:
    """Say what became of a number: the deposit typed in from its slip, or None: there was none.

    What still comes under that number is held where it was typed in, and booked where it was not.
    Raises GapNotFound, DepositNotFound, DepositElsewhere.
    """
    key = {"device_id": device_id, "epoch": epoch, "number": number}
    facts = key | {"deposit_seq": deposit_seq}
    if ledger.replay(session, act, "desk.gap", facts) is not None:
        return session.get_one(DeskGap, (act.bank_id, device_id, epoch, number))
    gap = find_gap(session, act.bank_id, **key)
    if deposit_seq is not None:
        get_deposit(session, act.bank_id, deposit_seq)
        refuse_elsewhere(session, act.bank_id, deposit_seq)
    seq = ledger.post(session, act, "desk.gap", facts, body=facts | {"receipt": gap.receipt})
    settled = DeskGap(
        bank_id=act.bank_id, **key, deposit_seq=deposit_seq, settled_seq=seq,
        settled_by_id=act.actor_id,
    )  # fmt: skip
    session.add(settled)
    session.flush()
    return settled


def settle_run(
    session: Session, act: Act, *, device_id: int, epoch: int, number: int, last: int
) -> None:
    """Say of all the missing numbers from *number* to *last* that there never was a deposit.

    Raises GapNotFound where the first of them is not missing.
    """
    facts = {"device_id": device_id, "epoch": epoch, "number": number, "last": last}
    if ledger.replay(session, act, "desk.gap", facts) is not None:
        return
    first = find_gap(session, act.bank_id, device_id, epoch, number)
    missing = missing_numbers(session, act.bank_id, device_id, epoch, last)
    body = facts | {"receipt": first.receipt}
    seq = ledger.post(session, act, "desk.gap", facts, body=body)
    session.add_all(
        DeskGap(
            bank_id=act.bank_id, device_id=device_id, epoch=epoch, number=each, settled_seq=seq,
            settled_by_id=act.actor_id,
        )
        for each in missing
        if each >= number
    )  # fmt: skip
    session.flush()


def refuse_elsewhere(session: Session, bank_id: int, deposit_seq: int) -> None:
    """Raise DepositElsewhere where the deposit stands for another number already."""
    for table in (DeskIntake, DeskGap):
        taken = select(table.bank_id).filter_by(bank_id=bank_id, deposit_seq=deposit_seq)
        if session.scalar(taken.limit(1)) is not None:
            raise DepositElsewhere()


def see_sheet(session: Session, act: Act, *, seq: int) -> LateSheet:
    """The treasurer has looked at it and leaves it. Raises FlagNotFound."""
    row = session.get(LateSheet, (act.bank_id, seq))
    facts = {"sheet_seq": seq}
    if row is None:
        raise FlagNotFound()
    if ledger.replay(session, act, "desk.decide", facts) is not None:
        return row
    if row.decided_seq is not None:
        raise FlagNotFound()
    body = facts | {"code": row.code, "decision": "keep"}
    row.decided_seq = ledger.post(session, act, "desk.decide", facts, body=body)
    row.decided_by_id = act.actor_id
    session.flush()
    return row
