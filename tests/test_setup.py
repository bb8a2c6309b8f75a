"""The two commands on a machine: what they refuse, what they leave alone, what the locks hold.

That they work on a bare machine, only a bare machine shows: continuous integration is one.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from sqlalchemy import text

from banksampah import create_app
from banksampah.config import Settings
from banksampah.db import db, migrate

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = ("bin/setup", "bin/serve", "bin/test", "bin/audit", ".ci/run")
LOCKS = ("requirements.lock", "requirements-test.lock")
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def run(*command: str | Path, path: str = SYSTEM_PATH, cwd: Path = ROOT, **more: str):
    """The finished process of *command*, in an environment that holds PATH, PYTHON and *more*."""
    chosen = {"PYTHON": "python3"} | more
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={"PATH": path, "HOME": "/nonexistent", "LC_ALL": "C.UTF-8"} | chosen,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def program(folder: Path, name: str, *lines: str) -> None:
    """An executable shell script *name* in *folder*."""
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_text("\n".join(("#!/bin/sh", *lines, "")))
    file.chmod(0o755)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with what bin/setup reads, and a .venv that it has finished with."""
    place = tmp_path / "clone"
    (place / "bin").mkdir(parents=True)
    shutil.copy(ROOT / "bin/setup", place / "bin/setup")
    for name in (*LOCKS, "pyproject.toml"):
        shutil.copy(ROOT / name, place / name)
    return place


@pytest.fixture
def machine(tmp_path: Path) -> str:
    """A PATH whose programs note in `calls` that they were started; every package is there."""
    shims, calls = tmp_path / "shims", tmp_path / "calls"
    calls.touch()
    for name in ("apt-get", "sudo"):
        program(shims, name, f'echo "{name} $*" >> {calls}', "exit 1")
    program(
        shims,
        "dpkg-query",
        'for name; do case $name in -*|*\\$*) ;; *) printf "installed:%s " "$name" ;; esac; done',
    )
    venv = f"echo venv >> {calls}; mkdir -p .venv/bin; cp {shims}/pip-python .venv/bin/python"
    program(
        shims,
        "pip-python",
        f'echo "pip $*" >> {calls}',
        "touch .venv/bin/banksampah; chmod +x .venv/bin/banksampah",
    )
    program(shims, "python3", f'case "$*" in *venv\\ --clear*) {venv} ;; esac')
    return f"{shims}:{SYSTEM_PATH}"


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_scripts_are_sound_and_executable(script):
    assert os.access(ROOT / script, os.X_OK)
    assert run("bash", "-n", ROOT / script).stderr == ""
    assert "set -euo pipefail" in (ROOT / script).read_text()


@pytest.fixture
def integration(tmp_path: Path) -> Path:
    """A clone in which .ci/run finds all set up, a pip-audit to be written, and a bin/test."""
    place = tmp_path / "integration"
    for script in (".ci/run", "bin/audit"):
        (place / script).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / script, place / script)
    program(place / "bin", "setup")
    program(place / "bin", "test", "echo all of bin/test")
    (place / "var/audit").mkdir(parents=True)
    return place


NONE_KNOWN, UNKNOWN = "No known vulnerabilities found", "flask: could not be audited: flask (3.1)"


@pytest.mark.parametrize(
    ("told", "its_code", "code"),
    [
        (NONE_KNOWN, 0, 0),
        ("Found 1 known vulnerability in 1 package", 1, 1),
        (f"Found 2 known vulnerabilities in 1 package; {UNKNOWN}", 1, 1),
        (f"{NONE_KNOWN}; {UNKNOWN}", 0, 3),
        ("ERROR: Could not connect to PyPI's vulnerability feed", 1, 3),
        ("", 124, 3),
    ],
)
def test_a_known_weakness_stops_the_run_and_a_silent_database_does_not(
    integration, told, its_code, code
):
    program(integration / "var/audit/bin", "pip-audit", f'echo "{told}" >&2', f"exit {its_code}")
    audit = run("bin/audit", cwd=integration)
    assert (audit.returncode, audit.stderr.count("bin/audit: ")) == (code, 1)
    whole = run(".ci/run", cwd=integration)
    assert (whole.returncode, "all of bin/test" in whole.stdout) == (code % 3, code != 1)


def test_without_the_means_to_ask_the_run_goes_on(integration):
    whole = run(".ci/run", cwd=integration)
    assert "bin/audit: pip-audit could not be installed: nothing was asked" in whole.stderr
    assert (whole.returncode, whole.stdout) == (0, "all of bin/test\n")


