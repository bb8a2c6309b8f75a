"""Opening days drawn at random: what happens is drawn, what must hold afterwards is not.

Hypothesis draws a day as a list of steps, shrinks it where it finds a fault, and prints it; the same
seed draws the same days. Who wins a race within a step is the machine's affair.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from playwright.sync_api import Error as PageFailed

from banksampah.catalog.queries import materials
from banksampah.db import transaction
from banksampah.desk.service.suspense import bring_back
from banksampah.errors import DomainError
from banksampah.members.models import Member
from banksampah.members.service import close_member, merge_members
from tests.desk.faults import MODES
from tests.desk.market import GOODS, HOUSEHOLDS, Day, Handset, Market, act_of, enrol
from tests.factories import set_price

STEPS_MIN, STEPS_MAX = 5, 12
YEAR_MS = 365 * 86_400_000
HEARD_S = 2.0
FILL = "([member, lines]) => thumb.fill(member, lines)"
"""True where the household is on the phone's list: one that was merged is there no more."""


class Save(NamedTuple):
    """A deposit; *killed*: the page ends as the button that saves is pressed."""

    phone: int
    tab: int
    member: int
    goods: str
    kg: int
    killed: bool

    def do(self, day: Day) -> None:
        phone = _of(day, self.phone)
        lines = [[self.goods, str(self.kg)]]
        if self.killed:
            if phone.ask(FILL, [self.member, lines], self.tab):
                phone.ask("void thumb.save().catch(() => null)", None, self.tab)
            phone.kill(self.tab)
            return
        _weigh(phone, self.tab, self.member, lines)


class AtOnce(NamedTuple):
    """Two pages of one phone save in the same moment."""

    phone: int
    members: tuple[int, int]
    kg: int

    def do(self, day: Day) -> None:
        phone = _of(day, self.phone)
        lines = [["Besi", str(self.kg)]]
        filled = [tab for tab in (0, 1) if phone.ask(FILL, [self.members[tab], lines], tab)]
        for tab in filled:
            phone.ask("globalThis.saved = thumb.save(); saved.catch(() => null); 0", None, tab)
        for tab in filled:
            _tick(phone, phone.ask("saved", None, tab), self.members[tab])


class Cancel(NamedTuple):
    """A receipt is struck through; for a wrong weight it is weighed anew."""

    phone: int
    tab: int
    place: int
    why: str

    def do(self, day: Day) -> None:
        phone = _of(day, self.phone)
        standing = sorted(phone.ticked.keys() - phone.cancelled)
        if not standing:
            return
        receipt = standing[self.place % len(standing)]
        phone.cancelled.add(receipt)
        told = phone.ask(
            "([receipt, why]) => thumb.cancel(receipt, why)", [receipt, self.why], self.tab
        )
        if told is not None:
            _tick(phone, told, phone.ticked[receipt][0])


class Fault(NamedTuple):
    """From now on the line of a phone fails like this, or works."""

    phone: int
    mode: str

    def do(self, day: Day) -> None:
        _of(day, self.phone).line.mode = self.mode


class Send(NamedTuple):
    """The phone believes that it is on line; *heard*: go on when something reached the line."""

    phone: int
    tab: int
    heard: bool

    def do(self, day: Day) -> None:
        phone = _of(day, self.phone)
        phone.page(self.tab)
        count = phone.line.heard_count + 1
        phone.ask("thumb.nudge()", None, self.tab)
        if self.heard:
            phone.line.wait_for(count, HEARD_S)


class Kill(NamedTuple):
    """A page is gone, whatever it was doing."""

    phone: int
    tab: int

    def do(self, day: Day) -> None:
        _of(day, self.phone).kill(self.tab)


class Reload(NamedTuple):
    """A page is loaded anew."""

    phone: int
    tab: int

    def do(self, day: Day) -> None:
        _of(day, self.phone).reload(self.tab)


class Become(NamedTuple):
    """The browser is paired anew, as another phone: what it has not sent is the one's that it was.

    It hears of that when it next asks; until then it weighs as the one it was.
    """

    phone: int

    def do(self, day: Day) -> None:
        phone = _of(day, self.phone)
        phone.become(*enrol(day.app, day.bank, phone.address, phone.device_id))


class Clock(NamedTuple):
    """The phone's clock is set wrong by so much."""

    phone: int
    shift_ms: int

    def do(self, day: Day) -> None:
        _of(day, self.phone).ask("(shift) => { thumb.shift = shift; }", self.shift_ms)


class Price(NamedTuple):
    """The treasurer changes a price from today on."""

    goods: str
    price_idr: int

    def do(self, day: Day) -> None:
        def change(session: Any) -> None:
            act = act_of(day.bank)
            [material] = [m for m in materials(session, day.bank.bank_id) if m.name == self.goods]
            set_price(session, act, material, self.price_idr, act.today)

        _in_the_office(day, change)


