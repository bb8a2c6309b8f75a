"""The books of a bank sampah. `create_app` wires the parts together; nothing else lives here."""

from importlib import import_module
from inspect import iscoroutinefunction
from pathlib import Path

from flask import Flask

from banksampah import slow
from banksampah.config import Settings, carried, from_environment, secret_key
from banksampah.db import db, engine_options, normal_url, prepare_engine

FEATURES = (
    "staff", "banks", "members", "catalog", "stock", "splits", "deposits", "withdrawals",
    "sales", "desk", "statements", "exchange", "reports",
)  # fmt: skip


def create_app(settings: Settings | None = None) -> Flask:
    """The WSGI application for *settings* (by default those of the environment)."""
    app = open_books(settings or from_environment())
    web = import_module("banksampah.web")
    web.init_app(app)
    for feature in FEATURES:
        _register(app, web.api, feature)
    return app


def open_books(settings: Settings) -> Flask:
    """The application without its pages: the database, for a command that prints no paper."""
    app = Flask(__name__, template_folder=str(carried("templates")))
    url = normal_url(settings.database_url)
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=secret_key(settings),
        TESTING=settings.testing,
        SQLALCHEMY_ENGINES={"default": engine_options(url)},
    )
    db.init_app(app)
    app.teardown_appcontext_funcs[:] = [
        # nobody opens an async session, and closing none would start a thread for each request
        close
        for close in app.teardown_appcontext_funcs
        if not iscoroutinefunction(close)
    ]
    # nor writes an async view or hook, which Flask would ask each of several times a request
    app.ensure_sync = lambda func: func  # type: ignore[method-assign]
    with app.app_context():
        prepare_engine(db.engine)
        if settings.slow_query_ms:
            slow.watch(db.engine, settings.slow_query_ms)
    return app


def _register(app: Flask, api: object, feature: str) -> None:
    """Mount a feature's pages (`bp`), those outside any bank (`root_bp`) and its API (`blp`)."""
    for name in ("pages", "api"):
        module_name = f"banksampah.{feature}.{name}"
        if not (Path(__file__).parent / feature / f"{name}.py").exists():
            continue
        module = import_module(module_name)
        if hasattr(module, "bp"):
            app.register_blueprint(module.bp, url_prefix="/b/<slug>")
        if hasattr(module, "root_bp"):
            app.register_blueprint(module.root_bp)
        if hasattr(module, "blp"):
            api.register_blueprint(module.blp)  # type: ignore[attr-defined]
