"""The short form of `make chaos` on containers: the same proof, with a seed that strikes every layer."""

from tests.chaos.on_compose import QUICK, ComposeGround
from tests.chaos.proof import prove
from tests.compose.conftest import Numbers
from tests.compose.stack import Stack

SEED = 10  # freeze and kill postgres, kill desk, cut rabbitmq


def test_four_faults_cost_nothing(stack: Stack, numbers: Numbers) -> None:
    stack.await_healthy()
    proof = prove(ComposeGround(stack, QUICK), seed=SEED, complaints=60, faults=4, seconds=20, first=numbers())
    print(f"\n{proof.report()}")
    assert proof.good, proof.report()
    stack.operate("dead", "discard", "--all", "--code", "undecodable", "--reason", "planted by a test")
