"""What a phone hears when it is in touch, beside who is asking and what time it is."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from banksampah.desk import changes, eras, gaps, queries, service
from banksampah.desk.models import Device
from banksampah.ledger import Act


def news(session: Session, asked: Act, device: Device, told: dict[str, Any]) -> dict[str, Any]:
    """What the books know of a phone and it may not: whether they would learn something of what it
    tells, whether a backup was put back since it heard of them, which of its numbers never came (of
    the epoch it told, and, by epoch, of those that ended), and which of its records stand otherwise
    than it was told."""
    own = service.own_numbers(device, told)
    missing = gaps.missing_numbers(session, device.bank_id, device.id, own["epoch"], own["last"])
    return {
        "device": {
            "name": device.name,
            "epoch": device.epoch,
            "revoked": device.revoked_at is not None,
        },
        "untold": service.is_untold(session, asked, device, told),
        "era": eras.mark(session, device.bank_id),
        "restored": eras.is_gone(session, device.bank_id, told["era"]),
        "missing": missing,
        "before": [(gap.epoch, gap.number) for gap in gaps.gaps_before(session, device)],
        **_became(session, device, told, asked.at),
    }


def _became(
    session: Session, device: Device, told: dict[str, Any], now: datetime
) -> dict[str, Any]:
    """Which records the phone should offer again, to hear how they stand now."""
    if told["seen"] is None:
        return {"decided": queries.decided(session, device.bank_id, told["held"].split(","))}
    decided, head = changes.changed(session, device, told["seen"], now)
    return {"decided": decided, "head": head}
