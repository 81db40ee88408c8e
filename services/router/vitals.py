"""What the router looks at beside what every process does: whether the newest rules decide."""

from __future__ import annotations

from collections.abc import Callable

from shared.thresholds import OK, PROBLEM
from shared.vitals.sign import Sign


def rules_look(warnings: Callable[[], list[str]]) -> Callable[[], list[Sign]]:
    """`warnings` are those of the rules in force. 1: an older set decides, since the newest cannot be used here."""

    def look() -> list[Sign]:
        told = warnings()
        if not told:
            return [Sign("rules", OK, 0.0)]
        return [Sign("rules", PROBLEM, 1.0, facts={"problem": told[0][:300]})]

    return look
