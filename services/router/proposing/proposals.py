"""What people do with drafts of the rules. Each act is one transaction with its audit row; the same act twice is one.

Every act says the `revision` that its person saw, and is refused with `draft_changed` when somebody else did something
meanwhile. Only `approve` puts rules in force, through `Versions`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from services.router.proposing import repository
from services.router.proposing.checks import (
    UNSTORABLE,
    check_editable,
    check_file,
    check_fresh,
    check_own,
    check_proposed,
    known_draft,
    read_reason,
    with_file,
    wrong_state,
)
from services.router.proposing.draft import DRAFT, OPEN, PROPOSED, REFUSED, WITHDRAWN, Draft, Heading, content_of
from services.router.proposing.insertion import Inserted, Wish, insert_phrase
from services.router.proposing.rebasing import Rebased, rebase
from services.router.tables import audit
from services.router.versions import RulesRefused, Versions
from shared.audit import record_act
from shared.errors import Refused
from shared.storage.database import Transaction

MOST_TITLE = 120
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
Step = Callable[[Draft], tuple[Draft, dict[str, Any]] | None]
"""From a draft to the draft after an act, with details for the audit row; None when that was done before."""


@dataclass(frozen=True, slots=True)
class Who:
    actor: str
    role: str


@dataclass(frozen=True, slots=True)
class Proposals:
    """`four_eyes`: whoever proposed a change cannot approve it."""

    versions: Versions
    four_eyes: bool = True

    def find(self, draft_id: str) -> Draft:
        with self.versions.database.read() as connection:
            return known_draft(repository.find(connection, draft_id))

    def newest(self) -> tuple[list[Heading], list[Heading]]:
        """Those of which something may still come, and the last ones that are settled."""
        with self.versions.database.read() as connection:
            settled = repository.newest(connection, ("activated", WITHDRAWN), 30)
            return repository.newest(connection, OPEN), settled

    def active(self) -> tuple[str, dict[str, str]]:
        """Id and files of the set in force."""
        current = self.versions.in_force()
        if current is None:
            raise Refused("no rule set is active yet", code="no_rules", status=409)
        return self.versions.find(current.ruleset)

    def acts_on(self, draft_id: str) -> list[dict[str, Any]]:
        with self.versions.database.read() as connection:
            return repository.acts_on(connection, draft_id)

    def begin(self, draft_id: str, title: str, who: Who, *, like: str | None = None) -> Draft:
        """A draft of the active set; with `like`, one that would put the files of that older set in force again."""
        title = " ".join(title.split())
        if not _ID.fullmatch(draft_id):
            raise Refused("draft_id: a UUID is needed", code="invalid_fields")
        if not title or len(title) > MOST_TITLE or UNSTORABLE.search(title):
            raise Refused(f"title: 1 to {MOST_TITLE} characters are needed", code="bad_title")
        base, base_files = self.active()
        files = self.versions.find(like)[1] if like else base_files
        now, content = self.versions.clock.now(), content_of(files)
        heading = Heading(
            draft_id, title, DRAFT, base, content, content_of(base_files), 1, who.actor, now, who.actor, now
        )
        with self.versions.database.write() as tx:
            if not repository.add(tx, Draft(heading, files, base_files)):
                known = known_draft(repository.lock(tx, draft_id))
                if known.heading.author != who.actor:
                    raise Refused("this id is taken", code="draft_changed", status=409)
                return known
            details = {"revision": 1, "base": base, **({"like": like} if like else {})}
            self._audit(tx, "rules.draft", draft_id, who, title, details)
        return Draft(heading, files, base_files)

    def save(self, draft_id: str, who: Who, revision: int, file: str, text: str | None) -> Draft:
        """Writes one file of it, whatever state the text is in; None takes the file out."""
        check_file(file, text)

        def step(draft: Draft) -> tuple[Draft, dict[str, Any]] | None:
            if draft.files.get(file) == text:
                return None
            check_editable(draft, revision)
            return with_file(draft, file, text), {"file": file, **({} if text is not None else {"removed": True})}

        return self._step("rules.edit", draft_id, who, "", step)

    def add_phrase(self, draft_id: str, who: Who, revision: int, wish: Wish) -> tuple[Draft, Inserted]:
        """Writes a phrase into the rules as `insert_phrase` does."""
        done: list[Inserted] = []

        def step(draft: Draft) -> tuple[Draft, dict[str, Any]] | None:
            inserted = insert_phrase(draft.files, wish)
            done.append(inserted)
            if draft.files.get(inserted.file) == inserted.text:
                return None
            check_editable(draft, revision)
            details = {"file": inserted.file, "rule": inserted.rule, "phrase": wish.phrase, "weight": wish.weight}
            return with_file(draft, inserted.file, inserted.text), details

        return self._step("rules.edit", draft_id, who, "", step), done[-1]

    def propose(self, draft_id: str, who: Who, revision: int, reason: str) -> Draft:
        """Puts it before the others. Raises `RulesRefused` while lint finds errors."""
        reason = read_reason(reason)
        draft = self.find(draft_id)
        problems = self.versions.lint(draft.files) if draft.heading.state == DRAFT else ()
        if any(problem.level == "error" for problem in problems):
            raise RulesRefused(problems)

        def step(draft: Draft) -> tuple[Draft, dict[str, Any]] | None:
            known = draft.heading
            if (known.state, known.proposed_by, known.reason) == (PROPOSED, who.actor, reason):
                return None
            check_editable(draft, revision)
            if not draft.touched():
                raise Refused("nothing is different from the active rules", code="nothing_changed", status=409)
            now = self.versions.clock.now()
            more: dict[str, Any] = {
                "state": PROPOSED,
                "reason": reason,
                "proposed_by": who.actor,
                "proposed_at": now,
                "verdict": "",
            }
            return replace(draft, heading=replace(known, **more)), {"content": known.content}

        return self._step("rules.propose", draft_id, who, reason, step)

    def refuse(self, draft_id: str, who: Who, revision: int, reason: str) -> Draft:
        reason = read_reason(reason)

        def step(draft: Draft) -> tuple[Draft, dict[str, Any]] | None:
            known = draft.heading
            if (known.state, known.settled_by, known.verdict) == (REFUSED, who.actor, reason):
                return None
            check_proposed(draft, revision)
            self._check_eyes(known, who)
            more: dict[str, Any] = {"state": REFUSED, "verdict": reason, "settled_by": who.actor}
            return replace(draft, heading=replace(known, **more, settled_at=self.versions.clock.now())), {}

        return self._step("rules.refuse", draft_id, who, reason, step)

    def take_back(self, draft_id: str, who: Who, revision: int) -> Draft:
        """A proposal, or a refused one, becomes a draft again; only those who made it may."""

        def step(draft: Draft) -> tuple[Draft, dict[str, Any]] | None:
            known = draft.heading
            if known.state == DRAFT and known.changed_by == who.actor:
                return None
            check_own(known, who.actor)
            check_fresh(known, revision)
            if known.state not in (PROPOSED, REFUSED):
                raise wrong_state(known)
            return replace(draft, heading=replace(known, state=DRAFT)), {}

        return self._step("rules.take_back", draft_id, who, "", step)

    def discard(self, draft_id: str, who: Who, revision: int) -> Draft:
        """It is kept and shown as withdrawn, and can no longer be changed."""

        def step(draft: Draft) -> tuple[Draft, dict[str, Any]] | None:
            known = draft.heading
            if known.state == WITHDRAWN and known.settled_by == who.actor:
                return None
            check_own(known, who.actor)
            check_fresh(known, revision)
            if known.state not in OPEN:
                raise wrong_state(known)
            more: dict[str, Any] = {
                "state": WITHDRAWN,
                "settled_by": who.actor,
                "settled_at": self.versions.clock.now(),
            }
            return replace(draft, heading=replace(known, **more)), {}

        return self._step("rules.withdraw", draft_id, who, "", step)

    def compare_with_active(self, draft: Draft) -> tuple[str, str, Rebased]:
        """Id and content of the active set, and the draft as it would stand upon it."""
        ruleset, files = self.active()
        return ruleset, content_of(files), rebase(draft.base_files, draft.files, files)

    def bring_up_to_date(
        self, draft_id: str, who: Who, revision: int, active_content: str, settled: Mapping[str, str | None]
    ) -> Draft:
        """Puts it upon the active set that its person looked at. `settled` says for each conflict what shall stand.

        Raises `Refused`: `not_as_expected` when other rules are active by now, `unsettled` when a conflict is left.
        """
        ruleset, active = self.active()
        if content_of(active) != active_content:
            raise Refused("other rules are active by now", code="not_as_expected", status=409)

        def step(draft: Draft) -> tuple[Draft, dict[str, Any]] | None:
            if draft.heading.base_content == active_content:
                return None
            check_fresh(draft.heading, revision)
            if draft.heading.state not in (DRAFT, PROPOSED):
                raise wrong_state(draft.heading)
            found = rebase(draft.base_files, draft.files, active)
            if found.conflicts and draft.heading.state == PROPOSED:  # else whoever approves could write in it
                raise Refused("take the proposal back first", code="take_back_first", status=409)
            files = dict(found.files)
            for conflict in found.conflicts:
                if conflict.file not in settled:
                    raise Refused(f"{conflict.file}: both sides changed it", code="unsettled", status=409)
                text = settled[conflict.file]
                check_file(conflict.file, text)
                files |= {conflict.file: text} if text is not None else {}
            heading = replace(draft.heading, base=ruleset, base_content=active_content, content=content_of(files))
            told = {"base": ruleset, "taken": list(found.taken), "settled": [one.file for one in found.conflicts]}
            return Draft(heading, files, active), told

        return self._step("rules.rebase", draft_id, who, "", step)

    def _check_eyes(self, known: Heading, who: Who) -> None:
        if self.four_eyes and known.proposed_by == who.actor:
            raise Refused("whoever proposed it cannot settle it", code="own_proposal", status=403)

    def _step(self, act: str, draft_id: str, who: Who, reason: str, step: Step) -> Draft:
        with self.versions.database.write() as tx:
            draft = known_draft(repository.lock(tx, draft_id))
            found = step(draft)
            if found is None:
                return draft
            changed, details = found
            heading = replace(
                changed.heading, revision=draft.heading.revision + 1, changed_by=who.actor,
                changed_at=self.versions.clock.now(),
            )  # fmt: skip
            changed = replace(changed, heading=heading)
            repository.change(tx, changed)
            self._audit(tx, act, draft_id, who, reason, {"revision": heading.revision, **details})
        return changed

    def _audit(
        self, tx: Transaction, act: str, draft_id: str, who: Who, reason: str, details: dict[str, Any]
    ) -> None:  # fmt: skip
        record_act(
            tx, audit, at=self.versions.clock.now(), actor=who.actor, role=who.role, act=act, subject=draft_id,
            reason=reason, details=details,
        )  # fmt: skip
