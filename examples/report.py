"""Check synthetic rows before anybody uses them: a report against rows that the model has not seen.

    python examples/report.py

Writes report.html into the current folder and prints what it says.
"""

from __future__ import annotations

from pathlib import Path

from synthdiff import Report, TabularDiffusion, evaluate
from synthdiff.datasets import make_customers


def main(n_rows: int = 4_000, max_steps: int = 800, page: Path = Path("report.html")) -> Report:
    """Fit to one half of the rows, hold the other out, and compare."""
    customers = make_customers(n_rows, random_state=0).drop(columns="note")
    train, holdout = customers.iloc[: n_rows // 2], customers.iloc[n_rows // 2 :]
    model = TabularDiffusion(max_steps=max_steps, random_state=0).fit(train)
    synthetic = model.sample(len(train), random_state=1)

    report = evaluate(train, synthetic, holdout, target="plan", model=model, attacks=False)
    print(report)
    report.save_html(page)
    if failures := report.failures({"fidelity": 0.5, "copies": 0.05}):
        print("not good enough:", *failures, sep="\n  ")
    return report


if __name__ == "__main__":
    main()
