"""Prints the locked versions of what only tests and checks need: `python -m tests.support.tool_versions > constraints`.

With them everything else can be had in its oldest version, while pytest and its kin stay as they are.
"""

import re
import tomllib

from tests.support.system import ROOT

_NAME = re.compile(r"[A-Za-z0-9._-]+")
_LOCKED = re.compile(r"^([a-z0-9._-]+)==(\S+)", re.MULTILINE)


def locked_tools() -> list[str]:
    """`name==version` for each tool that pyproject.toml names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = (_NAME.match(one) for one in project["optional-dependencies"]["dev"])
    wanted = {one[0].lower() for one in named if one}
    locked = _LOCKED.findall((ROOT / "requirements-dev.lock").read_text(encoding="utf-8"))
    return [f"{name}=={version}" for name, version in locked if name in wanted]


if __name__ == "__main__":
    print("\n".join(locked_tools()))
