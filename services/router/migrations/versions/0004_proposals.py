"""Drafts and proposals of rules."""

revision = "router_0004"
down_revision = "router_0003"


def upgrade() -> None:
    pass
