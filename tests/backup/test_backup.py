"""`banksampah backup` and `restore`: what is put back is what was there, proven, or nothing is."""

import json
import os
import sqlite3
from contextlib import closing
from datetime import date
from errno import EPERM
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.backup import manifests, postgresql
from banksampah.backup.reading import manifest_of
from banksampah.cli import main
from banksampah.db import normal_url, transaction
from tests.factories import give_money
from tests.quarter import Winter
from tests.reports.conftest import guards_down


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def head_of(session: Session) -> tuple[int, str]:
    seq = ledger.head_seq(session, 1)
    seal = ledger.find_seal(session, 1, seq)
    session.rollback()
    return seq, seal or ""


def write_more(session: Session) -> None:
    act = ledger.Act(1, "later", 1, manifest_time(), date(2027, 3, 1))
    with transaction(1) as own:
        give_money(own, act, 1_000)
    session.rollback()


def manifest_time():  # type: ignore[no-untyped-def]
    from datetime import UTC, datetime  # noqa: PLC0415

    return datetime(2027, 3, 1, 3, tzinfo=UTC)


@pytest.fixture
def kept(winter: Winter, database_url: str, tmp_path: Path) -> Path:
    """A backup in a folder of its own."""
    done = run("backup", str(tmp_path), "--database", database_url)
    assert done.exit_code == 0, done.output
    [manifest] = tmp_path.glob("*.manifest.json")
    return manifest.with_name(manifest.name.removesuffix(".manifest.json"))


def test_a_backup_is_its_owners_alone_and_tells_its_heads(
    kept: Path, session: Session, tmp_path: Path
) -> None:
    seq, seal = head_of(session)
    manifest = manifest_of(kept)
    assert manifests.Head("gerpesh-jitu", 1, seq, seal) in manifest.heads
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    assert len(list(tmp_path.iterdir())) == 2  # no draft is left
    again = run("backup", str(kept), "--database", "sqlite:///nowhere.db")
    assert (again.exit_code, "there already" in again.stderr) == (1, True)


def test_it_is_put_back_where_nothing_was(kept: Path, session: Session, elsewhere: str) -> None:
    seq, seal = head_of(session)
    done = run("restore", str(kept), "--database", elsewhere)
    assert done.exit_code == 0, done.output
    assert f"gerpesh-jitu {seq} {seal}" in done.stdout
    assert "LOST" not in done.stdout
    proven = run("verify", "--database", elsewhere)
    assert proven.exit_code == 0, proven.output


def test_banks_that_are_there_are_replaced_only_when_told(
    kept: Path, session: Session, elsewhere: str, tmp_path: Path, database_url: str
) -> None:
    assert run("restore", str(kept), "--database", elsewhere).exit_code == 0
    refused = run("restore", str(kept), "--database", elsewhere)
    assert (refused.exit_code, "--overwrite" in refused.stderr) == (1, True)
    seq, _seal = head_of(session)
    write_more(session)
    newer = tmp_path / "heads.txt"
    newer.write_text(run("heads", "--database", database_url).stdout)
    done = run("restore", str(kept), "--database", elsewhere, "--overwrite", "--heads", str(newer))
    assert done.exit_code == 0, done.output
    assert f"LOST gerpesh-jitu {seq + 1}–{seq + 1} (1 entries)" in done.stdout
    assert "is kept as" in done.stdout
    assert run("verify", "--database", elsewhere).exit_code == 0


