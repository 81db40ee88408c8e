"""How much of a photo is taken, and how much may be spent on it."""

from __future__ import annotations

MOST_PHOTOS = 5
"""In one message."""

MOST_BYTES = 10_000_000
"""Of one photo as it comes."""

LONGEST_SIDE = 2_000
PREVIEW_SIDE = 320
QUALITY = 82
PREVIEW_QUALITY = 75

MOST_PIXELS = 110_000_000
"""As declared, of any photo: the cameras with the most pixels that phones have (108 million)."""

MOST_MEMORY = 210_000_000
"""Bytes that decoding one photo may take, reckoned before anything is decoded."""

LIGHT_MEMORY = 50_000_000
"""What takes more is not decoded beside another such: most phones' photos take less than 12 million pixels of 4 bytes.
"""

MOST_SECONDS = 10.0
"""For decoding one photo; what takes longer was made to."""

MOST_WAITING_SECONDS = 30.0
"""For a place to decode in; then the sender is asked to come again."""

AT_ONCE = 2
"""Photos that are decoded at the same time."""

MOST_SCANS = 100
"""Of a JPEG: cameras make ten or so, and each more costs a walk over all of the picture."""

LEAST_VISIBLE = 0.1
"""Of a photo whose end is missing: with less than this there is nothing to see."""
