"""Lists from outside: fetched, checked, kept, looked into."""
