"""A fit that is watched: looks are rare, say how well rows can be told apart, and change nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from synthdiff import TabularDiffusion
from synthdiff.codecs.alphabet import TableAlphabet
from synthdiff.codecs.token import fit_number_tokens
from synthdiff.models.layout import cell_layout
from synthdiff.models.track import SHARE, Tracker
from synthdiff.networks.ensemble import DenoiserEnsemble
from synthdiff.networks.mlp import MLPDenoiser


def tracker(n_rows: int = 400) -> tuple[Tracker, DenoiserEnsemble]:
    values = np.random.default_rng(0).normal(size=(n_rows, 1))
    alphabet = TableAlphabet((fit_number_tokens(values[:, 0], None),), ())
    torch.manual_seed(0)
    network = MLPDenoiser(cell_layout(alphabet, alphabet.encode(values)), width=8, n_blocks=1).eval()
    return Tracker(alphabet, [0], values, torch.float32, 0), DenoiserEnsemble([network])


def test_looks_take_no_more_than_their_share_of_the_time() -> None:
    watch, network = tracker()
    assert not watch.is_due(1.0)
    assert watch.is_due(1.0 / SHARE)
    watch.look(network, step=10)
    watch._cost, watch._spent = 2.0, 3.0
    assert not watch.is_due(4.9 / SHARE)
    assert watch.is_due(5.1 / SHARE)


def test_a_network_that_knows_the_distribution_cannot_be_told_apart() -> None:
    watch, network = tracker()
    # Untrained, it draws by the frequencies, which is all that one column holds. Standard error .03 at 400 rows.
    assert watch.look(network, step=1) == pytest.approx(0.5, abs=0.1)
    assert watch.auc == watch.look(network, step=1)


def test_a_watched_fit_ends_in_the_same_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synthdiff.models.track.FIRST_COST", 0.0)
    rng = np.random.default_rng(0)
    number = rng.normal(size=600)
    frame = pd.DataFrame({"number": number, "sign": np.where(number > 0, "plus", "minus")})
    options = {"max_steps": 60, "random_state": 0, "device": "cpu"}
    models = [TabularDiffusion(**options, track=track).fit(frame) for track in (False, True)]
    plain, watched = (model.network_.state_dict() for model in models)
    assert all(torch.equal(plain[name], watched[name]) for name in plain)
    assert not any("auc" in record for record in models[0].history_)
    assert 0.3 < models[1].history_[-1]["auc"] <= 1.0
