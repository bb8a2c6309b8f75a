"""Scripts as they are sent: without what only their readers need, and with everything else."""

import re
from pathlib import Path

import minify
import pytest

import banksampah
from banksampah.web.files import lean

STATIC = Path(banksampah.__file__).parent / "static"
SCRIPTS = [*sorted(STATIC.glob("desk/*.js")), STATIC / "inti.js"]
TEXT = re.compile(r""""(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`""")
FIGURE = re.compile(r"\$\{[^}]*\}+")
each_script = pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)


@each_script
def test_what_stands_in_quotes_is_sent_as_it_stands(script: Path) -> None:
    """Its quotes may be others, and a figure within it has a shorter name."""
    source = script.read_text()
    sent = lean(source)
    code = [line for line in source.splitlines() if not line.strip().startswith(("//", "/*", "*"))]
    texts = [text for line in code for text in TEXT.findall(line.partition(" // ")[0])]
    assert texts
    for text in texts:
        for part in FIGURE.split(text[1:-1].replace("\\n", "\n")):
            assert part in sent.replace("\\n", "\n"), text
    assert "/**" not in sent
    assert "// " not in sent
    assert len(sent) < 0.9 * len(source)


def test_what_others_call_keeps_its_name() -> None:
    sent = lean("export function told(amount) { const rest = amount % 7; return rest + rest; }")
    assert sent.startswith("export function told(")
    assert "amount" not in sent
    assert lean("const a = `b ${c ? `d · e` : f} g`;").count("d · e") == 1


def test_nothing_newer_is_written_than_the_source_has() -> None:
    assert "hasOwn(" not in lean("Object.prototype.hasOwnProperty.call(a, b);")


def test_what_is_no_script_is_refused() -> None:
    with pytest.raises(minify.MinifyError):
        lean("let a = ;")


@each_script
def test_no_line_is_put_before_another(script: Path) -> None:
    """What takes something apart comes after what makes it, and after what was awaited first."""
    sent = lean("const b = await a();\nconst { c } = d({ e: b });\nuse(b, c);")
    assert sent.index("await") < sent.index("{c") < sent.index("use")
    assert "debugger" not in lean(script.read_text())
    assert not re.search(r"\b(?:const|let) \w[^\n]*, [{[][^=\n]*[\]}] = ", script.read_text())
