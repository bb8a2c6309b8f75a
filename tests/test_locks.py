"""What is installed is what was looked at: every package pinned, with the hashes of its files."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCKS = (Path("requirements.lock"), Path("requirements-test.lock"))
PINNED = re.compile(r"([A-Za-z0-9._-]+(?:\[[a-z,]+\])?)==([A-Za-z0-9.!+-]+)(?: ; (.+))?")


def locked(path: Path) -> dict[str, tuple[str, str, int]]:
    """Name -> version, marker, how many hashes; any other line is a fault."""
    found: dict[str, tuple[str, str, int]] = {}
    for block in re.split(r"\n(?=[^\s#])", "\n" + path.read_text())[1:]:
        lines = [line.strip(" \\") for line in block.splitlines()]
        head = PINNED.fullmatch(lines[0])
        assert head, f"{path}: not pinned: {lines[0]}"
        hashes = [line for line in lines[1:] if re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", line)]
        others = [line for line in lines[1:] if not line.startswith(("--hash=sha256:", "#"))]
        assert not others, f"{path}: {others}"
        found[canonicalize_name(head[1].partition("[")[0])] = (head[2], head[3] or "", len(hashes))
    return found


@pytest.mark.parametrize("path", LOCKS, ids=str)
def test_every_package_is_pinned_with_hashes_and_from_no_place_of_its_own(path: Path) -> None:
    packages = locked(path)
    assert len(packages) > 40
    assert all(hashes for _version, _marker, hashes in packages.values())


def test_the_two_locks_agree() -> None:
    service, tests = map(locked, LOCKS)
    assert {name: tests[name][0] for name in service} == {n: v[0] for n, v in service.items()}


def test_every_library_asked_for_is_locked_at_a_version_that_will_do() -> None:
    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
    asked = {
        LOCKS[0]: project["dependencies"],
        LOCKS[1]: [*project["dependencies"], *project["optional-dependencies"]["test"]],
    }
    for path, lines in asked.items():
        packages = locked(path)
        for wanted in map(Requirement, lines):
            at = packages[canonicalize_name(wanted.name)][0]
            assert wanted.specifier.contains(at, prereleases=True), f"{path}: {wanted} at {at}"


def test_what_is_installed_is_what_is_locked() -> None:
    differing = {}
    for name, (wanted, marker, _hashes) in locked(LOCKS[0]).items():
        if marker and not Marker(marker).evaluate():
            continue
        try:
            found = version(name)
        except PackageNotFoundError:
            found = "nothing"
        if found != wanted:
            differing[name] = (wanted, found)
    assert differing == {}
