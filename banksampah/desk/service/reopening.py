"""The way back from "Jangan dicatat" and "Yang pertama saja": what a phone sent waits once more."""

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.desk.models import ACCEPTED, HELD, DeskFlag, DeskIntake
from banksampah.desk.queries import FlagNotFound
from banksampah.desk.service.flags import ask
from banksampah.errors import Conflict, Refused
from banksampah.ledger import Act


class NotReopenable(Refused):
    """The decision booked something, or left it as it stood: a correction puts that right."""

    code = "not_reopenable"

    def __init__(self) -> None:
        super().__init__(
            "Keputusan ini tidak bisa dibuka lagi. Perbaiki setorannya dengan koreksi."
        )


class StillOpen(Conflict):
    code = "still_open"

    def __init__(self) -> None:
        super().__init__("Catatan ini masih terbuka. Putuskan di halaman Perlu dilihat.")


class AlreadyReopened(Conflict):
    code = "already_reopened"

    def __init__(self) -> None:
        super().__init__("Catatan ini sudah dibuka lagi. Muat ulang halaman untuk melihatnya.")


class AlreadyRecorded(Conflict):
    code = "already_recorded"

    def __init__(self) -> None:
        super().__init__("Setoran ini sudah dibuka lagi, lalu dicatat. Tidak ada yang tertinggal.")


class TakenBack(Refused):
    code = "taken_back"

    def __init__(self) -> None:
        super().__init__("Setoran ini sudah dibatalkan di HP. Tidak ada lagi yang dicatat.")


def may_reopen(flag: DeskFlag, taken: DeskIntake) -> bool:
    """Whether what was decided not to be recorded can be asked about once more."""
    return _why_not(flag, taken) is None


def reopen_flag(session: Session, act: Act, *, flag_id: int) -> DeskFlag:
    """Ask once more what *flag_id* decided, by a flag of its own; the old one keeps its decision.

    Raises FlagNotFound, StillOpen, NotReopenable, AlreadyRecorded, AlreadyReopened, TakenBack.
    """
    facts = {"flag_id": flag_id}
    known = ledger.replay(session, act, "desk.reopen", facts)
    decided = session.get(DeskFlag, (act.bank_id, flag_id))
    if decided is None:
        raise FlagNotFound()
    if known is not None:
        return decided
    taken = session.get_one(DeskIntake, (act.bank_id, decided.record_id))
    if (why_not := _why_not(decided, taken)) is not None:
        raise why_not
    body = {"record_id": decided.record_id, "code": decided.code, "of_seq": decided.decided_seq}
    decided.reopened_seq = ledger.post(session, act, "desk.reopen", facts, body=facts | body)
    if decided.raw_id is None:
        taken.state = HELD
    other_record_id, raw_id = decided.other_record_id, decided.raw_id
    ask(session, act, decided.record_id, decided.code, other_record_id, raw_id)
    return decided


def _why_not(flag: DeskFlag, taken: DeskIntake) -> Conflict | Refused | None:
    is_first = flag.raw_id is None  # of another content the first one's state tells nothing
    if flag.decided_seq is None:
        return StillOpen()
    if flag.decision != "dismiss" and (flag.code, flag.decision) != ("other_content", "keep"):
        return NotReopenable()
    if is_first and taken.state == ACCEPTED:
        return AlreadyRecorded()
    if flag.reopened_seq is not None:
        return AlreadyReopened()
    return TakenBack() if is_first and taken.cancelled else None
