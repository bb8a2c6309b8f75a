"""What is said of an event of the installation's journal."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from banksampah.staff.journal import Event
from banksampah.staff.queries import names_of
from banksampah.web.kinds import kind_name

BAD = {
    "access.refused", "access.key_unknown", "sign_in.failed", "sign_in.locked",
    "member.sign_in.failed", "member.sign_in.locked",
}  # fmt: skip


class Spoken(NamedTuple):
    """One row of a list: *bad* marks what somebody was refused."""

    seq: int
    at: datetime
    title: str
    who: str
    detail: str
    bad: bool


def spoken(session: Session, events: Sequence[Event]) -> list[Spoken]:
    """The events in words, with the names people have now."""
    names = names_of(session, {event.user_id for event in events if event.user_id})
    return [
        Spoken(
            event.seq,
            event.at,
            _(kind_name(event.kind)),
            names.get(event.user_id or 0, ""),
            _detail(event),
            event.kind in BAD,
        )
        for event in events
    ]


def _detail(event: Event) -> str:
    facts = event.facts
    parts = []
    if "member_id" in facts:
        parts.append(_("nasabah %(n)s", n=facts["member_id"]))
    if "factor" in facts:
        parts.append(_FACTORS.get(facts["factor"], lambda: "")())
    if facts.get("count", 1) > 1:
        parts.append(_("%(n)s kali", n=facts["count"]))
    if "endpoint" in facts:
        parts.append(str(facts["endpoint"]))
    if "origin" in facts:
        parts.append(_("asal %(mark)s", mark=facts["origin"][:6]))
    return " · ".join(part for part in parts if part)


_FACTORS = {
    "password": lambda: _("dengan kata sandi"),
    "password, code": lambda: _("dengan kata sandi dan kode"),
    "password, recovery code": lambda: _("dengan kata sandi dan kode cadangan"),
    "code": lambda: _("kode"),
    "again": lambda: _("kata sandi sekali lagi"),
}
