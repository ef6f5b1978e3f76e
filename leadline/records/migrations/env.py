"""Run by Alembic with the connection that upgrade.py hands over; its transaction is the caller's."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, render_as_batch=True, transactional_ddl=True)
context.run_migrations()
