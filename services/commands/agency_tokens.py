"""`tanggap agency token`: tokens by which agencies' own systems call the desk. The same as on the desk's page."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from services.commands.agency_access import AgencyAccess, agency_access
from services.commands.inspection import data_option, json_option
from services.commands.rendering import console, print_json, table
from services.desk.directory.tokens import MOST_DAYS, SCOPES, By, Token, add_token, revoke_token, tokens_of
from services.operations.letters import operator
from shared.errors import Refused

_DAYS = 365
_ROLE = "operator"


@click.group()
def token() -> None:
    """Tokens by which agencies' own systems call the desk's API."""


@token.command()
@click.argument("code")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(SCOPES), help="Default: cases:read.")
@click.option(
    "--days", type=click.IntRange(1, MOST_DAYS), default=_DAYS, show_default=True, help="It is valid so long."
)
@click.option("--for-ever", is_flag=True, help="Until it is revoked.")
@data_option
@json_option
@click.pass_obj
def add(
    options: dict[str, Any], code: str, name: str, scopes: tuple[str, ...], days: int, for_ever: bool,
    data: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Make a token for the system NAME of agency CODE. It is shown once."""
    wanted, valid_days = scopes or SCOPES[:1], None if for_ever else days
    with agency_access(options, data) as access:
        access.directory.find(code)
        database = access.desk.database
        try:
            made, secret = add_token(database, access.clock, _by(), code, name, wanted, valid_days)
        except Refused as error:
            raise click.ClickException("; ".join(error.fields.values()) or error.message) from None
    if as_json:
        print_json({**_document(made, made.created_at), "token": secret})
        return
    click.echo(f"{code} has a token for {made.name}: {', '.join(made.scopes)}")
    click.echo("for the agency's engineer, shown this once:\n")
    click.echo(f"  {secret}")


@token.command("list")
@click.argument("code")
@data_option
@json_option
@click.pass_obj
def list_tokens(options: dict[str, Any], code: str, data: Path | None, as_json: bool) -> None:
    """All tokens of agency CODE, also those that are worth nothing any more."""
    with agency_access(options, data) as access:
        documents = _documents(access, code)
    if as_json:
        print_json({"tokens": documents})
        return
    if not documents:
        click.echo(f"{code} has no token; make one: tanggap agency token add {code} NAME")
        return
    shown = table("Id", "Name", "Begins", "May", "State", "Last used", "Until")
    for one in documents:
        names = ("id", "name", "begins", "scopes", "state", "last_used_at", "expires_at")
        shown.add_row(*(Text(_told(one[name])) for name in names))
    console().print(shown)


@token.command()
@click.argument("code")
@click.argument("token_id", metavar="ID")
@data_option
@click.pass_obj
def revoke(options: dict[str, Any], code: str, token_id: str, data: Path | None) -> None:
    """From now on nobody is recognised by the token with this ID (or a name or beginning that only one has)."""
    with agency_access(options, data) as access:
        found = _pick(_tokens(access, code), token_id, access.clock.now())
        revoked = revoke_token(access.desk.database, access.clock, _by(), code, found)
    if revoked is None:
        raise click.ClickException(f"{code} has no token {token_id}; see: tanggap agency token list {code}")
    click.echo(f"the token {revoked.name} of {code} is worth nothing any more")


def _pick(tokens: list[Token], wanted: str, now: datetime) -> str:
    """The id that is meant; what fits none is given back as it is."""
    fitting = [one for one in tokens if wanted == one.token_id]
    fitting = fitting or [one for one in tokens if one.state_at(now) == "valid" and wanted in (one.name, one.shown)]
    if len(fitting) > 1:
        raise click.ClickException(f"{wanted} fits {len(fitting)} tokens; give the id")
    return fitting[0].token_id if fitting else wanted


def _by() -> By:
    return By(operator(), _ROLE)


def _tokens(access: AgencyAccess, code: str) -> list[Token]:
    access.directory.find(code)
    with access.desk.database.read() as connection:
        return tokens_of(connection, code)


def _documents(access: AgencyAccess, code: str) -> list[dict[str, Any]]:
    now = access.clock.now()
    return [_document(one, now) for one in _tokens(access, code)]


def _document(one: Token, now: datetime) -> dict[str, Any]:
    moments = ("created_at", "expires_at", "last_used_at", "revoked_at")
    return {
        "id": one.token_id, "agency": one.agency, "name": one.name, "begins": one.shown, "scopes": list(one.scopes),
        "state": one.state_at(now), **{name: getattr(one, name) and getattr(one, name).isoformat() for name in moments},
    }  # fmt: skip


def _told(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    return str(value or "-")[:40]
