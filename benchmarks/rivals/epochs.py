"""How many epochs fit into a time."""

from __future__ import annotations

from collections.abc import Callable

_CERTAIN = 0.03  # share of the time that trials must differ by to tell how long an epoch takes


def plan_epochs(fit_seconds: Callable[[int], float], seconds: float) -> tuple[int, dict[str, float]]:
    """Plan a fit: a number of epochs, and what was found.

    A fit of one epoch is timed, after one that warms up, and fits of 5, 25, ... until the difference, which is of
    epochs alone, is no matter of chance.

    Parameters
    ----------
    fit_seconds : callable
        Does a fit of so many epochs and returns its seconds.
    seconds : float
        For the whole fit.
    """
    _, one = (fit_seconds(1) for _ in range(2))
    n_epochs, longer = 1, 0.0
    while longer < _CERTAIN * seconds:
        n_epochs *= 5
        longer = fit_seconds(n_epochs) - one
    epoch = longer / (n_epochs - 1)
    preparation = max(one - epoch, 0.0)
    planned = max(round((seconds - preparation) / epoch), 1)
    return planned, {"epoch_seconds": epoch, "preparation_seconds": preparation}
