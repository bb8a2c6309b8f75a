"""Giving an official the sums of a kelurahan to read, and taking them away."""

from datetime import datetime

from sqlalchemy.orm import Session

from banksampah.reports.queries.region import Region
from banksampah.staff.models import RegionReader


def give_region(session: Session, *, user_id: int, region: Region, at: datetime) -> None:
    """Let a person read the sums of *region*. A second time changes nothing."""
    if session.get(RegionReader, (user_id, *region)) is None:
        session.add(RegionReader(user_id=user_id, **region._asdict(), given_at=at))


def take_region(session: Session, *, user_id: int, region: Region) -> None:
    """Take it away again."""
    if (given := session.get(RegionReader, (user_id, *region))) is not None:
        session.delete(given)
