"""A deposit as a phone tells it: read strictly, hashed by its facts."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from banksampah.db import canonical_json
from banksampah.desk.models import APP_CHARS_MAX
from banksampah.money import value_idr

T = TypeVar("T")
ID_FORM = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
APP_FORM = re.compile(rf"[0-9A-Za-z][0-9A-Za-z.-]{{0,{APP_CHARS_MAX - 1}}}\Z")
"""Version and build of the desk: "0.1.0-3f2a91c"."""
GIVEN_FORM = re.compile(r"(?P<phone>HP[0-9]{2,6})-(?P<epoch>[1-9][0-9]{0,6})-(?P<number>.+)")
"""A new household by the phone and the epoch that gave it its number: HP02-1-T-03."""
LINES_MAX = 60
QUANTITY_MAX = 10_000_000
PRICE_IDR_MAX = 100_000_000
NUMBER_MAX = 1_000_000
OFFSET_S_MAX = 200 * 365 * 86_400
YEARS = range(1970, 2200)
"""A phone whose clock was never set says 1970: the deposit is none the less for that."""
DEPTH_MAX = 16
"""So deep lists and objects are read; a desk nests five in each other."""
PIECES = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[][{}]|[^][{}"]+', re.DOTALL)
"""JSON in pieces: a text, a bracket, what lies between."""
OPEN, CLOSE = ("[", "{"), ("]", "}")
FACTS = ("number", "epoch", "session", "member", "operator_id", "weighed_at", "lines", "total_idr")
"""What makes two records the same. A cancellation or another clock offset does not differ."""


class Unreadable(ValueError):
    """The record lacks what a deposit needs. It is kept all the same."""


class RecordLine(NamedTuple):
    """One material: quantity in grams, pieces or millilitres, and what the phone made of it."""

    material_id: int
    quantity: int
    price_idr: int | None
    value_idr: int


class Provisional(NamedTuple):
    """A household that the phone did not know, under a number of the phone's own."""

    told: str
    name: str
    rt: str
    house_no: str

    @property
    def number(self) -> str:
        """As the phone shows it: T-03."""
        given = GIVEN_FORM.fullmatch(self.told)
        return given["number"] if given else self.told

    @property
    def given(self) -> tuple[str, int] | None:
        """The phone and the epoch in which it got its number, where the record tells them."""
        given = GIVEN_FORM.fullmatch(self.told)
        return (given["phone"], int(given["epoch"])) if given else None


class Known(NamedTuple):
    """What can be read of a record, even where the whole cannot."""

    member_id: int | None
    member_number: object
    provisional: Provisional | None
    operator_id: int
    weighed_at: datetime | None
    lines: tuple[RecordLine, ...]
    total_idr: int | None
    price_version: int | None


class Record(NamedTuple):
    """One deposit of a phone."""

    id: str
    epoch: int
    number: int
    session_code: str
    member_id: int | None
    member_number: object
    """As the phone knew it: ids run alike in every bank. Records of old do not tell it."""
    provisional: Provisional | None
    operator_id: int
    weighed_at: datetime
    clock_offset_s: int | None
    """How far the books' clock was ahead. None: the phone knew that its own had been set back."""
    lines: tuple[RecordLine, ...]
    total_idr: int
    cancelled: bool
    price_version: int | None
    app: str | None
    """Which price list and desk it was weighed by. No facts: phones of old do not tell them."""
    content_hash: str

    @property
    def true_at(self) -> datetime | None:
        """When it was weighed by the books' clock: the phone's, put right by its offset."""
        if self.clock_offset_s is None:
            return None
        return self.weighed_at + timedelta(seconds=self.clock_offset_s)

    @property
    def lines_key(self) -> str:
        """Equal for the same materials and weights in any order."""
        return lines_key((line.material_id, line.quantity) for line in self.lines)

    def adds_up(self, units: dict[int, str]) -> bool:
        """Whether each value and their sum are what price and quantity make of them."""
        right = all(
            line.value_idr
            == (
                0
                if line.price_idr is None
                else value_idr(line.quantity, line.price_idr, units[line.material_id])
            )
            for line in self.lines
        )
        return right and sum(line.value_idr for line in self.lines) == self.total_idr


