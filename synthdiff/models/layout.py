"""What a network must know of a table's alphabet, from the alphabet."""

from __future__ import annotations

import numpy as np
import torch

from synthdiff.codecs.alphabet import N_COORDINATES, EncodedTable, TableAlphabet
from synthdiff.networks.mlp import CellLayout


def cell_layout(alphabet: TableAlphabet, encoded: EncodedTable | None = None) -> CellLayout:
    """What the network must know of an alphabet.

    Parameters
    ----------
    alphabet : TableAlphabet
    encoded : EncodedTable or None
        The real rows, for the initial output bias; None where weights are loaded over it.
    """
    relation_of = torch.full((alphabet.offsets[-1],), len(alphabet.relations))
    for r, (relation, first) in enumerate(zip(alphabet.relations, alphabet.relation_offsets, strict=True)):
        relation_of[first : first + relation.n_tokens] = r
    frequencies = np.zeros(alphabet.offsets[-1], np.float32) if encoded is None else alphabet.log_frequencies(encoded)
    return CellLayout(
        offsets=alphabet.offsets,
        numbers=alphabet.numbers,
        n_coordinates=N_COORDINATES,
        log_frequencies=torch.from_numpy(frequencies),
        token_ranks=torch.from_numpy(alphabet.token_ranks()),
        relation_of=relation_of,
        n_relations=len(alphabet.relations),
    )
