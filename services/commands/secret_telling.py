"""What an operator is told of an exchange: where it stands, and what to do next. Pure; never a value."""

from __future__ import annotations

from collections.abc import Sequence

from services.commands.secret_exchange import ADD, RETIRE, USE, Secret, turn_of
from services.commands.secret_kinds import Kind
from shared.keyring import values_of
from shared.logins import user_of

_DATABASE, _BROKER = "_database_url", "_broker_url"


def stands(secret: Secret) -> str:
    """In a few words."""
    kind = secret.kind.kind
    if not secret.content:
        return "empty"
    if kind == Kind.LOGIN:
        return {
            "": f"user {user_of(secret.content)}",
            ADD: f"user {user_of(secret.content)}; {user_of(secret.beside)} is prepared",
            USE: f"user {user_of(secret.content)}; {user_of(secret.beside)} is still let in",
            RETIRE: f"user {user_of(secret.content)}; the other is no longer let in",
        }[secret.stage]
    if kind == Kind.PASSWORD:
        return {"": "one value", ADD: "a new value is prepared", USE: "changed", RETIRE: "changed"}[secret.stage]
    count = len(values_of(secret.content))
    used = {ADD: "the new value is accepted, not used yet", USE: "the new value is used, older ones are accepted"}
    return used.get(secret.stage, "one value" if count == 1 else f"{count} values, the first is used")


def next_of(secret: Secret) -> list[str]:
    """What to do next, a line each; nothing when no exchange is begun."""
    if not secret.stage:
        return []
    name, turn = secret.kind.name, turn_of(secret)
    lines = [*_server_lines(secret), *_replacing(secret.kind.used_by if _concerns_processes(secret) else ())]
    if secret.stage == pauses_after(secret):
        lines.append(secret.kind.pause)
    if turn == RETIRE and secret.kind.kind == Kind.SEALING:
        lines.append(f"seal anew what the old value sealed: tanggap reseal {name}")
        return [*lines, f"then: tanggap secrets retire {name} --resealed PROOF (the proof is printed by reseal)"]
    if turn:
        return [*lines, f"then: tanggap secrets {turn} {name}"]
    lasting = " (older values stay, since what they sealed is checked with them)" * (secret.kind.kind == Kind.LASTING)
    return [*lines, f"when all is well: tanggap secrets forget {name}{lasting}"]


def _concerns_processes(secret: Secret) -> bool:
    """Whether running processes have to know of the last step: not of a second user before it is used, or after."""
    return secret.kind.kind != Kind.LOGIN or secret.stage == USE


def pauses_after(secret: Secret) -> str:
    """The step after which something outside has to happen; empty for none.

    Whom we show something must know it before we use it; who shows us something, before we refuse the old.
    """
    if not secret.kind.pause:
        return ""
    return ADD if secret.kind.name == "sms_gateway_key" else USE


def _server_lines(secret: Secret) -> Sequence[str]:
    """What the server has to be told, and how it is told in the stack."""
    name, stage = secret.kind.name, secret.stage
    if name.endswith(_DATABASE) and secret.kind.kind == Kind.LOGIN:
        return {
            USE: ["make the new user: tanggap migrate (docker compose run --rm migrate)"],
            RETIRE: ["close the old user: tanggap migrate --close-other-users"],
        }.get(stage, ())
    if name.endswith(_BROKER) and secret.kind.kind == Kind.LOGIN:
        return {
            ADD: ["make the new user at the broker: deploy/rotate.sh tell-broker"],
            RETIRE: ["close the old user at the broker: deploy/rotate.sh tell-broker"],
        }.get(stage, ())
    if secret.kind.kind == Kind.PASSWORD and stage == USE:
        server = "database" if name == "admin_database_url" else "broker"
        return [f"tell the {server}: deploy/rotate.sh tell-{server}"]
    return ()


def _replacing(services: Sequence[str]) -> list[str]:
    return [f"replace, one by one: deploy/replace.sh {' '.join(services)}"] if services else []
