"""Files that commands write: whole in their place or not there. A device is written to."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EISDIR
from pathlib import Path
from typing import BinaryIO


@contextmanager
def whole(path: Path, *, is_private: bool = False) -> Iterator[BinaryIO]:
    """A file to write to, which takes its place at *path* once the block is through.

    Nobody ever finds half of it there, nor does a cut leave half. A private one can be read by its
    owner alone, and is made anew whatever is there. Otherwise what is no file (/dev/stdout, a pipe)
    stays what it is, and is written to.
    """
    if path.is_dir():
        raise IsADirectoryError(EISDIR, os.strerror(EISDIR), str(path))
    if not is_private and _is_device(path):
        with path.open("wb") as file:
            yield file
        return
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    try:
        kind = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with os.fdopen(os.open(draft, kind, 0o600 if is_private else 0o666), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes) -> Path:
    """Put *content* at *path*, whole or not at all."""
    with whole(path) as file:
        file.write(content)
    return path


def _is_device(path: Path) -> bool:
    """/dev/stdout leads to a file where the shell sends the output into one."""
    if path.is_symlink() and path.absolute().parts[1] in {"dev", "proc"}:
        return True
    return path.exists() and not path.is_file()
