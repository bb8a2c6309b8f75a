"""The desk's verbs."""

from banksampah.desk.service.asking import (
    booked_seq,
    by_the_list,
    choices,
    choices_of,
    replacement_of,
    why_refused,
)
from banksampah.desk.service.deciding import decide, decide_row
from banksampah.desk.service.devices import (
    hear_all,
    hear_from,
    hear_from_its_file,
    invite_again,
    is_untold,
    own_numbers,
    pair,
    register_device,
    renew_epoch,
    revoke_device,
)
from banksampah.desk.service.intake import by_number, record_of, take_in
from banksampah.desk.service.judging import listed_prices
from banksampah.desk.service.keeping import keep_raw
from banksampah.desk.service.outliers import deposits_that_day, unusual_lines
from banksampah.desk.service.phone_days import CAP, unseen, weighed_day
from banksampah.desk.service.pins import set_desk_pin
from banksampah.desk.service.reopening import may_reopen, reopen_flag
from banksampah.desk.service.rows import SheetLine, Whose, rows_in_titipan
from banksampah.desk.service.sessions import close_session, compare
from banksampah.desk.service.settling import see_sheet, settle_gap, settle_run
from banksampah.desk.service.sheets import (
    SheetRefused,
    SheetTyped,
    TitipanNotAgreed,
    record_sheet,
)
from banksampah.desk.service.surpluses import decide_surplus
from banksampah.desk.service.telling import (
    Answer,
    as_lines,
    booked_otherwise,
    is_told,
    what_is_told,
)

__all__ = [
    "CAP",
    "Answer",
    "SheetLine",
    "SheetRefused",
    "SheetTyped",
    "TitipanNotAgreed",
    "Whose",
    "as_lines",
    "booked_otherwise",
    "booked_seq",
    "by_number",
    "by_the_list",
    "choices",
    "choices_of",
    "close_session",
    "compare",
    "decide",
    "decide_row",
    "decide_surplus",
    "deposits_that_day",
    "hear_all",
    "hear_from",
    "hear_from_its_file",
    "invite_again",
    "is_told",
    "is_untold",
    "keep_raw",
    "listed_prices",
    "may_reopen",
    "own_numbers",
    "pair",
    "record_of",
    "record_sheet",
    "register_device",
    "renew_epoch",
    "reopen_flag",
    "replacement_of",
    "revoke_device",
    "rows_in_titipan",
    "see_sheet",
    "set_desk_pin",
    "settle_gap",
    "settle_run",
    "take_in",
    "unseen",
    "unusual_lines",
    "weighed_day",
    "what_is_told",
    "why_refused",
]
