"""Every setting: its type, its default, its name in the environment (BANKSAMPAH_*).

Secrets have no default: without one, a random key lives as long as the database's own folder.
"""

import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import urlsplit

PREFIX = "BANKSAMPAH_"


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator of the service may set."""

    database_url: str = "sqlite:///var/bank.db"
    """SQLAlchemy URL: sqlite:///FILE or postgresql://USER@HOST/NAME."""
    secret_key: str = ""
    """Signs the form guard. Empty: kept in a file beside the SQLite database, made once."""
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 2
    """Processes. On SQLite they write in turns, and do all else at once."""
    threads: int = 4
    behind_proxy: bool = False
    """True: trust one reverse proxy's X-Forwarded-For/-Proto (and send cookies as Secure)."""
    secure_cookies: bool = False
    metrics_token: str = ""
    """Who brings it may read /metrics; empty: the address does not exist."""
    slow_query_ms: int = 500
    """A statement that takes longer is written to the log, without its parameters; 0: none is."""
    testing: bool = False


DATABASE_FORM = re.compile(
    r"sqlite:///(?!:memory:)[^?]*[^?/]|(?:postgres|postgresql|postgresql\+psycopg)://.*", re.DOTALL
)


def from_environment(environ: Mapping[str, str] | None = None, **given: object) -> Settings:
    """Settings from BANKSAMPAH_* variables; *given* values win.

    Raises ValueError naming the variable when its text cannot be read.
    """
    environ = os.environ if environ is None else environ
    values: dict[str, object] = {}
    for field in fields(Settings):
        text = environ.get(PREFIX + field.name.upper())
        if field.name in given and given[field.name] is not None:
            values[field.name] = given[field.name]
        elif text is not None:
            values[field.name] = _read(field.name, str(field.type), text)
    settings = Settings(**values)  # type: ignore[arg-type]
    _refuse_other_database(settings.database_url)
    return settings


def _refuse_other_database(url: str) -> None:
    """Raise ValueError for what is no address of a database here. It may hold a password."""
    told = f"--database or {PREFIX}DATABASE_URL must be sqlite:///FILE or postgresql://…"
    if not DATABASE_FORM.fullmatch(url):
        raise ValueError(told)
    try:
        _port = urlsplit(url).port
    except ValueError as error:
        raise ValueError(f"{told} with a port that is a number") from error


def _read(name: str, kind: str, text: str) -> object:
    if "bool" in kind:
        if text.lower() in {"1", "true", "yes"}:
            return True
        if text.lower() in {"0", "false", "no", ""}:
            return False
        raise ValueError(f"{PREFIX}{name.upper()} must be 1 or 0, not {text!r}")
    if "int" in kind:
        if not text.isascii() or not text.isdigit():
            raise ValueError(f"{PREFIX}{name.upper()} must be a whole number, not {text!r}")
        return int(text)
    return text


def carried(folder: str) -> Path:
    """Where templates or migrations lie: inside the installed package, or beside it in a clone."""
    package = Path(__file__).resolve().parent
    return package / folder if (package / folder).is_dir() else package.parent / folder


def secret_key(settings: Settings) -> str:
    """The key given, or one made once and kept (readable by its owner only) under var/."""
    if settings.secret_key:
        return settings.secret_key
    path = _key_file(settings)
    if path.exists():
        return path.read_text().strip()
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}-{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(48))
    with suppress(FileExistsError):  # linked whole or not at all: the first of several wins
        os.link(draft, path)
    draft.unlink()
    return path.read_text().strip()


def _key_file(settings: Settings) -> Path:
    if settings.database_url.startswith("sqlite:///"):
        return Path(settings.database_url.removeprefix("sqlite:///")).parent / "secret.key"
    return Path("var/secret.key")
