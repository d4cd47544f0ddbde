"""What a model's files can hold, looked at before a fit trains: what could not be read again is refused at once."""

from __future__ import annotations

from torch import nn

from synthdiff.codecs.alphabet import TableAlphabet
from synthdiff.codecs.table import TableCodec
from synthdiff.constraints.rules import RuleSet
from synthdiff.errors import ArtifactError, DataError
from synthdiff.models.artifact import refuse_too_large
from synthdiff.models.envelope import CODECS, LIMITS, WEIGHTS
from synthdiff.restore import describe
from synthdiff.storage import from_json, to_json

_RESERVE = 64 << 20
"""Bytes left to the networks beside the members, such as the one that refines within bins."""


def check_codecs(codec: TableCodec, rules: RuleSet) -> None:
    """Refuse a table whose codecs could not be written, or not be read again.

    Parameters
    ----------
    codec : TableCodec
        As it has been fitted.
    rules : RuleSet
        Stored beside it.

    Raises
    ------
    DataError
        Some limit of a model's files is passed; the message names the column that takes most of the room.
    """
    text = to_json({"table": codec.to_dict(), "rules": rules.to_dict()})
    try:
        refuse_too_large({CODECS: text.encode()})
        TableCodec.from_dict(from_json(text)["table"])
    except (ArtifactError, ValueError) as error:
        largest = max(codec.codecs, key=lambda name: len(to_json(codec.codecs[name].to_dict())))
        raise DataError(
            f"a model of this table could not be saved: {describe(error)}; column {largest!r} takes most of it: "
            "drop it, leave its text empty, or declare it an identifier",
            column=largest,
        ) from error


def members_that_fit(network: nn.Module, alphabet: TableAlphabet, learnt: tuple[str, ...], wanted: int) -> int:
    """Count the networks of an ensemble that one file can hold.

    Parameters
    ----------
    network : nn.Module
        One of them; it may be on the meta device.
    alphabet : TableAlphabet
    learnt : tuple of str
        Names of its columns.
    wanted : int
        Networks at most.

    Raises
    ------
    DataError
        Not even one has room.
    """
    size: int = sum(x.numel() * x.element_size() for x in network.state_dict().values())
    room = LIMITS[WEIGHTS] - _RESERVE
    if size <= room:
        return min(wanted, room // size)
    n_tokens, largest = max(zip(alphabet.sizes, learnt, strict=True))
    raise DataError(
        f"the network would take {size:,} bytes, more than the {room:,} that a model has for it; column {largest!r} "
        f"has {n_tokens:,} levels: join rare ones, declare it text or an identifier, or use a smaller preset",
        column=largest,
    )
