"""An index for what is new to one agency."""

revision = "desk_0012"
down_revision = "desk_0011"


def upgrade() -> None:
    """Filled below."""


def downgrade() -> None:
    """Filled below."""
