"""The same journals for download, for whoever of the bank may read it all."""

from collections.abc import Callable, Iterator

from flask import Blueprint, Response, abort, stream_with_context
from sqlalchemy.orm import Session

from banksampah.exchange import beancount, hledger
from banksampah.exchange.book import still
from banksampah.staff.auth import READERS, current_bank, requires

bp = Blueprint("exchange", __name__)

FORMATS: dict[str, Callable[[Session, int], Iterator[str]]] = {
    "hledger": hledger.journal,
    "beancount": beancount.journal,
}


@bp.get("/pembukuan/buku-besar.<kind>")
@requires(*READERS)
def download(kind: str) -> Response:
    """The whole journal as a file, streamed."""
    if kind not in FORMATS:
        abort(404)
    bank = current_bank()
    name = f"{bank.slug}.{kind}"
    return Response(
        stream_with_context(_stream(FORMATS[kind], bank.bank_id)),
        mimetype="text/plain",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _stream(journal: Callable[[Session, int], Iterator[str]], bank_id: int) -> Iterator[str]:
    with still(bank_id) as session:
        yield from journal(session, bank_id)
