"""`tanggap deadlines`: how a deadline is counted, and what another calendar moves."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from rich.progress import Progress

from services.commands.inspection import ALL_WELL, ATTENTION, data_option, environment_with, json_option
from services.commands.rendering import console, print_json, progress_console, table
from services.composition import settings_for
from services.desk.deadlines import repository
from services.desk.deadlines.clocks import Clock, recounted, skipped_as_lists
from services.desk.deadlines.counting import Counted, Span, count, next_office_moment
from services.desk.deadlines.keeping import Deadlines
from services.desk.deadlines.recounting import moves, order
from services.desk.deadlines.telling import moment, reason, short_date
from services.desk.tables import cases, messaging
from shared.city_calendar import CityCalendar
from shared.city_deadlines import MOST_DAYS, UNITS, WORKING
from shared.citypack import load_pack
from shared.clock import SystemClock
from shared.errors import TanggapError
from shared.observability.logs import silence_logs
from shared.storage.bells import Bells
from shared.storage.database import Database
from shared.timers import Timers

_BATCH = 500


class NotCounted(TanggapError):
    """The message says what is in the way, and what to do."""

    code = "not_counted"


@click.group()
def deadlines() -> None:
    """Deadlines: how they are counted, and what a changed calendar moves."""


@deadlines.command("explain")
@click.option("--from", "start", required=True, metavar="TIME", help="2026-12-20T09:00, in the city's time zone.")
@click.option("--days", required=True, type=click.IntRange(1, MOST_DAYS))
@click.option("--unit", type=click.Choice(UNITS), default=WORKING, show_default=True)
@json_option
@click.pass_obj
def explain_command(options: dict[str, Any], start: str, days: int, unit: str, as_json: bool) -> None:
    """Print when a deadline is due, with every day that was left out and why, by the pack's calendar."""
    calendar = load_pack(Path(options["pack"])).calendar
    at = _moment(start, calendar)
    counted = count(at, Span(days, unit), calendar)
    if as_json:
        print_json({
            "start": at.isoformat(), "days": days, "unit": unit, "due_at": counted.due_at.isoformat(),
            "skipped": skipped_as_lists(counted.skipped), "calendar": counted.calendar,
            "provisional": list(counted.provisional),
        })  # fmt: skip
        return
    _show_computation(at, days, unit, counted, calendar)


def _moment(text: str, calendar: CityCalendar) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no time; write 2026-12-20T09:00", param_hint="--from") from None
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(calendar.timezone))


def _show_computation(at: datetime, days: int, unit: str, counted: Counted, calendar: CityCalendar) -> None:
    zone = ZoneInfo(calendar.timezone)
    click.echo(f"from      {moment(at, zone)} (that day does not count)")
    click.echo(f"days      {days} {unit} days")
    for skipped in counted.skipped:
        click.echo(f"  without {short_date(skipped[0])} {skipped[0].year}: {reason(skipped)}")
    click.echo(f"due       {moment(counted.due_at, zone)}")
    click.echo(f"told from {moment(next_office_moment(counted.due_at, calendar), zone)} (office hours)")
    click.echo(f"calendar  {counted.calendar}")
    for year in counted.provisional:
        click.echo(f"PROVISIONAL: there is no calendar for {year}; write one: tanggap pack calendar {year}")


@deadlines.command("recount")
@click.option("--dry-run", is_flag=True, help="Only show what would move. Code 1 when something would.")
@click.option("--wait", default=5.0, show_default=True, metavar="SECONDS", help="So long for the desk to begin.")
@data_option
@json_option
@click.pass_obj
def recount_command(options: dict[str, Any], dry_run: bool, wait: float, data: Path | None, as_json: bool) -> None:
    """Count the open deadlines anew by the pack's calendar.

    The desk does this by itself when it starts with another calendar; this command asks for it, and shows how far it
    is. Deadlines that have passed stay as they are, and nobody gets a notice.
    """
    with _desk(options, data) as (database, counting):
        if dry_run:
            sys.exit(_show_moves(database, counting, as_json))
        with database.write() as tx:
            order(tx, counting, again=True)
        _watch(database, counting.calendar.hash, wait)


@contextmanager
def _desk(options: dict[str, Any], data: Path | None) -> Iterator[tuple[Database, Deadlines]]:
    silence_logs()
    pack, clock = load_pack(Path(options["pack"])), SystemClock()
    database = Database(settings_for("desk", environment_with(options, data)).database_url)
    timers = Timers("desk", messaging, clock=clock, bells=Bells())
    try:
        yield database, Deadlines(timers, pack.deadlines, pack.calendar, clock)
    finally:
        database.close()


def _show_moves(database: Database, counting: Deadlines, as_json: bool) -> int:
    calendar, now = counting.calendar, counting.clock.now()
    zone, found = ZoneInfo(calendar.timezone), list[tuple[str, Clock, Clock]]()
    with database.read() as connection, Progress(console=progress_console(), transient=True) as progress:
        task = progress.add_task("counting", total=repository.count_open(connection))
        after = ""
        while ids := repository.open_cases(connection, after, _BATCH):
            for complaint_id, clocks in sorted(repository.of_cases(connection, ids).items()):
                new = tuple(recounted(clock, calendar, now) for clock in clocks)
                found += [(complaint_id, *pair) for pair in moves(clocks, new)]
            after = ids[-1]
            progress.advance(task, len(ids))
        tickets = _tickets(connection, [complaint_id for complaint_id, _, _ in found])
    if as_json:
        print_json([{"ticket": tickets.get(one, one), "clock": old.name, "before": old.due_at.isoformat(),
                     "after": changed.due_at.isoformat()} for one, old, changed in found])  # fmt: skip
    else:
        shown = table("ticket", "clock", "due now", "would be due")
        for one, old, changed in found:
            shown.add_row(tickets.get(one, one), old.name, moment(old.due_at, zone), moment(changed.due_at, zone))
        if found:
            console().print(shown)
        click.echo(f"{len(found)} deadlines would move; nothing was changed (--dry-run)")
    return ATTENTION if found else ALL_WELL


def _tickets(connection: Any, ids: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for begin in range(0, len(ids), _BATCH):
        which = cases.c.complaint_id.in_(ids[begin : begin + _BATCH])
        found.update((row[0], row[1]) for row in connection.execute(_TICKETS.where(which)))
    return found


def _watch(database: Database, hash_: str, wait_seconds: float) -> None:
    """Shows how far the desk is until it is done. Raises `NotCounted` when it does not begin."""
    begun, until = False, time.monotonic() + wait_seconds
    with Progress(console=progress_console(), transient=True) as progress:
        with database.read() as connection:
            task = progress.add_task("counting", total=repository.count_open(connection))
        while True:
            with database.read() as connection:
                state = repository.used_last(connection)
            if state is None or state.hash != hash_:
                raise NotCounted("Another calendar came into use meanwhile; the desk counts by that one.")
            progress.update(task, completed=state.seen)
            if state.finished_at is not None:
                break
            begun = begun or state.seen > 0
            if not begun and time.monotonic() > until:
                raise NotCounted("The desk has not begun. It counts as soon as it is started again with this pack.")
            time.sleep(0.2)
    click.echo(f"{state.seen} cases counted anew by calendar {hash_}; {state.moved} deadlines moved")


_TICKETS = cases.select().with_only_columns(cases.c.complaint_id, cases.c.ticket)
