"""The rows that each entry wrote, worked out again from what is sealed in it.

A row's columns that the journal does not hold (names, phones, notes, words about goods) are left
out: they can be put right or erased, and no proof speaks of them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import product
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.catalog.models import UNITS
from banksampah.deposits.models import DELIVERIES, KINDS, REASONS, SAVINGS
from banksampah.desk.service.suspense import NUMBER as TITIPAN
from banksampah.ledger import chart
from banksampah.money import share_idr, value_idr
from banksampah.reports.queries.decisions import Decisions
from banksampah.reports.queries.surpluses import Surpluses

ANY: Any = object()
"""A column that this entry does not hold."""


class Made(NamedTuple):
    """One row: its table, its key after the bank, its other columns."""

    table: str
    key: tuple[Any, ...]
    values: tuple[Any, ...]


class Weighed(NamedTuple):
    """A deposit's line as it stands, in the order in which an entry's body holds it."""

    material_id: int
    unit: str
    quantity: int
    price_idr: int | None
    value_idr: int
    share_ppm: int
    credited_idr: int


@dataclass
class Standing:
    """What is true of the bank after the entries seen so far."""

    roles: set[tuple[int, str]] = field(default_factory=set)
    members: dict[int, list[Any]] = field(default_factory=dict)
    materials: dict[int, list[Any]] = field(default_factory=dict)
    funds: dict[int, list[Any]] = field(default_factory=dict)
    rules: list[ledger.Entry] = field(default_factory=list)
    periods: dict[int, str] = field(default_factory=dict)
    zone: str | None = None
    waiting: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    changed: dict[int, dict[int, Weighed]] = field(default_factory=dict)
    titipan: dict[int, int] = field(default_factory=dict)
    """Deposits that were laid aside in Titipan, and what was credited there."""
    left_titipan: set[int] = field(default_factory=set)
    """Those of them that were moved, and every deposit that was undone: nothing lies there."""
    settled: dict[int, tuple[int, int | None]] = field(default_factory=dict)
    """By entry: whose deposit of Titipan was paid out (None) or given to which member."""
    surpluses: Surpluses = field(default_factory=Surpluses)
    decisions: Decisions = field(default_factory=Decisions)

    def unpriced(self, material_id: int) -> int:
        """Bought goods of a material that still wait for a price."""
        return sum(quantity for known, quantity in self.waiting.values() if known == material_id)


class Rebuilder:
    """Reads a bank's entries in their order; `rows(entry)` are those it must have written."""

    def __init__(self, session: Session, bank_id: int):
        self._session, self._bank_id = session, bank_id
        self.now = Standing()

    def rows(self, entry: ledger.Entry) -> Iterable[Made]:
        """The rows of the documents that hang on *entry*; `now` moves on with it."""
        kind = "reversal" if entry.reverses_seq is not None else entry.kind
        make = _KINDS.get(kind)
        return make(self, entry, entry.body) if make else ()

    def _entry(self, seq: int) -> ledger.Entry:
        return ledger.entry(self._session, self._bank_id, seq)

    def _lines(self, deposit_seq: int) -> dict[int, Weighed]:
        """The lines of a deposit as they stand, by number."""
        if deposit_seq not in self.now.changed:
            sealed = self._entry(deposit_seq).body["lines"]
            self.now.changed[deposit_seq] = {n: Weighed(*x) for n, x in enumerate(sealed, 1)}
        return self.now.changed[deposit_seq]

    def bank_open(self, entry: ledger.Entry, body: dict[str, Any]) -> Iterable[Made]:
        self.now.zone = body.get("zone")
        return ()

    def setting(self, entry: ledger.Entry, body: dict[str, Any]) -> Iterable[Made]:
        yield Made("bank_setting", (entry.seq,), (body["name"], body["value"]))

    def role(self, entry: ledger.Entry, body: dict[str, Any]) -> Iterable[Made]:
        given = (body["user_id"], body["role"])
        change = self.now.roles.discard if entry.kind == "staff.revoke" else self.now.roles.add
        change(given)
        return ()

    def member_open(self, entry: ledger.Entry, body: dict[str, Any]) -> Iterable[Made]:
        opened = body["members"] if "members" in body else [[body["member_id"], body["number"]]]
        for member_id, number in opened:
            self.now.members[member_id] = [number, entry.seq, None, None, None]
        return ()

    def member_end(self, entry: ledger.Entry, body: dict[str, Any]) -> Iterable[Made]:
        member = self.now.members[body.get("from_id") or body["member_id"]]
        member[2:4] = [entry.effective_on, body.get("into_id")]
        return ()

    def member_reopen(self, entry: ledger.Entry, body: dict[str, Any]) -> Iterable[Made]:
        self.now.members[body["member_id"]][2] = None
        return ()

    def member_erase(self, entry: ledger.Entry, body: dict[str, Any]) -> Iterable[Made]:
        for member_id in (body["member_id"], *body.get("merged_ids", ())):
            member = self.now.members[member_id]
            member[4] = member[4] or entry.effective_on  # a further one: of what was told since
        return ()

    def material_add(self, entry: ledger.Entry, body: dict[str, Any]) -> Iterable[Made]:
        new = body.get("new_materials", [])
        if "material_id" in body:
            new = [[body["material_id"], body["code"], body["unit"]]]
        for material_id, code, unit in new:
            self.now.materials[material_id] = [code, unit, entry.seq]
        return ()

    def material_change(self, entry: ledger.Entry, body: dict[str, Any]) -> Iterable[Made]:
        if "code" in body["fields"]:
            self.now.materials[body["material_id"]][0] = ANY
        return ()

    def prices(self, entry: ledger.Entry, body: dict[str, Any]) -> Iterable[Made]:
        self.material_add(entry, body)
        since = body["valid_from"]
        yield Made("price_list", (entry.seq,), (since, len(body["prices"])))
        for material_id, price_idr, price_class in body["prices"]:
            yield Made("price", (entry.seq, material_id, price_class, since), (price_idr,))

    def share(self, entry: ledger.Entry, body: dict[str, Any]) -> Iterable[Made]:
        columns = ("valid_from", "account_kind", "delivery", "share_ppm")
        yield Made("share_rule", (entry.seq,), tuple(body[name] for name in columns))

    def fund(self, entry: ledger.Entry, body: dict[str, Any]) -> Iterable[Made]:
        if "fund_id" in body:
            self.now.funds[body["fund_id"]] = [entry.seq, entry.request_hash]
        else:
            self.now.funds |= {n: [entry.seq, None] for n in range(1, 6)}
        return ()

    def rule(self, entry: ledger.Entry, body: dict[str, Any]) -> Iterable[Made]:
        self.now.rules.append(entry)
        return ()

    def period(self, entry: ledger.Entry, body: dict[str, Any]) -> Iterable[Made]:
        self.now.periods[entry.seq] = body["through"]
        return ()

    def deposit(self, entry: ledger.Entry, body: dict[str, Any]) -> Iterable[Made]:
        lines = [Weighed(*line) for line in body["lines"]]
        value, credited = sum(x.value_idr for x in lines), sum(x.credited_idr for x in lines)
        yield Made(
            "deposit",
            (entry.seq,),
            (body["member_id"], body["kind"], str(entry.occurred_on), value, credited,
             entry.actor_id),
        )  # fmt: skip
        if self.now.members.get(body["member_id"], [None])[0] == TITIPAN:
            self.now.titipan[entry.seq] = credited
        for number, line in enumerate(lines, 1):
            yield Made("deposit_line", (entry.seq, number), tuple(line))
            if line.price_idr is None and body["kind"] == SAVINGS:
                self.now.waiting[entry.seq, number] = (line.material_id, line.quantity)

    def titipan_paid(self, entry: ledger.Entry, body: dict[str, Any]) -> Iterable[Made]:
        self.now.settled[entry.seq] = (body["deposit_seq"], None)
        return ()

    def decided(self, entry: ledger.Entry, body: dict[str, Any]) -> Iterable[Made]:
        self.now.decisions.see(entry)
        return ()

    def surplus_settled(self, entry: ledger.Entry, body: dict[str, Any]) -> Iterable[Made]:
        self.now.surpluses.settled(entry, "given" if "member_id" in body else "paid")
        return ()

    def deposit_change(self, entry: ledger.Entry, body: dict[str, Any]) -> Iterable[Made]:
        seq = body["deposit_seq"]
        lay_there = seq in self.now.titipan and seq not in self.now.left_titipan
        if lay_there and "member_id" in body:
            self.now.left_titipan.add(seq)
        if seq in self.now.titipan and "member_id" in body:
            self.now.settled[entry.seq] = (seq, body["member_id"])
        if not lay_there:
            self.now.surpluses.corrected(entry, seq)
        kind, reason = _CHANGES[entry.kind]
        to = self._survivor(body["member_id"]) if "member_id" in body else None
        yield Made("deposit_change", (entry.seq,), (seq, kind, reason, to, entry.actor_id))
        lines = self._lines(seq)
        for number, new in self._new_lines(seq, body):
            lines[number] = new
            figures = (new.quantity, new.price_idr, new.value_idr, new.credited_idr)
            yield Made("deposit_line_change", (entry.seq, number), (seq, *figures))
            if (seq, number) in self.now.waiting:
                self.now.waiting[seq, number] = (new.material_id, new.quantity)
            if new.price_idr is not None:
                self.now.waiting.pop((seq, number), None)

    def _survivor(self, member_id: int) -> int:
        while (into := self.now.members[member_id][3]) is not None:
            member_id = into
        return member_id

    def _new_lines(self, seq: int, body: dict[str, Any]) -> Iterable[tuple[int, Weighed]]:
        lines = self._lines(seq)
        saved = self._entry(seq).body["kind"] == SAVINGS
        told = body.get("lines", [])
        if "line" in body:
            told = [[body["line"], body.get("price_idr")]]
        for number, price in told:
            old = lines[number]
            quantity = body.get("quantity", old.quantity)
            price_idr = old.price_idr if price is None else price
            value = 0 if price_idr is None else value_idr(quantity, price_idr, old.unit)
            credited = share_idr(value, old.share_ppm) if saved else 0
            yield (
                number,
                old._replace(
                    quantity=quantity, price_idr=price_idr, value_idr=value, credited_idr=credited
                ),
            )

    def withdrawal(self, entry: ledger.Entry, body: dict[str, Any]) -> Iterable[Made]:
        columns = tuple(body[name] for name in ("member_id", "amount_idr", "method"))
        yield Made("withdrawal", (entry.seq,), (*columns, entry.actor_id))

    def outcome(self, entry: ledger.Entry, body: dict[str, Any]) -> Iterable[Made]:
        kind = _OUTCOMES[entry.kind]
        values = (entry.resolves_seq, kind, body.get("paid_idr", 0), entry.actor_id)
        yield Made("withdrawal_outcome", (entry.seq,), values)

    def split(self, entry: ledger.Entry, body: dict[str, Any]) -> Iterable[Made]:
        amount = sum(leg.held for leg in entry.legs)
        values = (body["sale_seq"], body["attempt"], amount, entry.actor_id)
        yield Made("split", (entry.seq,), values)
        for number, part in enumerate(body["parts"], 1):
            yield Made("split_line", (entry.seq, number), tuple(part))

    def split_step(self, entry: ledger.Entry, body: dict[str, Any]) -> Iterable[Made]:
        kind = entry.kind.partition(".")[2]
        authority = body.get("authority_seq")
        values = (entry.resolves_seq, kind, 1, authority, entry.actor_id)
        yield Made("split_step", (entry.seq,), values)

    def sale(self, entry: ledger.Entry, body: dict[str, Any]) -> Iterable[Made]:
        yield Made("sale", (entry.seq,), (str(entry.occurred_on), entry.actor_id))

    def sale_paid(self, entry: ledger.Entry, body: dict[str, Any]) -> Iterable[Made]:
        amount, purse = _received(entry)
        values = (body["sale_seq"], "paid", amount, purse, None, entry.actor_id)
        yield Made("sale_step", (entry.seq,), values)

    def reversal(self, entry: ledger.Entry, body: dict[str, Any]) -> Iterable[Made]:
        undone, by = self._entry(entry.reverses_seq or 0), entry.actor_id
        if undone.kind == "deposit.record":
            for key in [key for key in self.now.waiting if key[0] == undone.seq]:
                del self.now.waiting[key]
            self.now.left_titipan.add(undone.seq)
            values: tuple[Any, ...] = (undone.seq, "reversed", _reason_of(entry, undone), None, by)
            yield Made("deposit_change", (entry.seq,), values)
        elif undone.kind == "withdrawal.pay":
            values = (undone.resolves_seq, "reversed", undone.body["paid_idr"], by)
            yield Made("withdrawal_outcome", (entry.seq,), values)
        elif undone.kind == "split.approve":
            values = (undone.resolves_seq, "reverse", 2, None, by)
            yield Made("split_step", (entry.seq,), values)
        elif undone.kind == "sale.record":
            values = (undone.seq, "reversed", _proceeds(undone), None, undone.seq, by)
            yield Made("sale_step", (entry.seq,), values)
        elif undone.kind == "sale.paid":
            amount, purse = _received(undone)
            values = (undone.body["sale_seq"], "unpaid", amount, purse, undone.seq, by)
            yield Made("sale_step", (entry.seq,), values)


