"""Values are frozen, and refuse fields that they do not have."""

import pytest

from changeover.types import Value


class Named(Value):
    name: str


def test_a_copy_changes_the_fields_that_it_is_given() -> None:
    assert Named(name="hpc-r1").model_copy(update={"name": "hpc-r2"}) == Named(name="hpc-r2")


def test_a_copy_refuses_a_field_that_the_value_does_not_have() -> None:
    with pytest.raises(TypeError, match="Named has no field title"):
        Named(name="hpc-r1").model_copy(update={"title": "hpc-r2"})
