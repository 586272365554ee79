"""An index for alerts that were cleared lately."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index: beat asks every five seconds who is to be told."""
    op.create_index("ix_flips_cleared_at", "flips", ["cleared_at"])


def downgrade() -> None:
    """Take it away."""
    op.drop_index("ix_flips_cleared_at", "flips")
