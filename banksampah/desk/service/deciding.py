"""The treasurer's side: every flag ends by one of two or three decisions, and each is an entry."""

from collections.abc import Callable, Sequence
from typing import Any, NotRequired, TypedDict, Unpack

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.deposits.queries import standing
from banksampah.deposits.service import DepositReversed, reprice, reverse_deposit
from banksampah.desk import queries
from banksampah.desk.contents import cancellation, find_apart
from banksampah.desk.models import (
    ACCEPTED,
    DISMISSED,
    HELD,
    DeskFlag,
    DeskIntake,
    DeskRecord,
    Newcomer,
    Suspense,
)
from banksampah.desk.newcomers import told_in_full
from banksampah.desk.service.asking import (
    booked_seq,
    by_the_list,
    choices,
    choices_of,
    replacement_of,
)
from banksampah.desk.service.cancelling import reason_told
from banksampah.desk.service.flags import flag
from banksampah.desk.service.intake import book, record_of, take_in_apart
from banksampah.desk.service.judging import listed_prices, reason_to_hold, units_of
from banksampah.desk.service.phone_days import weighed_day
from banksampah.desk.service.settling import refuse_elsewhere
from banksampah.desk.service.suspense import bring_back, lying_idr, pay_out, settle_all
from banksampah.errors import Conflict, Refused
from banksampah.ledger import Act
from banksampah.members.models import Member
from banksampah.members.queries import MemberNotFound, find_member_by_number
from banksampah.members.service import open_member

WHY_UNDONE = {"weight_unusual": "wrong_weight", "often_that_day": "other"}


class ChoiceUnknown(Refused):
    code = "choice_unknown"

    def __init__(self) -> None:
        super().__init__("Pilihan ini tidak ada untuk catatan ini. Pilih salah satu tombolnya.")


class AlreadyDecided(Conflict):
    code = "already_decided"

    def __init__(self) -> None:
        super().__init__("Catatan ini sudah diputuskan. Muat ulang halaman untuk melihatnya.")


class DepositUnnamed(Refused):
    code = "deposit_unnamed"

    def __init__(self) -> None:
        super().__init__("Ketik setorannya dulu, lalu tulis nomor setorannya di sini.")


class MemberUnnamed(Refused):
    code = "member_unnamed"

    def __init__(self) -> None:
        super().__init__("Tulis nomor nasabahnya.")


class Given(TypedDict, total=False):
    """What a decision needs beside itself."""

    number: NotRequired[str]
    """The member's number, for *assign*."""
    typed_seq: NotRequired[int | None]
    """The deposit that was typed in instead, for *assign* of what could not be booked."""


def decide(
    session: Session, act: Act, *, flag_id: int, decision: str, **given: Unpack[Given]
) -> DeskFlag:
    """Settle one flag. Asked again under the same key it is that flag again.

    Raises FlagNotFound, AlreadyDecided, ChoiceUnknown, MemberUnnamed, MemberNotFound, and what the
    deposit's own verbs raise.
    """
    facts = {"flag_id": flag_id, "decision": decision, **given}
    if ledger.replay(session, act, "desk.decide", facts) is not None:
        return session.get_one(DeskFlag, (act.bank_id, flag_id))
    found = session.get(DeskFlag, (act.bank_id, flag_id))
    if found is None:
        raise queries.FlagNotFound()
    if found.decided_seq is not None:
        raise AlreadyDecided()
    taken = session.get_one(DeskIntake, (act.bank_id, found.record_id))
    if decision not in choices(session, found, taken):
        raise ChoiceUnknown()
    body = {"flag_id": flag_id, "record_id": found.record_id, "code": found.code}
    seq = ledger.post(session, act, "desk.decide", facts, body=body | {"decision": decision})
    found.decision, found.decided_seq, found.decided_by_id = decision, seq, act.actor_id
    session.flush()  # it is looked at from here on
    do = _ACTS.get((found.code, decision)) or _ACTS.get(("", decision))
    if do is not None and not (taken.cancelled and do in _BOOKING):  # it was taken back meanwhile
        do(session, act, found, taken, dict(given))
    session.flush()
    return found


def decide_row(
    session: Session, act: Act, *, deposit_seq: int, decision: str, **given: Unpack[Given]
) -> Suspense:
    """Settle what a row of a sheet of paper laid in Titipan, by the choices of a phone's.

    Raises FlagNotFound, AlreadyDecided, ChoiceUnknown, MemberUnnamed, MemberNotFound, and what the
    deposit's own verbs raise.
    """
    facts = {"deposit_seq": deposit_seq, "decision": decision, **given}
    known = ledger.replay(session, act, "desk.decide", facts) is not None
    lies = session.get(Suspense, (act.bank_id, deposit_seq))
    if lies is None or queries.came_by_phone(session, lies):
        raise queries.FlagNotFound()
    if known:
        return lies
    if lies.settled_seq is not None or lying_idr(session, lies) is None:
        raise AlreadyDecided()
    if decision not in choices_of(session, lies):
        raise ChoiceUnknown()
    body = {"deposit_seq": deposit_seq, "code": queries.code_of(lies), "decision": decision}
    ledger.post(session, act, "desk.decide", facts, body=body)
    if decision == "pay":
        _pay_lying(session, act, lies)
    elif decision == "reopen":
        _bring_back(session, act, lies)
    elif decision == "assign":
        settle_all(session, act, lies, numbered(session, act, dict(given)).id)
    else:
        settle_all(session, act, lies, _as_member(session, act, str(lies.provisional)).id)
    return lies


