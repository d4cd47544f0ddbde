"""Every error that synthdiff raises on purpose; a message says what was found, where, and what to do.

::

    SynthdiffError
    ├─ DataError(ValueError)        SchemaError · UnseenCategoryError · WindowError
    ├─ ConstraintError(ValueError)  UnsatisfiableError(acceptance rate)
    ├─ ConfigError(ValueError)
    ├─ NotFittedError               (also sklearn's)
    ├─ TrainingError(RuntimeError)  DivergedError(step, column)
    ├─ SamplingError(RuntimeError)  ConditioningError(column, value, support) · TooFewRowsError(asked, got)
    ├─ QualityGateError(failures)
    ├─ ArtifactError(OSError)       VersionError · CorruptError · SignatureError · StorageError
    └─ MissingExtraError(ImportError)   "pip install synthdiff[dp]"

The message is the only positional argument, and what a program may want to read is an attribute: so every error
survives being sent between processes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__all__ = [
    "ArtifactError",
    "ConditioningError",
    "ConfigError",
    "ConstraintError",
    "CorruptError",
    "DataError",
    "DivergedError",
    "MissingExtraError",
    "NotFittedError",
    "QualityGateError",
    "SamplingError",
    "SchemaError",
    "SignatureError",
    "StorageError",
    "SynthdiffError",
    "TooFewRowsError",
    "TrainingError",
    "UnsatisfiableError",
    "UnseenCategoryError",
    "VersionError",
    "WindowError",
]


class SynthdiffError(Exception):
    """What all errors of this package are."""


class DataError(SynthdiffError, ValueError):
    """The data cannot be used as they are.

    Parameters
    ----------
    message : str
        What was found, where, and what to do.
    column : str or None
        Name of the column at fault.
    row : int or None
        Position of the first row at fault, from 0.
    value : Any
        The value at fault.
    """

    def __init__(self, message: str, *, column: str | None = None, row: int | None = None, value: Any = None) -> None:
        super().__init__(message)
        self.column = column
        self.row = row
        self.value = value


class SchemaError(DataError):
    """A schema is malformed, or does not fit the table."""


class UnseenCategoryError(DataError):
    """A level that the fitted data did not have."""


class WindowError(DataError):
    """A series is too short, or too ragged, for the windows asked for."""


class ConstraintError(SynthdiffError, ValueError):
    """A constraint is malformed, or the real data break it."""


class UnsatisfiableError(ConstraintError):
    """Too few sampled rows meet the constraints.

    Parameters
    ----------
    message : str
        What was found, where, and what to do.
    acceptance_rate : float or None
        Share of the rows that met them.
    """

    def __init__(self, message: str, *, acceptance_rate: float | None = None) -> None:
        super().__init__(message)
        self.acceptance_rate = acceptance_rate


class ConfigError(SynthdiffError, ValueError):
    """A parameter or an option has a value that makes no sense."""


class TrainingError(SynthdiffError, RuntimeError):
    """Training cannot go on."""


class DivergedError(TrainingError):
    """The loss is no longer finite.

    Parameters
    ----------
    message : str
        What was found, where, and what to do.
    step : int or None
        Training step, from 0.
    column : str or None
        The first column whose loss failed.
    """

    def __init__(self, message: str, *, step: int | None = None, column: str | None = None) -> None:
        super().__init__(message)
        self.step = step
        self.column = column


class SamplingError(SynthdiffError, RuntimeError):
    """Rows cannot be drawn."""


class ConditioningError(SamplingError):
    """A value asked for lies outside what the model can draw.

    Parameters
    ----------
    message : str
        What was found, where, and what to do.
    column : str or None
        Name of the conditioned column.
    value : Any
        The value asked for.
    support : Any
        What could have been asked for: levels, or the (lowest, highest) number.
    """

    def __init__(self, message: str, *, column: str | None = None, value: Any = None, support: Any = None) -> None:
        super().__init__(message)
        self.column = column
        self.value = value
        self.support = support


class TooFewRowsError(SamplingError):
    """Fewer rows came out than were asked for.

    Parameters
    ----------
    message : str
        What was found, where, and what to do.
    asked, got : int or None
        Numbers of rows.
    """

    def __init__(self, message: str, *, asked: int | None = None, got: int | None = None) -> None:
        super().__init__(message)
        self.asked = asked
        self.got = got


class QualityGateError(SynthdiffError):
    """A report does not reach what was asked of it.

    Parameters
    ----------
    message : str
        Which gates fail, and by how much.
    failures : tuple of str
        One sentence a gate.
    """

    def __init__(self, message: str, *, failures: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.failures = failures


class ArtifactError(SynthdiffError, OSError):
    """A model cannot be read or written."""


class VersionError(ArtifactError):
    """The model was written by a newer format than this package knows."""


class CorruptError(ArtifactError):
    """A file of the model is missing, truncated or edited."""


class SignatureError(ArtifactError):
    """The model is not signed, or not by a key that is trusted."""


class StorageError(ArtifactError):
    """The operating system refuses to read or write a file of a model: a full disk, or no permission."""


class MissingExtraError(SynthdiffError, ImportError):
    """An optional dependency is not installed.

    Parameters
    ----------
    message : str
        What was found, and what to do.
    extra : str or None
        What to install: ``pip install synthdiff[extra]``.
    """

    def __init__(self, message: str, *, extra: str | None = None) -> None:
        super().__init__(message)
        self.extra = extra


if TYPE_CHECKING:

    class NotFittedError(SynthdiffError, ValueError, AttributeError):
        """The estimator has not been fitted; also scikit-learn's ``NotFittedError``."""


def __getattr__(name: str) -> Any:
    # sklearn takes seconds to import, and a command line that only prints its help must not wait for it.
    if name != "NotFittedError":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import sklearn.exceptions

    error = type(
        name,
        (SynthdiffError, sklearn.exceptions.NotFittedError),
        {"__doc__": "The estimator has not been fitted; also scikit-learn's.", "__module__": __name__},
    )
    globals()[name] = error
    return error
