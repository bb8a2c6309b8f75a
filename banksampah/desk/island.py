"""What the phone's page fetches. Its shell and scripts hold no personal data and may be cached;
everything else names who is asking and which phone, and is never cached.
"""

import hashlib
import json
import logging
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import rjsmin
from flask import Blueprint, abort, jsonify, render_template, request, url_for
from flask_wtf.csrf import generate_csrf
from marshmallow import Schema, ValidationError
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

import banksampah
from banksampah import clock
from banksampah.config import carried
from banksampah.db import db, transaction
from banksampah.desk import eras, service
from banksampah.desk.auth import act_of, device_in_hand, on_phone
from banksampah.desk.counts import Counted
from banksampah.desk.news import news
from banksampah.desk.records import told_in
from banksampah.desk.schemas import BatchIn, CloseIn, HelloIn
from banksampah.desk.snapshot import snapshot
from banksampah.desk.wording import words
from banksampah.errors import DomainError
from banksampah.ledger import Act, BooksError
from banksampah.members.gate import enter_bank
from banksampah.staff.auth import current_bank, current_staff, public
from banksampah.web import logs
from banksampah.web.fields import Typed
from banksampah.web.files import squeeze
from banksampah.web.guards import allow_desk

bp = Blueprint("timbang", __name__)
log = logging.getLogger(__name__)

STATIC = Path(banksampah.__file__).parent / "static"
IMPORT = re.compile(r'^import .*"\./([\w-]+\.js)";$', re.MULTILINE)


