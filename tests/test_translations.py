"""Every Indonesian sentence of the service has its English, with the same figures in it."""

import ast
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import banksampah

ROOT = Path(banksampah.__file__).parent.parent
ENGLISH = Path(banksampah.__file__).parent / "translations" / "en" / "LC_MESSAGES" / "messages.po"
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
OPTIONS = {"**.html": {"newstyle_gettext": "true", "silent": "false"}}
KEYWORDS = {"_": None, "_n": None, "gettext": None, "pgettext": ((1, "c"), 2)}
COMMAND_ERRORS = {
    "ClickException",
    "UsageError",
    "BadParameter",
    "SchemaRefused",
    "BackupRefused",
}  # the command speaks English
FIGURE = re.compile(r"%\(\w+\)s|\{\w+\}|%%")


@pytest.fixture(scope="module")
def english() -> Catalog:
    with ENGLISH.open("rb") as file:
        return read_po(file, locale="en")


def sentences() -> set[tuple[str | None, str]]:
    """All that is marked for translation in code and templates: its context, if any, and itself.

    Refusals of the books are shown on pages and by the API too; they are told unmarked, since the
    trade knows no languages, and translated where they are shown.
    """
    found = [
        (context, message[-1] if isinstance(message, tuple) else str(message))
        for folder in ("banksampah", "templates")
        for _file, _line, message, _comments, context in extract_from_dir(
            ROOT / folder, METHODS, OPTIONS, KEYWORDS
        )
    ]
    marked = {(context, sentence) for context, sentence in found if sentence}
    return marked | {(None, sentence) for sentence in refusals()}


def refusals() -> set[str]:
    """Whole sentences given to an error when it is made."""
    return {
        sentence
        for path in (ROOT / "banksampah").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and (sentence := refusal_in(node))
    }


def refusal_in(call: ast.Call) -> str:
    """The sentence of `Refused("…")` or `super().__init__("…")`, or nothing."""
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    first = call.args[0] if call.args else None
    if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
        return ""
    is_error = (name == "__init__" or name[:1].isupper()) and name not in COMMAND_ERRORS
    is_sentence = " " in first.value and first.value.endswith((".", "?"))
    return first.value if is_error and is_sentence else ""


def translated(english: Catalog) -> set[tuple[str | None, str]]:
    """What has an English sentence."""
    return {(m.context, str(m.id)) for m in english if m.id and m.string}


def test_every_sentence_has_its_english(english: Catalog) -> None:
    missing = sorted(f"{context or ''} {s}" for context, s in sentences() - translated(english))
    assert not missing, "add to messages.po:\n" + "\n".join(missing)


def test_no_english_without_its_sentence(english: Catalog) -> None:
    assert not translated(english) - sentences()


def test_english_names_the_same_figures(english: Catalog) -> None:
    for message in english:
        if message.id and message.string:
            assert set(FIGURE.findall(str(message.string))) == set(
                FIGURE.findall(str(message.id))
            ), message.id
