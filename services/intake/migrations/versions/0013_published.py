"""What is public of complaints."""

revision = "intake_0013"
down_revision = "intake_0012"


def upgrade() -> None:
    pass
