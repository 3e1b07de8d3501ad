"""every accepted version of a shop's files, numbered, with who made it and what it changed."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

COLUMNS = "shop, version, files, saved_at"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "shop_history",
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("files", sa.LargeBinary(), nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shop", "number"),
    )
    op.execute(
        f"INSERT INTO shop_history ({COLUMNS}, number, author, summary) "  # noqa: S608 (our own names)
        f"SELECT {COLUMNS}, 1, '', '' FROM shop_versions"
    )
    op.drop_table("shop_versions")


def downgrade() -> None:
    """Take back."""
    op.create_table(
        "shop_versions",
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("files", sa.LargeBinary(), nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shop"),
    )
    op.execute(
        f"INSERT INTO shop_versions ({COLUMNS}) SELECT {COLUMNS} FROM shop_history h "  # noqa: S608 (our own names)
        "WHERE number = (SELECT max(number) FROM shop_history WHERE shop = h.shop)"
    )
    op.drop_table("shop_history")
