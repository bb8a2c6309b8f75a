"""A page in the language its reader chose; an error in the one its caller asked for."""

import re

from tests.test_translations import ROOT

SENTENCE = re.compile(r'_\("((?:[^"\\]|\\.)*)"')


def test_a_lone_per_cent_sign_would_break_a_template():
    """Jinja fills sentences in with `%`, also those without a figure."""
    said = {
        (path.name, sentence)
        for path in (ROOT / "templates").rglob("*.html")
        for sentence in SENTENCE.findall(path.read_text())
    }
    assert [s for s in said if re.search(r"%(?!\(\w+\)s)", s[1].replace("%%", ""))] == []


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
