"""What every paper is headed and sealed with: the bank, the member, the seal, the numbers."""

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks.models import Bank
from banksampah.members.models import Member
from banksampah.staff.queries import names_of
from banksampah.statements.queries.documents import Holder, Letterhead, Seal

DEPOSIT = "S"
WITHDRAWAL = "T"
SALE = "J"
CORRECTION = "K"


def letterhead(bank: Bank) -> Letterhead:
    """The bank as its papers name it."""
    name = bank.name if "sampah" in bank.name.lower() else f"Bank Sampah {bank.name}"
    rw = bank.rw if not bank.rw.isdigit() else f"RW {bank.rw}"
    kelurahan = f"Kelurahan {bank.kelurahan}" if bank.kelurahan else ""
    kecamatan = f"Kecamatan {bank.kecamatan}" if bank.kecamatan else ""
    hours = bank.opening_hours
    return Letterhead(
        name=name,
        address=bank.address,
        place=", ".join(
            part
            for part in (
                bank.address,
                "" if rw in bank.address else rw,
                kelurahan,
                kecamatan,
                bank.city,
            )
            if part
        ),
        short_place=" ".join(filter(None, (rw, bank.kelurahan))) or bank.address,
        hours=hours if not hours or hours.lower().startswith("buka") else f"Buka: {hours}",
        zone=bank.zone,
        paper=bank.paper,
        rw=rw,
    )


def holder(member: Member) -> Holder:
    """The member as papers name them."""
    return Holder(
        member_id=member.id,
        number=member.number,
        name=member.name,
        place=f"RT {member.rt}" if member.rt else "",
    )


def seal_of(session: Session, bank_id: int, seq: int | None) -> Seal | None:
    """The seal of entry *seq*, for the paper's head; None without an entry."""
    digits = ledger.find_seal(session, bank_id, seq) if seq is not None else None
    return None if digits is None or seq is None else Seal(seq=seq, digits=digits)


def number_of(letter: str, seq: int) -> str:
    """The number of a document on paper.

    >>> number_of("S", 2451)
    'S-02451'
    """
    return f"{letter}-{seq:05}"


def name_of(session: Session, user_id: int | None) -> str:
    """A member of staff by name; the service itself has none."""
    return "" if not user_id else names_of(session, {user_id}).get(user_id, "")
