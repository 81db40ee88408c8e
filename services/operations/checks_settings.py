"""Checks of the configuration: can each process start with it, do the channels lead anywhere, may anybody log in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from services.composition import PROCESSES, settings_for
from services.desk.people import repository as accounts
from services.operations.finding import Finding, State, problem, unseen, warning, well
from services.operations.installation import EMBEDDED, Location, open_member, reason
from shared.config import Environment
from shared.errors import ConfigError

_SECRETS = ("CONTENT_KEYS", "CONTACT_KEYS", "CONTACT_PEPPER", "SERVICE_TOKEN", "SESSION_KEY")


def check_settings(location: Location) -> list[Finding]:
    environment = _with_stored_secrets(location)
    problems: dict[str, None] = {}
    for name in PROCESSES:
        try:
            settings_for(name, environment)
        except ConfigError as error:
            problems.update(dict.fromkeys(line.strip() for line in error.message.splitlines()[1:] or [error.message]))
    mode = Environment(location.environment).text("TANGGAP_MODE")
    if problems:
        todo = "set them as for the services; .env.example lists every variable"
        return [warning("settings", "; ".join(problems), todo)]
    form = "everything in one process" if location.mode == EMBEDDED else "a process per service, on RabbitMQ"
    return [well("settings", f"{mode}; {form}")]


def check_channels(location: Location) -> list[Finding]:
    """Outgoing: what is not configured is captured in a demonstration, and fails in live mode."""
    env = Environment(location.environment)
    live = env.text("TANGGAP_MODE") == "live"
    found = [_outgoing(env, *way, live=live) for way in _WAYS_OUT]
    mail_addresses = env.text("TANGGAP_MAIL_ADDRESSES")
    if live and not mail_addresses:
        found.append(warning("mail in", "every mail is refused", "set TANGGAP_MAIL_ADDRESSES"))
    else:
        found.append(well("mail in", f"to {mail_addresses or 'any address'}"))
    if live and not env.text("TANGGAP_SMS_TOKEN"):
        found.append(
            warning("SMS in", "taken from this machine only", "set TANGGAP_SMS_TOKEN, and give it to the gateway")
        )
    else:
        found.append(well("SMS in", "with a token" if env.text("TANGGAP_SMS_TOKEN") else "from this machine only"))
    if live and not env.text("TANGGAP_PUBLIC_URL").startswith("https://"):
        saw = "TANGGAP_PUBLIC_URL does not begin with https://: tracking codes travel in clear"
        found.append(warning("public address", saw, "put a proxy with TLS in front, and set its address"))
    return found


def check_accounts(location: Location) -> list[Finding]:
    name = "accounts"
    try:
        member = open_member(location, "desk")
        with member.database.read() as connection:
            count = accounts.count_active(connection)
            demo = len(list(accounts.demo_people(connection, only_active=True)))
    except Exception as error:  # noqa: BLE001 - a check reports, whatever the reason
        return [unseen(name, reason(error), "mend the desk's database first")]
    member.database.close()
    live = Environment(location.environment).text("TANGGAP_MODE") == "live"
    if live and demo:
        return [problem(name, f"{demo} demo logins are active in live mode", "restart the desk: it closes them")]
    if not count:
        return [warning(name, "nobody may log in at the desk", "tanggap people add LOGIN --name NAME --role ROLE")]
    return [
        well(
            name, f"{count} people may log in at the desk" + (f", {demo} of them for the demonstration" if demo else "")
        )
    ]


_WAYS_OUT = (
    ("mail out", "TANGGAP_SMTP_URL"),
    ("SMS out", "TANGGAP_SMS_GATEWAY_URL"),
)


def _outgoing(env: Environment, name: str, variable: str, *, live: bool) -> Finding:
    if env.text(variable):
        return well(name, f"by {variable}")
    if live:
        return Finding(name, State.PROBLEM, "every such notice ends as failed: not_configured", f"set {variable}")
    return well(name, "captured, not sent (demo)")


def _with_stored_secrets(location: Location) -> Mapping[str, str]:
    """A demonstration keeps its secrets in the data folder, and makes what is missing as it starts; not here."""
    merged = dict(location.environment)
    makes_its_own = location.mode == EMBEDDED and merged.get("TANGGAP_MODE", "demo") == "demo"
    for secret in _SECRETS:
        path = Path(location.data) / "secrets" / secret.lower()
        name = f"TANGGAP_{secret}"
        if merged.get(name) or merged.get(f"{name}_FILE"):
            continue
        if path.is_file():
            merged[f"{name}_FILE"] = str(path)
        elif makes_its_own:
            merged[name] = "to be made by the first start" + "." * 32
    return merged