def _reached(name: str, known: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The module *name* and all that it imports before it runs."""
    if name in known:
        return known
    known = (*known, name)
    for other in IMPORT.findall((STATIC / "desk" / name).read_text()):
        known = _reached(other, known)
    return known


MODULES = tuple(f"desk/{name}" for name in _reached("desk.js"))
"""Modules the first screen needs: fetched side by side, not one after the other."""
LAZY = tuple(
    name
    for path in sorted((STATIC / "desk").glob("*.js"))
    if (name := f"desk/{path.name}") not in {*MODULES, "desk/sw.js"}
)
"""Modules that others `import()` when they are first used."""
FILES = ("bank.css", "desk/slip.css", "icons.svg", "mark.svg", *MODULES, *LAZY)
"""What the desk is made of, beside its page: all of it is there without a signal."""

LATER = ("desk/vendor/jsQR.js",)
"""Reads a card where the browser cannot by itself; a phone keeps it once it was fetched."""

BUILD_CHARS = 7
MARKER = {"service": "bank-sampah"}
"""Only an answer that carries it counts: a captive portal's page does not."""


@bp.get("/timbang")
@public
def shell(slug: str) -> Response:
    """The weighing desk's page: the same for everybody, so that a phone may keep it."""
    bank = enter_bank(slug)
    allow_desk("timbang")
    page = render_template(
        "desk/shell.html", desk_bank=bank, words=words(), modules=MODULES, app=app_now(slug)
    )
    return _kept(Response(page, mimetype="text/html"))


@bp.get("/timbang/sw.js")
@public
def worker(slug: str) -> Response:
    """The service worker, allowed to serve this desk and nothing else."""
    enter_bank(slug)
    home = url_for("desk.timbang.shell", slug=slug)
    answer = Response(rjsmin.jsmin(_worker_of(home)), mimetype="text/javascript")
    answer.headers["Service-Worker-Allowed"] = home
    return _kept(answer)


def _worker_of(home: str) -> str:
    files, later = (
        json.dumps([url_for("static", filename=name) for name in names]) for names in (FILES, LATER)
    )
    filled = {
        "__SHELL__": home,
        "__FILES__": files,
        "__LATER__": later,
        "__VERSION__": _build(home),
    }
    text = (STATIC / "desk" / "sw.js").read_text()
    for name, value in filled.items():
        text = text.replace(name, value)
    return text


@bp.get("/timbang/manifest.webmanifest")
@public
def manifest(slug: str) -> Response:
    """Makes the desk installable: a name, a mark, a start."""
    bank = enter_bank(slug)
    home = url_for("desk.timbang.shell", slug=slug)
    answer = jsonify(
        id=home, start_url=home, scope=home, name=f"Timbang – {bank.name}", short_name="Timbang",
        display="standalone", orientation="portrait", lang="id",
        background_color="#faf7f0", theme_color="#0b5d3b",
        icons=[
            {"src": url_for("static", filename="mark.svg"), "sizes": "any", "type": "image/svg+xml"}
        ],
    )  # fmt: skip
    answer.mimetype = "application/manifest+json"
    return _kept(answer)


@bp.get("/timbang/kabar")
@on_phone
def hello() -> Response:
    """The news of a phone, and the token by which it tells what the books do not know of it yet.
    Any link may lead here: it changes nothing."""
    told = _read(HelloIn, {name: Typed(value) for name, value in request.args.items()})
    return _greeted(db.session, act_of("timbang/kabar"), told)


@bp.post("/timbang/kabar")
@on_phone
def hear() -> Response:
    """Keep what a phone tells of itself, and give it the news."""
    told = _read(HelloIn, _body())
    asked = act_of("timbang/kabar")
    with transaction(asked.bank_id) as session:
        service.hear_all(session, asked, device_in_hand(session), told)
        return _greeted(session, asked, told)


def _greeted(session: Session, asked: Act, told: dict[str, Any]) -> Response:
    person = current_staff()
    return _answer(
        now=asked.at.isoformat(),
        csrf=generate_csrf(),
        person={"id": person.user_id, "name": person.name},
        **news(session, asked, device_in_hand(session), told),
    )


@bp.get("/timbang/bekal")
@on_phone
def provisions() -> Response:
    """What weighing needs; 304 when the phone has it already."""
    bank, device = current_bank(), device_in_hand(db.session)
    if device.revoked_at is not None:
        abort(404)
    today = clock.day_in(bank.zone, clock.now_utc())
    made = snapshot(db.session, bank, device, today)
    answer = jsonify(made)
    answer.set_etag(made["version"], weak=True)
    return squeeze(answer.make_conditional(request))


@bp.post("/timbang/kirim")
@on_phone
def receive() -> Response:
    """Take in up to twenty records: keep them as they came, then book each once."""
    batch = _read(BatchIn, _body())
    asked, raws = act_of("timbang/kirim"), batch["records"]
    with transaction(asked.bank_id, asked.key) as session:
        kept = service.keep_raw(session, asked, device_in_hand(session), service.by_number(raws))
    answers = list(take_each(raws, kept, _take_one))
    unsent_count = max(0, batch["unsent"] - len(answers))
    with transaction(asked.bank_id, asked.key) as session:
        service.hear_from(session, asked, device_in_hand(session), unsent_count)
        told = [answer._asdict() for answer in answers]
        return _answer(era=eras.mark(session, asked.bank_id), answers=told)


def take_each(
    raws: Iterable[dict[str, Any]],
    kept: dict[str, int],
    take_one: Callable[[dict[str, Any], int], service.Answer],
) -> Iterator[service.Answer]:
    """The answer to each record that was kept, in the order of their numbers.

    One that the books do not take, by a fault, has none: who sent it keeps it, and what was weighed
    after it does not wait.
    """
    for raw in service.by_number(raws):
        if str(raw.get("id")) in kept:
            try:
                yield take_one(raw, kept[raw["id"]])
            except (BooksError, DomainError):
                log.exception("fault %s: a record of a phone was not taken in", logs.request_id())


def _take_one(raw: dict[str, Any], raw_id: int) -> service.Answer:
    asked = act_of(raw["id"])
    with transaction(asked.bank_id, asked.key) as session:
        return service.take_in(session, asked, device_in_hand(session), raw, raw_id)


@bp.post("/timbang/epok")
@on_phone
def new_epoch() -> Response:
    """The phone numbers in no epoch, or in another one than the books know: where it goes on."""
    told = _read(HelloIn, _body())
    asked = act_of("timbang/epok")
    with transaction(asked.bank_id, asked.key) as session:
        device = device_in_hand(session)
        own = service.own_numbers(device, told)
        return _answer(epoch=service.renew_epoch(session, asked, device, own["epoch"]))


@bp.post("/timbang/tutup")
@on_phone
def close() -> Response:
    """The phone's totals of a session against the books'; and its end, where the phone says so."""
    told = _read(CloseIn, _body())
    phone = Counted(told["deposits_count"], told["weight_g"], told["value_idr"])
    asked = act_of(f"timbang/tutup/{told['code']}/{'-'.join(map(str, phone))}")
    with transaction(asked.bank_id, asked.key) as session:
        device = device_in_hand(session)
        count = service.close_session if told["ends"] else service.compare
        compared = count(session, asked, device, code=told["code"], phone=phone, last=told["last"])
    return _answer(
        agrees=compared.agrees,
        phone=compared.phone._asdict(),
        books=compared.books._asdict(),
        missing=compared.missing,
        missing_before=compared.missing_before,
        rows=compared.rows,
    )


def app_now(slug: str) -> str:
    """Version and build of the desk that a phone of this bank gets today: "0.1.0-3f2a91c"."""
    build = _build(url_for("desk.timbang.shell", slug=slug))
    return f"{version('banksampah')}-{build[:BUILD_CHARS]}"


@cache
def _build(home: str) -> str:
    """Names this version of the desk: other bytes, other name."""
    parts = [(STATIC / name).read_bytes() for name in (*FILES, *LATER, "desk/sw.js")]
    shell = (carried("templates") / "desk" / "shell.html").read_bytes()
    return hashlib.sha256(b"".join([*parts, shell, home.encode()])).hexdigest()[:12]


def _body() -> Any:
    """What was sent as JSON; nothing where it is none."""
    try:
        return told_in(request.get_data().decode()) if request.is_json else None
    except ValueError:
        return None


def _read(schema: type[Schema], sent: Any) -> dict[str, Any]:
    try:
        return dict(schema().load(sent))
    except (ValidationError, TypeError):
        abort(400)


def _answer(**members: Any) -> Response:
    return jsonify(MARKER | members)


def _kept(answer: Response) -> Response:
    """May be kept by the browser, and is asked for again each time: unchanged costs 304."""
    answer.headers["Cache-Control"] = "no-cache"
    answer.add_etag(weak=True)
    return squeeze(answer.make_conditional(request))
