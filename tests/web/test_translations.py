"""Every sentence has its English, with the same figures in it; none is left over."""

import ast
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from banksampah.web.i18n import ENGLISH

ROOT = Path(__file__).parent.parent.parent
CALLS = {"_", "_n", "gettext"}
FIGURES = re.compile(r"%\(\w+\)s|%%|\{\w+\}")


def of_templates() -> set[str]:
    """What templates say in `_()`."""
    return {
        message
        for _file, _line, message, _notes, _context in extract_from_dir(
            ROOT / "templates",
            method_map=[("**.html", "jinja2")],
            keywords={"_": None, "gettext": None},
            options_map={"**.html": {"newstyle_gettext": "true"}},
        )
    }


def sentences() -> set[str]:
    """What templates and code say: in `_()`, and as whole sentences of refusals."""
    found = of_templates()
    for path in (ROOT / "banksampah").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args:
                found |= _said_in(node)
    return found


def _said_in(call: ast.Call) -> set[str]:
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    first = call.args[0]
    if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
        return set()
    is_refusal = (name == "__init__" or name[:1].isupper()) and " " in first.value
    is_sentence = first.value.endswith((".", "?"))
    return {first.value} if name in CALLS or (is_refusal and is_sentence) else set()


@pytest.fixture(scope="module")
def english() -> dict[str, str]:
    """The catalogue: Indonesian -> English."""
    with ENGLISH.open("rb") as file:
        return {message.id: message.string for message in read_po(file, locale="en") if message.id}


def test_every_sentence_has_its_english(english):
    assert sorted(sentences() - set(english)) == []


def test_nothing_is_translated_that_nobody_says(english):
    assert sorted(set(english) - sentences()) == []


def test_figures_are_the_same_in_both(english):
    wrong = [
        source
        for source, target in english.items()
        if sorted(FIGURES.findall(source)) != sorted(FIGURES.findall(target)) or not target
    ]
    assert wrong == []


def test_a_lone_per_cent_sign_would_break_a_template():
    assert [s for s in of_templates() if re.search(r"%(?!\(\w+\)s|%)", s.replace("%%", ""))] == []


def test_a_page_speaks_english_to_those_who_chose_it(client, bank):
    assert "Kata sandi" in client.get("/masuk").text
    chosen = client.get("/bahasa/en?next=/masuk")
    assert (chosen.status_code, chosen.location) == (303, "/masuk")
    page = client.get("/masuk").text
    assert '<html lang="en">' in page
    assert "Password" in page
    assert "Kata sandi" not in page
    client.get("/bahasa/id")
    assert "Kata sandi" in client.get("/masuk").text


def test_other_languages_and_other_sites_are_refused(client):
    assert client.get("/bahasa/fr").status_code == 404
    assert client.get("/bahasa/en?next=https://jahat.example/").location == "/"
