import pickle

import pytest
import sklearn.exceptions

from synthdiff import errors


@pytest.mark.parametrize("name", errors.__all__)
def test_every_error_is_a_synthdiff_error_and_survives_a_process_boundary(name):
    error = getattr(errors, name)("what, where, what to do")
    assert isinstance(error, errors.SynthdiffError)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == "what, where, what to do"


def test_fields_survive_pickling():
    error = errors.ConditioningError("no such level", column="sex", value="X", support=["F", "M"])
    again = pickle.loads(pickle.dumps(error))
    assert (again.column, again.value, again.support) == ("sex", "X", ["F", "M"])
    failed = pickle.loads(pickle.dumps(errors.QualityGateError("it failed", failures=("shape is 0.8, below 0.9",))))
    assert failed.failures == ("shape is 0.8, below 0.9",)


@pytest.mark.parametrize(
    ("name", "builtin"),
    [
        ("DataError", ValueError),
        ("SchemaError", errors.DataError),
        ("UnseenCategoryError", errors.DataError),
        ("WindowError", errors.DataError),
        ("UnsatisfiableError", errors.ConstraintError),
        ("ConstraintError", ValueError),
        ("ConfigError", ValueError),
        ("TrainingError", RuntimeError),
        ("DivergedError", errors.TrainingError),
        ("SamplingError", RuntimeError),
        ("TooFewRowsError", errors.SamplingError),
        ("ArtifactError", OSError),
        ("VersionError", errors.ArtifactError),
        ("CorruptError", errors.ArtifactError),
        ("MissingExtraError", ImportError),
        ("NotFittedError", sklearn.exceptions.NotFittedError),
    ],
)
def test_the_tree(name, builtin):
    assert issubclass(getattr(errors, name), builtin)


def test_not_fitted_is_one_class():
    assert errors.NotFittedError is errors.NotFittedError
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        _ = errors.Nonsense
