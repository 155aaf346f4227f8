"""A report as text, one file per format. Pure: the caller writes it."""
