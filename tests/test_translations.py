"""Every Indonesian sentence of the service has its English, with the same figures in it."""

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
FIGURE = re.compile(r"%\(\w+\)s|\{\w+\}|%%")


@pytest.fixture(scope="module")
def english() -> Catalog:
    with ENGLISH.open("rb") as file:
        return read_po(file, locale="en")


def sentences() -> set[tuple[str | None, str]]:
    """All that is marked for translation in code and templates: its context, if any, and itself."""
    found = [
        (context, message[-1] if isinstance(message, tuple) else str(message))
        for folder in ("banksampah", "templates")
        for _file, _line, message, _comments, context in extract_from_dir(
            ROOT / folder, METHODS, OPTIONS, KEYWORDS
        )
    ]
    return {(context, sentence) for context, sentence in found if sentence}


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
