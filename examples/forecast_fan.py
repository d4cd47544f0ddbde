"""Forecast prices from the end of their history, and draw how they spread.

    python examples/forecast_fan.py

Prices of a market are made on the spot; any frame of prices with dates takes their place. Writes fan.png into the
current folder.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from synthdiff import SeriesDiffusion
from synthdiff.data.paths import Paths
from synthdiff.datasets import make_market


def main(
    n_days: int = 2_000, max_time: str = "20s", n_paths: int = 1_000, horizon: int = 63, picture: Path = Path("fan.png")
) -> Paths:
    """Fit all but the last days, forecast them, and draw the forecast beside what came."""
    prices = make_market(n_days, 2, random_state=0)
    known, later = prices.iloc[:-horizon], prices.iloc[-horizon:]
    model = SeriesDiffusion(preset="fast", max_time=max_time, random_state=0).fit(known)

    paths = model.forecast(horizon=horizon, n_paths=n_paths, random_state=1)
    low, high = np.quantile(paths.values, [0.05, 0.95], axis=0)
    inside = ((later.to_numpy() >= low) & (later.to_numpy() <= high)).mean()
    print(paths.var_es(portfolio={"A1": 0.5, "A2": 0.5}).to_frame().round(4).to_string(index=False))
    print(f"of the days that came, {inside:.0%} are inside of the middle 90 % of the paths")

    shown = known["A1"].iloc[-2 * horizon :]
    figure = paths.plot("A1", history=shown, history_dates=shown.index, title="A1: the forecast, and what came")
    figure.axes[0].plot(later.index, later["A1"], color="black", linewidth=1.2, label="what came")
    figure.axes[0].legend(loc="upper left", frameon=False, fontsize=8, ncols=2)
    figure.savefig(picture, dpi=120)
    return paths


if __name__ == "__main__":
    main()
