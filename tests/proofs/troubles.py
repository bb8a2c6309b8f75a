"""Ways in which storage fails, and ends failing: none of them needs to know the service."""

import ctypes
import errno
import mmap
import os
import random
import resource
import shutil
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.proofs.places import Cluster, Place, Server

Trouble = Callable[[], None]
"""Makes trouble for a moment, and ends it."""
TABLES = ("entry", "leg", "seal", "balance", "deposit", "deposit_line", "withdrawal", "sale")
CODES = {"disk_full": "53100", "io_error": "58030", "out_of_memory": "53200"}


class Troubles:
    """What can go wrong with the storage of *at*, by name; each lasts about *last_s*."""

    def __init__(self, at: Place, server: Server, rng: random.Random, last_s: float = 0.3):
        self.at, self.server, self.rng, self.last_s = at, server, rng, last_s
        self.ways: dict[str, Trouble] = {}
        if isinstance(at, Cluster):
            self.ways = {
                **{f"error {code}": self._failing_inserts(code) for code in CODES.values()},
                "read-only": self._read_only,
                "gone": self._gone,
            }
        else:
            self.ways = {"short writes": self._short_writes}

    def _last(self) -> None:
        time.sleep(self.rng.uniform(self.last_s / 2, self.last_s * 3 / 2))

    def _short_writes(self) -> None:
        """The kernel refuses to let a file grow past some point, in the middle of a write or not."""
        log = self.at.file.with_name(self.at.file.name + "-wal")
        size = log.stat().st_size if log.exists() else 0
        limit = max(size + self.rng.randrange(-20_000, 40_000), 0)
        pids = self.server.workers()
        for pid in pids:
            with suppress(ProcessLookupError):
                _limit_files(pid, limit)
        self._last()
        for pid in pids:
            with suppress(ProcessLookupError):
                _limit_files(pid, resource.RLIM_INFINITY)

    def _failing_inserts(self, code: str) -> Trouble:
        """A statement in the middle of a write fails with the code that a failing disk has."""

        def make() -> None:
            table = self.rng.choice(TABLES)
            self.at.rows(
                "CREATE OR REPLACE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN IF random() < 0.5 THEN RAISE EXCEPTION 'No space left on device'"
                f" USING ERRCODE = '{code}'; END IF; RETURN NEW; END $$"
            )
            self.at.rows(
                f"CREATE TRIGGER trouble BEFORE INSERT OR UPDATE ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION trouble()"
            )
            self._last()
            self.at.rows(f"DROP TRIGGER trouble ON {table}")
            self.at.rows("DROP FUNCTION trouble()")

        return make

    def _read_only(self) -> None:
        self.at.rows("ALTER SYSTEM SET default_transaction_read_only = on")
        self.at.rows("SELECT pg_reload_conf()")
        self._last()
        connection = self.at.connect()
        connection.execute("SET default_transaction_read_only = off")
        connection.execute("ALTER SYSTEM RESET default_transaction_read_only")
        connection.execute("SELECT pg_reload_conf()")
        connection.close()

    def _gone(self) -> None:
        assert isinstance(self.at, Cluster)
        self.at.control("-m", self.rng.choice(("fast", "immediate")), "stop")
        self._last()
        self.at.start()


def _limit_files(pid: int, limit: int) -> None:
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))


SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>
/* Shared with the proof: after `left` more writes or syncs, `count` of them fail with `code`. */
static volatile struct { long left, count, code; } *plan;
__attribute__((constructor)) static void open_plan(void) {
  const char *name = getenv("PROOF_TROUBLE");
  int fd = name ? open(name, O_RDWR) : -1;
  if (fd >= 0) plan = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}
static int fails(int fd) {
  char path[64], to[512];
  if (!plan || plan == MAP_FAILED || plan->count <= 0) return 0;
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  long n = readlink(path, to, sizeof to - 1);
  if (n < 0) return 0;
  to[n] = 0;
  if (!strstr(to, "bank.db")) return 0;
  if (__sync_fetch_and_sub(&plan->left, 1) > 0) return 0;
  __sync_fetch_and_sub(&plan->count, 1);
  errno = plan->code;
  return 1;
}
#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
ssize_t pwrite64(int fd, const void *b, size_t n, off64_t o) {
  if (fails(fd)) { if (n > 1) NEXT(pwrite64)(fd, b, n / 2, o); errno = plan->code; return -1; }
  return NEXT(pwrite64)(fd, b, n, o);
}
ssize_t pwrite(int fd, const void *b, size_t n, off_t o) { return pwrite64(fd, b, n, o); }
ssize_t write(int fd, const void *b, size_t n) {
  return fails(fd) ? -1 : NEXT(write)(fd, b, n);
}
int fsync(int fd) { return fails(fd) ? -1 : NEXT(fsync)(fd); }
int fdatasync(int fd) { return fails(fd) ? -1 : NEXT(fdatasync)(fd); }
int ftruncate64(int fd, off64_t n) { return fails(fd) ? -1 : NEXT(ftruncate64)(fd, n); }
"""


class FailingDisk:
    """Every write and sync of SQLite's files may be made to fail, half done: needs a C compiler."""

    def __init__(self, folder: Path):
        source, library = folder / "shim.c", folder / "shim.so"
        source.write_text(SHIM)
        subprocess.run(["gcc", "-shared", "-fPIC", "-w", "-o", library, source, "-ldl"], check=True)
        self._plan = folder / "plan"
        self._plan.write_bytes(bytes(4096))
        with self._plan.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 4096)
        self.environment = {"LD_PRELOAD": str(library), "PROOF_TROUBLE": str(self._plan)}

    def fail(self, rng: random.Random) -> None:
        """Let some of the coming writes fail: no space, or an error of the device."""
        code = rng.choice((errno.ENOSPC, errno.EIO))
        plan = (rng.randrange(0, 40), rng.choice((1, 2, 5, 30)), code)
        self._map[: struct.calcsize("lll")] = struct.pack("lll", *plan)

    def mend(self) -> None:
        self._map[: struct.calcsize("lll")] = bytes(struct.calcsize("lll"))


@contextmanager
def small_volume(folder: Path, megabytes: int, owner: int) -> Iterator[Path]:
    """A volume of that size in memory: needs the right to mount."""
    folder.mkdir()
    size = f"size={megabytes}m,mode=700,uid={owner}"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(volume: Path) -> Path:
    """Take all the room that is left; delete what is returned to give it back."""
    ballast = volume / "ballast"
    with ballast.open("wb") as file, suppress(OSError):
        while True:
            os.write(file.fileno(), bytes(65_536))
    return ballast


def may_mount() -> bool:
    """Whether this user may mount, and a C compiler is there: what the long form needs."""
    return os.geteuid() == 0 and shutil.which("gcc") is not None


assert ctypes.sizeof(ctypes.c_long) * 3 == struct.calcsize("lll")
