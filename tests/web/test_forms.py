"""Forms read by the API's schemas: nesting, empty rows, hostile text, readings to choose from."""

import re
from importlib import import_module
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError, fields, validate
from werkzeug.datastructures import MultiDict

import banksampah
from banksampah import web
from banksampah.config import Settings
from banksampah.errors import Refused
from banksampah.web.fields import Day, Percent, Quantity, Rupiah, WeightG, WholeNumber, Words
from banksampah.web.forms import blank_form, read_values


class LineIn(Schema):
    BLANK_WITHOUT = ("quantity",)

    material_id = WholeNumber(required=True)
    quantity = Quantity(required=True, least=1)
    price_idr = Rupiah(allow_none=True)


class OrderIn(Schema):
    name = fields.String(required=True, validate=validate.Length(1, 20))
    note = fields.String(allow_none=True)
    sold_on = Day()
    cost_idr = Rupiah()
    gross_g = WeightG()
    share_ppm = Percent()
    paid = fields.Boolean()
    tags = fields.List(fields.String(), validate=validate.Length(max=3))
    lines = fields.List(fields.Nested(LineIn), load_default=list, validate=validate.Length(max=3))


@pytest.fixture(autouse=True)
def request_context():
    """Sentences are chosen by the request's language; no database is needed here."""
    app = Flask("forms")
    app.config.update(SETTINGS=Settings(), SECRET_KEY="x")
    web.i18n.init_app(app, web.babel)
    with app.test_request_context("/"):
        yield


def read(*pairs: tuple[str, str], **values: str):
    return read_values(OrderIn, MultiDict([*values.items(), *pairs]))


def test_a_form_is_read_as_json_would_be():
    form = read(
        ("lines-0-material_id", "3"), ("lines-0-quantity", "2,35"), ("tags", "a"), ("tags", "b"),
        name=" Siti ", sold_on="21/11/2026", cost_idr="12.500", gross_g="1.234,5",
        share_ppm="12,5", paid="true", csrf_token="x", request_id="y",
    )  # fmt: skip
    assert form.ok, form.errors
    assert form.data["lines"] == [{"material_id": 3, "quantity": 2350}]
    assert form.data["tags"] == ["a", "b"]
    assert form.data["name"] == "Siti"
    assert type(form.data["name"]) is str
    assert str(form.data["sold_on"]) == "2026-11-21"
    assert (form.data["cost_idr"], form.data["gross_g"]) == (12_500, 1_234_500)
    assert (form.data["share_ppm"], form.data["paid"]) == (125_000, True)


def test_empty_rows_are_no_rows_and_errors_keep_the_names_of_the_form():
    form = read(
        ("lines-0-material_id", "3"), ("lines-0-quantity", " "),
        ("lines-2-material_id", "4"), ("lines-2-quantity", "0"),
        ("lines-7-material_id", "x"), ("lines-7-quantity", "1"),
        name="Siti",
    )  # fmt: skip
    assert form.errors == {
        "lines-2-quantity": ["Isi angka lebih dari nol."],
        "lines-7-material_id": ["Tulis bilangan bulat, dengan angka saja."],
    }
    assert list(form.rows("lines")) == list(range(8))


def test_a_number_with_two_readings_offers_both_and_the_chosen_one_wins():
    form = read(("lines-0-material_id", "3"), ("lines-0-quantity", "2.350"), name="S")
    assert form.ask == {"lines-0-quantity": [("2,35 kg", "2,35"), ("2.350 kg", "2350")]}
    assert form.error("lines-0-quantity").startswith("2.350 bisa berarti dua hal.")
    chosen = read(
        ("lines-0-quantity", "2,35"), ("lines-0-material_id", "3"),
        ("lines-0-quantity", "2.350"), name="S",
    )  # fmt: skip
    assert chosen.data["lines"][0]["quantity"] == 2350


def test_a_quantity_is_read_by_its_unit():
    sent = MultiDict(
        [("name", "S"), ("lines-0-material_id", "1"), ("lines-0-quantity", "1.200"),
         ("lines-1-material_id", "2"), ("lines-1-quantity", "1,5")]
    )  # fmt: skip
    form = read_values(
        OrderIn, sent, unit_of=lambda row: {"1": "pcs", "2": "litre"}[row["material_id"]]
    )
    assert [line["quantity"] for line in form.data["lines"]] == [1200, 1500]
    halves = MultiDict([("name", "S"), ("lines-0-material_id", "1"), ("lines-0-quantity", "1,5")])
    refused = read_values(OrderIn, halves, unit_of=lambda row: "pcs")
    assert refused.error("lines-0-quantity").startswith("Tulis jumlahnya dengan bilangan bulat")


def test_what_is_empty_is_missing_or_none():
    form = read(name="S", note="", cost_idr="", sold_on="")
    assert form.data == {"name": "S", "note": None, "lines": []}
    assert read(name="  ").errors == {"name": ["Isi bagian ini."]}


