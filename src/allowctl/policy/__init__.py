"""Pure decisions over a report: what a policy says of it."""
