"""How state.db comes from each version to the next; `versions` has one file for each.

No migration is ever changed once it was released, and none imports the tables of
the program: they are those of another day.
"""
