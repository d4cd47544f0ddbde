"""What scikit-learn asks of an estimator beyond `fit`: what it takes, and what it was given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from synthdiff.errors import NotFittedError, SchemaError


class Estimator(BaseEstimator):  # type: ignore[misc]
    """A model whose parameters stay as they are given, and whose fitted attributes end in ``_``."""

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = tags.input_tags.categorical = self._takes_text
        return tags

    _takes_text = False

    def _set_features(self, names: Sequence[Any], is_named: bool) -> None:
        """Keep how many columns were fitted, and their names where all are texts that somebody gave."""
        self.n_features_in_ = len(names)
        if is_named and all(isinstance(name, str) for name in names):
            self.feature_names_in_ = np.array(names, dtype=object)
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_

    def _check_features(self, n_features: int) -> None:
        """Refuse another number of columns, in the words that scikit-learn's own checks look for."""
        if n_features != self.n_features_in_:
            raise SchemaError(
                f"X has {n_features} features, but {type(self).__name__} is expecting {self.n_features_in_} features "
                "as input: give the columns that were fitted"
            )

    def _check_fitted(self) -> None:
        if not hasattr(self, "fitted_"):
            raise NotFittedError(f"this {type(self).__name__} is not fitted yet: call fit, or synthdiff.load")
