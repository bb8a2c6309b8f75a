"""All that can be proven of a bank, gathered: also where rows can no longer be read."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from click import ClickException
from sqlalchemy import text
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.db import READER_ROLE, use_bank
from banksampah.money import format_idr, format_kg, format_number
from banksampah.reports.queries import documents
from banksampah.reports.queries.proof import Check, checks_of, figures, prove

Progress = Callable[[str], None]


@dataclass(slots=True)
class Findings:
    """What was looked at and found in one bank's books. No facts: all agree."""

    bank_id: int
    replayed: ledger.Proof
    checks: tuple[Check, ...] = ()
    facts: list[str] = field(default_factory=list)


def findings(session: Session, bank_id: int, progress: Progress | None = None) -> Findings:
    """Replay the chain, work out every document and row again, and add up the proof's sums.

    A row that was damaged so that it cannot be read is a fact too, never an error.
    """
    say = progress or (lambda _words: None)
    found = Findings(bank_id, ledger.Proof(bank_id))
    use_bank(session, bank_id)

    def replay() -> Iterable[str]:
        replayed = ledger.check(session, bank_id, lambda count: say(f"{count} entries replayed"))
        found.replayed = replayed
        return map(named, replayed.faults)

    def papers() -> Iterable[str]:
        return map(named, documents.faults(session, bank_id))

    def sums() -> Iterable[str]:
        found.checks = prove(session, bank_id).checks
        return failing(found.checks)

    for name, look in (("journal", replay), ("documents", papers), ("sums", sums)):
        found.facts += readable(session, name, look)
    return found


def findings_of(
    session: Session, bank_ids: Sequence[int], progress: Progress | None = None
) -> Iterator[Findings]:
    """The same for many banks, whose ids go up, on one walk through their books.

    Only for a session that may read them all (`read_every_bank`). Raises where rows cannot be read:
    ask about each bank by itself then.
    """
    say = progress or (lambda _words: None)
    sums = figures(session, bank_ids)
    walked = documents.walk(session, bank_ids, lambda count: say(f"{count} entries replayed"))
    for replayed, papers in walked:
        checks = checks_of(replayed.accounts, sums[replayed.bank_id])
        facts = [named(fault) for fault in (*replayed.faults, *papers)] + failing(checks)
        yield Findings(replayed.bank_id, replayed, checks, facts)


def read_every_bank(session: Session) -> bool:
    """Let this transaction read the rows of all banks, if its login may; it can write none."""
    if session.get_bind().dialect.name == "sqlite":
        return True
    allowed = bool(session.execute(_MAY_READ_ALL, {"role": READER_ROLE}).scalar())
    if allowed:
        session.execute(text(f"SET LOCAL ROLE {READER_ROLE}"))
        session.execute(text("SET LOCAL work_mem = '64MB'"))  # the legs of a bank, by account
        session.execute(text("SET LOCAL enable_seqscan = on"))  # it reads the tables whole
    return allowed


_MAY_READ_ALL = text("SELECT pg_has_role(session_user, :role, 'MEMBER')")


def readable(session: Session, name: str, look: Callable[[], Iterable[str]]) -> list[str]:
    """What *look* finds; where rows cannot be read, that fact."""
    try:
        return list(look())
    except ClickException:
        raise
    except Exception as error:  # damage may raise anything; a proof that dies proves nothing
        session.rollback()
        reason = " ".join(str(getattr(error, "orig", None) or error).split())
        return [f"{name}: cannot be read ({type(error).__name__}: {reason[:200]})"]


def failing(checks: Iterable[Check]) -> list[str]:
    """The sums that do not agree, each with its difference."""
    return [f"{check.name}: {difference(check)}" for check in checks if not check.ok]


def named(fault: ledger.Fault) -> str:
    """A fault with its place: "seq 45: …"."""
    return f"seq {fault.seq}: {fault.fact}" if fault.seq is not None else f"seq –: {fault.fact}"


def difference(check: Check) -> str:
    """How two sums differ that should not, in words."""
    if check.differing:
        book = check.differing[0]
        return (
            f"account {book.code}: passbook {book.book_idr}, balance {book.account_idr}"
            f" ({len(check.differing)} accounts differ)"
        )
    return f"differs by {amount(check, check.difference)}"


def amount(check: Check, quantity: int) -> str:
    """A quantity of a check in its unit."""
    if check.unit == "IDR":
        return format_idr(quantity)
    return format_number(quantity) if check.unit == "PCS" else format_kg(quantity, 3)
