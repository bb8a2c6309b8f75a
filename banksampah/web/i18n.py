"""Languages. Indonesian is the language of the source, so it is never missing.

English is read from `translations/en/LC_MESSAGES/messages.po` once; nothing is compiled.
"""

from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, abort, has_request_context, redirect, request
from flask_babel import Babel, Domain, get_locale, gettext
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response as BaseResponse

from banksampah.web import cookies
from banksampah.web.guards import own_path

ENGLISH = Path(__file__).parent.parent / "translations" / "en" / "LC_MESSAGES" / "messages.po"
LANGUAGES = ("id", "en")
COOKIE = "bahasa"
YEAR_S = 365 * 24 * 3600


class Catalogue(Domain):
    """The messages of the language in use; the source's own when that is Indonesian."""

    def get_translations(self) -> NullTranslations:
        locale = get_locale()
        if locale is None or locale.language != "en":
            return _SOURCE
        return english()


class Catalogues(Babel):
    """Flask-Babel over the one catalogue."""

    domain_instance = Catalogue()


_SOURCE = NullTranslations()


@cache
def english() -> NullTranslations:
    """The English catalogue; the source's sentences when it is missing."""
    if not ENGLISH.exists():
        return _SOURCE
    with ENGLISH.open("rb") as file:
        catalogue = read_po(file, locale="en")
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


def choose_language() -> str:
    """A page follows the reader's choice (a cookie), the API the Accept-Language header."""
    if request.path.startswith("/api/"):
        return request.accept_languages.best_match(LANGUAGES) or "id"
    chosen = cookies.read(COOKIE) or "id"
    return chosen if chosen in LANGUAGES else "id"


def init_app(app: Flask, babel: Babel) -> None:
    """Let *app* speak Indonesian, and English to those who chose it."""
    babel.init_app(
        app,
        default_locale="id",
        default_timezone="Asia/Jakarta",
        default_translation_directories=str(ENGLISH.parent.parent.parent),
        locale_selector=choose_language,
    )
    app.add_url_rule("/bahasa/<language>", "language", remember_language)
    app.context_processor(lambda: {"lang": get_locale().language if request else "id"})


def remember_language(language: str) -> BaseResponse:
    """Show pages in *language* from now on, in this browser."""
    if language not in LANGUAGES:
        abort(404)
    answer = redirect(own_path(request.args.get("next")), 303)
    cookies.give(answer, COOKIE, language, life_s=YEAR_S)
    return answer


remember_language.access = frozenset({"public"})  # type: ignore[attr-defined]


class Sentence(str):
    """A message of marshmallow's: translated when it is filled in, not when it is imported."""

    __slots__ = ()

    def format(self, *args: Any, **values: Any) -> str:
        if "min_op" in values or "max_op" in values:
            return self  # Range words its sentence when it is made; ours is whole already
        text = gettext(str(self)) if has_request_context() else str(self)
        return text.format(*args, **values)


def _(text: str) -> Sentence:
    return Sentence(text)


def teach_marshmallow() -> None:
    """Replace marshmallow's English sentences, in the way its guide gives for a whole program."""
    fields.Field.default_error_messages.update(
        required=_("Isi bagian ini."),
        null=_("Isi bagian ini, jangan dikosongkan."),
        validator_failed=_("Isian ini tidak cocok."),
    )
    fields.String.default_error_messages.update(
        invalid=_("Tulis berupa teks."), invalid_utf8=_("Tulis dengan huruf biasa.")
    )
    fields.UUID.default_error_messages.update(invalid_uuid=_("Tulis berupa UUID."))
    fields.Number.default_error_messages.update(
        invalid=_("Tulis berupa angka."), too_large=_("Angka ini terlalu besar.")
    )
    fields.Integer.default_error_messages.update(invalid=_("Tulis bilangan bulat."))
    fields.Boolean.default_error_messages.update(invalid=_("Pilih ya atau tidak."))
    fields.DateTime.default_error_messages.update(
        invalid=_("Tulis waktu seperti 2026-11-21T09:05:00Z."),
        invalid_awareness=_("Tulis waktu beserta zonanya, seperti 2026-11-21T09:05:00Z."),
    )
    fields.Date.default_error_messages.update(invalid=_("Tulis tanggal seperti 2026-11-21."))
    fields.List.default_error_messages.update(invalid=_("Isi berupa daftar."))
    fields.Nested.default_error_messages.update(type=_("Isi berupa kelompok isian."))
    fields.Mapping.default_error_messages.update(invalid=_("Isi berupa pasangan nama dan nilai."))
    fields.Enum.default_error_messages.update(unknown=_("Pilih salah satu: {choices}."))
    Schema._default_error_messages.update(
        type=_("Isi berupa kelompok isian."), unknown=_("Isian ini tidak dikenal di sini.")
    )
    _teach_validators()


def _teach_validators() -> None:
    validate.Range.message_min = _("Paling sedikit {min}.")
    validate.Range.message_max = _("Paling banyak {max}.")
    validate.Range.message_all = _("Antara {min} dan {max}.")
    validate.Length.message_min = _("Paling sedikit {min} huruf atau baris.")
    validate.Length.message_max = _("Paling banyak {max} huruf atau baris.")
    validate.Length.message_all = _("Antara {min} dan {max} huruf atau baris.")
    validate.Length.message_equal = _("Tepat {equal} huruf atau baris.")
    validate.Regexp.default_message = _("Bentuk isian ini tidak cocok.")
    validate.OneOf.default_message = _("Pilih salah satu: {choices}.")
    validate.Equal.default_message = _("Harus sama dengan {other}.")
    validate.ContainsOnly.default_message = _("Pilih dari: {choices}.")


teach_marshmallow()
