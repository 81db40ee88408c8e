import pytest

from tests.support.eventually import eventually


def test_returns_the_first_truthy_value():
    answers = iter([None, 0, "here", "too late"])
    assert eventually(lambda: next(answers), every=0) == "here"


def test_an_exception_counts_as_not_yet():
    answers = iter([KeyError("k"), 7])

    def predicate():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert eventually(predicate, every=0) == 7


def test_asks_once_even_without_time():
    assert eventually(lambda: 1, 0) == 1


def test_a_timeout_says_what_was_seen_last_and_what_describe_knows():
    with pytest.raises(AssertionError, match=r"(?s)not so within 0\.05 s .*it was \[\].*depth 3") as raised:
        eventually(list, 0.05, every=0.01, describe=lambda: "depth 3")
    assert raised.value.__cause__ is None


def test_a_timeout_is_caused_by_the_predicates_own_error():
    with pytest.raises(AssertionError, match="it raised ZeroDivisionError") as raised:
        eventually(lambda: 1 / 0, 0)
    assert isinstance(raised.value.__cause__, ZeroDivisionError)


def test_a_describe_that_fails_does_not_hide_the_timeout():
    with pytest.raises(AssertionError, match=r"(?s)it was False.*describe\(\) itself raised KeyError"):
        eventually(lambda: False, 0, describe=lambda: {}["x"])
