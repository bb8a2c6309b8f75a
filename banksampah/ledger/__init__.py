"""The front door of the books: accounts, entries and legs. It knows no household and no waste.

Every write of the service is one sealed entry of its bank's journal. A verb of a feature first
asks `replay`, then calls `post` once (or more, under derived keys), inside one `transaction`.
Many entries at once (an import, a batch) go by `post_many`.
"""

from banksampah.ledger import chart
from banksampah.ledger.acts import Act, KeyReused, fingerprint, replay
from banksampah.ledger.balances import (
    AccountRow,
    Balance,
    Line,
    accounts,
    balance,
    balance_on,
    balances,
    balances_on,
    last_lines,
    lines,
    trial_balance,
)
from banksampah.ledger.check import Fault, Proof, Witness, check, check_banks, check_tail
from banksampah.ledger.closing import close_period, closed_through
from banksampah.ledger.journal import (
    Entry,
    entries,
    entry,
    find_resolution,
    find_reversal,
    find_reversals,
    find_seal,
    head_seq,
)
from banksampah.ledger.notes import add_note, note_of, notes_of
from banksampah.ledger.opening import open_account, open_accounts, open_bank
from banksampah.ledger.posting import (
    AlreadyResolved,
    AlreadyReversed,
    BalanceTooLow,
    BooksError,
    Leg,
    NotReversible,
    PeriodClosed,
    Posting,
    credit,
    debit,
    hold,
    post,
    post_many,
    release,
    reverse,
)

__all__ = [
    "AccountRow",
    "Act",
    "AlreadyResolved",
    "AlreadyReversed",
    "Balance",
    "BalanceTooLow",
    "BooksError",
    "Entry",
    "Fault",
    "KeyReused",
    "Leg",
    "Line",
    "NotReversible",
    "PeriodClosed",
    "Posting",
    "Proof",
    "Witness",
    "accounts",
    "add_note",
    "balance",
    "balance_on",
    "balances",
    "balances_on",
    "chart",
    "check",
    "check_banks",
    "check_tail",
    "close_period",
    "closed_through",
    "credit",
    "debit",
    "entries",
    "entry",
    "find_resolution",
    "find_reversal",
    "find_reversals",
    "find_seal",
    "fingerprint",
    "head_seq",
    "hold",
    "last_lines",
    "lines",
    "note_of",
    "notes_of",
    "open_account",
    "open_accounts",
    "open_bank",
    "post",
    "post_many",
    "release",
    "replay",
    "reverse",
    "trial_balance",
]