def test_what_was_typed_is_kept_and_a_refusal_finds_its_field():
    form = read(name="Siti", cost_idr="5rb")
    assert form.value("cost_idr") == "5rb"
    assert form.value("name") == "Siti"
    form.refuse(Refused("Gudang kosong.", field="lines.0.quantity"))
    form.refuse(Refused("Bulan ditutup."))
    assert form.errors["lines-0-quantity"] == ["Gudang kosong."]
    assert form.general == ["Bulan ditutup."]


def test_unknown_fields_are_named():
    assert read(name="S", bogus="1").errors == {"bogus": ["Isian ini tidak dikenal di sini."]}


class NamedIn(Schema):
    name = Words(required=True, validate=validate.Length(1, 20))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Bu   Warni ", "Bu Warni"),
        ("Bu\tWarni\r\nRT 02", "Bu Warni RT 02"),
        ("\x1b[2JBu Warni\x07", "[2JBu Warni"),
        ("Bu\u00a0Warni\u202einraW", "Bu Warni inraW"),
        ("Ñaña 张伟 אבא", "Ñaña 张伟 אבא"),
    ],
)
def test_a_name_is_one_line_of_what_can_be_seen(typed, kept):
    assert NamedIn().load({"name": typed}) == {"name": kept}
    assert Words().metadata == {}, "what may be empty may be blank"


@pytest.mark.parametrize("typed", ["", "   ", "\t\n", "\x07\x9b", "\u202e\u2069"])
def test_a_name_of_nothing_that_can_be_seen_is_none(typed):
    form = read_values(NamedIn, MultiDict({"name": typed}))
    assert form.error("name"), form.data
    pattern = NamedIn().fields["name"].metadata["pattern"]
    assert not re.search(pattern, typed), "the document says so too"


def test_a_name_is_as_long_as_it_came():
    assert NamedIn().load({"name": " " + "a" * 19}) == {"name": "a" * 19}
    with pytest.raises(ValidationError) as refused:
        NamedIn().load({"name": "\x8c" + "a" * 20})  # what the document says: at most 20
    assert list(refused.value.messages) == ["name"]


def test_every_name_that_comes_in_is_one_line():
    for module in sorted(Path(banksampah.__file__).parent.glob("*/schemas.py")):
        import_module(f"banksampah.{module.parent.name}.schemas")
    takers = [
        (taker.__name__, field)
        for taker in _below(Schema)
        if taker.__module__.startswith("banksampah.") and re.search("(In|Form)$", taker.__name__)
        for name, field in taker().load_fields.items()
        if name in {"name", "buyer_name", "token_name", "purpose", "address"}
    ]
    assert len(takers) > 12
    assert [name for name, field in takers if not isinstance(field, Words)] == []


def _below(schema):
    return {one for child in schema.__subclasses__() for one in (child, *_below(child))}


def test_a_blank_form_shows_what_it_is_given():
    form = blank_form(cost_idr=0, note=None)
    assert form.value("cost_idr") == "0"
    assert form.value("note", "-") == "-"
    assert form.ok


HOSTILE = [
    "9" * 400, "-1", "1e400", "\u0662", "\uff12", "NaN", "\x00", "a\x00b", "\ud7ff", "\u202e1",
    "<script>", "' OR 1=1 --", "{{7*7}}", "%s%n", "../../etc/passwd", "1" * 100_001,
    "\r\nSet-Cookie: a=b", "[]", "{}", "true", "null", "0x10", "1_000", "+5", "\u00bd",
]  # fmt: skip


@pytest.mark.parametrize("name", ["name", "sold_on", "cost_idr", "gross_g", "share_ppm", "paid"])
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_an_error_beside_its_field_or_plain_text(name, text):
    form = read_values(OrderIn, MultiDict([("name", "S"), (name, text)][name == "name" :]))
    if not form.ok:
        assert set(form.errors) == {name}
    assert "\x00" not in form.value(name)


@pytest.mark.parametrize(
    "key",
    ["lines-0-", "lines--quantity", "lines-x-quantity", "lines-999999999999-quantity",
     "lines-\u0662-quantity", "-", "--", "lines", "lines-0", "name-0-x",
     "tags-0-a", "_schema", "\x00", "lines-0-\x00"],
)  # fmt: skip
def test_hostile_names_of_fields_are_refused(key):
    form = read_values(OrderIn, MultiDict([("name", "S"), (key, "1")]))
    assert not form.ok


def test_a_thousand_rows_are_too_many():
    pairs = [(f"lines-{i}-{name}", "1") for i in range(999) for name in ("material_id", "quantity")]
    form = read(*pairs, name="S")
    assert "lines" in form.errors


@given(
    st.lists(
        st.tuples(
            st.text(alphabet="linesname-0123456789quantity_.\x00", max_size=20),
            st.text(max_size=20),
        ),
        max_size=12,
    )
)
def test_no_form_breaks_the_reader(pairs):
    form = read_values(OrderIn, MultiDict(pairs))
    assert isinstance(form.ok, bool)
