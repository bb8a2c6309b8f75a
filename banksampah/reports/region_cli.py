"""`banksampah report …`: the month of a kelurahan, and who may read it on the pages."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from flask import current_app

from banksampah import clock
from banksampah.db import db, transaction
from banksampah.money import format_idr, format_kg, format_number
from banksampah.options import MONTH
from banksampah.outputs import write_whole
from banksampah.reports import downloads, service, wording
from banksampah.reports.queries.region import Region, RegionMonth, region_month, regions
from banksampah.reports.schemas import RegionMonthOut
from banksampah.staff.journal import INSTALLATION
from banksampah.staff.queries import find_user
from banksampah.staff.watch import note

WIDTH = 16


def _place(command: Any) -> Any:
    """The options that say which kelurahan: its name, and where it lies if there are several."""
    for option in (
        click.option("--kecamatan", metavar="NAME", help="Where the name is found more than once."),
        click.option("--city", metavar="NAME", help="Where the name is found more than once."),
    ):
        command = option(command)
    return command


@click.group()
def report() -> None:
    """Reports over many banks."""


@report.command()
@click.argument("name")
@_place
@click.option("--month", type=MONTH, metavar="YYYY-MM", help="Default: this month.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write a file for a spreadsheet instead: FILE.csv or FILE.xlsx.",
)
def kelurahan(
    name: str,
    city: str | None,
    kecamatan: str | None,
    month: datetime | None,
    as_json: bool,
    out: Path | None,
) -> None:
    """Sums of all banks of kelurahan NAME in a month: kilograms by class, households, rupiah."""
    region = _region(name, city, kecamatan)
    asked = month.date() if month else clock.now_utc().date()
    found = region_month(db.session, region, asked)
    if out is not None:
        _write(found, out)
    elif as_json:
        click.echo(json.dumps(RegionMonthOut().dump(found), ensure_ascii=False, indent=2))
    else:
        _print(found)


@report.command()
@click.argument("login")
@click.argument("name")
@_place
@click.option("--remove", is_flag=True, help="Take it away again.")
def reader(login: str, name: str, city: str | None, kecamatan: str | None, remove: bool) -> None:
    """Let LOGIN read the sums of kelurahan NAME on the pages (/wilayah), and nothing else."""
    region, person = _region(name, city, kecamatan), find_user(db.session, login)
    if person is None:
        raise click.ClickException(f"Nobody signs in as {login!r}. Add them: banksampah user add.")
    user_id = person.user_id
    with transaction(INSTALLATION) as session:
        if remove and service.take_region(session, user_id=user_id, region=region):
            note("region.taken", user_id=user_id, **region._asdict())
        if not remove and service.give_region(
            session, user_id=user_id, region=region, at=clock.now_utc()
        ):
            note("region.given", user_id=user_id, **region._asdict())
    click.echo(f"{login} may {'no longer ' if remove else ''}read {', '.join(region[::-1])}.")


def _region(name: str, city: str | None, kecamatan: str | None) -> Region:
    """The one kelurahan meant, however it is capitalised."""
    wanted = {"kelurahan": name, "city": city, "kecamatan": kecamatan}
    found = [
        region
        for region in regions(db.session)
        if all(
            word is None or getattr(region, place).casefold() == word.casefold()
            for place, word in wanted.items()
        )
    ]
    if not found:
        raise click.ClickException(f"No bank lies in a kelurahan {name!r}.")
    if len(found) > 1:
        listed = "; ".join(", ".join(filter(None, region[::-1])) for region in found)
        raise click.ClickException(f"Say which, by --kecamatan and --city: {listed}.")
    return found[0]


def _write(found: RegionMonth, out: Path) -> None:
    if out.suffix not in {".csv", ".xlsx"}:
        raise click.BadParameter("The name must end in .csv or .xlsx.", param_hint="--out")
    with current_app.test_request_context():  # names of classes are words of the pages
        tables = wording.region_tables(found)
        made = (
            downloads.as_csv(tables).encode() if out.suffix == ".csv" else downloads.as_xlsx(tables)
        )
    write_whole(out, made)
    click.echo(out)


def _print(found: RegionMonth) -> None:
    region = found.region
    click.echo(f"{', '.join(filter(None, region[::-1]))}, {found.since:%Y-%m}")
    for words, figure in (
        ("banks", f"{format_number(found.banks_count)} ({found.active_banks_count} active)"),
        ("households", format_number(found.households_count)),
        ("deposits", format_number(found.deposits_count)),
        ("kilograms", format_kg(found.weight_g, 3)),
        ("credited", format_idr(found.credited_idr)),
        ("sold for", format_idr(found.sold_idr)),
    ):
        click.echo(f"  {words:<{WIDTH}} {figure:>16}")
    for row in (*found.reporting_classes, *found.sipsn_classes):
        click.echo(f"  {row.name:<{WIDTH}} {format_kg(row.weight_g, 3):>16}")


commands = [report]
