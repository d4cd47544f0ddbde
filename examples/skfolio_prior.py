"""A portfolio of least expected shortfall, found by skfolio on synthetic days, and what it loses when one asset falls.

    pip install skfolio
    python examples/skfolio_prior.py

The rarest days decide such a portfolio, and a history holds few of them. Here they are drawn: `SeriesDiffusion` stands
where skfolio takes any estimator of a distribution. Prices of a market are made on the spot; any frame of prices takes
their place.
"""

from __future__ import annotations

import pandas as pd
from skfolio import RiskMeasure
from skfolio.optimization import MeanRisk
from skfolio.prior import BasePrior, EmpiricalPrior, SyntheticData

from synthdiff import SeriesDiffusion
from synthdiff.datasets import make_market


def main(n_days: int = 2_500, n_assets: int = 4, max_time: str = "20s", n_samples: int = 10_000) -> pd.DataFrame:
    """Fit to the first two thirds; compare the portfolios by what they lose on the worst days of the rest."""
    prices = make_market(n_days, n_assets, random_state=0)
    returns = prices.pct_change().dropna()
    early, late = returns.iloc[: 2 * n_days // 3], returns.iloc[2 * n_days // 3 :]

    model = SeriesDiffusion(preset="fast", max_time=max_time, random_state=0)
    priors: dict[str, BasePrior] = {
        "history": EmpiricalPrior(),
        "synthetic": SyntheticData(model, n_samples=n_samples),
    }
    rows = {}
    for name, prior in priors.items():
        portfolio = MeanRisk(risk_measure=RiskMeasure.CVAR, prior_estimator=prior).fit(early)
        rows[name] = dict(zip(early.columns, portfolio.weights_, strict=True)) | {"CVaR": portfolio.predict(late).cvar}
    print("Weights, and expected shortfall of the worst 5 % of days that came later:")
    print(pd.DataFrame(rows).T.to_string(float_format="{:.4f}".format))

    asset = str(early.columns[0])
    stressed = SyntheticData(model, n_samples=n_samples // 10, sample_args={"conditioning": {asset: (-0.05, -0.03)}})
    days = stressed.fit(early).return_distribution_
    print(f"On days on which {asset} loses 3 to 5 %, the portfolio loses {-portfolio.predict(days).mean:.2%}.")
    return pd.DataFrame(rows).T


if __name__ == "__main__":
    main()
