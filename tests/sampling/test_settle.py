"""Rules while rows are drawn: what is drawn afterwards sees the cell that the row will have."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from synthdiff.codecs.infer import infer_schema
from synthdiff.codecs.order import preferred_order
from synthdiff.codecs.table import TableCodec
from synthdiff.constraints.search import Findings, find_rules
from synthdiff.data.frame import to_table
from synthdiff.diffusion.masked import MaskedProcess
from synthdiff.models.layout import cell_layout
from synthdiff.networks.ensemble import DenoiserEnsemble
from synthdiff.networks.mlp import MLPDenoiser
from synthdiff.sampling.settle import Settlement, settlement
from synthdiff.sampling.unmask import UnmaskSampler

N = 3_000


def sales() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    price = rng.gamma(2, 20, N).round(2)
    amount = rng.poisson(4, N) + 1
    city = rng.integers(0, 12, N)
    sent = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 400, N), "D")
    return pd.DataFrame(
        {
            "total": (price * amount).round(2),
            "price": price,
            "amount": amount,
            "note": rng.choice(["low", "high"], N),
            "region": np.array(list("NSEW"))[city % 4],
            "city": np.array([f"city {k}" for k in range(12)])[city],
            "came": sent + pd.to_timedelta(rng.integers(1, 9, N), "D"),
            "sent": sent,
        }
    )


class Drawing:
    """An untrained network over a table with rules."""

    def __init__(self) -> None:
        table, _ = to_table(sales())
        self.codec, values = TableCodec.fit(table, infer_schema(table))
        self.found = find_rules(table, infer_schema(table), self.codec.codecs)
        self.order = self.found.order(preferred_order(self.codec.alphabet), self.codec.learnt)
        torch.manual_seed(0)
        layout = cell_layout(self.codec.alphabet, self.codec.alphabet.encode(values))
        self.network = MLPDenoiser(layout, width=16, n_blocks=1).eval().requires_grad_(False)
        self.settled = settlement(self.codec, self.order, self.found.rules, self.found.groups)

    def place(self, name: str) -> int:
        return self.order.index(self.codec.learnt.index(name))

    def draw(self, settled: Settlement | None, seed: int = 0) -> np.ndarray:
        ensemble = DenoiserEnsemble([self.network])
        self.sampler = UnmaskSampler(ensemble, self.codec.alphabet, self.order, torch.float32, settlement=settled)
        return self.sampler.draw(500, torch.Generator().manual_seed(seed)).numpy()


@pytest.fixture(scope="module")
def drawing() -> Drawing:
    return Drawing()


def test_the_rules_are_those_of_the_table(drawing: Drawing) -> None:
    words = drawing.found.describe()
    assert {"city determines region", "came - sent lies within 1 day and 8 days"} <= set(words)
    assert any(one.startswith("total = price x amount") for one in words)


@pytest.mark.parametrize(("target", "sources"), [("total", ["price", "amount"]), ("region", ["city"])])
def test_what_follows_is_drawn_behind_what_it_follows_from(drawing: Drawing, target: str, sources: list[str]) -> None:
    assert drawing.place(target) > max(drawing.place(source) for source in sources)
    assert drawing.codec.learnt.index(target) in drawing.settled


def test_other_columns_keep_their_order(drawing: Drawing) -> None:
    free = [j for j in drawing.order if j not in drawing.settled]
    before = preferred_order(drawing.codec.alphabet)
    assert free == [j for j in before if j in free]


def test_values_keep_the_rules(drawing: Drawing) -> None:
    values = drawing.draw(drawing.settled)
    table = drawing.codec.decode(values, 0, np.random.default_rng(0))
    assert drawing.found.rules.holds(table, drawing.codec.codecs).mean() > 0.99
    free = drawing.codec.decode(drawing.draw(None), 0, np.random.default_rng(0))
    assert drawing.found.rules.holds(free, drawing.codec.codecs).mean() < 0.5


def test_the_network_sees_what_the_row_holds(drawing: Drawing, monkeypatch: pytest.MonkeyPatch) -> None:
    """The input that is added up cell by cell is that of the whole row, put right."""
    seen: list[torch.Tensor] = []
    reveal = UnmaskSampler._reveal

    def spy(self, j, inputs, token, value):
        reveal(self, j, inputs, token, value)
        seen[:] = [inputs[0].clone()]

    monkeypatch.setattr(UnmaskSampler, "_reveal", spy)
    values = drawing.draw(drawing.settled)
    process = MaskedProcess(drawing.codec.alphabet, drawing.order, torch.device("cpu"))
    cells = drawing.codec.alphabet.encode(values).cells(torch.device("cpu"))
    everything = torch.full((len(values), 1), process.n_columns)
    noisy = process.perturb(cells, process.preferred_times(len(values), everything))
    settled = [j for j in range(process.n_columns) if j in drawing.settled]
    whole = drawing.network.embed(noisy)
    # Tokens that are drawn may name a value in another way than the first that does; those of settled ones do not.
    assert len(settled) == 3
    assert ((whole - seen[0]).abs().amax(1) < 1e-3).float().mean() > 0.95


def test_rows_are_the_same_without_rules(drawing: Drawing) -> None:
    assert settlement(drawing.codec, drawing.order, Findings().rules, Findings().groups) is None
    assert np.array_equal(drawing.draw(None, 3), drawing.draw(None, 3), equal_nan=True)


def test_a_rule_whose_column_comes_first_waits(drawing: Drawing) -> None:
    backwards = drawing.order[::-1]
    late = settlement(drawing.codec, backwards, drawing.found.rules, drawing.found.groups)
    assert late is None or drawing.codec.learnt.index("region") not in late
