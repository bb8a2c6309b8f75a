"""What can go wrong in the trade. The web turns these into pages and problem details.

A broken invariant is not here: that is a bug and raises `ledger.BooksError`.
"""

from typing import Any


class DomainError(Exception):
    """A fact that stands in the way, told in one Indonesian sentence with its remedy.

    *code* is stable and part of the API; *extra* holds figures a caller may act on. *of_right*:
    what stands in the way is who asks, and the installation's journal tells that they did.
    """

    code = "domain_error"
    of_right = False

    def __init__(self, message: str, **extra: Any):
        super().__init__(message)
        self.message = message
        self.extra = extra


class NotFound(DomainError):
    """The thing does not exist, or belongs to another bank: 404."""

    code = "not_found"


class Conflict(DomainError):
    """Somebody was first: 409."""

    code = "conflict"


class Refused(DomainError):
    """The books or the bank's rules do not allow it: 422. *field* names the input at fault."""

    code = "refused"

    def __init__(self, message: str, *, field: str | None = None, **extra: Any):
        super().__init__(message, **extra)
        self.field = field
