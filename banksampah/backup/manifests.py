"""What lies beside a backup: its digest, and the newest seal of every journal in it."""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

CHUNK_BYTES = 1 << 20


class BackupRefused(Exception):
    """No backup was made, or none was put back; the sentence says why and what to do."""


class Head(NamedTuple):
    """The newest entry of one journal. *slug* is "-" for the installation's own."""

    slug: str
    bank_id: int
    seq: int
    seal: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup is, to be held against it before it is trusted."""

    engine: str
    made_at: str
    size_bytes: int
    sha256: str
    heads: list[Head]

    def as_text(self) -> str:
        """JSON with a journal on each line, so that two backups can be compared by eye."""
        facts = asdict(self)
        heads = facts.pop("heads")
        lines = ",\n".join(f"  {json.dumps(head._asdict())}" for head in heads)
        return f'{json.dumps(facts)[:-1]}, "heads": [\n{lines}\n]}}\n'


def path_of(backup: Path) -> Path:
    """Where the manifest of *backup* lies."""
    return backup.with_name(f"{backup.name}.manifest.json")


def digest_of(file: Path) -> tuple[int, str]:
    """Size and SHA-256 of a file."""
    digest, size = hashlib.sha256(), 0
    with file.open("rb") as content:
        while chunk := content.read(CHUNK_BYTES):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()


@contextmanager
def draft_of(final: Path) -> Iterator[Path]:
    """A new file beside *final*, its owner's alone; gone afterwards unless it was kept."""
    draft = final.with_name(f".{final.name}.{os.getpid()}.draft")
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        yield draft
    finally:
        for beside in ("", "-wal", "-shm", "-journal"):
            draft.with_name(draft.name + beside).unlink(missing_ok=True)


def keep(draft: Path, final: Path) -> None:
    """Give *draft* its name, on the disk and at once; never in place of another file."""
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    try:
        os.link(draft, final)
    except FileExistsError as error:
        raise BackupRefused(f"{final} is there already. Choose another name.") from error
    folder = os.open(final.parent, os.O_RDONLY)
    with suppress(OSError):  # not every file system can
        os.fsync(folder)
    os.close(folder)
