"""The desk's own scripts: short files, all of them fetched at once and kept for when there is no signal."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from banksampah.banks.models import Bank
from banksampah.desk.island import FILES, LAZY, MODULES, STATIC

SCRIPTS = sorted((STATIC / "desk").glob("*.js"))
IMPORT = re.compile(
    r'^import (?:[^"]* from )?"\./([\w-]+\.js)";$|import\("\./([\w-]+\.js)"\)', re.M
)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_can_be_read_at_one_sitting(path: Path) -> None:
    assert len(path.read_text().splitlines()) < 300


def test_the_page_fetches_its_modules_side_by_side_and_keeps_all(
    client: FlaskClient, bank: Bank
) -> None:
    page = client.get(f"/b/{bank.slug}/timbang").text
    worker = client.get(f"/b/{bank.slug}/timbang/sw.js").text
    assert re.findall(r'rel="modulepreload" href="/static/([^"]+)"', page) == list(MODULES)
    kept = set(re.findall(r'"/static/([^"]+)"', worker))
    assert kept == set(FILES)
    on_disk = {f"desk/{path.name}" for path in SCRIPTS} - {"desk/sw.js"}
    assert set(MODULES) | set(LAZY) == on_disk


def test_what_loads_when_first_used_is_imported_so() -> None:
    eager, lazy = set(), set()
    for path in SCRIPTS:
        for now, later in IMPORT.findall(path.read_text()):
            (eager if now else lazy).add(f"desk/{now or later}")
    assert eager | {"desk/desk.js"} == set(MODULES)
    assert lazy == set(LAZY)
