"""Relations between columns: found where they are, not where they are not, and decoded to the values they stand for."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from synthdiff.codecs.alphabet import TableAlphabet
from synthdiff.codecs.decoder import column_decoders
from synthdiff.codecs.discovery import search_relations
from synthdiff.codecs.order import preferred_order
from synthdiff.codecs.relation import UNDEFINED, Relation
from synthdiff.codecs.token import fit_level_tokens, fit_number_tokens
from synthdiff.steps import drained

N = 6_000


def number_alphabet(values: np.ndarray, resolution: float | None = 1.0) -> TableAlphabet:
    columns = tuple(fit_number_tokens(values[:, j], resolution) for j in range(values.shape[1]))
    return TableAlphabet(columns, tuple(drained(search_relations(values, columns))))


def amounts(rng: np.random.Generator, columns: int) -> np.ndarray:
    return np.round(np.exp(rng.normal(8, 1, (N, columns))))


def found(alphabet: TableAlphabet, target: int) -> list[tuple[str, tuple[int, int], bool]]:
    return [(r.reference.operation, r.reference.partners, r.equal) for r in alphabet.relations if r.target == target]


def test_independent_columns_have_no_relations() -> None:
    assert number_alphabet(amounts(np.random.default_rng(0), 6)).relations == ()


def test_smooth_dependence_is_left_to_the_network() -> None:
    rng = np.random.default_rng(1)
    z = rng.multivariate_normal([0, 0], [[1, 0.9], [0.9, 1]], N)
    assert number_alphabet(z, None).relations == ()


def test_a_copy_in_some_rows() -> None:
    rng = np.random.default_rng(2)
    values = amounts(rng, 3)
    values[:, 2] = np.where(rng.random(N) < 0.15, values[:, 0], values[:, 2])
    alphabet = number_alphabet(values)
    assert ("same", (0, 0), True) in found(alphabet, 2)
    assert found(alphabet, 1) == []


def test_a_sum_is_a_rule_and_comes_before_atoms() -> None:
    rng = np.random.default_rng(3)
    parts = rng.choice([0.0, 5.0, 10.0, 20.0], (N, 2))
    alphabet = number_alphabet(np.column_stack([parts, parts.sum(1)]))
    (total,) = [r for r in alphabet.relations if r.target == 2]
    assert total.reference.operation == "sum"
    assert total.equal
    assert total.before_atoms


def test_a_narrow_ratio_is_a_window() -> None:
    rng = np.random.default_rng(4)
    bill = amounts(rng, 1)[:, 0]
    payment = np.where(rng.random(N) < 0.5, np.round(bill * rng.uniform(0.0395, 0.0405, N)), amounts(rng, 1)[:, 0])
    alphabet = number_alphabet(np.column_stack([bill, payment]))
    windows = [r for r in alphabet.relations if r.target == 1]
    assert windows
    assert windows[0].ratio
    assert not windows[0].equal
    assert np.exp([windows[0].low, windows[0].high]) == pytest.approx([0.0395, 0.0405], rel=0.05)


def test_two_flags_that_are_mostly_zero_do_not_copy_each_other() -> None:
    rng = np.random.default_rng(5)
    flags = (rng.random((N, 2)) < 0.02).astype(float)
    assert number_alphabet(flags).relations == ()


def test_levels_copy_levels() -> None:
    rng = np.random.default_rng(6)
    town = rng.integers(200, size=N).astype(float)
    billing = np.where(rng.random(N) < 0.9, town, rng.integers(200, size=N))
    columns = (fit_level_tokens(town), fit_level_tokens(billing))
    relations = drained(search_relations(np.column_stack([town, billing]), columns))
    assert {(r.target, r.reference.partners[0]) for r in relations} == {(0, 1), (1, 0)}


def test_encoding_then_decoding_any_relation_gives_the_value_back() -> None:
    rng = np.random.default_rng(7)
    values = amounts(rng, 3)
    pick = rng.random(N)
    ratio = np.round(values[:, 0] * rng.uniform(1.01, 1.03, N))
    values[:, 2] = np.where(pick < 0.2, values[:, 0] + values[:, 1], np.where(pick < 0.6, ratio, values[:, 2]))
    alphabet = number_alphabet(values)
    encoded = alphabet.encode(values)
    decoder = column_decoders(alphabet, torch.device("cpu"))[2]
    middle = torch.full((N,), 0.5, dtype=torch.float64)
    for r, relation in enumerate(alphabet.relations):
        if relation.target != 2:
            continue
        rows = encoded.relative[:, r] >= 0
        token = torch.from_numpy(encoded.relative[rows, r].astype(np.int64) - alphabet.offsets[2])
        drawn = decoder.decode(token, middle[rows], middle[rows], torch.from_numpy(values[rows]))
        error = np.abs(drawn.numpy() - values[rows, 2]) / values[rows, 2]
        # Equal to the unit; or within a token, a 32nd of a window that is 2 % wide (a wider one at its ends).
        assert error.max() < (1e-12 if relation.equal else 0.01)


def test_a_missing_reference_leaves_the_relation_undefined() -> None:
    rng = np.random.default_rng(8)
    values = amounts(rng, 2)
    values[:, 1] = np.where(rng.random(N) < 0.5, values[:, 0], values[:, 1])
    values[:100, 0] = np.nan
    alphabet = number_alphabet(values)
    copy = next(i for i, r in enumerate(alphabet.relations) if r.target == 1)
    assert (alphabet.encode(values).relative[:100, copy] == UNDEFINED).all()
    decoder = column_decoders(alphabet, torch.device("cpu"))[1]
    closed = decoder.undefined(torch.from_numpy(values[:200]))
    first = alphabet.columns[1].n_tokens
    assert closed[:100, first:].all()
    assert not closed[100:, first:].any()
    assert not closed[:, :first].any()


def test_the_preferred_order_puts_references_first() -> None:
    rng = np.random.default_rng(9)
    parts = amounts(rng, 2)
    noisy = np.where(rng.random(N) < 0.5, parts.sum(1), amounts(rng, 1)[:, 0])
    alphabet = number_alphabet(np.column_stack([noisy, parts]))
    assert preferred_order(alphabet)[-1] == 0 or found(alphabet, 1)
    assert sorted(preferred_order(alphabet)) == [0, 1, 2]


def test_json_round_trip() -> None:
    rng = np.random.default_rng(10)
    values = amounts(rng, 2)
    values[:, 1] = np.where(rng.random(N) < 0.5, values[:, 0], np.round(values[:, 0] * rng.uniform(1.01, 1.02, N)))
    alphabet = number_alphabet(values)
    assert len(alphabet.relations) >= 2
    for relation in alphabet.relations:
        back = Relation.from_dict(json.loads(json.dumps(relation.to_dict())))
        assert back.to_dict() == relation.to_dict()
        assert np.array_equal(back.encode(values, 1.0), relation.encode(values, 1.0))
    whole = TableAlphabet.from_dict(json.loads(json.dumps(alphabet.to_dict())))
    assert np.array_equal(whole.encode(values).base, alphabet.encode(values).base)


@pytest.mark.parametrize("offset", [2**62, -(2**62), 2**53 + 1])
def test_windows_far_from_zero_keep_a_token(offset):
    rng = np.random.default_rng(0)
    near = rng.integers(-100, 100, 40).astype(np.float64)
    values = np.stack([np.where(np.arange(40) % 2, offset, -offset).astype(np.float64), near], axis=1)
    columns = [fit_number_tokens(values[:, j], 1.0) for j in range(2)]
    for relation in drained(search_relations(values, columns, 0)):
        assert relation.n_tokens > 0
        assert relation.encode(values, 1.0).max() < relation.n_tokens