def _assign(
    session: Session, act: Act, found: DeskFlag, taken: DeskIntake, given: dict[str, Any]
) -> None:
    """Move what lies in Titipan for this household to the member with the number given."""
    lies = _lies(session, taken)
    _settle(session, act, lies, numbered(session, act, given).id)


def _open(
    session: Session, act: Act, found: DeskFlag, taken: DeskIntake, given: dict[str, Any]
) -> None:
    """Open an account for a provisional household, as the phone wrote it down."""
    lies = _lies(session, taken)
    _settle(session, act, lies, _as_member(session, act, taken.record_id).id)


def numbered(session: Session, act: Act, given: dict[str, Any]) -> Member:
    number = str(given.get("number", ""))
    if not number:
        raise MemberUnnamed()
    member = find_member_by_number(session, act.bank_id, number)
    if member is None:
        raise MemberNotFound(number)
    return member


def _as_member(session: Session, act: Act, newcomer: str) -> Member:
    who = session.get_one(Newcomer, (act.bank_id, newcomer))
    return open_member(session, act.step("member"), name=who.name, rt=who.rt, house_no=who.house_no)


def _settle(session: Session, act: Act, lies: Suspense, member_id: int) -> None:
    """This deposit and every other one of the same provisional household, with its flag."""
    moved = settle_all(session, act, lies, member_id)
    _follow(session, act, moved, member_id, "assign")


def _reopen(
    session: Session, act: Act, found: DeskFlag, taken: DeskIntake, given: dict[str, Any]
) -> None:
    _bring_back(session, act, _lies(session, taken))


def _bring_back(session: Session, act: Act, lies: Suspense) -> None:
    assert lies.member_id is not None
    open_again(session, act, lies.member_id)


def open_again(session: Session, act: Act, member_id: int) -> None:
    """Open the closed household again: all that waits for it is its own, and asks no more."""
    member, moved = bring_back(session, act, member_id)
    _follow(session, act, moved, member.id, "reopen")


def _follow(
    session: Session, act: Act, moved: Sequence[Suspense], member_id: int, decision: str
) -> None:
    """The phones' records of what was moved are this member's; their flags are answered."""
    for lies in moved:
        record = queries.find_intake_of(session, lies)
        if record is None or lies.settled_seq == lies.deposit_seq:  # undone before: asks nothing
            continue
        record.member_id = member_id
        for waiting in queries.flags_of(session, lies.bank_id, record.record_id):
            if waiting.code in queries.OF_TITIPAN and waiting.decided_seq is None:
                waiting.decision, waiting.decided_seq = decision, lies.settled_seq
                waiting.decided_by_id = act.actor_id
    session.flush()


def _pay(
    session: Session, act: Act, found: DeskFlag, taken: DeskIntake, given: dict[str, Any]
) -> None:
    _pay_lying(session, act, _lies(session, taken))


def _pay_lying(session: Session, act: Act, lies: Suspense) -> None:
    amount_idr = lying_idr(session, lies)
    assert amount_idr is not None  # as it was looked up
    pay_out(session, act.step("pay"), lies, amount_idr)


def _cancel(
    session: Session, act: Act, found: DeskFlag, taken: DeskIntake, given: dict[str, Any]
) -> None:
    _undo(session, act, taken, WHY_UNDONE.get(found.code, "double"))


def _cancel_at_last(
    session: Session, act: Act, found: DeskFlag, taken: DeskIntake, given: dict[str, Any]
) -> None:
    """Take back what the phone took back, for the reason that it told."""
    told = cancellation(session, queries.first_raw(session, act.bank_id, taken.record_id))
    assert told is not None
    _undo(session, act, taken, reason_told(told_in_full(session, told)))


def _cancel_replacement(
    session: Session, act: Act, found: DeskFlag, taken: DeskIntake, given: dict[str, Any]
) -> None:
    """What could not be taken back counts: what was to replace it is the double."""
    other = replacement_of(session, taken)
    assert other is not None
    _undo(session, act, other, "double")


def _undo(session: Session, act: Act, taken: DeskIntake, reason: str) -> None:
    """Take back the deposit that stands for a record; one that is held will not be booked."""
    seq = booked_seq(session, taken)
    if seq is not None:
        reverse_deposit(session, act.step("cancel"), seq=seq, reason=reason, as_treasurer=True)
    taken.cancelled = True


def _dismiss(
    session: Session, act: Act, found: DeskFlag, taken: DeskIntake, given: dict[str, Any]
) -> None:
    taken.state = DISMISSED


