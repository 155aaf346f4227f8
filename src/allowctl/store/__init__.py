"""What is remembered between runs, in SQLite. SQLAlchemy is imported only in here."""
