"""What is known of assets that do not share their steps: alone, in pairs, and all together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synthdiff.codecs.token import BoolArray, IntArray
from synthdiff.evaluation.evidence import listed

FEW = 250
"""Steps below which an asset, or a pair, is said to be known on few."""
LEAST_COMMON = 20
"""Steps in which both assets of a pair must be known for it to be scored."""
MOST_NAMED = 5


def common_steps(known: BoolArray) -> IntArray:
    """Count the steps in which both assets of each pair are known, (d, d), from (T, d)."""
    counts = known.astype(np.float64)
    return np.asarray(np.rint(counts.T @ counts), dtype=np.int64)


def largest_block(known: BoolArray) -> tuple[list[int], IntArray]:
    """Find assets and steps that make a large table without a hole.

    The asset without which most steps are complete is left out, one after the other; the table of the most cells among
    those is taken.

    Parameters
    ----------
    known : (T, d) bool

    Returns
    -------
    list of int
        Places of the assets.
    (r,) int64
        Places of the steps.

    Examples
    --------
    >>> known = np.ones((10, 3), dtype=bool)
    >>> known[:8, 1] = False
    >>> columns, rows = largest_block(known)
    >>> columns, len(rows)
    ([0, 2], 10)
    """
    columns = list(range(known.shape[1]))
    best, most = columns, -1
    while columns:
        lacking = (~known[:, columns]).sum(axis=1)
        cells = len(columns) * int((lacking == 0).sum())
        if cells > most and (len(columns) > 1 or known.shape[1] == 1):
            best, most = list(columns), cells
        # Steps that lack one asset only are complete without it.
        gained = [int((~known[lacking == 1, j]).sum()) for j in columns]
        fewest = known[:, columns].sum(axis=0)
        columns.pop(max(range(len(columns)), key=lambda k: (gained[k], -fewest[k])))
    return best, np.flatnonzero(known[:, best].all(axis=1))


def ragged_notes(known: BoolArray, rows: BoolArray, names: Sequence[str], lengths: Sequence[int]) -> list[str]:
    """Say what is not known of a history, and which assets and pairs are known on few steps.

    Parameters
    ----------
    known : (T', d) bool
        Steps in which each asset is known.
    rows : (T,) bool
        Steps of the history as it was given, of which `known` has those that are True.
    names : sequence of str
    lengths : sequence of int
        Steps of each asset's windows; 0 of those that are not scored alone.
    """
    notes = []
    n_left = len(rows) - int(known.all(axis=1).sum())
    if n_left:
        notes.append(
            f"{n_left:,} of {len(rows):,} steps of the history lack a value of some asset: each asset is scored on the "
            "steps in which it is known, each pair on those in which both are."
        )
    counts = known.sum(axis=0)
    few = [j for j in np.argsort(counts, kind="stable") if n_left and lengths[j] and counts[j] < FEW]
    if few:
        notes.append(f"Known on few steps: {listed([f'{names[j]} ({counts[j]:,})' for j in few], MOST_NAMED)}.")
    lost = [f"{names[j]} ({counts[j]:,})" for j in range(len(names)) if not lengths[j]]
    if lost:
        notes.append(f"Known on too few steps to be scored alone: {listed(lost, MOST_NAMED)}.")
    return [*notes, *(_pair_notes(known, names, counts) if n_left else [])]


def _pair_notes(known: BoolArray, names: Sequence[str], counts: IntArray) -> list[str]:
    """Say which pairs are known together on few steps, where both of them are on more."""
    first, second = np.triu_indices(known.shape[1], 1)
    common = common_steps(known)[first, second]
    few = np.flatnonzero((common < FEW) & (np.minimum(counts[first], counts[second]) >= FEW))
    lost = np.flatnonzero(common < LEAST_COMMON)

    def words(places: IntArray) -> str:
        order = places[np.argsort(common[places], kind="stable")]
        return listed([f"{names[first[p]]} and {names[second[p]]} ({common[p]:,})" for p in order], MOST_NAMED)

    notes = []
    few = np.setdiff1d(few, lost)
    if len(few):
        notes.append(f"Known together on few steps: {words(few)}.")
    if len(lost):
        notes.append(f"Known together on fewer than {LEAST_COMMON} steps, and not scored as pairs: {words(lost)}.")
    return notes