class Close(NamedTuple):
    """The treasurer closes a household, if it may be closed now."""

    member: int

    def do(self, day: Day) -> None:
        _in_the_office(day, lambda session: close_member(
            session, act_of(day.bank), member_id=_member(session, day, self.member)
        ))  # fmt: skip


class Reopen(NamedTuple):
    """The treasurer opens a closed household again, with all that waits for it in Titipan."""

    member: int

    def do(self, day: Day) -> None:
        _in_the_office(day, lambda session: bring_back(
            session, act_of(day.bank), _member(session, day, self.member)
        ))  # fmt: skip


class Merge(NamedTuple):
    """The treasurer joins two households, if they may be joined now."""

    member: int
    into: int

    def do(self, day: Day) -> None:
        _in_the_office(day, lambda session: merge_members(
            session, act_of(day.bank), from_id=_member(session, day, self.member),
            into_id=_member(session, day, self.into),
        ))  # fmt: skip


Step = (
    Save | AtOnce | Cancel | Fault | Send | Kill | Reload | Become | Clock | Price | Close | Merge
    | Reopen
)  # fmt: skip

_phone, _tab = st.integers(0, 1), st.integers(0, 1)
_member_no = st.integers(1, HOUSEHOLDS)
_goods, _kg = st.sampled_from(sorted(GOODS)), st.integers(1, 9)
_shifts = st.sampled_from((0, 90_000, -3_600_000, 3 * YEAR_MS, -30 * YEAR_MS))
STEPS: st.SearchStrategy[Step] = st.one_of(
    st.builds(Save, _phone, _tab, _member_no, _goods, _kg, st.booleans()),
    st.builds(Save, _phone, _tab, _member_no, _goods, _kg, st.just(False)),
    st.builds(AtOnce, _phone, st.tuples(_member_no, _member_no), _kg),
    st.builds(Cancel, _phone, _tab, st.integers(0, 5), st.sampled_from(("Dobel", "Salah berat"))),
    st.builds(Fault, _phone, st.sampled_from(("pass", "pass_then_cut", "slow", *MODES))),
    st.builds(Send, _phone, _tab, st.booleans()),
    st.builds(Kill, _phone, _tab),
    st.builds(Reload, _phone, _tab),
    st.builds(Become, _phone),
    st.builds(Clock, _phone, _shifts),
    st.builds(Price, _goods, st.sampled_from((500, 1_800, 3_800, 4_100))),
    st.builds(Close, _member_no),
    st.builds(Reopen, _member_no),
    st.builds(Merge, _member_no, _member_no),
)
DAYS = st.tuples(
    st.sampled_from((1, 1, 2)), st.lists(STEPS, min_size=STEPS_MIN, max_size=STEPS_MAX)
)


def live(market: Market, phones_count: int, steps: list[Step]) -> list[str]:
    """Live a day; every difference that is left when everything has been sent."""
    with market.day(phones_count) as day:
        for step in steps:
            step.do(day)
        return day.settle()


def prove(market: Market, count: int, drawn_by: int | None = None) -> None:
    """Live *count* days; drawn by a seed, or always the same ones. Raises with the day that fails."""

    def one(drawn: tuple[int, list[Step]]) -> None:
        phones_count, steps = drawn
        told = "\n  ".join(map(repr, steps))
        try:
            wrong = live(market, phones_count, steps)
        except PageFailed as error:
            raise AssertionError(f"{phones_count} phones:\n  {told}\n{error}") from error
        assert wrong == [], f"{phones_count} phones:\n  {told}\n{wrong}"

    run: Callable[[], None] = settings(
        max_examples=count, derandomize=drawn_by is None, database=None, deadline=None,
        suppress_health_check=list(HealthCheck), print_blob=True,
    )(given(DAYS)(one))  # fmt: skip
    if drawn_by is not None:
        run = seed(drawn_by)(run)
    run()


def _of(day: Day, phone: int) -> Handset:
    return day.phones[phone % len(day.phones)]


def _weigh(phone: Handset, tab: int, member: int, lines: list[list[str]]) -> None:
    told = phone.ask("([member, lines]) => thumb.weigh(member, lines)", [member, lines], tab)
    if told is not None:
        _tick(phone, told, member)


def _tick(phone: Handset, told: dict[str, Any], member: int) -> None:
    assert told["receipt"] not in phone.ticked, f"{told['receipt']} was given twice"
    phone.ticked[told["receipt"]] = (member, told["value"])


def _in_the_office(day: Day, do: Callable[[Any], Any]) -> None:
    try:
        with day.app.app_context(), transaction(day.bank.bank_id) as session:
            do(session)
    except DomainError:
        pass  # the books do not allow it now: the day goes on


def _member(session: Any, day: Day, number: int) -> int:
    rows = session.query(Member.id).filter_by(bank_id=day.bank.bank_id, name=f"Warga {number}")
    return int(rows.scalar())
