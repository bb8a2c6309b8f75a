"""HTTP plumbing with no business words: `init_app` puts it around the application.

`api` is the one flask-smorest Api: features' API blueprints are registered with it.
"""

from flask import Flask
from flask_babel import Babel
from flask_wtf.csrf import CSRFProtect

from banksampah.config import Settings
from banksampah.web import (
    errors,
    files,
    filters,
    forms,
    guards,
    health,
    i18n,
    logs,
    metrics,
    storage,
)  # fmt: skip
from banksampah.web.openapi import Api

BODY_BYTES_MAX = 2 * 1024 * 1024  # an XLSX price list of 5,000 lines is 0.2 MB
FORM_PARTS_MAX = 2_000

csrf = CSRFProtect()
api = Api(csrf)
babel: Babel = i18n.Catalogues()


def init_app(app: Flask) -> None:
    """Guard *app*: sizes, headers, form guard, languages, one shape of error; and open the API."""
    settings: Settings = app.config["SETTINGS"]
    secure = settings.secure_cookies or settings.behind_proxy
    app.config.update(
        MAX_CONTENT_LENGTH=BODY_BYTES_MAX,
        MAX_FORM_MEMORY_SIZE=BODY_BYTES_MAX,
        MAX_FORM_PARTS=FORM_PARTS_MAX,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure,
        # holds the form guard, and who owes a code; who is signed in is elsewhere
        SESSION_COOKIE_NAME="__Host-formulir" if secure else "formulir",
        WTF_CSRF_TIME_LIMIT=None,  # a weighing desk stays open all morning
        API_TITLE="Bank sampah",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api/v1",
    )
    logs.init_app(app)
    guards.init_app(app, behind_proxy=settings.behind_proxy)
    files.init_app(app)
    csrf.init_app(app)
    i18n.init_app(app, babel)
    filters.init_app(app)
    forms.init_app(app)
    errors.init_app(app)
    storage.init_app(app)
    health.init_app(app)
    metrics.init_app(app)
    api.init_app(app)
