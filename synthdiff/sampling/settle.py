"""Rules while rows are drawn: a cell that others determine is put right when it is drawn, before others depend on it.

A network knows that a net price follows from a gross one about as well as anything; the rules know it exactly. What is
drawn afterwards must suit the cell that the row will have, so a rule is applied as soon as its last column is drawn,
if it makes that column. Whole rows are looked at again once they are decoded (`synthdiff.sampling.draw`).
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from synthdiff.codecs.column import FloatArray
from synthdiff.codecs.table import TableCodec
from synthdiff.codecs.table_values import column_values
from synthdiff.constraints.draft import Draft
from synthdiff.constraints.groups import Groups
from synthdiff.constraints.rule import Rule
from synthdiff.constraints.rules import RuleSet


class Settlement:
    """The rules of a table, by the column whose cells they put right.

    Parameters
    ----------
    codec : TableCodec
    order : list of int
        Columns as they are revealed.
    rules : RuleSet
    groups : Groups
        The keys that rows share: what rows have in common does not follow from what each has of its own.
    """

    def __init__(self, codec: TableCodec, order: list[int], rules: RuleSet, groups: Groups) -> None:
        self.codec = codec
        place = {codec.learnt[j]: at for at, j in enumerate(order)}
        self._due: dict[int, list[Rule]] = {}
        makers = [(rule, name) for whole in rules.rules for rule in whole.single_targets() for name in rule.targets]
        for rule, target in makers:
            may = {target, *rule.sources} <= place.keys() and all(
                place[name] < place[target] and groups.rank(name) <= groups.rank(target) for name in rule.sources
            )
            if may:
                self._due.setdefault(codec.learnt.index(target), []).append(rule)

    def __len__(self) -> int:
        return len(self._due)

    def __contains__(self, j: object) -> bool:
        return j in self._due

    def settle(self, j: int, values: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Values of column j by its rules, (n,) float64, NaN where missing.

        Parameters
        ----------
        j : int
            A column that rules make.
        values : (n, D) float64
            NaN where missing or hidden.
        rng : np.random.Generator
            Draws what the rules leave open.
        """
        draft = _ValueDraft(self.codec, values, rng)
        for rule in self._due[j]:
            rule.apply(draft, rng)
        return draft.values(self.codec.learnt[j])


def settlement(codec: TableCodec, order: list[int], rules: RuleSet, groups: Groups) -> Settlement | None:
    """The rules that cells of rows can be put right by while they are drawn; None where there are none."""
    found = Settlement(codec, order, rules, groups)
    return found if len(found) else None


class _ValueDraft(Draft):
    """Rows of which only some columns are known, as values; they are decoded as far as rules look at cells."""

    def __init__(self, codec: TableCodec, values: FloatArray, rng: np.random.Generator) -> None:
        super().__init__(pa.table({}), codec.codecs)
        self._codec, self._rng, self._n_rows = codec, rng, len(values)
        self._values: dict[str, FloatArray] = dict(zip(codec.learnt, values.T, strict=True))
        self._columns: dict[str, pa.ChunkedArray] = {}

    def __len__(self) -> int:
        return self._n_rows

    def values(self, name: str) -> FloatArray:
        """The values of a column as they are now, (n,) float64."""
        return self._values[name]

    def column(self, name: str) -> pa.ChunkedArray:
        if name not in self._columns:
            self._columns[name] = pa.chunked_array([self._codec.decode_column(name, self._values[name], self._rng)])
        return self._columns[name]

    def numbers(self, name: str) -> FloatArray:
        return self._values[name]

    def replace(self, name: str, cells: pa.Array) -> None:
        self._columns[name] = cells if isinstance(cells, pa.ChunkedArray) else pa.chunked_array([cells])
        words = self._codec.words.get(name)
        self._values[name] = column_values(self.codecs[name], self._columns[name], words)
        self._codes.pop(name, None)
