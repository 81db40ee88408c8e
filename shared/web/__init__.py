"""The Flask base of all services: `base.create_web`, errors as problem+json, health pages, limits, internal API."""
