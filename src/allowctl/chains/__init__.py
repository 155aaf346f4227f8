"""Which chains there are, and how owners on them are written."""
