"""What the description of the API says beyond the schemas of its input.

What comes out has the schema of the messages to agencies, of the same file: one description for queue, webhook and API.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[3] / "docs" / "schemas" / "agency-message.schema.json"
SCHEME = "agencyToken"
_DEFS, _COMPONENTS = "#/$defs/", "#/components/schemas/"
_SHOWN = ("changes", "deskCaseWhole", "done", "keptPhoto")
ABOUT = """The own cases of an agency, for its own system: read, acknowledge, ask, answer, give back, close.

Every act carries an `Idempotency-Key`. The same key with the same content is answered as before and done once; with
other content it is refused. What was refused did nothing, and leaves its key free. Errors are problem+json (RFC 9457):
`code` is stable, `detail` and `fields` are for people. How to begin: `docs/agency-api.md`."""


def shapes() -> dict[str, dict[str, Any]]:
    """The schemas of all that is answered, by name, as components of an OpenAPI document."""
    found = json.loads(FILE.read_text("utf-8"))["$defs"]
    wanted, named = list(_SHOWN), dict[str, dict[str, Any]]()
    while wanted:
        name = wanted.pop()
        if name not in named:
            named[name] = _rewritten(found[name], wanted)
    return dict(sorted(named.items()))


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"{_COMPONENTS}{name}"}


def describe(spec: Any) -> None:
    """Adds the shapes, and how a system proves whose it is."""
    for name, shape in shapes().items():
        spec.components.schema(name, shape)
    told = "A token of the agency, made at the desk: `tgp_…`"
    spec.components.security_scheme(SCHEME, {"type": "http", "scheme": "bearer", "description": told})


def _rewritten(part: Any, wanted: list[str]) -> Any:
    """With references as OpenAPI has them; what they name is wanted, too."""
    if isinstance(part, list):
        return [_rewritten(one, wanted) for one in part]
    if not isinstance(part, dict):
        return part
    told = {name: _rewritten(inner, wanted) for name, inner in part.items()}
    if str(told.get("$ref", "")).startswith(_DEFS):
        name = told["$ref"].removeprefix(_DEFS)
        wanted.append(name)
        return {**told, **ref(name)}
    return told