def lines_key(weighed: Iterable[tuple[int, int]]) -> str:
    """Equal for the same materials and weights, in any order and however often weighed."""
    total: dict[int, int] = {}
    for material_id, quantity in weighed:
        total[material_id] = total.get(material_id, 0) + quantity
    return hashlib.sha256(canonical_json(sorted(total.items())).encode()).hexdigest()


def content_hash(raw: dict[str, Any]) -> str:
    """SHA-256 of the facts of a record as it came."""
    return hashlib.sha256(canonical_json({k: raw.get(k) for k in FACTS}).encode()).hexdigest()


def message_hash(raw: dict[str, Any]) -> str:
    """SHA-256 of what was told: the facts, and that they are taken back."""
    told = [content_hash(raw), raw.get("cancelled")]
    return hashlib.sha256(canonical_json(told).encode()).hexdigest()


def read_record(raw: dict[str, Any]) -> Record:
    """*raw* as a Record. Raises Unreadable."""
    member, cancelled = raw.get("member"), raw.get("cancelled")
    if not isinstance(member, dict) or not isinstance(cancelled, dict | None):
        raise Unreadable("member")
    lines = raw.get("lines")
    if not isinstance(lines, list) or not 1 <= len(lines) <= LINES_MAX:
        raise Unreadable("lines")
    provisional = _provisional(member) if "provisional" in member else None
    return Record(
        id=record_id(raw),
        epoch=_whole(raw, "epoch", 1, NUMBER_MAX),
        number=_whole(raw, "number", 1, NUMBER_MAX),
        session_code=_text(raw, "session", 40),
        member_id=None if provisional else _whole(member, "id", 1, 2**63 - 1),
        member_number=member.get("number"),
        provisional=provisional,
        operator_id=_whole(raw, "operator_id", 1, 2**63 - 1),
        weighed_at=_instant(raw, "weighed_at"),
        clock_offset_s=_if_told(raw, "clock_offset_s", _whole, -OFFSET_S_MAX, OFFSET_S_MAX),
        lines=tuple(_line(line) for line in lines),
        total_idr=_whole(raw, "total_idr", 0, 2**53),
        cancelled=cancelled is not None,
        price_version=_if_told(raw, "price_version", _whole, 1, NUMBER_MAX),
        app=_if_told(raw, "app", _app),
        content_hash=content_hash(raw),
    )


def told_in(text: str) -> Any:
    """The JSON of *text*; what nests deeper than any desk tells is nothing. Raises ValueError."""
    return json.loads(_shallow(text))


def _shallow(text: str, most: int = DEPTH_MAX) -> str:
    """
    >>> _shallow('{"lines": [["]", {}], 2]}', most=2)
    '{"lines": [null, 2]}'
    """
    depth, kept = 0, []
    for piece in PIECES.findall(text):
        depth += piece in OPEN
        if depth <= most:
            kept.append(piece)
        elif depth == most + 1 and piece in OPEN:
            kept.append("null")
        depth -= piece in CLOSE
    return "".join(kept)


def plain_text(text: str) -> str:
    r"""*text* as it can be stored and printed: what cannot be is a blank, blanks stand alone.

    >>> plain_text(" Bu\u00a0 Warni\x00\ud83d"), plain_text("Rene\u0301")
    ('Bu Warni', 'René')
    """
    composed = unicodedata.normalize("NFC", text)
    return " ".join("".join(c if c.isprintable() else " " for c in composed).split())


def what_is_known(raw: dict[str, Any]) -> Known:
    """Whatever of *raw* can be read, for who must put it right by hand."""
    member = raw["member"] if isinstance(raw.get("member"), dict) else {}
    lines = raw["lines"] if isinstance(raw.get("lines"), list) else []
    read = [_if_readable(_weighed, line) for line in lines if isinstance(line, dict)]
    return Known(
        member_id=_if_readable(_whole, member, "id", 1, 2**63 - 1),
        member_number=member.get("number"),
        provisional=_if_readable(_provisional, member),
        operator_id=_if_readable(_whole, raw, "operator_id", 1, 2**63 - 1) or 0,
        weighed_at=_if_readable(_instant, raw, "weighed_at"),
        lines=tuple(line for line in read if line is not None),
        total_idr=_if_readable(_whole, raw, "total_idr", 0, 2**53),
        price_version=_if_readable(_whole, raw, "price_version", 1, NUMBER_MAX),
    )


