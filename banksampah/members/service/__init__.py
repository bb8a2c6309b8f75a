"""The members' verbs: the only code that writes their tables."""

from banksampah.members.service.access import (
    SESSION_LIFE,
    PinWeak,
    end_sessions,
    find_session,
    is_weak_pin,
    make_pin,
    open_session,
    pin_is_right,
    set_pin,
    sign_out,
    touch_session,
)
from banksampah.members.service.ending import (
    MemberNotEmpty,
    SameMember,
    close_member,
    merge_members,
)
from banksampah.members.service.imports import COLUMNS, check_members, import_members
from banksampah.members.service.opening import (
    MemberChanges,
    MemberClosed,
    MemberProfile,
    NumberTaken,
    change_member,
    debt_account,
    next_number,
    open_member,
)

__all__ = [
    "COLUMNS",
    "SESSION_LIFE",
    "MemberChanges",
    "MemberClosed",
    "MemberNotEmpty",
    "MemberProfile",
    "NumberTaken",
    "PinWeak",
    "SameMember",
    "change_member",
    "check_members",
    "close_member",
    "debt_account",
    "end_sessions",
    "find_session",
    "import_members",
    "is_weak_pin",
    "make_pin",
    "merge_members",
    "next_number",
    "open_member",
    "open_session",
    "pin_is_right",
    "set_pin",
    "sign_out",
    "touch_session",
]
