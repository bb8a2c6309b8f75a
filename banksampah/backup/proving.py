"""Everything `banksampah verify` looks at, in a database that is not being served."""

from collections.abc import Callable, Iterable

from sqlalchemy import Connection, create_engine
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.backup.manifests import Head
from banksampah.banks.queries import all_banks
from banksampah.db import engine_options, normal_url, prepare_engine, use_bank
from banksampah.reports.queries.findings import findings, named, readable
from banksampah.reports.queries.storage import storage_faults
from banksampah.reports.queries.witnesses import Witness, heads, witness_faults
from banksampah.staff import journal

Say = Callable[[str], None]
OWN = "-"
"""What stands for the installation's own journal in a list of heads."""


def prove(session: Session, say: Say) -> tuple[list[Head], list[str]]:
    """The heads of all journals, and every difference found."""
    facts = readable(session, "database", lambda: storage_faults(session))
    places = [(OWN, journal.INSTALLATION)]
    facts += readable(session, "banks", lambda: _add_banks(session, places))
    newest: list[Head] = []
    for slug, bank_id in places:
        use_bank(session, bank_id)
        own = _own_faults(session) if slug == OWN else findings(session, bank_id).facts
        facts += [f"{slug} {fact}" for fact in own]
        facts += readable(session, slug, lambda at=(slug, bank_id): _add_head(session, newest, *at))  # type: ignore[misc]
        say(f"{slug}: proven" if not own else f"{slug}: {own[0]}")
    return newest, facts


def prove_url(url: str, say: Say) -> tuple[list[Head], list[str]]:
    """The same for a database nobody uses."""
    engine = create_engine(**engine_options(normal_url(url)))
    if engine.dialect.name == "sqlite":
        prepare_engine(engine)
    try:
        with Session(engine) as session:
            return prove(session, say)
    finally:
        engine.dispose()


def heads_of(connection: Connection) -> list[Head]:
    """The newest seal of every journal, without proving anything."""
    with Session(connection) as session:
        places, newest = [(OWN, journal.INSTALLATION)], list[Head]()
        _add_banks(session, places)
        for slug, bank_id in places:
            use_bank(session, bank_id)
            _add_head(session, newest, slug, bank_id)
    return newest


def differing(session: Session, known: Iterable[Witness], places: Iterable[Head]) -> list[str]:
    """Where seals known from before are not those of these journals."""
    facts = []
    for head in places:
        own = [witness for witness in known if witness.slug == head.slug]
        use_bank(session, head.bank_id)
        facts += [f"{head.slug} {x}" for x in witness_faults(session, head.bank_id, own)]
    return facts


def _add_banks(session: Session, places: list[tuple[str, int]]) -> list[str]:
    places += [(bank.slug, bank.bank_id) for bank in all_banks(session)]
    return []


def _add_head(session: Session, newest: list[Head], slug: str, bank_id: int) -> list[str]:
    newest.append(Head(slug, bank_id, *heads(session, bank_id)))
    return []


def _own_faults(session: Session) -> list[str]:
    return readable(
        session,
        "journal",
        lambda: map(
            named, [*ledger.check(session, journal.INSTALLATION).faults, *journal.faults(session)]
        ),
    )
