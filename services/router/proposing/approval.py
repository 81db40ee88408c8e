"""The second pair of eyes: a proposal put in force. The draft and the activation change in one transaction."""

from __future__ import annotations

from dataclasses import replace

from services.router import repository_rules as sets
from services.router.proposing import repository
from services.router.proposing.draft import ACTIVATED, PROPOSED, Draft, Heading, content_of
from services.router.proposing.proposals import Proposals, Who
from services.router.tables import audit
from services.router.versions import MOST_REASON, Act, NotAsExpected
from shared.audit import record_act
from shared.errors import Refused
from shared.storage.database import Transaction


def approve(proposals: Proposals, draft_id: str, who: Who, content: str, remark: str) -> Draft:
    """Puts in force what its approver looked at: `content` names it. `remark` may be empty.

    Raises `Refused` (`own_proposal`, `draft_changed`, `wrong_state`, `remark_too_long`), `NotAsExpected` when other
    rules are active than those it was made from, `RulesRefused` when lint finds errors by now. Then nothing is changed.
    """
    remark = remark.strip()
    if len(remark) > MOST_REASON:
        raise Refused(f"remark: at most {MOST_REASON} characters", code="remark_too_long")
    draft = proposals.find(draft_id)
    if _is_done(draft.heading, who, content):
        return draft
    _check(proposals, draft.heading, who, content)
    act = Act(who.actor, who.role, _because(draft.heading))

    def settle(tx: Transaction, ruleset: str) -> None:
        known = repository.lock(tx, draft_id)
        if known is None or known.heading.revision != draft.heading.revision:
            raise Refused("somebody changed it at the same moment", code="draft_changed", status=409)
        _check_base(tx, known.heading)
        now = proposals.versions.clock.now()
        heading = replace(
            known.heading, state=ACTIVATED, verdict=remark, settled_by=who.actor, settled_at=now, ruleset=ruleset,
            revision=known.heading.revision + 1, changed_by=who.actor, changed_at=now,
        )  # fmt: skip
        repository.change(tx, replace(known, heading=heading))
        record_act(
            tx, audit, at=now, actor=who.actor, role=who.role, act="rules.approve", subject=draft_id, reason=remark,
            details={"revision": heading.revision, "content": content, "ruleset": ruleset},
        )  # fmt: skip

    proposals.versions.activate(draft.files, act, expected=draft.heading.base, within=settle)
    return proposals.find(draft_id)


def _is_done(known: Heading, who: Who, content: str) -> bool:
    return (known.state, known.settled_by, known.content) == (ACTIVATED, who.actor, content)


def _check(proposals: Proposals, known: Heading, who: Who, content: str) -> None:
    if known.state != PROPOSED:
        raise Refused(f"the draft is {known.state}", code="wrong_state", status=409)
    if known.content != content:
        raise Refused("it was changed since you looked at it", code="draft_changed", status=409)
    if proposals.four_eyes and known.proposed_by == who.actor:
        raise Refused("whoever proposed it cannot settle it", code="own_proposal", status=403)


def _check_base(tx: Transaction, known: Heading) -> None:
    """The id tells what decides; that nobody's comments and examples are lost either, only the files themselves do."""
    current = sets.in_force(tx.connection)
    files = sets.files_of(tx.connection, current.ruleset) if current else None
    if files is None or content_of(files) != known.base_content:
        raise NotAsExpected("Other rules are active than those that the proposal was made from.", status=409)


def _because(known: Heading) -> str:
    author = f" (usulan {known.proposed_by})"
    return known.reason[: MOST_REASON - len(author)] + author
