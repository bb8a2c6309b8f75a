"""Scripts as they are sent: without what only their readers need, and with everything else."""

import re
from pathlib import Path

import pytest
import rjsmin

import banksampah

STATIC = Path(banksampah.__file__).parent / "static"
SCRIPTS = [*sorted(STATIC.glob("desk/*.js")), STATIC / "inti.js"]
NESTED = re.compile(r"\$\{(?:[^{}`]|\{[^{}]*\})*`")
TEXT = re.compile(r""""(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`""")
each_script = pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)


@each_script
def test_no_text_lies_within_a_text(script: Path) -> None:
    """rJSmin would read the inner one as code, and take the spaces that a household sees."""
    assert not NESTED.findall(script.read_text())


def test_a_text_within_a_text_is_found() -> None:
    for text in ("`a ${b ? `c` : d}`", "`a ${f({ b }, `c`)} d`"):
        assert NESTED.search(text), text
        assert NESTED.search(text.replace("`c`", '"c"')) is None


@each_script
def test_what_stands_in_quotes_is_sent_as_it_stands(script: Path) -> None:
    source = script.read_text()
    sent = rjsmin.jsmin(source)
    code = [line for line in source.splitlines() if not line.strip().startswith(("//", "/*", "*"))]
    for line in code:
        for text in TEXT.findall(line.partition(" // ")[0]):
            assert text in sent, (line, text)
    assert " // " not in sent
    assert "\n " not in sent
