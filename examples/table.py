"""Learn a table, draw rows like it, and look at what came out.

    python examples/table.py

A customer table is made on the spot; any pandas or polars frame or Arrow table takes its place.
"""

from __future__ import annotations

from synthdiff import TabularDiffusion
from synthdiff.datasets import make_customers


def main(n_rows: int = 2_000, max_steps: int = 800) -> None:
    """Fit, sample and print real and synthetic rows."""
    real = make_customers(n_rows, random_state=0)
    model = TabularDiffusion(max_steps=max_steps, random_state=0).fit(real)
    synthetic = model.sample(n_rows, random_state=1)

    assert (synthetic.dtypes == real.dtypes).all()
    print("real\n", real.head(5).to_string(), "\n", sep="")
    print("synthetic\n", synthetic.head(5).to_string(), "\n", sep="")
    print(f"held-out loss: {model.best_valid_loss_:.2f} nats a row, {model.n_steps_:,} steps")


if __name__ == "__main__":
    main()
