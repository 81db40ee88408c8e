"""`tanggap agency amqp`: a queue and a user of the broker for an agency whose own system fetches its cases."""

from __future__ import annotations

import shlex
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from services.commands.agency_access import AgencyAccess, agency_access
from services.commands.inspection import data_option, json_option
from services.commands.rendering import print_json
from services.operations.agency_accounts import Given
from services.operations.sentences import counted
from shared.messaging.agency_queues import address_for

_MOST_HOURS = 24 * 90
_CLIENT = "agency_client.py"  # deploy/examples


@click.group()
def amqp() -> None:
    """Queues from which agencies' own systems fetch their cases."""


@amqp.command()
@click.argument("code")
@data_option
@json_option
@click.pass_obj
def add(options: dict[str, Any], code: str, data: Path | None, as_json: bool) -> None:
    """Make queue and user of agency CODE, and put the way into the directory. The password is shown once.

    May be run again: what is missing is made, and a password that was given stays.
    """
    with agency_access(options, data) as access:
        given = access.accounts().add(code)
        _tell(access, given, as_json, f"queue {given.account.queue} and user {given.account.username} are there")


@amqp.command()
@click.argument("code")
@data_option
@json_option
@click.pass_obj
def rotate(options: dict[str, Any], code: str, data: Path | None, as_json: bool) -> None:
    """A new password for agency CODE, shown once. The old one stops at once; who is connected is cut off."""
    with agency_access(options, data) as access:
        given = access.accounts().rotate(code)
        _tell(access, given, as_json, f"user {given.account.username} has a new password, the old one is worth nothing")


@amqp.command()
@click.argument("code")
@click.option("--yes", is_flag=True, help="Really.")
@click.option("--discard", is_flag=True, help="Also the messages that still wait there.")
@data_option
@click.pass_obj
def remove(options: dict[str, Any], code: str, yes: bool, discard: bool, data: Path | None) -> None:
    """Take the way out of the directory, then user and queue of agency CODE."""
    if not yes:
        raise click.UsageError(f"{code} gets no more cases by its queue, and its user is gone: say --yes")
    with agency_access(options, data) as access:
        discarded = access.accounts().remove(code, discard=discard)
    click.echo(f"{code} has no queue any more" + (f"; {discarded} messages went with it" if discarded else ""))


@amqp.command()
@click.option("--again", type=click.IntRange(1, _MOST_HOURS), metavar="HOURS", help="Also send what was sent since.")
@data_option
@click.pass_obj
def restore(options: dict[str, Any], again: int | None, data: Path | None) -> None:
    """Make queues and users again after the broker lost its disk. The agencies' passwords stay as they are.

    What lay in the queues is sent once more with --again: messages keep their ids, and agencies remove doubles.
    """
    with agency_access(options, data) as access:
        accounts = access.accounts()
        restored = accounts.restore()
        sent = accounts.send_again(access.clock.now() - timedelta(hours=again)) if again else 0
    for account in restored:
        click.echo(f"{account.agency}: queue {account.queue} and user {account.username} are there")
    if not restored:
        click.echo("no agency has a queue")
    if again:
        click.echo(f"{counted(sent, 'message')} of the last {counted(again, 'hour')} will be sent again")


def _tell(access: AgencyAccess, given: Given, as_json: bool, done: str) -> None:
    account = given.account
    url = address_for(access.agency_broker_url(), account.username, given.password) if given.password else ""
    if as_json:
        print_json({"agency": account.agency, "queue": account.queue, "user": account.username, "url": url})
        return
    click.echo(done)
    if not url:
        click.echo(f"its password was shown when it was made; a new one: tanggap agency amqp rotate {account.agency}")
        return
    click.echo("for the agency's engineer, shown this once:\n")
    click.echo(f"  {url}\n")
    click.echo("deploy/examples has a client that keeps each case as a file:\n")
    click.echo(f"  python {_CLIENT} {shlex.quote(url)} cases")
