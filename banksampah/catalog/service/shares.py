"""Share rules: the part of a price that the household is credited."""

from datetime import date

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.catalog.models import ShareRule
from banksampah.errors import Refused
from banksampah.money import PPM


class ShareOutOfRange(Refused):
    """A share below nothing or above the whole; or a general rule without one."""

    code = "share_out_of_range"

    def __init__(self) -> None:
        super().__init__("Bagian nasabah harus antara 0% dan 100%.", field="share_ppm")


def set_share_rule(
    session: Session,
    act: ledger.Act,
    *,
    valid_from: date,
    share_ppm: int | None,
    account_kind: str | None = None,
    delivery: str | None = None,
) -> ShareRule:
    """Credit *share_ppm* of the price from *valid_from* on; deposits of before keep theirs.

    *account_kind* or *delivery* narrow the rule; a narrowed rule ends with None.
    """
    facts = {
        "valid_from": valid_from.isoformat(),
        "share_ppm": share_ppm,
        "account_kind": account_kind,
        "delivery": delivery,
    }
    if (seq := ledger.replay(session, act, "share.set", facts)) is not None:
        return session.get_one(ShareRule, (act.bank_id, seq))
    general = account_kind is None and delivery is None
    if (share_ppm is None and general) or not 0 <= (share_ppm or 0) <= PPM:
        raise ShareOutOfRange
    seq = ledger.post(session, act, "share.set", facts, body=facts)
    rule = ShareRule(
        bank_id=act.bank_id,
        seq=seq,
        valid_from=valid_from,
        account_kind=account_kind,
        delivery=delivery,
        share_ppm=share_ppm,
    )
    session.add(rule)
    session.flush()
    return rule
