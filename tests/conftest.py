"""What holds for all tests."""

from __future__ import annotations

from hypothesis import settings

# A busy machine is no failure: an example may take as long as it takes.
settings.register_profile("steady", parent=settings(), deadline=None)
settings.load_profile("steady")
