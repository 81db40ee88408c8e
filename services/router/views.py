"""The router's internal API, for the desk: versions of the rules and the acts on them, drafts and proposals."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint

from services.router.internal.bodies import mistakes
from services.router.internal.draft_acts import offer_acts
from services.router.internal.drafts import offer_drafts
from services.router.internal.rulesets import offer_activation, offer_trials, offer_versions
from services.router.proposing.proposals import Proposals
from services.router.rule import RulesError
from services.router.versions import RulesRefused
from shared.web.internal import internal_blueprint


def rules_api(proposals: Proposals, token: str, asked_for_trial: Callable[[], None]) -> Blueprint:
    """`asked_for_trial` is called when a run waits: wakes who works on it."""
    blueprint = internal_blueprint("router", token)
    blueprint.register_error_handler(RulesError, mistakes)
    blueprint.register_error_handler(RulesRefused, mistakes)
    offer_versions(blueprint, proposals.versions)
    offer_trials(blueprint, proposals.versions)
    offer_activation(blueprint, proposals.versions)
    offer_drafts(blueprint, proposals, asked_for_trial)
    offer_acts(blueprint, proposals)
    return blueprint
