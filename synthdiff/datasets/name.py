"""Names of persons, places and goods that nobody has; rows that belong together."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_FIRST = ("Al", "Be", "Cor", "Da", "El", "Fa", "Gi", "Ha", "Il", "Jo", "Ka", "Lu", "Mi", "No", "Or", "Pe", "Ru", "Sa")
_MIDDLE = ("la", "ri", "ne", "mo", "va", "si", "de", "lo", "ta", "bi", "ru", "ke")
_LAST = ("n", "na", "s", "th", "ra", "x", "lin", "do", "ver", "m")


def made_up_words(rng: np.random.Generator, n: int) -> npt.NDArray[np.object_]:
    """Draw distinct words, (n,) str; at most 20,000.

    Parameters
    ----------
    rng : np.random.Generator
    n : int
    """
    sizes = (len(_FIRST), len(_MIDDLE), len(_MIDDLE), len(_LAST))
    picked = rng.choice(int(np.prod(sizes)), n, replace=False)
    a, b, c, d = np.unravel_index(picked, sizes)
    words = [f"{_FIRST[i]}{_MIDDLE[j]}{_MIDDLE[k]}{_LAST[m]}" for i, j, k, m in zip(a, b, c, d, strict=True)]
    return np.array(words, dtype=object)


def group_rows(sizes: npt.NDArray[np.int64], n_rows: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Say which group each row belongs to, and its place in the group, (n_rows,) int64 each.

    Parameters
    ----------
    sizes : (n,) int64
        Rows of each group, `n_rows` at least in all.
    n_rows : int
    """
    ends = np.cumsum(sizes)
    group = np.searchsorted(ends, np.arange(n_rows), side="right")
    return group, np.arange(n_rows) - np.concatenate([[0], ends])[group]
