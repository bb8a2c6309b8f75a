"""Giving an official the sums of a kelurahan to read, and taking them away."""

from datetime import datetime

from sqlalchemy.orm import Session

from banksampah.reports.queries.region import Region
from banksampah.staff.models import RegionReader


def give_region(session: Session, *, user_id: int, region: Region, at: datetime) -> bool:
    """Let a person read the sums of *region*. False: they may already."""
    if session.get(RegionReader, (user_id, *region)) is not None:
        return False
    session.add(RegionReader(user_id=user_id, **region._asdict(), given_at=at))
    return True


def take_region(session: Session, *, user_id: int, region: Region) -> bool:
    """Take it away again. False: they had it not."""
    if (given := session.get(RegionReader, (user_id, *region))) is None:
        return False
    session.delete(given)
    return True
