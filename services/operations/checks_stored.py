"""Checks of the databases: reachable, of the newest schema, on time, and deciding by the rules of the pack."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url

from services.composition import migrations_of
from services.operations.finding import Finding, problem, unseen, warning, well
from services.operations.installation import Location, Member, open_member, reason
from services.operations.sentences import counted
from services.router import repository_rules as sets
from services.router.ruleset import pack_ruleset
from shared.citypack import load_pack
from shared.clock import Clock
from shared.storage.migrate import current_and_head

CLOCK_WARNING_SECONDS, CLOCK_PROBLEM_SECONDS = 2.0, 10.0


def check_database(location: Location, owner: str, clock: Clock) -> list[Finding]:
    name = f"database {owner}"
    try:
        member = open_member(location, owner)
        with member.database.read() as connection:
            version, away = _version_and_clock(connection, clock)
            current, head = current_and_head(connection, migrations_of(owner))
    except Exception as error:  # noqa: BLE001 - a check reports, whatever the reason
        variable = f"TANGGAP_{owner.upper()}_DATABASE_URL"
        return [unseen(name, reason(error), f"start the database, or mend {variable} (or --data)")]
    member.database.close()
    where = make_url(location.urls[owner])
    found = [well(name, f"{version}, {where.host or where.database}")]
    if current == head:
        found.append(well(f"schema {owner}", f"revision {head}, the newest"))
    else:
        todo = "run `tanggap migrate`" if current is None or current < str(head) else "run the newer program"
        found.append(problem(f"schema {owner}", f"revision {current or 'missing'}, needed is {head}", todo))
    return [*found, *_clock(owner, away)]


def check_active_rules(location: Location, pack: Path) -> list[Finding]:
    """What decides now is in the router's database; the pack is only its seed."""
    name = "active rules"
    try:
        member = open_member(location, "router")
        active, refusals = _active(member)
    except Exception as error:  # noqa: BLE001 - a check reports, whatever the reason
        return [unseen(name, reason(error), "mend the router's database first")]
    if active is None:
        return [warning(name, "no rule set is active yet", "start the router once: it activates those of the pack")]
    if refusals:
        todo = "see `tanggap rules status`; activate a set that every router can use"
        who = counted(len(refusals), "router")
        return [problem(name, f"{active} is active, but {who} refused it: {refusals[0][:200]}", todo)]
    try:
        of_pack = pack_ruleset(load_pack(pack)).id
    except Exception as error:  # noqa: BLE001 - check_pack tells the details
        return [problem(name, f"{active} decides; the pack's cannot be read: {reason(error)[:100]}", "mend the pack")]
    if active == of_pack:
        return [well(name, f"{active}, the pack's")]
    todo = "`tanggap rules diff` shows what the pack's would change, `tanggap pack export` brings the pack up to date"
    return [warning(name, f"{active} decides, the pack has {of_pack}", todo)]


def _active(member: Member) -> tuple[str | None, list[str]]:
    """The active set, and what routers say that could not take it."""
    try:
        with member.database.read() as connection:
            found = sets.in_force(connection)
            adoptions = sets.adoptions_of(connection, found.number) if found else []
        refusals = [f"{one.process}: {one.detail}" for one in adoptions if one.outcome == sets.REFUSED]
        return None if found is None else found.ruleset, refusals
    finally:
        member.database.close()


def _version_and_clock(connection: Connection, clock: Clock) -> tuple[str, float | None]:
    """The server's version, and by how many seconds its clock is ahead; None where it is this machine's."""
    if connection.dialect.name == "sqlite":
        version = connection.execute(text("SELECT sqlite_version()")).scalar_one()
        return f"SQLite {version}", None
    version = connection.execute(text("SHOW server_version")).scalar_one()
    asked = clock.now()
    there = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    middle = asked + (clock.now() - asked) / 2
    assert isinstance(there, datetime)
    return f"PostgreSQL {str(version).split()[0]}", (there.astimezone(UTC) - middle).total_seconds()


def _clock(owner: str, ahead: float | None) -> list[Finding]:
    """Leases and due times are written by the services' clocks, so the machines have to agree."""
    name = f"clock {owner}"
    if ahead is None:
        return []
    saw = f"the database's clock is {abs(ahead):.2f} s {'ahead of' if ahead > 0 else 'behind'} this machine's"
    if abs(ahead) < CLOCK_WARNING_SECONDS:
        return [well(name, f"{ahead:+.2f} s against this machine")]
    todo = "synchronise the clocks of all machines (chrony, systemd-timesyncd)"
    return [(problem if abs(ahead) >= CLOCK_PROBLEM_SECONDS else warning)(name, saw, todo)]
