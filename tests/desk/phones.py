"""A phone of a test: paired, with records made as its page makes them."""

import io
import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from banksampah import ledger
from banksampah.db import db, transaction, use_bank
from banksampah.desk import service
from banksampah.desk.auth import cookie_name
from banksampah.desk.models import Device
from banksampah.desk.queries import find_device
from banksampah.money import value_idr
from banksampah.staff.secrets import key_hash
from tests.people import Browser, begin_anew

NOW = datetime(2026, 11, 21, 1, 41, 7, tzinfo=UTC)
IN_USE = timedelta(days=400)
"""So long the bank has had the phone: what it weighed before its registration cannot be."""
UNITS = {"kg": "G", "pcs": "PCS", "litre": "ML"}


def uuid7(n: int = 0) -> str:
    """A random UUID of version 7."""
    raw = uuid.uuid4().hex
    return str(uuid.UUID(f"0193{n:08x}7{raw[13:16]}{'89ab'[int(raw[16], 16) % 4]}{raw[17:]}"))


def saved(app: Flask, bank: Any, member: Any) -> int:
    """What the household has in its passbook."""
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        account_id = member.savings_account_id
        return ledger.balance(db.session, bank.bank_id, account_id).posted


def hand_in_file(treasurer: Browser, *records: dict[str, Any], **other: Any) -> TestResponse:
    """The treasurer hands in a file of such records, as a phone makes it."""
    told = {"service": "bank-sampah", "bank": treasurer.bank.slug, "records": records} | other
    file = (io.BytesIO(json.dumps(told).encode()), "setoran-HP01-2026-11-21.json")
    return treasurer.post("/perangkat/berkas", {"file": file})


class Phone:
    """A browser that the treasurer's code made a phone of the bank."""

    def __init__(self, browser: Browser, act: Any):
        self.browser, self.number = browser, 0
        with browser.app.app_context(), transaction(browser.bank.bank_id) as session:
            device, _code = service.register_device(session, replace(act(), at=NOW - IN_USE))
            code = service.invite_again(session, act(), device)
            before = self._paired_before(session)
            device, key = service.pair(session, act(), code, before)
            self.device_id, self.name, self.epoch = device.id, device.name, device.epoch
        browser.client.set_cookie(cookie_name(browser.bank.bank_id), key, path="/b/")

    def _paired_before(self, session: Session) -> Device | None:
        """The phone that the browser was until now."""
        bank_id = self.browser.bank.bank_id
        cookie = self.browser.client.get_cookie(cookie_name(bank_id), path="/b/")
        return find_device(session, bank_id, key_hash(cookie.value)) if cookie else None

    def record(
        self, member: Any, *pairs: tuple[Any, int, int | None], **other: Any
    ) -> dict[str, Any]:
        """A deposit of (material, quantity, price told) lines, numbered by the phone."""
        self.number += 1
        lines = [
            {
                "material_id": material.id,
                "quantity": quantity,
                "price_idr": price,
                "value_idr": 0
                if price is None
                else value_idr(quantity, price, UNITS[material.unit]),
            }
            for material, quantity, price in pairs
        ]
        known = member if isinstance(member, dict) else {"id": member.id, "number": member.number}
        return {
            "id": uuid7(self.number),
            "device": self.name,
            "epoch": self.epoch,
            "number": self.number,
            "session": f"S-2026-11-21-{self.name}-A",
            "member": known,
            "operator_id": self.browser.user.user_id,
            "weighed_at": (NOW + timedelta(hours=7)).replace(tzinfo=None).isoformat() + "+07:00",
            "clock_offset_s": 0,
            "lines": lines,
            "total_idr": sum(line["value_idr"] for line in lines),
            **other,
        }

    def hello(self, **told: Any) -> TestResponse:
        """Tell the books what the phone tells them of itself, and hear the news."""
        return self.post("/timbang/kabar", told)

    def send(self, *records: dict[str, Any], unsent: int = 0) -> dict[str, Any]:
        """Send them and return the answers by record."""
        answer = self.post("/timbang/kirim", {"records": list(records), "unsent": unsent})
        assert answer.status_code == 200, answer.text
        assert answer.json["service"] == "bank-sampah"
        return {told["id"]: told for told in answer.json["answers"]}

    def post(self, path: str, body: dict[str, Any]) -> TestResponse:
        begin_anew()
        return self.browser.client.post(
            self.browser.path(path),
            data=json.dumps(body),
            content_type="application/json",
            headers={"X-CSRFToken": self.browser.csrf_token},
        )
