"""An intake for `tests.bench.photos` to send photos to: prints its address, ends when its input does."""

import sys
from dataclasses import replace
from pathlib import Path

from shared.observability.logs import silence_logs
from shared.web.server import WebServer
from tests.unit.intake.building import intake, settings
from tests.unit.intake.open311_city import open311_city


def main() -> None:
    silence_logs()
    data = Path(sys.argv[1])
    common = replace(settings().common, data=data)
    with intake(f"sqlite:///{data}/intake.db", pack=open311_city(), common=common) as built:
        server = WebServer(built.service.web, "127.0.0.1", 0)
        server.start()
        print(server.url, flush=True)
        sys.stdin.read()
        server.stop()


if __name__ == "__main__":
    main()
