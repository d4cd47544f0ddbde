"""Find the rows of a table that are least like the others: a model of rows is a detector of odd ones too.

    python examples/unusual_rows.py

A few rows of a customer table are spoilt by swapping values between them; each value stays right by itself, only the
combination is wrong. The likelihood bound of a model that was fitted to other rows ranks them.
"""

from __future__ import annotations

import numpy as np
from sklearn.metrics import roc_auc_score

from synthdiff import TabularDiffusion
from synthdiff.datasets import make_customers


def main(n_rows: int = 3_000, max_steps: int = 800, n_spoilt: int = 100) -> float:
    """Rank spoilt rows among sound ones; return the area under the ROC curve."""
    customers = make_customers(n_rows, random_state=0)
    train, test = customers.iloc[: n_rows // 2], customers.iloc[n_rows // 2 :].reset_index(drop=True)
    spoilt = np.arange(n_spoilt)
    for name in ("plan", "segment", "total", "tenure"):
        test.loc[spoilt, name] = test[name].to_numpy()[np.roll(spoilt, 1)]

    model = TabularDiffusion(max_steps=max_steps, random_state=0).fit(train)
    unusual = -model.log_prob(test)
    area = float(roc_auc_score(np.arange(len(test)) < n_spoilt, unusual))
    print(f"spoilt rows rank above sound ones in {area:.0%} of the pairs; the most unusual row:")
    print(test.iloc[[int(unusual.argmax())]].T.to_string(header=False))
    return area


if __name__ == "__main__":
    main()
