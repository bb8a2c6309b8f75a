"""What was decided about phones' deposits, worked out again from the entries."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from banksampah import ledger

NOTHING = [None, None, None, None]
FOLLOWED = ("assign", "reopen")
"""What is decided about the other deposits of a household that one card gave to a member."""


@dataclass
class Decisions:
    """The decisions there must be after the entries seen so far."""

    flags: dict[int, list[Any]] = field(default_factory=dict)
    """By flag: its record and note; what was decided, by which entry, by whom; and the entry that
    opened it again."""

    def see(self, entry: ledger.Entry) -> None:
        """A card was decided, or opened again; of cards without a flag other rows tell."""
        body, seq = entry.body, entry.seq
        if "flag_id" not in body:
            return
        if entry.kind == "desk.reopen":
            self.flags[body["flag_id"]][-1] = seq
            return
        told = [body["record_id"], body["code"], body["decision"], seq, entry.actor_id]
        self.flags[body["flag_id"]] = [*told, None]

    def faults(
        self, rows: Iterable[tuple[Any, ...]], moved: Mapping[int, int]
    ) -> Iterator[tuple[int | None, str]]:
        """Every row that is not as decided. *moved*: which deposit of Titipan an entry moved, with
        which the flag of that deposit ended."""
        due, states, left_out = dict(self.flags), dict[str, str](), set[str]()
        for _bank_id, flag_id, record_id, code, raw_id, state, booked, *decided in rows:
            wanted = due.pop(flag_id, None)
            followed = decided[0] in FOLLOWED and moved.get(decided[1], 0) == booked
            is_open = decided == NOTHING or followed
            if (wanted is not None or not is_open) and [record_id, code, *decided] != wanted:
                yield decided[1], f"keputusan {flag_id} berbeda dari catatannya"
            states[record_id] = state
            if raw_id is None and is_left_out(code, decided[0], decided[3]):
                left_out.add(record_id)
        yield from ((told[3], f"keputusan {flag_id} hilang") for flag_id, told in due.items())
        for record_id, state in states.items():
            if (state == "dismissed") != (record_id in left_out):
                yield None, f"setoran {record_id} dari HP tidak sesuai keputusannya"


def is_left_out(code: str, decision: str | None, reopened_seq: int | None) -> bool:
    """Whether a decision, as it stands, keeps a record out of the books."""
    said_no = decision == "dismiss" or (code, decision) == ("other_content", "keep")
    return said_no and reopened_seq is None
