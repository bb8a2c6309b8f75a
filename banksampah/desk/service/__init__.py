"""The desk's verbs."""

from banksampah.desk.service.deciding import CHOICES, decide
from banksampah.desk.service.devices import (
    hear_from,
    invite_again,
    pair,
    register_device,
    renew_epoch,
    revoke_device,
)
from banksampah.desk.service.intake import Answer, take_in
from banksampah.desk.service.keeping import keep_raw
from banksampah.desk.service.pins import set_desk_pin
from banksampah.desk.service.sessions import Compared, close_session
from banksampah.desk.service.settling import settle_gap

__all__ = [
    "CHOICES",
    "Answer",
    "Compared",
    "close_session",
    "decide",
    "hear_from",
    "invite_again",
    "keep_raw",
    "pair",
    "register_device",
    "renew_epoch",
    "revoke_device",
    "set_desk_pin",
    "settle_gap",
    "take_in",
]
