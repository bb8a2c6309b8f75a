"""Every template compiles and keeps the rules of the house: no script or style inside a page,
words of the trade, and front-end files that stay small.
"""

import ast
import gzip
import re
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import nodes

import banksampah
from banksampah import create_app
from banksampah.config import Settings

PACKAGE = Path(banksampah.__file__).parent
TEMPLATES = PACKAGE.parent / "templates"
STATIC = PACKAGE / "static"
VIEWS = sorted(str(p.relative_to(TEMPLATES)) for p in TEMPLATES.rglob("*.html"))
PAGES = [view for view in VIEWS if not view.startswith("pdf/")]  # paper has its own rules
BANNED = (
    "server", "sinkronisasi", "sinkronkan", "cache", "offline", "submit", "login", "error",
    "token", "database", "mohon", "maaf", "silakan", "silahkan", "tidak valid",
)  # fmt: skip
SENTENCE = re.compile(r"""_\(\s*(?:"([^"]*)"|'([^']*)')""")
COMMENT = re.compile(r"\{#.*?#\}", re.S)


def markup(view: str) -> str:
    """The template without its comments."""
    return COMMENT.sub("", (TEMPLATES / view).read_text())


@pytest.fixture(scope="module")
def pages_of(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """An application to compile with; no page of it is asked for."""
    file = tmp_path_factory.mktemp("pages") / "bank.db"
    return create_app(Settings(database_url=f"sqlite:///{file}", secret_key="k" * 32, testing=True))


@pytest.mark.parametrize("view", PAGES)
def test_page_compiles(pages_of: Flask, view: str) -> None:
    pages_of.jinja_env.get_template(view)


@pytest.mark.parametrize("view", PAGES)
def test_what_is_imported_speaks_only_when_called(pages_of: Flask, view: str) -> None:
    """Jinja keeps an imported template for the life of the process: a sentence that it sets outside
    of a macro stays in the language of whoever asked first."""
    asked = (nodes.Import, nodes.FromImport)
    for one in pages_of.jinja_env.parse((TEMPLATES / view).read_text()).find_all(asked):
        imported = TEMPLATES / str(getattr(one.template, "value", ""))
        set_once = pages_of.jinja_env.parse(imported.read_text()).iter_child_nodes()
        spoken = [
            call.lineno
            for statement in set_once
            if not isinstance(statement, nodes.Macro)
            for call in statement.find_all(nodes.Call)
            if getattr(call.node, "name", "") == "_"
        ]
        assert spoken == [], imported.name


def rendered_in(file: Path) -> set[str]:
    """Names of templates that *file* passes to any function."""
    calls = [n for n in ast.walk(ast.parse(file.read_text())) if isinstance(n, ast.Call)]
    given = {a.value for c in calls for a in c.args if isinstance(a, ast.Constant)}
    return {name for name in given if isinstance(name, str) and name.endswith(".html")}


def test_every_rendered_name_exists() -> None:
    for file in PACKAGE.rglob("*.py"):
        missing = {name for name in rendered_in(file) if not {name, f"pdf/{name}"} & set(VIEWS)}
        assert not missing, file


@pytest.mark.parametrize("view", PAGES)
def test_page_works_under_the_strict_policy(view: str) -> None:
    text = markup(view)
    assert not re.search(r"\sstyle\s*=", text), "colours and sizes belong in bank.css"
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text), "behaviour belongs in inti.js"
    assert "<style" not in text
    assert not re.search(r"<script(?![^>]*\ssrc=)", text), "scripts are files"


@pytest.mark.parametrize("view", PAGES)
def test_page_speaks_the_words_of_the_trade(view: str) -> None:
    for found in SENTENCE.findall(markup(view)):
        words = (found[0] or found[1]).lower()
        for banned in BANNED:
            assert not re.search(rf"\b{banned}\b", words), f"{banned!r} in {words!r}"


@pytest.mark.parametrize("view", PAGES)
def test_every_sent_form_carries_its_guard(view: str) -> None:
    forms = re.findall(r"<form\b[^>]*method=\"post\".*?</form>", markup(view), re.S | re.I)
    for form in forms:
        assert re.search(r"(?:m\.)?(?:keys|csrf)\(|csrf_token\(\)", form), form[:120]


def test_every_drawing_exists() -> None:
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons.svg").read_text()))
    call = re.compile(r"""(?:\bicon\(\s*|\bicon=|"icon":\s*)["']([\w-]+)["']""")
    for view in PAGES:
        assert set(call.findall(markup(view))) <= drawn, view


@pytest.mark.parametrize(("name", "bytes_max"), [("bank.css", 12_000), ("inti.js", 3_000)])
def test_front_end_files_stay_small(name: str, bytes_max: int) -> None:
    assert len(gzip.compress((STATIC / name).read_bytes(), 9)) <= bytes_max
