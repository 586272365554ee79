"""The SQL store: SQLite by default, PostgreSQL when asked."""
