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
BOUNDS = {
    "port": (1, 65_535),
    "workers": (1, 64),
    "threads": (1, 1_000),
    "slow_query_ms": (0, 86_400_000),
}
"""The least and the most of each number that may be set."""


class SettingWrong(ValueError):
    """A setting that cannot be used; the sentence names it, and says what it may be."""


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


WHOLE_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)


def from_environment(environ: Mapping[str, str] | None = None, **given: object) -> Settings:
    """Settings from BANKSAMPAH_* variables; *given* values win.

    Raises SettingWrong naming the variable when its text cannot be read.
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
    """Raise SettingWrong for what is no address of a database here. It may hold a password."""
    told = f"--database or {PREFIX}DATABASE_URL must be sqlite:///FILE or postgresql://…"
    if not DATABASE_FORM.fullmatch(url):
        raise SettingWrong(told)
    try:
        _port = urlsplit(url).port
    except ValueError as error:
        raise SettingWrong(f"{told} with a port that is a number") from error


def _read(name: str, kind: str, text: str) -> object:
    if "bool" in kind:
        if text.lower() in {"1", "true", "yes"}:
            return True
        if text.lower() in {"0", "false", "no", ""}:
            return False
        raise SettingWrong(f"{PREFIX}{name.upper()} must be 1 or 0, not {text!r}")
    if "int" in kind:
        least, most = BOUNDS[name]
        if not WHOLE_NUMBER.fullmatch(text) or not least <= int(text) <= most:
            told = f"{PREFIX}{name.upper()} must be a whole number from {least} to {most}"
            raise SettingWrong(f"{told}, not {text!r}")
        return int(text)
    return text


def carried(folder: str) -> Path:
    """Where templates or migrations lie: inside the installed package, or beside it in a clone."""
    package = Path(__file__).resolve().parent
    return package / folder if (package / folder).is_dir() else package.parent / folder


def secret_key(settings: Settings) -> str:
    """The key given, or one made once and kept (readable by its owner only) under var/.

    Raises SettingWrong when the file is there and holds none.
    """
    if settings.secret_key:
        return settings.secret_key
    path = _key_file(settings)
    if path.exists():
        return _kept_key(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}-{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(48))
    with suppress(FileExistsError):  # linked whole or not at all: the first of several wins
        os.link(draft, path)
    draft.unlink()
    return _kept_key(path)


def _kept_key(path: Path) -> str:
    try:
        key = path.read_text("utf-8").strip()
    except UnicodeDecodeError:
        key = ""
    if not key:
        raise SettingWrong(
            f"{path} holds no key. Put back the one you keep apart from the backups; or remove the "
            "file, and a new one is made: then second factors are set up anew"
        )
    return key


def _key_file(settings: Settings) -> Path:
    if settings.database_url.startswith("sqlite:///"):
        return Path(settings.database_url.removeprefix("sqlite:///")).parent / "secret.key"
    return Path("var/secret.key")
