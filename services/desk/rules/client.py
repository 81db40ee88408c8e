"""The rules, as the desk asks the router for them. They lie there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import quote

from services.desk.people.person import Person
from services.desk.rules.draft import Comparison, Draft, Explained, Overview, Problem, Rule, Trial, Written
from services.desk.rules.reading import (
    read_comparison,
    read_draft,
    read_overview,
    read_problem,
    read_rules,
    read_trial,
)
from shared.errors import Refused, Rejected
from shared.web.internal import InternalClient


class Rules(Protocol):
    """All raise `Transient` when the router cannot be asked now, and `Refused` with its code when it says no.

    Every act says the revision that its person saw, gives the new one, and may be said again without harm.
    """

    def overview(self) -> Overview: ...
    def ruleset(self, ruleset: str) -> tuple[str, dict[str, str]]: ...
    def outline(self) -> list[Rule]: ...
    def draft(self, draft_id: str) -> Draft: ...
    def begin(self, draft_id: str, title: str, person: Person, *, like: str = "") -> int:
        """With `like`, the files are those of that older set."""
        ...

    def save(self, draft_id: str, revision: int, person: Person, file: str, text: str | None) -> int: ...
    def add_phrase(self, draft_id: str, revision: int, person: Person, phrase: Mapping[str, Any]) -> Written: ...
    def propose(self, draft_id: str, revision: int, person: Person, reason: str) -> None: ...
    def approve(self, draft_id: str, revision: int, person: Person, reason: str, content: str) -> str:
        """The id of the set that is active now."""
        ...

    def refuse(self, draft_id: str, revision: int, person: Person, reason: str) -> None: ...
    def take_back(self, draft_id: str, revision: int, person: Person) -> None: ...
    def discard(self, draft_id: str, revision: int, person: Person) -> None: ...
    def compare(self, draft_id: str) -> Comparison: ...
    def bring_up_to_date(
        self, draft_id: str, revision: int, person: Person, active_content: str, settled: Mapping[str, str | None]
    ) -> int: ...
    def lint(self, draft_id: str, file: str = "", text: str = "") -> list[Problem]:
        """With a file, as if the draft held that text."""
        ...

    def explain(self, draft_id: str, text: str, kelurahan: str = "") -> Explained: ...
    def ask_trial(self, draft_id: str, days: int, person: Person) -> None: ...
    def trial(self, draft_id: str) -> Trial | None: ...


class RouterRules:
    def __init__(self, client: InternalClient) -> None:
        self._client = client

    def overview(self) -> Overview:
        return read_overview(self._get("/rulesets"), self._get("/drafts"))

    def ruleset(self, ruleset: str) -> tuple[str, dict[str, str]]:
        answer = self._get(f"/rulesets/{quote(ruleset, safe='')}")
        return str(answer["ruleset"]), {str(name): str(text) for name, text in answer["files"].items()}

    def outline(self) -> list[Rule]:
        return read_rules(self._get("/outline")["rules"])

    def draft(self, draft_id: str) -> Draft:
        return read_draft(self._get(_at(draft_id)))

    def begin(self, draft_id: str, title: str, person: Person, *, like: str = "") -> int:
        body = {"draft_id": draft_id, "title": title, **_by(person), **({"like": like} if like else {})}
        return int(self._post("/drafts", body)["revision"])

    def save(self, draft_id: str, revision: int, person: Person, file: str, text: str | None) -> int:
        return self._act(draft_id, "save", revision, person, file=file, text=text)

    def add_phrase(self, draft_id: str, revision: int, person: Person, phrase: Mapping[str, Any]) -> Written:
        answer = self._post(f"{_at(draft_id)}/phrase", {**phrase, "revision": revision, **_by(person)})
        was = answer["was"]
        return Written(
            int(answer["revision"]), str(answer["file"]), int(answer["line"]), str(answer["rule"]),
            None if was is None else int(was),
        )  # fmt: skip

    def propose(self, draft_id: str, revision: int, person: Person, reason: str) -> None:
        self._act(draft_id, "propose", revision, person, reason=reason)

    def approve(self, draft_id: str, revision: int, person: Person, reason: str, content: str) -> str:
        body = {"revision": revision, **_by(person), "reason": reason, "content": content}
        return str(self._post(f"{_at(draft_id)}/approve", body)["ruleset"])

    def refuse(self, draft_id: str, revision: int, person: Person, reason: str) -> None:
        self._act(draft_id, "refuse", revision, person, reason=reason)

    def take_back(self, draft_id: str, revision: int, person: Person) -> None:
        self._act(draft_id, "take-back", revision, person)

    def discard(self, draft_id: str, revision: int, person: Person) -> None:
        self._act(draft_id, "discard", revision, person)

    def compare(self, draft_id: str) -> Comparison:
        return read_comparison(self._get(f"{_at(draft_id)}/rebase"))

    def bring_up_to_date(
        self, draft_id: str, revision: int, person: Person, active_content: str, settled: Mapping[str, str | None]
    ) -> int:
        return self._act(draft_id, "rebase", revision, person, active_content=active_content, settled=dict(settled))

    def lint(self, draft_id: str, file: str = "", text: str = "") -> list[Problem]:
        body = {"file": file, "text": text} if file else {}
        return [read_problem(row) for row in self._post(f"{_at(draft_id)}/lint", body)["problems"]]

    def explain(self, draft_id: str, text: str, kelurahan: str = "") -> Explained:
        body = {"text": text, **({"kelurahan": kelurahan} if kelurahan else {})}
        answer = self._post(f"{_at(draft_id)}/explain", body)
        return Explained(dict(answer["active"]), dict(answer["draft"]) if answer["draft"] else None)

    def ask_trial(self, draft_id: str, days: int, person: Person) -> None:
        self._post(f"{_at(draft_id)}/trial", {"days": days, **_by(person)})

    def trial(self, draft_id: str) -> Trial | None:
        return read_trial(self._get(f"{_at(draft_id)}/trial")["trial"])

    def _act(self, draft_id: str, act: str, revision: int, person: Person, **more: Any) -> int:
        body = {"revision": revision, **_by(person), **more}
        return int(self._post(f"{_at(draft_id)}/{act}", body)["revision"])

    def _get(self, path: str) -> dict[str, Any]:
        try:
            return dict(self._client.get(path))
        except Rejected as error:
            raise _said_no(error) from error

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        try:
            return dict(self._client.post(path, body))
        except Rejected as error:
            raise _said_no(error) from error


def _at(draft_id: str) -> str:
    return f"/drafts/{quote(draft_id, safe='')}"


def _by(person: Person) -> dict[str, str]:
    return {"actor": person.login, "role": person.role}


def _said_no(error: Rejected) -> Refused:
    return Refused(error.message, code=error.code, status=404 if error.code.startswith("unknown_") else 409)
