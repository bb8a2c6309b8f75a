"""The desk's own scripts: short files, all of them fetched at once and kept for when there is no signal."""

import hashlib
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from banksampah.banks.models import Bank
from banksampah.desk.island import FILES, LATER, LAZY, MODULES, STATIC

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
    assert kept == {*FILES, *LATER}
    assert MODULES[0] == "desk/desk.js"
    assert {f"desk/{path.name}" for path in SCRIPTS} == {*MODULES, *LAZY, "desk/sw.js"}


def test_code_of_others_is_as_it_was_published() -> None:
    told = (STATIC / "desk" / "vendor" / "README.md").read_text()
    for name in LATER:
        found = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()
        assert re.search(rf"`{Path(name).name}`.*`{found}`", told)
