"""Fixtures for tests against a real RabbitMQ."""

from tests.integration.rabbit import broker, publisher, sample, witness

__all__ = ["broker", "publisher", "sample", "witness"]
