"""A card of "Perlu dilihat" as a browser sends it: with every field that stands on it."""

from html.parser import HTMLParser
from typing import Any

from werkzeug.test import TestResponse

from tests.people import Browser


class _Form(HTMLParser):
    """The fields of the form whose address ends in *path*."""

    def __init__(self, path: str):
        super().__init__()
        self.path, self.is_inside, self.fields = path, False, dict[str, str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.is_inside = told.get("action", "").endswith(self.path)
        elif tag == "input" and self.is_inside and "name" in told:
            self.fields[told["name"]] = told.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        self.is_inside = self.is_inside and tag != "form"


def press(treasurer: Browser, path: str, decision: str, **typed: Any) -> TestResponse:
    """Press a button of the card at *path*, with what was typed and the fields left empty."""
    form = _Form(path)
    form.feed(treasurer.get("/perlu-dilihat").text)
    ours = {"csrf_token", "request_id"}
    fields = {name: value for name, value in form.fields.items() if name not in ours}
    return treasurer.post(path, {**fields, "decision": decision, **typed})
