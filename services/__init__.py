"""The four services of Tanggap. A service never imports another; see docs/journey.md for the way of a complaint."""
