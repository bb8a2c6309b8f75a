"""Scripts as they are sent: without what only their readers need, and with everything else."""

from pathlib import Path

import banksampah
from banksampah.web.files import lean

SCRIPTS = sorted((Path(banksampah.__file__).parent / "static").glob("desk/*.js"))


def test_comments_go_and_strings_stay() -> None:
    assert lean("/** What it does. */\n  f(); // why: it must\n") == "f();"
    assert lean('  // a whole line\n\n  if (a) { // why\n    b = "x; // y";\n  }') == (
        'if(a){b="x; // y";\n}'
    )
    assert lean('b = c ? "x , \\" ( y" : d - -e;') == 'b=c?"x , \\" ( y":d - -e;'
    assert lean("const S = `a; // ${b}`;") == "const S=`a; // ${b}`;"
    for nested in ("a = `b , ${c ? `d , e` : f}`;", "a = `b ${c({ d }, `e , f`)} , g`;"):
        assert lean(nested) == nested
    assert lean('a = "{" , b;') == 'a = "{" , b;'
    assert lean('a = b.replace(/" , "/, c);') == 'a = b.replace(/" , "/, c);'
    assert lean("f(1,\n  2)\ng([\n3]);\nh();") == "f(1,2)\ng([3]);h();"
    assert lean("f(a, // it's why;\n  b);\n") == "f(a, // it's why;\nb);"
    assert lean('x("http://www.w3.org/2000/svg");') == 'x("http://www.w3.org/2000/svg");'


def test_no_text_goes_over_several_lines() -> None:
    """`lean` looks at one line at a time."""
    for script in SCRIPTS:
        for number, line in enumerate(script.read_text().splitlines(), 1):
            whole = line.strip().startswith(("//", "/*", "* ")) or line.count("`") % 2 == 0
            assert whole, f"{script.name}:{number}"


def test_no_comment_is_sent_by_the_desk() -> None:
    assert SCRIPTS
    for script in SCRIPTS:
        assert " // " not in lean(script.read_text()), script.name
