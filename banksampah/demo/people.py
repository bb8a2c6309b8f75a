"""Who works at the demo banks. Passwords and PINs are drawn when the data is made, shown once."""

from typing import NamedTuple

from sqlalchemy.orm import Session

from banksampah.clock import now_utc
from banksampah.staff import service as staff
from banksampah.staff.secrets import new_password

ROLES = (
    ("petugas", "Petugas", "operator"),
    ("bendahara", "Bendahara", "treasurer"),
    ("ketua", "Ketua", "chair"),
    ("pengawas", "Pengawas", "auditor"),
)


class SignIn(NamedTuple):
    """What a person types to come in."""

    who: str
    login: str
    secret: str


class Staff(NamedTuple):
    """The user ids of those who act."""

    operator: int
    treasurer: int
    chair: int
    auditor: int


def add_staff(session: Session) -> tuple[Staff, list[SignIn]]:
    """One person per role, the same at all three banks, with fresh passwords."""
    ids, sign_ins = [], []
    for login, name, _role in ROLES:
        password = new_password()
        user = staff.add_user(session, at=now_utc(), login=login, name=name, password=password)
        ids.append(user.user_id)
        sign_ins.append(SignIn(name, login, password))
    return Staff(*ids), sign_ins
