"""Versions of the rules, and the acts on them."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint

from services.router.circumstances import Circumstances, assumed
from services.router.explain import explain_decision
from services.router.internal.bodies import MOST_SHOWN, MOST_TEXT, read_days, read_files, read_text, tell_problem
from services.router.repository_rules import Activation
from services.router.rule_files import Files, compile_files
from services.router.ruleset import decider_of
from services.router.trial import Bounds, try_rules
from services.router.versions import Act, Versions
from shared.contracts.fields import Place
from shared.errors import Refused
from shared.web.internal import json_object


def offer_versions(blueprint: Blueprint, versions: Versions) -> None:
    @blueprint.get("/rulesets")
    def listed() -> dict[str, Any]:
        stored, history = versions.listed()
        active = history[0].ruleset if history else None
        told = [
            {
                "ruleset": one.ruleset,
                "active": one.ruleset == active,
                "imported_at": one.imported_at.isoformat(),
                "imported_by": one.imported_by,
            }
            for one in stored
        ]
        return {"active": active, "rulesets": told, "activations": [_activation(one) for one in history]}

    @blueprint.get("/rulesets/<ruleset>")
    def one(ruleset: str) -> dict[str, Any]:
        found, files = _named(versions, ruleset)
        return {"ruleset": found, "files": files}


def offer_trials(blueprint: Blueprint, versions: Versions) -> None:
    @blueprint.post("/rulesets/lint")
    def lint() -> dict[str, Any]:
        files = read_files(json_object())
        problems = versions.lint(files)
        errors = any(problem.level == "error" for problem in problems)
        ruleset = None if errors else compile_files(files, versions.pack).id
        return {"ruleset": ruleset, "problems": [tell_problem(problem) for problem in problems]}

    @blueprint.post("/rulesets/diff")
    def diff() -> dict[str, Any]:
        body = json_object()
        old = _named(versions, read_text(body, "against", 64, default="active"))
        _, files = _wanted(versions, body)
        trial = try_rules(versions, old, files, Bounds(days=read_days(body)))
        told = trial.difference.as_dict()
        told["complaints"] = told["complaints"][:MOST_SHOWN]
        changes = [change.as_dict() for change in trial.changes[:MOST_SHOWN]]
        more = {"stored": trial.stored, "complete": trial.complete, "changes": changes, "changed": len(trial.changes)}
        return {"old": trial.old, "new": trial.new, **told, **more}

    @blueprint.post("/rulesets/explain")
    def explain() -> dict[str, Any]:
        body = json_object()
        ruleset, files = _wanted(versions, body)
        text = read_text(body, "text", MOST_TEXT)
        compiled, decide = decider_of(files, versions.pack, ruleset)
        place = Place(kelurahan=read_text(body, "kelurahan", 100, default="") or None)
        decision = decide(text, place, _circumstances(body, versions))
        names = {agency.code: agency.name for agency in versions.pack.agencies}
        return {"decision": decision.as_dict(), "explanation": explain_decision(decision, text, compiled, names)}


def offer_activation(blueprint: Blueprint, versions: Versions) -> None:
    @blueprint.post("/rulesets/activate")
    def activate() -> dict[str, Any]:
        body = json_object()
        if "expected" not in body:
            raise Refused("expected: the id of the set that you saw active is needed", code="invalid_fields")
        expected = read_text(body, "expected", 64)
        ruleset, files = _wanted(versions, body)
        who = Act(read_text(body, "actor", 100), read_text(body, "role", 30), read_text(body, "reason", 500))
        outcome = versions.activate(files, who, expected=expected, ruleset=ruleset)
        return {
            "outcome": str(outcome.ending),
            "ruleset": outcome.ruleset,
            "previous": outcome.previous,
            "stored": outcome.stored,
        }


def _circumstances(body: dict[str, Any], versions: Versions) -> Circumstances:
    channel, kind, hour = (read_text(body, name, 64, default="") for name in ("channel", "kind", "hour"))
    try:
        return assumed(channel, kind, hour, ZoneInfo(versions.pack.city.timezone), versions.clock.now())
    except ValueError:
        raise Refused(f"hour: `{hour}` is no time of day; write for instance 22:15", code="invalid_fields") from None


def _named(versions: Versions, name: str) -> tuple[str, dict[str, str]]:
    if name != "active":
        return versions.find(name)
    active = versions.in_force()
    if active is None:
        raise Refused("no rule set is active yet", code="no_rules", status=409)
    return versions.find(active.ruleset)


def _wanted(versions: Versions, body: dict[str, Any]) -> tuple[str | None, Files]:
    """The set that the body means: files that came along, or a stored one by its id (or `active`)."""
    if ("files" in body) == ("ruleset" in body):
        raise Refused("either files or ruleset is needed", code="invalid_fields")
    return (None, read_files(body)) if "files" in body else _named(versions, read_text(body, "ruleset", 64))


def _activation(one: Activation) -> dict[str, Any]:
    return {name: getattr(one, name) for name in ("number", "ruleset", "actor", "role", "reason")} | {
        "at": one.at.isoformat()
    }
