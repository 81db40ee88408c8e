"""The plan of faults: the same for the same seed, another for another, and nothing on the menu is left out for long."""

from itertools import islice

import pytest

from tests.chaos import on_compose, on_processes
from tests.chaos.plan import Choice, Strike, draw, kinds

MENUS = {"processes": on_processes.MENU, "compose": on_compose.MENU}


def test_a_seed_draws_these_faults_today_and_tomorrow() -> None:
    menu = (Choice(2, "kill", ("a", "b")), Choice(1, "freeze", ("c",), (1, 4)))
    assert list(islice(draw(7, menu), 3)) == [
        Strike("kill", "a", 0.0, 0.36),
        Strike("freeze", "c", 2.1, 0.37),
        Strike("kill", "a", 0.0, 0.8),
    ]


@pytest.mark.parametrize("menu", MENUS.values(), ids=MENUS)
def test_a_plan_follows_from_its_seed_alone(menu: tuple[Choice, ...]) -> None:
    first, again, other = (list(islice(draw(seed, menu), 50)) for seed in (1, 1, 2))
    assert first == again
    assert first != other


@pytest.mark.parametrize("menu", MENUS.values(), ids=MENUS)
def test_everything_on_the_menu_comes(menu: tuple[Choice, ...]) -> None:
    drawn = list(islice(draw(3, menu), 2000))
    assert {strike.name for strike in drawn} == {
        f"{choice.kind} {victim}" for choice in menu for victim in choice.victims
    }
    for strike in drawn:
        allowed = [one.hold_seconds for one in menu if one.kind == strike.kind and strike.victim in one.victims]
        assert any(low <= strike.hold_seconds <= high for low, high in allowed)


@pytest.mark.parametrize("menu", MENUS.values(), ids=MENUS)
def test_the_long_form_begins_with_every_line_of_the_menu_once(menu: tuple[Choice, ...]) -> None:
    first = list(islice(draw(5, menu, each_first=True), len(menu)))
    assert sorted(strike.kind for strike in first) == sorted(choice.kind for choice in menu)
    assert {strike.kind for strike in first} == set(kinds(menu))
    assert first == list(islice(draw(5, menu, each_first=True), len(menu)))
