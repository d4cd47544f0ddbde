"""A model that could not be saved, or not be read again, is refused before the fit trains."""

import pandas as pd
import pytest
import torch

from synthdiff import TabularDiffusion
from synthdiff.codecs import token
from synthdiff.errors import DataError
from synthdiff.models import artifact, capacity, fit
from synthdiff.models.envelope import CODECS, WEIGHTS

TABLE = pd.DataFrame({"few": list("ab") * 60, "many": [f"level {i // 2}" for i in range(120)]})


def model(**options):
    return TabularDiffusion(preset="fast", max_steps=2, device="cpu", random_state=0, **options)


@pytest.fixture
def untrained(monkeypatch):
    """Fail where a fit trains."""
    monkeypatch.setattr(fit, "_train", lambda *args: pytest.fail("it has trained"))


def test_codecs_that_are_too_large_name_the_column(monkeypatch, untrained):
    monkeypatch.setitem(artifact.LIMITS, CODECS, 1000)
    with pytest.raises(DataError, match=r"codecs.json would have .* bytes.*; column 'many' takes most of it") as caught:
        model().fit(TABLE)
    assert caught.value.column == "many"


def test_codecs_that_no_reader_would_accept(monkeypatch, untrained):
    monkeypatch.setattr(
        capacity.TableCodec, "from_dict", classmethod(lambda cls, data: token.require(False, "at most 9 levels"))
    )
    with pytest.raises(DataError, match="could not be saved: at most 9 levels; column 'many'"):
        model().fit(TABLE)


def test_a_network_without_room_names_the_column(monkeypatch, untrained):
    monkeypatch.setitem(capacity.LIMITS, WEIGHTS, (64 << 20) + 1000)
    with pytest.raises(DataError, match=r"the network would take .* bytes.*column 'many' has 60 levels") as caught:
        model().fit(TABLE)
    assert caught.value.column == "many"


def test_an_ensemble_has_as_many_members_as_there_is_room_for(monkeypatch):
    network, alphabet = torch.nn.Linear(99, 10, bias=False), model().fit(TABLE).codec_.alphabet
    for room, members in ((3960, 1), (2 * 3960 + 5, 2), (9 * 3960, 5)):
        monkeypatch.setitem(capacity.LIMITS, WEIGHTS, (64 << 20) + room)
        assert capacity.members_that_fit(network, alphabet, ("few", "many"), 5) == members