def test_the_second_setup_starts_neither_apt_nor_pip(clone, machine, tmp_path):
    first = run("bin/setup", path=machine, cwd=clone)
    assert first.returncode == 0, first.stderr
    called = (tmp_path / "calls").read_text()
    assert "--require-hashes -r requirements.lock" in called
    assert "apt-get" not in called
    before = {file: file.stat().st_mtime_ns for file in clone.rglob("*")}

    second = run("bin/setup", path=machine, cwd=clone)

    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    assert (tmp_path / "calls").read_text() == called
    assert {file: file.stat().st_mtime_ns for file in clone.rglob("*")} == before


def test_a_changed_lock_is_installed(clone, machine, tmp_path):
    run("bin/setup", path=machine, cwd=clone)
    with (clone / "requirements.lock").open("a") as lock:
        lock.write("# another version\n")
    (tmp_path / "calls").write_text("")

    assert run("bin/setup", path=machine, cwd=clone).returncode == 0

    assert "-r requirements.lock" in (tmp_path / "calls").read_text()
    assert "venv\n" not in (tmp_path / "calls").read_text()


def test_a_clone_that_was_moved_makes_its_environment_anew(clone, machine, tmp_path):
    run("bin/setup", path=machine, cwd=clone)
    moved = clone.rename(tmp_path / "moved")
    (tmp_path / "calls").write_text("")

    assert run("bin/setup", path=machine, cwd=moved).returncode == 0

    assert "venv\n" in (tmp_path / "calls").read_text()


def test_the_distributions_own_python_comes_before_another(clone, machine, tmp_path):
    own = "/usr/bin/python3"
    fits = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))"
    able = Path(own).exists() and run(own, "-c", fits).returncode == 0

    run("bin/setup", path=machine, cwd=clone, PYTHON="", PIP_NO_INDEX="1")

    assert ("venv\n" in (tmp_path / "calls").read_text()) is not able
    if able:
        assert "home = /usr/bin\n" in (clone / ".venv/pyvenv.cfg").read_text()


def test_an_install_that_broke_off_is_done_again(clone, machine, tmp_path):
    program(tmp_path / "shims", "pip-python", "echo no such package", "exit 1")
    broken = run("bin/setup", path=machine, cwd=clone)
    assert broken.returncode == 1
    assert "no such package" in broken.stderr

    program(tmp_path / "shims", "pip-python", "touch .venv/bin/banksampah", "chmod +x .venv/bin/*")
    assert run("bin/setup", path=machine, cwd=clone).returncode == 0
    assert (clone / ".venv/bin/banksampah").exists()


def test_missing_rights_give_one_sentence_with_the_command(clone, machine, tmp_path):
    """Somebody who is not root, on a machine without sudo and without Pango."""
    shims = tmp_path / "shims"
    (shims / "sudo").unlink()
    program(shims, "id", "echo 65534")
    program(shims, "dpkg-query", "printf 'installed:ca-certificates '")
    for name in ("bash", "dirname", "mktemp", "rm", "grep", "cat", "env", "sha256sum"):
        (shims / name).symlink_to(shutil.which(name, path=SYSTEM_PATH))

    refused = run("bin/setup", path=str(shims), cwd=clone)

    assert refused.returncode == 1
    assert refused.stdout == ""
    assert refused.stderr == (
        "bin/setup: system packages are missing and only root may install them; run as root: "
        "apt-get update && apt-get install -y --no-install-recommends "
        "libpangoft2-1.0-0 libharfbuzz-subset0\n"
    )
    assert (tmp_path / "calls").read_text() == ""


def test_a_failing_package_manager_is_quoted(clone, machine, tmp_path):
    program(tmp_path / "shims", "id", "echo 0")
    program(tmp_path / "shims", "dpkg-query")
    program(tmp_path / "shims", "apt-get", "echo E: disk full", "exit 100")

    failed = run("bin/setup", path=machine, cwd=clone)

    assert failed.returncode == 1
    assert "E: disk full" in failed.stderr
    assert "bin/setup: failed:" in failed.stderr


def test_an_unknown_option_is_refused(clone, machine):
    assert run("bin/setup", "--tests", path=machine, cwd=clone).returncode == 2


def locked(name: str) -> dict[str, Version]:
    """Package and version of each line of the lock file *name*."""
    pairs = re.findall(r"^([\w.-]+)==(\S+)", (ROOT / name).read_text(), flags=re.MULTILINE)
    return {canonicalize_name(package): Version(version) for package, version in pairs}


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_place_and_hashes_everything(name):
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text
    requirements = re.split(r"\n(?=[a-z])", text)
    assert all("--hash=sha256:" in part for part in requirements[1:])
    assert len(requirements) - 1 == len(locked(name))


