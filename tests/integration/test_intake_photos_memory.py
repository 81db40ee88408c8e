"""A crowd of large photos does not grow intake beyond its bounds."""

from pathlib import Path

from tests.bench.photos import let_crowd_in


def test_many_large_photos_at_once_take_a_bounded_memory(tmp_path: Path) -> None:
    """Decoded whole, one of them would take 200 MB. In the containers intake has 512 MB."""
    crowd = let_crowd_in(tmp_path, 6)
    assert crowd.peak - crowd.before < 220, crowd
    assert crowd.after - crowd.before < 150, crowd