def cancelled_at(raw: dict[str, Any]) -> datetime | None:
    """When the phone took it back, by the clock of its weighing; None where it does not say."""
    told = raw.get("cancelled")
    at = _if_readable(_instant, told, "at") if isinstance(told, dict) else None
    offset_s = _if_readable(_whole, raw, "clock_offset_s", -OFFSET_S_MAX, OFFSET_S_MAX)
    return None if at is None else at + timedelta(seconds=offset_s or 0)


def _weighed(raw: dict[str, Any]) -> RecordLine:
    """A material and how much of it; a price and a value if there are any."""
    return RecordLine(
        _whole(raw, "material_id", 1, 2**63 - 1),
        _whole(raw, "quantity", 1, QUANTITY_MAX),
        _if_readable(_whole, raw, "price_idr", 0, PRICE_IDR_MAX),
        _if_readable(_whole, raw, "value_idr", 0, 2**53) or 0,
    )


def _if_readable(read: Callable[..., T], *args: Any) -> T | None:
    try:
        return read(*args)
    except Unreadable:
        return None


def record_id(raw: dict[str, Any]) -> str:
    """The record's id, a UUID of version 7. Raises Unreadable: without it nothing can be kept."""
    found = raw.get("id")
    if not isinstance(found, str) or not ID_FORM.fullmatch(found):
        raise Unreadable("id")
    return found


def household_code(told: str, phone: str, epoch: object) -> str:
    """Which new household a record is of that told *told*: one of the phone and the epoch in which
    it got its number, whatever phone and epoch weigh for it since. Desks of before told the number
    alone: it is of the record's own *phone* and *epoch*.

    >>> household_code("T-03", "HP02", 2), household_code("HP02-1-T-03", "HP02", 2)
    ('HP02-2-T-03', 'HP02-1-T-03')
    """
    return told if GIVEN_FORM.fullmatch(told) else f"{phone}-{epoch}-{told}"


def apart_id(used_id: str, row_id: int) -> str:
    """The id of another content that came under an id in use: worked out from that one and the row
    in which it is kept, so that it is the same however often it is asked."""
    made = hashlib.sha256(f"{used_id}/{row_id}".encode()).hexdigest()
    return used_id[:-12] + made[:12]


def _line(raw: Any) -> RecordLine:
    if not isinstance(raw, dict):
        raise Unreadable("line")
    price = raw.get("price_idr")
    return RecordLine(
        _whole(raw, "material_id", 1, 2**63 - 1),
        _whole(raw, "quantity", 1, QUANTITY_MAX),
        None if price is None else _whole(raw, "price_idr", 0, PRICE_IDR_MAX),
        _whole(raw, "value_idr", 0, 2**53),
    )


def _provisional(member: dict[str, Any]) -> Provisional:
    told = _text(member, "provisional", 20)
    if told.startswith("HP") and not GIVEN_FORM.fullmatch(told):
        raise Unreadable("provisional")
    return Provisional(
        told,
        _text(member, "name", 80),
        _text(member, "rt", 3, least=0),
        _text(member, "house_no", 20, least=0),
    )


def _whole(raw: dict[str, Any], name: str, least: int, most: int) -> int:
    found = raw.get(name)
    if type(found) is not int or not least <= found <= most:
        raise Unreadable(name)
    return found


def _if_told(raw: dict[str, Any], name: str, read: Callable[..., T], *bounds: int) -> T | None:
    return None if raw.get(name) is None else read(raw, name, *bounds)


def _app(raw: dict[str, Any], name: str) -> str:
    found = raw[name]
    if not isinstance(found, str) or not APP_FORM.match(found):
        raise Unreadable(name)
    return found


def _text(raw: dict[str, Any], name: str, most: int, least: int = 1) -> str:
    found = raw.get(name)
    if not isinstance(found, str):
        raise Unreadable(name)
    found = plain_text(found)
    if not least <= len(found) <= most:
        raise Unreadable(name)
    return found


def _instant(raw: dict[str, Any], name: str) -> datetime:
    try:
        found = datetime.fromisoformat(str(raw.get(name)))
        if found.tzinfo is None or found.year not in YEARS:
            raise Unreadable(name)
        return found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Unreadable(name) from error