def test_a_backup_that_was_changed_is_refused(kept: Path, elsewhere: str) -> None:
    with kept.open("r+b") as file:
        file.seek(kept.stat().st_size // 2)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 1]))
    done = run("restore", str(kept), "--database", elsewhere)
    assert (done.exit_code, "SHA-256 differs" in done.stderr) == (1, True)
    manifests.path_of(kept).unlink()
    assert "is not there" in run("restore", str(kept), "--database", elsewhere).stderr


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_backup_is_not_used_as_a_database(kept: Path, tmp_path: Path) -> None:
    """`verify` brought it to the newest schema, or to WAL: no restore took it any more."""
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    for command in (["verify"], ["init"], ["serve", "--port", "1"], ["bank", "list"]):
        told = run(*command, "--database", f"sqlite:///{kept}")
        assert (told.exit_code, "is a backup" in told.stderr) == (2, True), told.output
        assert "banksampah restore" in told.stderr
    over_itself = run("restore", str(kept), "--database", f"sqlite:///{kept}", "--overwrite")
    assert (over_itself.exit_code, "is a backup" in over_itself.stderr) == (1, True)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert run("backup", str(tmp_path / "2.db"), "--database", f"sqlite:///{kept}").exit_code == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_manifest_that_is_none_is_told(kept: Path, elsewhere: str) -> None:
    path = manifests.path_of(kept)
    facts = json.loads(path.read_text())
    heads = [facts["heads"][0] | {"seq": [1]}]
    for content in (
        "", "[]", "{}", "null", "[" * 100_000, json.dumps(facts | {"engine": 5}),
        json.dumps(facts | {"size_bytes": "1"}), json.dumps(facts | {"heads": heads}),
    ):  # fmt: skip
        path.write_text(content)
        done = run("restore", str(kept), "--database", elsewhere)
        assert (done.exit_code, "it is no manifest" in done.stderr) == (1, True), done.output


@pytest.mark.parametrize("is_newer", [True, False])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_backup_that_this_program_cannot_read_is_told(
    kept: Path, elsewhere: str, is_newer: bool
) -> None:
    if is_newer:
        with closing(sqlite3.connect(kept)) as copy:
            copy.execute("UPDATE alembic_version SET version_num = '9999'")
            copy.commit()
    else:
        kept.write_bytes(b"no database" * 1_000)
    path = manifests.path_of(kept)
    size_bytes, sha256 = manifests.digest_of(kept)
    facts = json.loads(path.read_text()) | {"size_bytes": size_bytes, "sha256": sha256}
    path.write_text(json.dumps(facts))
    done = run("restore", str(kept), "--database", elsewhere)
    assert (done.exit_code, "Nothing was replaced" in done.stderr) == (1, True), done.output
    assert ("Install the newer program" if is_newer else "is not a database") in done.stderr


@pytest.mark.parametrize("given", ["u:geheim@h/db", "u@h/db?password=geheim&sslmode=disable"])
def test_a_password_is_no_argument_that_everybody_sees(
    given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin/pg_dump"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "$PGPASSWORD|$*" >&2\nexit 1\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    with pytest.raises(manifests.BackupRefused) as refused:
        postgresql.dump(f"postgresql://{given}", tmp_path / "x", "1-1")
    assert "geheim|" in str(refused.value)
    assert str(refused.value).count("geheim") == 1


def test_a_backup_whose_heads_are_others_is_refused(kept: Path, elsewhere: str) -> None:
    path = manifests.path_of(kept)
    facts = json.loads(path.read_text())
    facts["heads"][-1]["seq"] += 1
    path.write_text(json.dumps(facts))
    done = run("restore", str(kept), "--database", elsewhere)
    assert (done.exit_code, "Nothing was replaced" in done.stderr) == (1, True)
    assert run("restore", str(kept), "--database", elsewhere).exit_code == 1  # nor left half


def test_a_copy_that_cannot_be_proven_is_kept_aside(
    winter: Winter, session: Session, database_url: str, tmp_path: Path
) -> None:
    engine = create_engine(normal_url(database_url))
    change = "UPDATE split_line SET amount_idr = amount_idr {} 1 WHERE line = 1 AND seq = {}"
    for sign in "-+":
        with Session(engine) as own, own.begin():
            guards = guards_down(own)
            for sql in (change.format(sign, winter.approved_seq), *guards):
                own.connection().exec_driver_sql(sql)
        if sign == "-":
            done = run("backup", str(tmp_path / "b"), "--database", database_url)
            assert (done.exit_code, "cannot be trusted" in done.stderr) == (1, True)
            assert [path.name for path in tmp_path.iterdir()] == ["b.unproven"]
    engine.dispose()


def test_a_file_in_use_is_not_replaced(kept: Path, elsewhere: str) -> None:
    assert run("restore", str(kept), "--database", elsewhere).exit_code == 0
    engine = create_engine(normal_url(elsewhere))
    with engine.connect() as reader:
        reader.exec_driver_sql("SELECT count(*) FROM entry").all()
        if engine.dialect.name == "sqlite":
            reader.exec_driver_sql("PRAGMA journal_mode = WAL").all()
            reader.exec_driver_sql("SELECT count(*) FROM entry").all()
        done = run("restore", str(kept), "--database", elsewhere, "--overwrite")
        assert (done.exit_code, "stop the service" in done.stderr) == (1, True), done.output
    engine.dispose()
    assert run("verify", "--database", elsewhere).exit_code == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_damaged_file_is_replaced_when_told(kept: Path, elsewhere: str) -> None:
    file = Path(elsewhere.removeprefix("sqlite:///"))
    file.parent.mkdir()
    file.write_bytes(b"SQLite format 3\0" + bytes(4096))
    refused = run("restore", str(kept), "--database", elsewhere)
    assert (refused.exit_code, "--overwrite" in refused.stderr) == (1, True)
    assert run("restore", str(kept), "--database", elsewhere, "--overwrite").exit_code == 0
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT count(*) FROM bank").fetchone() == (1,)
    connection.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_disk_that_takes_no_restore_keeps_what_was_there(
    kept: Path, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A memory stick knows no hard links: the former database stands in its place again."""
    run("restore", str(kept), "--database", elsewhere)
    file = Path(elsewhere.removeprefix("sqlite:///"))
    was = file.read_bytes()

    def refused(*_told: object) -> None:
        raise PermissionError(EPERM, "Operation not permitted", str(file))

    monkeypatch.setattr(os, "link", refused)
    done = run("restore", str(kept), "--database", elsewhere, "--overwrite")
    assert (done.exit_code, "Operation not permitted" in done.stderr) == (1, True)
    assert file.read_bytes() == was
    assert list(file.parent.glob("*.before-*")) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_folder_is_not_moved_away_for_a_database(
    kept: Path, elsewhere: str, tmp_path: Path
) -> None:
    (tmp_path / "folder" / "inside").mkdir(parents=True)
    url = f"sqlite:///{tmp_path / 'folder'}"
    done = run("restore", str(kept), "--database", url, "--overwrite")
    assert (done.exit_code, "is a folder" in done.stderr) == (1, True)
    assert (tmp_path / "folder" / "inside").is_dir()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_missing_tools_are_named(
    winter: Winter, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    done = run("backup", str(tmp_path), "--database", database_url)
    assert (done.exit_code, "postgresql-client" in done.stderr) == (1, True)


def test_the_wrong_engine_is_named(kept: Path, database_url: str) -> None:
    other = (
        "postgresql://x@127.0.0.1:1/x" if database_url.startswith("sqlite") else "sqlite:///x.db"
    )
    done = run("restore", str(kept), "--database", other)
    assert (done.exit_code, "restore it there" in done.stderr) == (1, True)