def asked_for(entry: ledger.Entry, cause_fund_id: int | None) -> Iterable[str]:
    """Fingerprints of a deposit given for *cause_fund_id*, in the ways it may have been asked for.

    Worked out as they are looked through: what is usual comes first.
    """
    lines, day = entry.body["lines"], entry.occurred_on.isoformat()
    share = lines[0][5] if lines else None
    for weighed_on, kind, delivery, share_ppm in product(
        (None, day), KINDS, (None, *DELIVERIES), (None, share)
    ):
        facts = {
            "member_id": entry.body["member_id"],
            "lines": [line[:3:2] for line in lines],
            "weighed_on": weighed_on,
            "kind": kind,
            "delivery": delivery,
            "share_ppm": share_ppm,
            "cause_fund_id": cause_fund_id,
        }
        yield ledger.fingerprint(entry.kind, facts)


def code_of(code: str) -> tuple[str, int, int] | None:
    """Unit, sign and floor (0 or 1) of an account opened later, by its code; None: no such code."""
    head, _, rest = code.partition(".")
    if head in {"2100", "3700", "3800"}:
        return "IDR", -1, 1
    if head in {"1400", "1300"}:
        return "IDR", 1, 1
    return (ANY, 1, 1) if head == "S" and rest[-2:] in {".B", ".D"} else None


