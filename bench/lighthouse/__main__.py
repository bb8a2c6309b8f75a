"""`python -m bench.lighthouse [--rounds N]`: pages under Lighthouse's mobile line and slow phone.

Prints the median of the rounds for each page. Node's part comes by `npm ci --prefix bench/lighthouse`;
the browser is the system's Chromium.
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import sync_playwright

from banksampah.clock import now_utc
from banksampah.db import db, transaction
from banksampah.desk import service as desk
from banksampah.desk.auth import cookie_name
from banksampah.staff import service as staff
from banksampah.staff.auth import COOKIE
from bench.places import act, database, fill_bank, make_app, make_operator, release, served

TOOL = Path(__file__).parent / "node_modules" / ".bin" / "lighthouse"
CATEGORIES = ("performance", "accessibility", "best-practices")
PAGES = ("/timbang", "/", "/nasabah", "/harga", "/setoran/baru", "/pembukuan", "/saldo-saya/masuk")
MEMBERS, MATERIALS = 400, 45


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.lighthouse", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pages", nargs="+", default=PAGES)
    options = parser.parse_args()
    with database("sqlite") as url:
        app = make_app(url)
        with app.app_context():
            slug, cookies = _settle()
            release()
        with served(url) as (_process, port), browser(f"http://127.0.0.1:{port}", cookies) as door:
            print(
                f"{'page':<20}{'perf':>6}{'acc':>6}{'best':>6}{'LCP ms':>9}{'TBT ms':>9}{'CLS':>8}"
            )
            for page in options.pages:
                address = f"http://127.0.0.1:{port}/b/{slug}{page}"
                _report(page, [_measure(address, door) for _round in range(options.rounds)])


@contextmanager
def browser(address: str, cookies: dict[str, str]) -> Iterator[int]:
    """A Chromium of somebody signed in on a phone of the bank; yields the port it is driven by."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        door = int(probe.getsockname()[1])
    with (
        tempfile.TemporaryDirectory(prefix="banksampah-bench-") as folder,
        sync_playwright() as play,
    ):
        context = play.chromium.launch_persistent_context(
            folder,
            executable_path=os.environ.get("BANKSAMPAH_CHROMIUM") or shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", f"--remote-debugging-port={door}"],
        )
        context.add_cookies(
            [{"name": name, "value": key, "url": address} for name, key in cookies.items()]
        )
        yield door
        context.close()


def _settle() -> tuple[str, dict[str, str]]:
    """A full bank, somebody signed in, a phone: (slug, the cookies of their browser)."""
    filled = fill_bank("pagi", MEMBERS, MATERIALS)
    user_id, _secret = make_operator([filled.bank_id])
    with transaction() as session:
        key = staff.sign_in(session, user_id=user_id, old_key=None, at=now_utc())
    with transaction(filled.bank_id) as session:
        _device, code = desk.register_device(session, act(filled.bank_id))
        _device, phone = desk.pair(session, act(filled.bank_id), code)
    db.session.rollback()
    return filled.slug, {COOKIE: key, cookie_name(filled.bank_id): phone}


def _measure(address: str, door: int) -> dict[str, Any]:
    command = [
        str(TOOL), address, "--quiet", "--output=json", f"--port={door}",
        f"--only-categories={','.join(CATEGORIES)}",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _report(page: str, told: list[dict[str, Any]]) -> None:
    scores = [round(median(t["categories"][c]["score"] for t in told) * 100) for c in CATEGORIES]
    lcp, tbt, shift = (
        median(t["audits"][name]["numericValue"] for t in told)
        for name in ("largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift")
    )
    row = "".join(f"{score:>6}" for score in scores)
    print(f"{page:<20}{row}{lcp:>9.0f}{tbt:>9.0f}{shift:>8.3f}", flush=True)
    for name in CATEGORIES[1:]:
        for part in told[-1]["categories"][name]["auditRefs"]:
            audit = told[-1]["audits"][part["id"]]
            if part["weight"] and audit["score"] is not None and audit["score"] < 1:
                print(f"  {name}: {audit['id']} – {audit['title']}")
                for item in audit.get("details", {}).get("items", [])[:3]:
                    print(f"    {json.dumps(item)[:300]}")


if __name__ == "__main__":
    main()