def _as_told(
    session: Session, act: Act, found: DeskFlag, taken: DeskIntake, given: dict[str, Any]
) -> None:
    """Book what was held, with the prices told to the household, that were looked at."""
    _refuse_booked(taken)
    record = record_of(session, act.bank_id, taken.record_id)
    book(session, act, taken, record, price_seen=True)


def _release(
    session: Session, act: Act, found: DeskFlag, taken: DeskIntake, given: dict[str, Any]
) -> None:
    """Book what was held, unless another reason to hold it stood behind this one."""
    _refuse_booked(taken)
    _book_or_ask(session, act, found, taken)


def _book_or_ask(session: Session, act: Act, found: DeskFlag, taken: DeskIntake) -> None:
    record = record_of(session, act.bank_id, taken.record_id)
    units = units_of(session, act, record)
    reason = reason_to_hold(session, act, taken, record, units, seen=found.code)
    if reason is None:
        book(session, act, taken, record)
    else:
        taken.notes = [reason]
        flag(session, act, taken, reason)


def _as_listed(
    session: Session, act: Act, found: DeskFlag, taken: DeskIntake, given: dict[str, Any]
) -> None:
    """Book what was held, with the prices of that day's list."""
    _refuse_booked(taken)
    record = record_of(session, act.bank_id, taken.record_id)
    day = weighed_day(session, taken, act.today)
    listed = listed_prices(session, act.bank_id, record, day)
    book(session, act, taken, record, price_seen=True, prices=listed)


def _adjust(
    session: Session, act: Act, found: DeskFlag, taken: DeskIntake, given: dict[str, Any]
) -> None:
    """Give each line the price of its day's list, by a correction that the deposit shows."""
    assert taken.deposit_seq is not None
    for old, new in by_the_list(session, taken):
        if new.price_idr is not None and new != old:
            reprice(
                session, act.step(f"line-{new.line}"), seq=taken.deposit_seq, line=new.line,
                price_idr=new.price_idr, note="Harga daftar",
            )  # fmt: skip


def _typed_in(
    session: Session, act: Act, found: DeskFlag, taken: DeskIntake, given: dict[str, Any]
) -> None:
    """What could not be booked stands as the deposit that somebody typed in from it."""
    _refuse_booked(taken)
    if (seq := given.get("typed_seq")) is None:
        raise DepositUnnamed()
    now = standing(session, act.bank_id, seq)
    if now.reversal is not None:
        raise DepositReversed(seq)
    if seq != booked_seq(session, taken):
        refuse_elsewhere(session, act.bank_id, seq)
    taken.state, taken.deposit_seq = ACCEPTED, seq
    taken.member_id, taken.value_idr = now.member_id, now.deposit.value_idr
    taken.weight_g = sum(line.quantity for line in now.deposit.lines if line.unit == "G")


def _first_only(
    session: Session, act: Act, found: DeskFlag, taken: DeskIntake, given: dict[str, Any]
) -> None:
    """What stands stays; a receipt that was typed in from its slip before it came is that one."""
    if found.raw_id is None:
        taken.state = DISMISSED


def _other_too(
    session: Session, act: Act, found: DeskFlag, taken: DeskIntake, given: dict[str, Any]
) -> None:
    """Book the second content of one id, or of one number, as a deposit of its own."""
    if found.raw_id is None:
        _release(session, act, found, taken, given)
        return
    raw = session.get_one(DeskRecord, (act.bank_id, found.raw_id))
    if find_apart(session, raw) is not None:  # another card told this content too
        return
    device = queries.get_device(session, act.bank_id, taken.device_id)
    second = take_in_apart(session, act, device, raw)
    if not second.cancelled:
        _book_or_ask(session, act, found, second)


def _refuse_booked(taken: DeskIntake) -> None:
    if taken.state != HELD:
        raise AlreadyDecided()


def _lies(session: Session, taken: DeskIntake) -> Suspense:
    """What lies in Titipan still: a card may be older than what became of its deposit."""
    lies = session.get_one(Suspense, (taken.bank_id, taken.deposit_seq))
    if lying_idr(session, lies) is None:
        raise AlreadyDecided()
    return lies


_ACTS: dict[
    tuple[str, str], Callable[[Session, Act, DeskFlag, DeskIntake, dict[str, Any]], None]
] = {
    ("", "assign"): _assign,
    ("", "open_member"): _open,
    ("", "pay"): _pay,
    ("", "reopen"): _reopen,
    ("", "cancel"): _cancel,
    ("", "dismiss"): _dismiss,
    ("cancel_refused", "cancel"): _cancel_replacement,
    ("cancel_refused", "release"): _cancel_at_last,
    ("price_old", "release"): _adjust,
    ("price_unknown", "keep"): _as_told,
    ("price_unknown", "release"): _as_listed,
    ("sum_differs", "release"): _release,
    ("phone_revoked", "release"): _release,
    ("over_cap", "release"): _release,
    ("material_unknown", "assign"): _typed_in,
    ("unreadable", "assign"): _typed_in,
    ("other_content", "keep"): _first_only,
    ("other_content", "release"): _other_too,
}
_BOOKING = (_as_told, _as_listed, _release)
