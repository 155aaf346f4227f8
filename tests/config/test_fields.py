"""What can stand behind keys, alone or in a list."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from allowctl.config.fields import OneOrMore


def test_a_value_alone_is_a_list_of_one() -> None:
    """What is wrong with it has no number, as it has none in the file."""
    adapter = TypeAdapter[list[int]](OneOrMore[int])

    assert adapter.validate_python(3) == adapter.validate_python([3]) == [3]
    for value, path in (("x", ()), ([1, "x"], (1,)), ([], ())):
        with pytest.raises(ValidationError) as refused:
            adapter.validate_python(value)
        (problem,) = refused.value.errors()
        assert problem["loc"] == path
