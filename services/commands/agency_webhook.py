"""`tanggap agency webhook`: an address of an agency to which its cases are posted, and the secret that signs them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from services.commands.agency_access import AgencyAccess, agency_access
from services.commands.inspection import data_option, json_option
from services.commands.rendering import print_json
from services.desk.directory.ways import with_way, without_way
from services.operations.letters import operator
from shared.address_guard import AddressGuard, RefusedAddress
from shared.audit import record_act
from shared.citypack import load_pack

_WAY = "webhook"
_KEEP_HOURS = 24
_MOST_KEEP_HOURS = 24 * 30


@click.group()
def webhook() -> None:
    """Addresses to which agencies' cases are posted, signed."""


@webhook.command()
@click.argument("code")
@click.argument("url")
@data_option
@json_option
@click.pass_obj
def add(options: dict[str, Any], code: str, url: str, data: Path | None, as_json: bool) -> None:
    """Post the cases of agency CODE to URL. The secret that signs them is shown once.

    Where there is a webhook already, its address is changed and its secret stays.
    """
    _check(url, load_pack(Path(options["pack"])).notifications.private_webhooks)
    with agency_access(options, data) as access:
        secrets, entry = access.webhook_secrets(), access.directory.find(code)
        given = "" if _WAY in entry.endpoints and secrets.signing(code) else _new_secret(access, code, timedelta(0))
        access.directory.apply(code, with_way(_WAY, url), act="agency.webhook.add", details={"url": url})
    _tell(code, given, as_json, f"cases for {code} are posted to {url}")


@webhook.command()
@click.argument("code")
@click.option(
    "--keep", type=click.IntRange(0, _MOST_KEEP_HOURS), default=_KEEP_HOURS, show_default=True,
    help="For so many hours the old secret signs too.",
)  # fmt: skip
@data_option
@json_option
@click.pass_obj
def rotate(options: dict[str, Any], code: str, keep: int, data: Path | None, as_json: bool) -> None:
    """A new secret for the webhook of agency CODE, shown once."""
    with agency_access(options, data) as access:
        _must_have(access, code)
        given = _new_secret(access, code, timedelta(hours=keep))
    both = f"; for {keep} hours the old one signs beside it" if keep else ", and the old one no longer signs"
    _tell(code, given, as_json, f"the webhook of {code} has a new secret{both}")


@webhook.command()
@click.argument("code")
@data_option
@click.pass_obj
def remove(options: dict[str, Any], code: str, data: Path | None) -> None:
    """Post nothing more to agency CODE, and forget its secrets."""
    with agency_access(options, data) as access:
        _must_have(access, code)
        access.directory.apply(code, without_way(_WAY), act="agency.webhook.remove", details={})
        access.webhook_secrets().remove(code)
    click.echo(f"nothing is posted to {code} any more")


def _check(url: str, private: tuple[str, ...]) -> None:
    try:
        AddressGuard.of(private).check_url(url)
    except RefusedAddress as error:
        raise click.ClickException(f"{url} is not used as a webhook ({error.reason}): {error}") from None


def _must_have(access: AgencyAccess, code: str) -> None:
    if _WAY not in access.directory.find(code).endpoints:
        raise click.ClickException(f"{code} has no webhook; give it one: tanggap agency webhook add {code} URL")


def _new_secret(access: AgencyAccess, code: str, keep: timedelta) -> str:
    """The audit row is there before anybody sees the secret."""
    with access.notifier.database.write() as tx:
        details = {"old_signs_for_hours": keep.total_seconds() / 3600}
        record_act(
            tx, access.notifier.audit, at=access.clock.now(), actor=operator(), role="operator",
            act="agency.webhook.secret", subject=code, details=details,
        )  # fmt: skip
    return access.webhook_secrets().rotate(code, keep)


def _tell(code: str, secret: str, as_json: bool, done: str) -> None:
    if as_json:
        print_json({"agency": code, "secret": secret})
        return
    click.echo(done)
    if not secret:
        click.echo(f"its secret stays; a new one: tanggap agency webhook rotate {code}")
        return
    click.echo("for the agency's engineer, shown this once (https://www.standardwebhooks.com tells how it signs):\n")
    click.echo(f"  {secret}\n")
    click.echo("deploy/examples/webhook_receiver.py shows how to check it")
