"""The long proof on processes: `make chaos`.

Citizens complain by all channels while faults are drawn from a seed; mails go to a real mail server. At the end
everything is counted from databases, captured notices and that mail server. Exit code 1 when anything was lost or
happened twice. The seed is printed; `--seed` draws the same faults again.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from tests.chaos.audit import Findings, at_rest, audit, unfinished
from tests.chaos.channels import ALL
from tests.chaos.fatal_router import KILLER
from tests.chaos.faults import Faults
from tests.chaos.load import Citizens
from tests.chaos.supervisor import Supervisor
from tests.support.eventually import eventually
from tests.support.mailbox import SmtpSink
from tests.support.postgres import PostgresServer
from tests.support.rabbitmq import RabbitNode
from tests.support.system import DistributedSystem

FATAL = {"router": ("-m", "tests.chaos.fatal_router")}
KILLER_NUMBER = 10_000_000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--complaints", type=int, default=2000)
    parser.add_argument("--faults", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=180, help="over which the complaints are spread")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    random.seed(options.seed)
    with ExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        data.chmod(0o755)
        return _run(options, stack, data)


def _run(options: argparse.Namespace, stack: ExitStack, data: Path) -> int:
    node = stack.enter_context(RabbitNode())
    server = stack.enter_context(PostgresServer(durable=True))
    sink = stack.enter_context(SmtpSink())
    node.create_vhost("chaos")
    database = server.create_database("chaos")
    settings = {"TANGGAP_SMTP_URL": sink.url}
    system = stack.enter_context(DistributedSystem(data, node, "chaos", server, database, FATAL, settings))
    node.settle()
    supervisor = stack.enter_context(Supervisor(system))
    citizens = Citizens(system, options.complaints, crowd=6, seconds=options.seconds, channels=ALL)
    killer_ticket = citizens.insist(KILLER_NUMBER, KILLER)
    del citizens.ledger.tickets[KILLER_NUMBER]
    faults = Faults(options.seed, system, supervisor, node, server)
    started = time.monotonic()
    citizens.start()
    while citizens.busy or sum(faults.happened.values()) < options.faults:
        faults.strike()
    citizens.join()
    node.heal()
    eventually(lambda: at_rest(system), 240, every=0.5, describe=lambda: unfinished(system))
    found = audit(system, citizens.ledger, sink.received)
    clean = _reconcile(system, killer_ticket)
    _print(found, citizens, faults, time.monotonic() - started, clean)
    return 0 if _is_good(found, citizens, faults) and clean else 1


def _reconcile(system: DistributedSystem, killer_ticket: str) -> bool:
    """The operators' own command must agree: it finds the planted killer, and nothing else."""
    command = [sys.executable, "-m", "services", "reconcile", "--json"]
    answer = subprocess.run(command, env=system.operator_environment(), capture_output=True, text=True, timeout=120)
    left = json.loads(answer.stdout)["left"]
    others = [one for one in left if one["ticket"] != killer_ticket]
    for one in others[:20]:
        print(f"  reconcile: {one}")
    return not others and len(left) == 1


def _is_good(found: Findings, citizens: Citizens, faults: Faults) -> bool:
    return (
        not found.lost
        and not found.doubled
        and not citizens.ledger.refused
        and found.dead == [("router", "crashed")]
        and found.uncertain <= faults.notifier_kills
    )


def _print(found: Findings, citizens: Citizens, faults: Faults, seconds: float, clean: bool) -> None:
    listed = ", ".join(f"{count} {name}" for name, count in sorted(faults.happened.items()))
    print(f"{sum(faults.happened.values())} faults in {seconds:.0f} s: {listed}")
    print(
        f"acknowledged {found.acknowledged}, routed {found.routed}, told {found.told}, lost {len(found.lost)}, "
        f"doubled {len(found.doubled)}, dead {found.dead}, uncertain {found.uncertain}, "
        f"reconcile {'clean' if clean else 'NOT clean'}"
    )
    for line in (*citizens.ledger.refused, *found.lost, *found.doubled)[:40]:
        print(f"  {line}")


if __name__ == "__main__":
    sys.exit(main())
