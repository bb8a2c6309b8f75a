"""How many papers one household may have under way: the rest of the bank prints and weighs too."""

from collections import Counter
from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import ParamSpec, TypeVar

from banksampah.errors import DomainError
from banksampah.members.gate import current_member

P = ParamSpec("P")
R = TypeVar("R")
PAPERS_AT_ONCE = 2
"""In each worker: one that is printed and one that waits, so that a second tap is no mistake. A
paper that waits for the worker's one press holds one of its few threads."""

_under_way: Counter[tuple[int, int]] = Counter()
_counting = Lock()


class StillPrinting(DomainError):
    """Others of this household are not finished."""

    code = "still_printing"
    status = 429

    def __init__(self) -> None:
        super().__init__(
            "Rekening koran Anda masih dibuat. Tunggu sebentar, lalu coba lagi.", retry_after_s=2
        )


def in_turn(view: Callable[P, R]) -> Callable[P, R]:
    """Refuse, by StillPrinting, a household that has PAPERS_AT_ONCE under way."""

    @wraps(view)
    def turn(*args: P.args, **kwargs: P.kwargs) -> R:
        household = (current_member().bank_id, current_member().id)
        with _counting:
            if _under_way[household] >= PAPERS_AT_ONCE:
                raise StillPrinting()
            _under_way[household] += 1
        try:
            return view(*args, **kwargs)
        finally:
            with _counting:
                _under_way.subtract([household])
                if not _under_way[household]:
                    del _under_way[household]

    return turn
