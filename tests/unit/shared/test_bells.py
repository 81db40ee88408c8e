"""A ring saves waiting time; who hears none looks again by himself, less and less often."""

from shared.storage.bells import Bells, Waiter


class Noting(Waiter):
    """Rings at the looks that `rings` names, and waits for nothing."""

    def __init__(self, *rings: int) -> None:
        super().__init__()
        self.rings, self.waited = rings, list[float]()

    def wait(self, timeout_seconds: float) -> bool:
        self.waited.append(timeout_seconds)
        return len(self.waited) in self.rings


def test_looks_become_rarer_up_to_four_seconds_and_a_ring_makes_them_frequent_again() -> None:
    waiter = Noting(5)
    heard = [waiter.idle() for _ in range(7)]
    assert waiter.waited == [1, 2, 4, 4, 4, 1, 2]
    assert heard == [False, False, False, False, True, False, False]


def test_a_ring_between_two_waits_is_heard() -> None:
    bells = Bells()
    waiter = bells.waiter("sample")
    bells.ring("sample")
    assert waiter.idle()
    assert not waiter.wait(0)
    assert not waiter.wait(-1)


def test_what_rings_say_is_heard_once_and_each_thing_once() -> None:
    bells = Bells()
    for said in (("one",), (), ("two", "one")):
        bells.ring("sample", *said)
    bells.ring("other", "three")
    assert bells.heard("sample") == {"one", "two"}
    assert not bells.heard("sample")
