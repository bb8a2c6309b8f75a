"""What each paper says, as plain data. A document whose sums do not agree cannot be made."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from banksampah import codes
from banksampah.ledger import BooksError
from banksampah.money import decimals_for

WIDE_IDR = 100_000_000
FUNDS_TOGETHER_MAX = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """Whose paper it is. *place* in one line, *short_place* for a slip."""

    name: str
    address: str
    place: str
    short_place: str
    hours: str
    zone: str
    paper: str
    rw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """The seal of the newest entry a paper tells of: whoever holds the paper is a witness."""

    seq: int
    digits: str

    @property
    def code(self) -> str:
        """The first eight digits and the check letter, as they are read aloud: "3F2A 91C0 W"."""
        return codes.printed_seal(self.seq, self.digits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """The household or group a paper is for."""

    member_id: int
    number: str
    name: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """A quantity of one material; *unit* is G, PCS or ML."""

    name: str
    unit: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """One movement, and the balance after it. *number* is the one on its receipt."""

    seq: int
    effective_on: date
    number: str
    text: str
    weight_g: int
    amount_idr: int
    balance_idr: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A household's savings from *since* to *until*, both days included."""

    bank: Letterhead
    member: Holder
    since: date
    until: date
    opening_idr: int
    lines: tuple[StatementLine, ...]
    closing_idr: int
    goods: tuple[Goods, ...]
    held_idr: int
    debt_idr: int
    seal: Seal | None

    def __post_init__(self) -> None:
        balance_idr = self.opening_idr
        for line in self.lines:
            balance_idr += line.amount_idr
            if line.balance_idr != balance_idr:
                raise BooksError(f"statement line {line.seq}: {line.balance_idr=} {balance_idr=}")
        _agree("opening and lines", balance_idr, self.closing_idr)
        _agree("weights", sum(line.weight_g for line in self.lines), weight_g(self.goods))

    @property
    def in_idr(self) -> int:
        return sum(line.amount_idr for line in self.lines if line.amount_idr > 0)

    @property
    def out_idr(self) -> int:
        """What went out, as a negative sum."""
        return sum(line.amount_idr for line in self.lines if line.amount_idr < 0)

    @property
    def in_count(self) -> int:
        return sum(line.amount_idr > 0 for line in self.lines)

    @property
    def out_count(self) -> int:
        return sum(line.amount_idr < 0 for line in self.lines)

    @property
    def weight_g(self) -> int:
        return weight_g(self.goods)

    @property
    def decimals(self) -> int:
        """Decimals of every weight on the paper."""
        return decimals_of(self.goods, [line.weight_g for line in self.lines])

    @property
    def given_only(self) -> bool:
        """Whether the household gave goods away and no money ever moved."""
        moved = self.opening_idr or self.held_idr or self.debt_idr or self.in_idr or self.out_idr
        return not moved and self.weight_g > 0

    @property
    def given_count(self) -> int:
        """How often goods were brought that moved no money, less what was taken back."""
        gifts = [line.weight_g for line in self.lines if not line.amount_idr and line.weight_g]
        return sum(1 if weight_g > 0 else -1 for weight_g in gifts)

    @property
    def wide(self) -> bool:
        """Whether a figure needs the wider columns."""
        figures = [self.opening_idr, self.in_idr, -self.out_idr, self.closing_idr]
        return max(*figures, *(line.balance_idr for line in self.lines)) >= WIDE_IDR


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptLine:
    """A line of a deposit as it was weighed; *price_idr* is None while it is still to come."""

    name: str
    unit: str
    quantity: int
    price_idr: int | None
    value_idr: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositReceipt:
    """What a household gets in hand when it has weighed in; *member* is None for a new one that
    has no number yet."""

    bank: Letterhead
    member: Holder | None
    seq: int
    number: str
    phone_number: str
    """What a phone called it when it was weighed: HP02-0037, or nothing."""
    told_idr: int | None
    """What the phone told the household it is worth, where other lines were booked."""
    weighed_on: date
    recorded_at: datetime
    lines: tuple[ReceiptLine, ...]
    value_idr: int
    credited_idr: int
    before_idr: int | None
    """None, like *after_idr*, of what was laid in Titipan: what lies there is many households'."""
    after_idr: int | None
    sedekah: bool
    cause: str
    recorded_by: str
    changed_on: date | None
    changed_seq: int | None
    reversed: bool
    paid_in_cash: bool
    """Whether what lay in Titipan was handed over."""
    seal: Seal | None
    weighed_at: datetime | None = None
    """The moment of weighing, where a phone told it."""

    def __post_init__(self) -> None:
        _agree("receipt lines", sum(line.value_idr for line in self.lines), self.value_idr)
        if self.before_idr is not None and self.after_idr is not None:
            _agree("receipt balance", self.before_idr + self.credited_idr, self.after_idr)

    @property
    def in_titipan(self) -> bool:
        """Whether it was laid in Titipan and credited to nobody's savings."""
        return self.before_idr is None

    @property
    def weight_g(self) -> int:
        return weight_g(self.lines)

    @property
    def decimals(self) -> int:
        return decimals_of(self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalReceipt:
    """What both sides sign when savings are paid out."""

    bank: Letterhead
    member: Holder
    seq: int
    number: str
    paid_at: datetime
    method: str
    amount_idr: int
    before_idr: int
    after_idr: int
    paid_by: str
    reversed: bool
    seal: Seal | None

    def __post_init__(self) -> None:
        _agree("payment", self.before_idr - self.amount_idr, self.after_idr)


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsSold:
    """A line of the sale whose proceeds are divided, by the buyer's scale."""

    name: str
    unit: str
    quantity: int
    price_idr: int
    amount_idr: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Deduction:
    """What lies between the proceeds and what is divided; negative where it is added."""

    name: str
    amount_idr: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The version of a rule that a part follows."""

    name: str
    version: int
    valid_from: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PartLine:
    """What one fund gets; *weight_ppm* is None where the sum was fixed by hand, *reason* says how
    its rupiah were rounded (splits.queries.Explained)."""

    fund: str
    weight_ppm: int | None
    amount_idr: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The margin of bought or of donated goods, and how it is divided."""

    origin: str
    amount_idr: int
    rule: Rule | None
    lines: tuple[PartLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LateDeposit:
    """A deposit that came after its time was divided; *way*: by phone, from a sheet, or typed in.

    *paper_number*: of the phone's slip or of the sheet; *booked_on* is later than *came_on* where
    it was held.
    """

    seq: int
    number: str
    weighed_on: date
    member_number: str
    weight_g: int
    value_idr: int
    way: str
    paper_number: str
    came_on: date
    booked_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Minutes:
    """One proposal to divide a sale's margin, and what was decided.

    *state*: pending, approved, rejected, released or reversed.
    """

    bank: Letterhead
    seq: int
    sale_seq: int
    sale_number: str
    sold_on: date
    buyer: str
    state: str
    decided_on: date | None
    reason: str
    proposed_by: str
    decided_by: str
    goods: tuple[GoodsSold, ...]
    gross_idr: int
    deductions: tuple[Deduction, ...]
    amount_idr: int
    parts: tuple[Part, ...]
    late: tuple[LateDeposit, ...]
    """For the annex."""
    seal: Seal | None

    def __post_init__(self) -> None:
        deducted = sum(less.amount_idr for less in self.deductions)
        _agree("goods sold", sum(line.amount_idr for line in self.goods), self.gross_idr)
        _agree("proceeds", self.gross_idr - deducted, self.amount_idr)
        _agree("parts", sum(part.amount_idr for part in self.parts), self.amount_idr)
        for part in self.parts:
            divided = sum(line.amount_idr for line in part.lines)
            _agree(f"funds of {part.origin}", divided, part.amount_idr)

    @property
    def weight_g(self) -> int:
        return weight_g(self.goods)

    @property
    def decimals(self) -> int:
        return decimals_of(self.goods)

    @property
    def late_weight_g(self) -> int:
        return sum(one.weight_g for one in self.late)

    @property
    def late_value_idr(self) -> int:
        return sum(one.value_idr for one in self.late)

    @property
    def late_decimals(self) -> int:
        return decimals_for([one.weight_g for one in self.late])

    @property
    def together(self) -> bool:
        """Whether the whole division fits on one page with the signatures."""
        return sum(len(part.lines) for part in self.parts) <= FUNDS_TOGETHER_MAX


def weight_g(goods: Iterable[Goods | ReceiptLine | GoodsSold]) -> int:
    """The grams among *goods*; pieces and litres have no weight on paper."""
    return sum(line.quantity for line in goods if line.unit == "G")


def decimals_of(
    goods: Iterable[Goods | ReceiptLine | GoodsSold], weights_g: Iterable[int] = ()
) -> int:
    """Two decimals, or three for the whole table where one line needs them."""
    return decimals_for([*weights_g, *(x.quantity for x in goods if x.unit != "PCS")])


def _agree(what: str, left: int, right: int) -> None:
    """A paper that does not add up is a bug, and must not be printed."""
    if left != right:
        raise BooksError(f"{what}: {left} is not {right}")
