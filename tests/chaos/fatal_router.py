"""Runs Tanggap with a router that dies of one planted message, as a bug in native code would make it die.

python -m tests.chaos.fatal_router up --data DIR --intake-port N --desk-port N --smtp-port N
python -m tests.chaos.fatal_router run router
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from services.commands.running import run_embedded, run_process
from services.router.ruleset import decider, pack_ruleset
from shared.citypack import load_pack

KILLER = "PESAN PEMBUNUH"


def fatal_decide(pack_folder: str) -> Callable[..., Any]:
    pack = load_pack(Path(pack_folder))
    plain = decider(pack_ruleset(pack), pack)

    def decide(text: str, place: Any, *beside: Any) -> Any:
        if KILLER in text:
            os.kill(os.getpid(), signal.SIGKILL)
        return plain(text, place, *beside)

    return decide


def main(arguments: list[str]) -> int:
    environment = dict(os.environ)
    decide = fatal_decide(environment["TANGGAP_PACK"])
    if arguments[0] == "run":
        return run_process(arguments[1], environment, decide=decide)
    options = arguments[1:]
    for name, value in zip(options[::2], options[1::2], strict=True):
        environment[f"TANGGAP_{name.removeprefix('--').replace('-', '_').upper()}"] = value
    return run_embedded(environment, decide=decide)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
