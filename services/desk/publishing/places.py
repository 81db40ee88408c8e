"""Where something is, as coarsely as the public may know. Pure."""

from __future__ import annotations

import math

_METRES_A_DEGREE = 111_320.0
_DECIMALS = 5  # about a metre: a centre of a square needs no more


def coarse(latitude: float | None, longitude: float | None, grid_metres: int) -> tuple[float, float] | None:
    """The middle of the square on a fixed grid in which the point lies; None without a point, or without a grid.

    Rounding down to the same square each time, rather than moving by chance: who sees several points of one house
    cannot average them.
    """
    if latitude is None or longitude is None or not grid_metres or abs(latitude) > 85:
        return None
    high = grid_metres / _METRES_A_DEGREE
    row = math.floor(latitude / high)
    middle = (row + 0.5) * high
    wide = high / math.cos(math.radians(middle))  # the same for all points of a row
    column = math.floor(longitude / wide)
    return round(middle, _DECIMALS), round((column + 0.5) * wide, _DECIMALS)
