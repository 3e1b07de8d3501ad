"""Alembic's entry: migrates over the connection it is handed, inside that connection's transaction."""

from alembic import context

from app.storage.schema import METADATA

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA)
context.run_migrations()
