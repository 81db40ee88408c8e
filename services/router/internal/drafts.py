"""Drafts of the rules: looked at, begun, checked, explained and tried."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint

from services.router.circumstances import Circumstances
from services.router.decision import Decision
from services.router.internal.bodies import MOST_DAYS, MOST_TEXT, read_number, read_string, read_text, tell_problem
from services.router.proposing import trial_runs
from services.router.proposing.draft import content_of
from services.router.proposing.proposals import Proposals, Who
from services.router.proposing.telling import outline, tell_draft, tell_heading
from services.router.rule import RulesError
from services.router.rule_files import Files
from services.router.ruleset import decider_of
from shared.contracts.fields import Place
from shared.ids import new_id
from shared.web.internal import json_object


def offer_drafts(blueprint: Blueprint, proposals: Proposals, asked_for_trial: Callable[[], None]) -> None:
    _offer_looking(blueprint, proposals)
    _offer_checking(blueprint, proposals)
    _offer_trials(blueprint, proposals, asked_for_trial)


def _offer_looking(blueprint: Blueprint, proposals: Proposals) -> None:
    @blueprint.get("/drafts")
    def drafts() -> dict[str, Any]:
        ruleset, files = proposals.active()
        content = content_of(files)
        open_, settled = proposals.newest()
        return {
            "active": ruleset,
            "four_eyes": proposals.four_eyes,
            "open": [tell_heading(one, content) for one in open_],
            "settled": [tell_heading(one, content) for one in settled],
        }

    @blueprint.get("/drafts/<draft_id>")
    def draft(draft_id: str) -> dict[str, Any]:
        found = proposals.find(draft_id)
        acts = [one | {"at": one["at"].isoformat()} for one in proposals.acts_on(draft_id)]
        _, files = proposals.active()
        told = tell_draft(found, content_of(files), proposals.versions.pack)
        return told | {"acts": acts, "four_eyes": proposals.four_eyes, "trial": _trial(proposals, draft_id)}

    @blueprint.get("/outline")
    def active_outline() -> dict[str, Any]:
        ruleset, files = proposals.active()
        return {"ruleset": ruleset, "rules": outline(files)}

    @blueprint.get("/drafts/<draft_id>/rebase")
    def compared(draft_id: str) -> dict[str, Any]:
        found = proposals.find(draft_id)
        ruleset, content, rebased = proposals.compare_with_active(found)
        conflicts = [
            {name: getattr(one, name) for name in ("file", "base", "ours", "theirs", "merged")}
            for one in rebased.conflicts
        ]
        return {
            "active": ruleset, "active_content": content, "taken": list(rebased.taken), "conflicts": conflicts,
            "stale": found.heading.base_content != content,
        }  # fmt: skip


def _offer_checking(blueprint: Blueprint, proposals: Proposals) -> None:
    @blueprint.post("/drafts/<draft_id>/lint")
    def lint_draft(draft_id: str) -> dict[str, Any]:
        """The draft, with one file as it stands in somebody's browser if `file` and `text` are given."""
        body, files = json_object(), dict(proposals.find(draft_id).files)
        if name := read_string(body, "file"):
            files[name] = read_string(body, "text")
        return {"problems": [tell_problem(one) for one in proposals.versions.lint(files)]}

    @blueprint.post("/drafts/<draft_id>/explain")
    def explain_draft(draft_id: str) -> dict[str, Any]:
        """One text under the active rules and under the draft; `draft` is null while that cannot be used."""
        body = json_object()
        text = read_text(body, "text", MOST_TEXT)
        place = Place(kelurahan=read_text(body, "kelurahan", 100, default="") or None)
        beside = Circumstances(read_text(body, "channel", 64, default=""), read_text(body, "kind", 64, default=""))

        def decided(files: Files, ruleset: str | None) -> dict[str, Any]:
            compiled, decide = decider_of(files, proposals.versions.pack, ruleset)
            decision = decide(text, place, beside)
            agencies = {rule.id: rule.agency for rule in compiled.rules.values()}
            return _with_agencies(decision, agencies)

        ruleset, files = proposals.active()
        found = proposals.find(draft_id)
        try:
            drafted: dict[str, Any] | None = decided(found.files, None)
        except RulesError:
            drafted = None
        return {"active": decided(files, ruleset), "draft": drafted}


def _offer_trials(blueprint: Blueprint, proposals: Proposals, asked_for_trial: Callable[[], None]) -> None:
    @blueprint.post("/drafts/<draft_id>/trial")
    def ask_trial(draft_id: str) -> dict[str, Any]:
        body = json_object()
        days, actor = read_number(body, "days", 1, MOST_DAYS), read_text(body, "actor", 100)
        found, (ruleset, _) = proposals.find(draft_id), proposals.active()
        versions = proposals.versions
        with versions.database.write() as tx:
            trial_runs.ask(
                tx, found, new_id(), against=ruleset, days=days, by=actor, at=versions.clock.now()
            )  # fmt: skip
            tx.after_commit(asked_for_trial)
        return {"trial": _trial(proposals, draft_id)}

    @blueprint.get("/drafts/<draft_id>/trial")
    def trial(draft_id: str) -> dict[str, Any]:
        return {"trial": _trial(proposals, draft_id)}

    @blueprint.post("/drafts")
    def begin() -> dict[str, Any]:
        body = json_object()
        who = Who(read_text(body, "actor", 100), read_text(body, "role", 30))
        like = read_text(body, "like", 64, default="") or None
        made = proposals.begin(read_text(body, "draft_id", 36), read_string(body, "title"), who, like=like)
        return {"draft_id": made.heading.draft_id, "revision": made.heading.revision, "state": made.heading.state}


def _trial(proposals: Proposals, draft_id: str) -> dict[str, Any] | None:
    with proposals.versions.database.read() as connection:
        run = trial_runs.find(connection, draft_id)
    return None if run is None else dict(trial_runs.told(run))


def _with_agencies(decision: Decision, agencies: dict[str, str]) -> dict[str, Any]:
    told = decision.as_dict()
    for reason in told["reasons"]:
        reason["agency"] = agencies.get(reason["rule"], "")
    return told
