"""Who may read the sums of a kelurahan: an official, who has no role in any bank."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from banksampah.db import Big, Model


class RegionReader(Model):
    """A person and a kelurahan. Taken away again, the row is gone."""

    __tablename__ = "region_reader"
    __table_args__ = (CheckConstraint("kelurahan <> ''", name="kelurahan_not_empty"),)

    user_id: Mapped[int] = mapped_column(
        Big, ForeignKey("user.user_id"), primary_key=True, autoincrement=False
    )
    city: Mapped[str] = mapped_column(String(60), primary_key=True)
    kecamatan: Mapped[str] = mapped_column(String(60), primary_key=True)
    kelurahan: Mapped[str] = mapped_column(String(60), primary_key=True)
    given_at: Mapped[datetime]
