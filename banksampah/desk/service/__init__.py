"""The desk's verbs."""

from banksampah.desk.service.deciding import CHOICES, decide
from banksampah.desk.service.devices import (
    begin_epoch,
    hear_from,
    invite_again,
    pair,
    register_device,
    revoke_device,
)
from banksampah.desk.service.intake import Answer, take_in
from banksampah.desk.service.keeping import keep_raw
from banksampah.desk.service.pins import set_desk_pin
from banksampah.desk.service.sessions import Compared, close_session

__all__ = [
    "CHOICES",
    "Answer",
    "Compared",
    "begin_epoch",
    "close_session",
    "decide",
    "hear_from",
    "invite_again",
    "keep_raw",
    "pair",
    "register_device",
    "revoke_device",
    "set_desk_pin",
    "take_in",
]
