"""The `tanggap` command: it only parses and calls."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from services.commands.environment import CommandGroup, read_environment

_DEFAULT_PACK = Path(__file__).parents[1] / "deploy/cities/cimahi"


_LOADED_WHEN_CALLED = {
    "agency": "services.commands.agency:agency",
    "audit": "services.commands.audit:audit",
    "backup": "services.commands.backup:backup",
    "block": "services.commands.block:block",
    "cases": "services.commands.cases_export:cases",
    "dead": "services.commands.dead:dead",
    "deadlines": "services.commands.deadlines:deadlines",
    "deliveries": "services.commands.deliveries:deliveries",
    "desk": "services.commands.desk:desk",
    "doctor": "services.commands.doctor:doctor",
    "keys": "services.commands.keys:keys",
    "pack": "services.commands.pack:pack",
    "people": "services.commands.people:people",
    "privacy": "services.commands.privacy:privacy",
    "quarantine": "services.commands.quarantine:quarantine",
    "queues": "services.commands.queues:queues",
    "reconcile": "services.commands.reconcile:reconcile",
    "reseal": "services.commands.reseal:reseal",
    "restore": "services.commands.restore:restore",
    "rules": "services.commands.rules:rules",
    "secrets": "services.commands.secrets:secrets",
    "trace": "services.commands.trace:trace_command",
}


@click.group(cls=CommandGroup, others=_LOADED_WHEN_CALLED, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--pack", type=click.Path(path_type=Path), help="Folder of the city's pack (default: deploy/cities/cimahi)."
)
@click.pass_context
def main(context: click.Context, pack: Path | None) -> None:
    """Tanggap: complaints of a city's citizens, routed to the agency in charge."""
    environment = {"TANGGAP_PACK": str(_DEFAULT_PACK), **read_environment({"TANGGAP_PACK": pack})}
    context.obj = {"environment": environment, "pack": environment.get("TANGGAP_PACK") or str(_DEFAULT_PACK)}


@main.command()
@click.option("--data", type=click.Path(path_type=Path), help="Folder for databases and captured notices.")
@click.option("--host", help="Address to bind (default: 127.0.0.1).")
@click.option("--intake-port", type=int, help="Form and API (default: 8000).")
@click.option("--desk-port", type=int, help="Desk (default: 8001).")
@click.option("--smtp-port", type=int, help="Incoming mail (default: 8025).")
@click.pass_obj
def up(options: dict[str, Any], /, **chosen: object) -> None:
    """Start everything in one process, with SQLite and captured notices."""
    from services.commands.running import run_embedded

    given = {f"TANGGAP_{name.upper()}": value for name, value in chosen.items() if value is not None}
    sys.exit(run_embedded({**options["environment"], **{name: str(value) for name, value in given.items()}}))


@main.command()
@click.argument("name", type=click.Choice(["intake", "mail", "router", "notifier", "desk"]))
@click.pass_obj
def run(options: dict[str, Any], name: str) -> None:
    """Run one service NAME on RabbitMQ."""
    from services.commands.running import run_process

    sys.exit(run_process(name, options["environment"]))


@main.command()
@click.option("--close-other-users", is_flag=True, help="Only: after an exchange, close the users of before.")
@click.pass_obj
def migrate(options: dict[str, Any], close_other_users: bool) -> None:
    """Create or upgrade databases, roles and the broker's topology."""
    from services.commands import migrating

    (migrating.close_other_users if close_other_users else migrating.migrate)(options["environment"])


if __name__ == "__main__":
    main()
