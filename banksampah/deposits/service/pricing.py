"""Giving value to goods that were weighed before their price was known."""

from collections.abc import Sequence
from itertools import groupby

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.catalog.queries import get_material
from banksampah.deposits import queries
from banksampah.deposits.models import PRICED
from banksampah.deposits.queries import PendingLine
from banksampah.deposits.service.changes import keep_change
from banksampah.deposits.service.corrections import goods_side, repriced
from banksampah.deposits.service.surplus import household_side, keep_surplus
from banksampah.ledger import Act
from banksampah.members.queries import survivor

KIND = "deposit.pricing"
BATCH_MAX = 500


def price_pending_lines(session: Session, act: Act) -> list[int]:
    """Credit every waiting line that has a price by now; return the deposits that gained one.

    A line takes the price of the day it was weighed, if that day has one now, else the first one
    set after it. One entry a deposit, at most 500 deposits at a time.
    """
    if (done := ledger.replay(session, act, KIND, {})) is not None:
        return list(ledger.entry(session, act.bank_id, done).body["deposits"])
    priced = queries.priced_by_now(session, act.bank_id, act.today, BATCH_MAX)
    deposits = []
    for seq, lines in groupby(priced, key=lambda line: line.deposit_seq):
        _credit(session, act.step(str(seq)), seq, list(lines))
        deposits.append(seq)
    ledger.post(session, act, KIND, {}, body={"deposits": deposits})
    return deposits


def _credit(session: Session, act: Act, seq: int, lines: Sequence[PendingLine]) -> None:
    now = queries.standing(session, act.bank_id, seq)
    legs: list[ledger.Leg] = []
    changed = []
    for line in lines:
        old = now.line(line.line)
        new = repriced(now, old, line.price_idr)
        changed.append(new)
        material = get_material(session, act.bank_id, old.material_id)
        legs += goods_side(session, material, old.quantity, new.credited_idr)
    total_idr = sum(line.credited_idr for line in changed)
    member = survivor(session, act.bank_id, now.member_id)
    own, grown_idr = household_side(session, member, seq, total_idr)
    legs += own
    facts = {"deposit_seq": seq, "lines": [[line.line, line.price_idr] for line in changed]}
    entry_seq = ledger.post(session, act, "deposit.price", facts, legs, body=facts)
    keep_surplus(session, act, entry_seq, seq, member, grown_idr)
    keep_change(session, act, entry_seq, seq, PRICED, lines=changed)
