"""The ways out against real servers on loopback, each of which can misbehave in its own way."""
