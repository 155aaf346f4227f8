"""allowctl.toml: where it is found, what may stand in it, what it comes to."""
