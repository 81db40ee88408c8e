"""What citizens see of the states of a case."""

revision = "intake_0012"
down_revision = "intake_0011"


def upgrade() -> None:
    pass
