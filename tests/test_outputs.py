"""What commands write is whole in its place, or not there; a device stays a device."""

import os
import stat
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

from banksampah.outputs import whole, write_whole


def test_a_file_takes_its_place_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "x.pdf"
    write_whole(path, b"first")
    with pytest.raises(ZeroDivisionError), whole(path) as file:
        file.write(b"half")
        raise ZeroDivisionError
    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path]


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    """It was replaced by a file; so was /dev/null, for all programs of the machine."""
    pipe, read = tmp_path / "pipe", list[bytes]()
    os.mkfifo(pipe)
    reader = Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write_whole(pipe, b"all")
    reader.join(10)
    assert read == [b"all"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_standard_output_by_its_name_is_written_to(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from banksampah.outputs import write_whole;"
        "write_whole(Path('/proc/self/fd/1'), b'all')"
    )
    with (tmp_path / "out").open("wb") as out:
        subprocess.run([sys.executable, "-c", code], stdout=out, check=True)
    assert (tmp_path / "out").read_bytes() == b"all"
    assert os.listdir(tmp_path) == ["out"]


def test_a_private_file_is_made_anew(tmp_path: Path) -> None:
    """Where somebody else laid a link or a file that they may read."""
    (tmp_path / "theirs").touch()
    (tmp_path / "data.json").symlink_to(tmp_path / "theirs")
    with whole(tmp_path / "data.json", is_private=True) as file:
        file.write(b"name")
    assert (tmp_path / "theirs").read_bytes() == b""
    assert stat.S_IMODE((tmp_path / "data.json").lstat().st_mode) == 0o600


def test_a_folder_is_told_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError, match=tmp_path.name), whole(tmp_path):
        raise AssertionError("never reached")
