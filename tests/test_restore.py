import pydantic
import pytest

from synthdiff.errors import ConfigError, CorruptError, DataError, MissingExtraError, VersionError
from synthdiff.restore import describe, in_fields, restoring


class Mark(pydantic.BaseModel):
    a: int
    b: int
    c: int
    d: int


def deep(n):
    return deep(n + 1)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (KeyError("levels"), "'levels' is missing"),
        (TypeError("'NoneType' object is not iterable"), "TypeError 'NoneType' object is not iterable"),
        (ValueError(), "ValueError"),
        (ValueError("digits differ"), "digits differ"),
        (MemoryError(), "it asks for more memory than there is"),
        (RecursionError("maximum"), "it is nested too deeply"),
        (OverflowError("too\nlarge\x1b[2J"), "OverflowError too large?[2J"),
        (DataError("a column"), "a column"),
        (ConfigError("a setting"), "a setting"),
        (AssertionError(), "AssertionError"),
    ],
)
def test_whatever_goes_wrong_is_damage_that_names_the_place(error, words):
    with pytest.raises(CorruptError) as caught, restoring("m.synthdiff", "codecs.json"):
        raise error
    place = "m.synthdiff is damaged, or was not written by synthdiff: codecs.json"
    assert str(caught.value) == f"{place}: {words}; fit it again, or take a copy that is whole"
    assert caught.value.__cause__ is error


@pytest.mark.parametrize(
    "error", [VersionError("new"), CorruptError("as it is"), MissingExtraError("arch"), KeyboardInterrupt()]
)
def test_what_says_more_passes(error):
    with pytest.raises(type(error)) as caught, restoring("m.synthdiff"):
        raise error
    assert caught.value is error


def test_fields_are_named():
    with pytest.raises(pydantic.ValidationError) as caught:
        Mark.model_validate({"a": "x"})
    line = describe(caught.value)
    assert line.startswith("a: Input should be a valid integer")
    assert "b: Field required; c: Field required and 1 more" in line


def test_a_field_is_written_as_one_would_write_it():
    problem = {"loc": ("columns", 3, "digits\x1b"), "msg": "Value error, at most 9"}
    assert in_fields([problem]) == "columns[3].digits?: at most 9"
    assert in_fields([{"loc": (), "msg": "two columns have one name"}]) == "two columns have one name"


def test_a_real_recursion_is_caught():
    with pytest.raises(CorruptError, match="nested too deeply"), restoring("m", advice="delete it"):
        deep(0)


def test_a_long_message_is_cut():
    with pytest.raises(CorruptError) as caught, restoring("m"):
        raise ValueError("x" * 10_000)
    assert len(str(caught.value)) < 500
