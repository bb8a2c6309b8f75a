"""What happens to a sale later: payment of what is owed, and undoing, newest first."""

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.errors import Conflict, Refused
from banksampah.ledger import Act, chart
from banksampah.money import format_idr
from banksampah.sales import queries
from banksampah.sales.models import Sale, SaleStep
from banksampah.splits import queries as split_queries
from banksampah.splits import service as splits


class NothingOwed(Conflict):
    code = "nothing_owed"

    def __init__(self) -> None:
        super().__init__("Penjualan ini sudah lunas atau tidak berutang. Tidak ada yang diterima.")


class PaidTooMuch(Refused):
    code = "paid_too_much"

    def __init__(self, owed_idr: int):
        super().__init__(
            f"Sisa piutang {format_idr(owed_idr)}. Terima paling banyak sebesar itu.",
            field="amount_idr",
            owed_idr=owed_idr,
        )


class SaleAlreadyReversed(Conflict):
    code = "sale_already_reversed"

    def __init__(self) -> None:
        super().__init__("Penjualan ini sudah dibatalkan. Lihat catatan pembatalannya.")


class SplitInTheWay(Conflict):
    """A split of this sale is approved: it is undone first."""

    code = "split_in_the_way"

    def __init__(self, split_seq: int):
        super().__init__(
            f"Pembagian {split_seq} dari penjualan ini sudah disetujui. "
            "Batalkan dulu pembagian itu, baru penjualannya.",
            split_seq=split_seq,
        )


class PaymentInTheWay(Conflict):
    """A payment of this sale stands: it is undone first."""

    code = "payment_in_the_way"

    def __init__(self, payment: SaleStep):
        super().__init__(
            f"Pembayaran {payment.seq} sebesar {format_idr(payment.amount_idr)} sudah diterima. "
            "Batalkan dulu pembayaran itu, yang terbaru lebih dulu.",
            payment_seq=payment.seq,
        )


class MoneyGone(Refused):
    """The money that came in is no longer there to go back."""

    code = "money_gone"

    def __init__(self, purse: str, left_idr: int, needed_idr: int):
        super().__init__(
            f"{purse} tinggal {format_idr(left_idr)}, yang harus kembali {format_idr(needed_idr)}. "
            "Batalkan dulu pengeluaran yang lebih baru.",
            left_idr=left_idr,
            needed_idr=needed_idr,
        )


class NoSuchPayment(Conflict):
    code = "payment_already_reversed"

    def __init__(self) -> None:
        super().__init__("Pembayaran itu tidak ada atau sudah dibatalkan.")


PURSES = {"cash": "Kas", "bank": "Rekening bank"}


def receive_payment(
    session: Session, act: Act, *, sale_seq: int, amount_idr: int, paid_with: str
) -> Sale:
    """Take money for a sale on credit, all of what is owed or part of it."""
    facts = {"sale_seq": sale_seq, "amount_idr": amount_idr, "paid_with": paid_with}
    if ledger.replay(session, act, "sale.paid", facts) is not None:
        return queries.get_sale(session, act.bank_id, sale_seq)
    sale = queries.get_sale(session, act.bank_id, sale_seq)
    if sale.owed_idr == 0:
        raise NothingOwed
    if amount_idr > sale.owed_idr:
        raise PaidTooMuch(sale.owed_idr)
    legs = [
        ledger.debit(queries.PAID_INTO[paid_with], amount_idr),
        ledger.credit(chart.RECEIVABLE, amount_idr),
    ]
    seq = ledger.post(session, act, "sale.paid", facts, legs, body={"sale_seq": sale_seq})
    return _after(session, act, sale, seq, "paid", amount_idr, paid_with)


def reverse_payment(
    session: Session, act: Act, *, sale_seq: int, payment_seq: int, reason: str
) -> Sale:
    """Take a payment back that was written down wrongly: the buyer owes it again."""
    facts = {"sale_seq": sale_seq, "payment_seq": payment_seq, "reason": reason}
    if ledger.replay(session, act, "reversal", facts) is not None:
        return queries.get_sale(session, act.bank_id, sale_seq)
    sale = queries.get_sale(session, act.bank_id, sale_seq)
    payment = next((x for x in _standing_payments(sale) if x.seq == payment_seq), None)
    if payment is None or payment.paid_with is None:
        raise NoSuchPayment
    _check_money(session, act.bank_id, payment.paid_with, payment.amount_idr)
    seq = ledger.reverse(session, act, payment_seq, facts, note=reason)
    return _after(
        session, act, sale, seq, "unpaid", payment.amount_idr, payment.paid_with, payment_seq
    )


def reverse_sale(session: Session, act: Act, *, sale_seq: int, reason: str) -> Sale:
    """Undo a sale by its exact mirror, dated today: the goods lie there again.

    A proposal that still waits is let go. An approved split or a payment stands in the way and
    is named: what came last is undone first.
    """
    facts = {"sale_seq": sale_seq, "reason": reason}
    if ledger.replay(session, act, "reversal", facts) is not None:
        return queries.get_sale(session, act.bank_id, sale_seq)
    sale = queries.get_sale(session, act.bank_id, sale_seq)
    if sale.is_reversed:
        raise SaleAlreadyReversed
    for split in split_queries.splits_of_sale(session, act.bank_id, sale_seq):
        if split.state == "approved":
            raise SplitInTheWay(split.seq)
    for payment in _standing_payments(sale):
        raise PaymentInTheWay(payment)
    if sale.paid_with in PURSES:
        back_idr = sale.net_idr - sum(
            cost.amount_idr for cost in sale.costs if cost.paid_with == sale.paid_with
        )
        _check_money(session, act.bank_id, sale.paid_with, back_idr)
    splits.release_of_sale(session, act, sale_seq=sale_seq)
    seq = ledger.reverse(session, act, sale_seq, facts, note=reason)
    return _after(session, act, sale, seq, "reversed", sale.net_idr, None, sale_seq)


def _standing_payments(sale: Sale) -> list[SaleStep]:
    """Payments not taken back, newest first."""
    undone = {step.undoes_seq for step in sale.steps}
    return [x for x in reversed(sale.steps) if x.kind == "paid" and x.seq not in undone]


def _check_money(session: Session, bank_id: int, paid_with: str, needed_idr: int) -> None:
    left_idr = ledger.balance(session, bank_id, queries.PAID_INTO[paid_with]).available
    if left_idr < needed_idr:
        raise MoneyGone(PURSES[paid_with], left_idr, needed_idr)


def _after(
    session: Session,
    act: Act,
    sale: Sale,
    seq: int,
    kind: str,
    amount_idr: int,
    paid_with: str | None,
    undoes_seq: int | None = None,
) -> Sale:
    session.add(
        SaleStep(
            bank_id=act.bank_id,
            seq=seq,
            sale_seq=sale.seq,
            kind=kind,
            amount_idr=amount_idr,
            paid_with=paid_with,
            undoes_seq=undoes_seq,
            by_id=act.actor_id,
            at=act.at,
        )
    )
    session.flush()
    return queries.get_sale(session, act.bank_id, sale.seq)