def test_the_locks_hold_what_the_project_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    running = [*project["project"]["dependencies"], *project["dependency-groups"]["build"]]
    testing = project["project"]["optional-dependencies"]["test"]
    for lock, wanted in zip(LOCKS, (running, running + testing), strict=True):
        versions = locked(lock)
        for requirement in map(Requirement, wanted):
            assert versions[canonicalize_name(requirement.name)] in requirement.specifier
    assert locked(LOCKS[0]).items() <= locked(LOCKS[1]).items()


@pytest.mark.parametrize(
    ("lock", "folders"),
    [
        ("requirements.lock", ("banksampah", "migrations")),
        ("requirements-test.lock", ("tests", "bench")),
    ],
)
def test_everything_imported_is_in_the_lock(lock, folders):
    """A package that happens to lie on a developer's machine is not on a bare one."""
    own = {"banksampah", "migrations", "tests", "bench", *(p.stem for p in ROOT.glob("tests/*.py"))}
    carriers = packages_distributions()
    versions = locked(lock)
    strangers = {
        f"{file.relative_to(ROOT)}: {name}"
        for folder in folders
        for file in (ROOT / folder).rglob("*.py")
        if not file.match("bench/peers/*_side.py")  # run where the peers live, from their own lock
        for name in imported(file) - own - set(sys.stdlib_module_names)
        if not any(canonicalize_name(carrier) in versions for carrier in carriers.get(name, ()))
    }
    assert strangers == set()


def imported(file: Path) -> set[str]:
    """Top-level names that *file* imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.partition(".")[0])
    return names


def test_the_environment_is_the_lock():
    """What these tests run on is what the lock says, so that green here is green elsewhere."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "list", "--format=freeze", "--disable-pip-version-check"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    here = {
        canonicalize_name(line.partition("==")[0]): line.partition("==")[2].strip()
        for line in listed.splitlines()
    }
    wanted = locked("requirements-test.lock")
    different = {
        name: (here[name], str(version))
        for name, version in wanted.items()
        if name in here and Version(here[name]) != version
    }
    assert different == {}


def test_the_installed_package_carries_templates_and_migrations(tmp_path):
    """Unpacked far from the clone, the wheel migrates a database and draws a page."""
    build = "import sys; from hatchling.build import build_wheel; build_wheel(sys.argv[1])"
    subprocess.run(
        [sys.executable, "-c", build, str(tmp_path)], cwd=ROOT, check=True, capture_output=True
    )
    (wheel,) = tmp_path.glob("banksampah-*.whl")
    place = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        assert not any(name.startswith(("tests/", "var/", "bin/")) for name in archive.namelist())
        archive.extractall(place)
    use = (
        "import banksampah; from banksampah.config import Settings; from banksampah.db import *;"
        "url = 'sqlite:///bank.db'; migrate(url);"
        "app = banksampah.create_app(Settings(database_url=url));"
        "print(banksampah.__file__, app.template_folder, app.test_client().get('/masuk').status)"
    )
    used = subprocess.run(
        [sys.executable, "-c", use],
        cwd=tmp_path,
        env={"PATH": SYSTEM_PATH, "PYTHONPATH": str(place)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert used.stdout.split() == [
        str(place / "banksampah/__init__.py"),
        str(place / "banksampah/templates"),
        "200",
        "OK",
    ], used.stderr


def test_every_part_of_the_ledger_but_the_chart_is_protected():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    protected = {
        name
        for contract in contracts["contracts"]
        for name in contract.get("protected_modules", ())
    }
    parts = {file.stem for file in (ROOT / "banksampah/ledger").glob("*.py")}
    assert protected == {f"banksampah.ledger.{part}" for part in parts - {"__init__", "chart"}}


def test_a_relative_database_lies_where_the_command_was_started(tmp_path, monkeypatch):
    """Migrated and served is one and the same file."""
    monkeypatch.chdir(tmp_path)
    url = "sqlite:///var/bank.db"
    (tmp_path / "var").mkdir()
    migrate(url)
    app = create_app(Settings(database_url=url))
    with app.app_context():
        assert db.session.scalar(text("SELECT count(*) FROM bank")) == 0
        assert db.engine.url.database == str(tmp_path / "var/bank.db")
        db.session.rollback()
        db.engine.dispose()
    assert {file.name for file in (tmp_path / "var").iterdir()} >= {"bank.db", "secret.key"}
