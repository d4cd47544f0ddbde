"""Stress a portfolio: what it loses if one asset falls, and in which ways it may lose so much, as a page.

    python examples/market_stress.py

Prices of a market are made on the spot; any frame of prices with dates takes their place. Writes stress.html into the
current folder and prints what it says.
"""

from __future__ import annotations

from pathlib import Path

from synthdiff import SeriesDiffusion
from synthdiff.datasets import make_market
from synthdiff.finance.stress import StressTest
from synthdiff.finance.stress_report import StressReport

PORTFOLIO = {"A1": 0.4, "A2": 0.3, "A3": 0.2, "A4": 0.1}


def main(
    n_days: int = 2_000,
    max_time: str = "20s",
    n_paths: int = 1_000,
    fall: float = -0.10,
    page: Path = Path("stress.html"),
) -> StressReport:
    """Fit a model; put a fall of one asset, a large loss and the worst month of the past beside what is usual."""
    prices = make_market(n_days, len(PORTFOLIO), random_state=0)
    model = SeriesDiffusion(preset="fast", max_time=max_time, random_state=0).fit(prices)

    test = StressTest(PORTFOLIO)
    usual = test.unstressed(model, horizon=21, n_paths=n_paths)
    fallen = test.shock(model, {"A1": fall}, horizon=21, n_paths=n_paths)
    lost = test.reverse(usual, 0.05)

    value = (prices / prices.iloc[0]) @ list(PORTFOLIO.values())
    worst = int(value.pct_change(21).argmin())
    past = test.replay(prices, prices.index[worst - 21], prices.index[worst], name="The worst month")

    report = test.compare(usual, fallen, lost, past)
    print(report)
    report.save_html(page)
    return report


if __name__ == "__main__":
    main()
