"""The JSON API of a bank: profile and settings."""

from typing import Any

from flask_smorest import Blueprint

from banksampah.banks import service
from banksampah.banks.models import Bank
from banksampah.banks.queries import settings_in_force
from banksampah.banks.schemas import BankOut, ProfileIn, SettingsIn, SettingsOut
from banksampah.db import db, transaction
from banksampah.staff.auth import ALL_ROLES, CHAIR, act, current_bank, requires

blp = Blueprint("banks_api", __name__, url_prefix="/api/v1/banks/<int:bank_id>")


@blp.get("")
@requires(*ALL_ROLES)
@blp.response(200, BankOut)
def show() -> Bank:
    """The bank's profile."""
    return current_bank()


@blp.patch("")
@requires(CHAIR)
@blp.arguments(ProfileIn)
@blp.response(200, BankOut)
def change(profile: dict[str, str]) -> Bank:
    """Change parts of the profile."""
    with transaction(current_bank().bank_id) as session:
        return service.change_profile(session, act(), **profile)


@blp.get("/settings")
@requires(*ALL_ROLES)
@blp.response(200, SettingsOut)
def settings() -> dict[str, Any]:
    """Every setting in force, with the entry that made it."""
    return _settings()


@blp.patch("/settings")
@requires(CHAIR)
@blp.arguments(SettingsIn)
@blp.response(200, SettingsOut)
def make_settings(values: dict[str, Any]) -> dict[str, Any]:
    """Make settings; each that differs becomes an entry and holds from then on."""
    with transaction(current_bank().bank_id) as session:
        service.make_settings(session, act(), values)
    return _settings()


def _settings() -> dict[str, Any]:
    in_force = settings_in_force(db.session, current_bank().bank_id)
    return {"items": [{"name": n, "value": s.value, "seq": s.seq} for n, s in in_force.items()]}
