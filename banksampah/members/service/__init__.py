"""The members' verbs: the only code that writes their tables."""

from banksampah.members.service.access import make_pin, pin_is_right, set_pin
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
    "MemberChanges",
    "MemberClosed",
    "MemberNotEmpty",
    "MemberProfile",
    "NumberTaken",
    "SameMember",
    "change_member",
    "check_members",
    "close_member",
    "debt_account",
    "import_members",
    "make_pin",
    "merge_members",
    "next_number",
    "open_member",
    "pin_is_right",
    "set_pin",
]
