"""A bill of materials in CycloneDX. `python -m tests.support.sbom FILE` writes it for what the product is made of.

cyclonedx-py describes everything in the environment, tools for tests too, with licences and who needs whom. What the
lock does not name is taken out of that, and the lock's hashes are added. Needs no network. The same lock in the same
environment gives the same file.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.support.locks import ROOT, RUNTIME, Pinned, canonical, read_lock

Document = dict[str, Any]


def pruned(environment: Document, lock: Sequence[Pinned], direct: set[str]) -> Document:
    """The document of an environment with only what the lock names, in the versions it names; the product itself needs
    what `direct` names.

    A package that the lock names for another Python or system than this one is not installed, so it is not in there.
    """
    wanted = {(pinned.name, pinned.version): pinned for pinned in lock}
    kept = [one for one in environment["components"] if _key(one) in wanted]
    components = [_with_hashes(one, wanted[_key(one)]) for one in kept]
    refs = {one["bom-ref"] for one in kept}
    edges = {
        one["ref"]: sorted(refs & set(one.get("dependsOn", [])))
        for one in environment.get("dependencies", [])
        if one["ref"] in refs
    }
    root = environment["metadata"]["component"]["bom-ref"]
    edges[root] = sorted(one["bom-ref"] for one in kept if canonical(one["name"]) in direct)
    dependencies = [{"ref": ref, **({"dependsOn": needed} if needed else {})} for ref, needed in sorted(edges.items())]
    return {**environment, "components": components, "dependencies": dependencies}


def missing(document: Document, lock: Sequence[Pinned]) -> list[str]:
    """What counts everywhere by the lock and is not in the document: this environment is not made from it."""
    there = {_key(one) for one in document["components"]}
    return [f"{one.name}=={one.version}" for one in lock if not one.marker and (one.name, one.version) not in there]


def _key(component: Document) -> tuple[str, str]:
    return canonical(component["name"]), component.get("version", "")


def _with_hashes(component: Document, pinned: Pinned) -> Document:
    """With the files that the lock lets in: which of them was taken depends on the system."""
    files = {
        "type": "distribution",
        "url": f"https://pypi.org/project/{pinned.name}/{pinned.version}/#files",
        "hashes": [{"alg": "SHA-256", "content": one} for one in pinned.hashes],
    }
    return {**component, "externalReferences": [*component.get("externalReferences", []), files]}


def direct_names() -> set[str]:
    """What pyproject.toml asks for, without the extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {canonical(re.split(r"[^A-Za-z0-9._-]", one, maxsplit=1)[0]) for one in project["dependencies"]}


def environment_document() -> Document:
    """As cyclonedx-py sees the environment that this runs in."""
    program = Path(sys.executable).with_name("cyclonedx-py")
    command = [program, "environment", "--pyproject", ROOT / "pyproject.toml", "--output-reproducible", sys.executable]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    document: Document = json.loads(done.stdout)
    return document


def main(target: Path) -> int:
    lock = read_lock(RUNTIME)
    document = pruned(environment_document(), lock, direct_names())
    if absent := missing(document, lock):
        print(f"Not installed as locked: {', '.join(absent)}. Run make install-dev.", file=sys.stderr)
        return 1
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{target}: {len(document['components'])} components, CycloneDX {document['specVersion']}")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