def unit_of(material_unit: str) -> str:
    """The unit of a material's stock accounts."""
    return UNITS.get(material_unit, "")


def _proceeds(sale: ledger.Entry) -> int:
    sold = {chart.SALES, chart.SALES_DONATED}
    return -sum(leg.amount for leg in sale.legs if leg.account_id in sold)


def _received(entry: ledger.Entry) -> tuple[int, str]:
    """How much came in and where, in the entry of a payment."""
    purses = {chart.CASH: "cash", chart.BANK: "bank"}
    [leg] = [leg for leg in entry.legs if leg.account_id in purses]
    return leg.amount, purses[leg.account_id]


def _reason_of(entry: ledger.Entry, deposit: ledger.Entry) -> Any:
    """The reason that was asked with; only its fingerprint is sealed."""
    for reason in REASONS:
        facts = {"deposit_seq": deposit.seq, "reason": reason}
        if ledger.fingerprint("reversal", facts) == entry.request_hash:
            return reason
    return ANY


_CHANGES = {
    "deposit.price": ("priced", None),
    "deposit.correct_price": ("price", "wrong_price"),
    "deposit.correct_member": ("member", "wrong_member"),
    "deposit.correct_weight": ("weight", "wrong_weight"),
}
_OUTCOMES = {
    "withdrawal.pay": "paid",
    "withdrawal.refuse": "refused",
    "withdrawal.lapse": "lapsed",
}
_KINDS: dict[str, Callable[[Rebuilder, ledger.Entry, dict[str, Any]], Iterable[Made]]] = {
    "bank.open": Rebuilder.bank_open,
    "bank.setting": Rebuilder.setting,
    "desk.pay": Rebuilder.titipan_paid,
    "desk.decide": Rebuilder.decided,
    "desk.reopen": Rebuilder.decided,
    **dict.fromkeys(("staff.add", "staff.grant", "staff.revoke"), Rebuilder.role),
    "member.open": Rebuilder.member_open,
    "member.import": Rebuilder.member_open,
    "member.close": Rebuilder.member_end,
    "member.merge": Rebuilder.member_end,
    "member.reopen": Rebuilder.member_reopen,
    "member.erase": Rebuilder.member_erase,
    "material.add": Rebuilder.material_add,
    "material.change": Rebuilder.material_change,
    "price.set": Rebuilder.prices,
    "price.import": Rebuilder.prices,
    "share.set": Rebuilder.share,
    "fund.open": Rebuilder.fund,
    "split.rule": Rebuilder.rule,
    "period.close": Rebuilder.period,
    "deposit.record": Rebuilder.deposit,
    **dict.fromkeys(_CHANGES, Rebuilder.deposit_change),
    "deposit.give": Rebuilder.surplus_settled,
    "deposit.pay": Rebuilder.surplus_settled,
    "withdrawal.request": Rebuilder.withdrawal,
    **dict.fromkeys(_OUTCOMES, Rebuilder.outcome),
    "split.propose": Rebuilder.split,
    "split.approve": Rebuilder.split_step,
    "split.reject": Rebuilder.split_step,
    "split.release": Rebuilder.split_step,
    "sale.record": Rebuilder.sale,
    "sale.paid": Rebuilder.sale_paid,
    "reversal": Rebuilder.reversal,
}
