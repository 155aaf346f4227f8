"""Which allowances are dangerous, and why: one small rule per hazard."""
