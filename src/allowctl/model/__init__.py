"""Frozen values that every stage passes on. No I/O, nothing mutable."""
