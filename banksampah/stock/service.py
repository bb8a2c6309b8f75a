"""The verbs of the shed: a stock count that differs, and value left without goods."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.errors import Refused
from banksampah.ledger import Act, Leg, chart
from banksampah.stock import queries
from banksampah.stock.queries import OnHand


class CountSame(Refused):
    code = "count_same"

    def __init__(self) -> None:
        super().__init__(
            "Hitungan sama dengan catatan. Tidak ada yang perlu diubah.", field="counted"
        )


class CountFirst(Refused):
    code = "nothing_bought"

    def __init__(self) -> None:
        super().__init__("Belum ada barang di catatan. Catat dulu setorannya.", field="counted")


@dataclass(frozen=True, slots=True)
class Counted:
    """What a count changed: signed quantities by origin and the value that went or came."""

    seq: int
    bought_quantity: int
    donated_quantity: int
    value_idr: int


def count_stock(
    session: Session, act: Act, *, material_id: int, counted: int, reason: str
) -> Counted:
    """Book the difference between a count and the books: shrinkage to 5200, surplus to 4900.

    Bought and donated goods bear it in proportion to what lies there, at the moving average.
    """
    facts = {"material_id": material_id, "counted": counted, "reason": reason}
    done = ledger.replay(session, act, "stock.count", facts)
    if done is not None:
        return _counted(session, act.bank_id, done)
    row = queries.on_hand_of(session, act.bank_id, material_id)
    if counted == row.quantity:
        raise CountSame
    if row.quantity == 0:
        raise CountFirst
    bought, donated = _difference(row, counted)
    value_idr = _value_of(row, bought)
    legs = _legs(row, bought, donated, value_idr)
    body = {
        "material_id": material_id,
        "bought": bought,
        "donated": donated,
        "value_idr": value_idr,
    }
    seq = ledger.post(session, act, "stock.count", facts, legs, body=body)
    ledger.add_note(session, act, seq, reason)
    return _counted(session, act.bank_id, seq)


def _difference(row: OnHand, counted: int) -> tuple[int, int]:
    """Signed change of bought and donated stock for a count of *counted*."""
    missing = row.quantity - counted
    if missing > 0:
        bought, donated = queries.in_proportion(missing, row.bought_quantity, row.donated_quantity)
        return -bought, -donated
    return queries.share_of_surplus(-missing, row.bought_quantity, row.donated_quantity)


def _value_of(row: OnHand, bought: int) -> int:
    """Signed value of a change of *bought* stock at the moving average."""
    if row.bought_quantity == 0:
        return 0
    if bought < 0:
        return -queries.cost_of(row.value_idr, row.bought_quantity, -bought)
    return row.value_idr * bought // row.bought_quantity


def _legs(row: OnHand, bought: int, donated: int, value_idr: int) -> list[Leg]:
    material, unit = row.material, row.material.ledger_unit
    against = chart.GAIN if value_idr > 0 else chart.SHRINKAGE
    return [
        Leg(material.value_account_id, "IDR", value_idr),
        Leg(against, "IDR", -value_idr),
        Leg(material.bought_account_id, unit, bought),
        Leg(material.donated_account_id, unit, donated),
        Leg(chart.flow("shrink", unit), unit, -(bought + donated)),
    ]


def _counted(session: Session, bank_id: int, seq: int) -> Counted:
    body = ledger.entry(session, bank_id, seq).body
    return Counted(seq, body["bought"], body["donated"], body["value_idr"])
