"""What all real texts have in common, whatever they say: no blank at an end, small letters only, an @."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthdiff.codecs.column import BoolArray, is_text
from synthdiff.evaluation.check import Finding, Pair, all_or_fault
from synthdiff.evaluation.form import MIN_CELLS


@dataclass(frozen=True)
class Trait:
    """Something that a text may have and real ones never do.

    Attributes
    ----------
    pattern : str
        A regular expression of RE2 that finds it.
    words : str
        What such cells do.
    is_lack : bool
        Whether it is there where the pattern is not found.
    """

    pattern: str
    words: str
    is_lack: bool = False

    def of(self, texts: pa.Array) -> BoolArray:
        """Say which texts have it, (n,)."""
        found = pc.match_substring_regex(texts, self.pattern).to_numpy(zero_copy_only=False)
        return np.asarray(found ^ self.is_lack, dtype=np.bool_)


TRAITS = (
    Trait(r"^\s*$", "are blank"),
    Trait(r"(?i)^\s*(nan|nat|none|null|n/?a|<na>|#n/a|undefined)\s*$", "are a word for a missing value"),
    Trait(r"^\s|\s$", "begin or end with a blank"),
    Trait(r"\x{FFFD}|Ã[\x{80}-\x{BF}ƒ]|â€|Â[\x{A0}-\x{BF}]", "are decoded wrongly"),
    Trait(r"[\x00-\x08\x0E-\x1F]", "hold control characters"),
    Trait(r"[\r\n]", "hold line breaks"),
    Trait(r"^[^@\s]+@[^@\s]+\.[^@\s]+$", "are no e-mail addresses", is_lack=True),
    Trait(r"^[a-z][a-z0-9+.-]*://\S+$", "are no addresses of the web", is_lack=True),
    Trait(r"\p{Lu}", "have capitals"),
    Trait(r"\p{Ll}", "have small letters"),
)


def traits(pair: Pair) -> Iterator[Finding]:
    """Whether texts that need not be real ones keep to what all real ones have in common."""
    if pair.scale is not None or not is_text(pair.real.type) or not is_text(pair.made.type):
        return
    if len(pair.real_counts) < MIN_CELLS:
        return
    made, *known = (pc.unique(texts) for texts in (pair.made_texts, pair.real_texts, *pair.unseen_texts))
    at = pc.index_in(pair.made_texts, value_set=made).to_numpy()
    for trait in TRAITS:
        having = trait.of(made)
        if having.any() and not any(trait.of(texts).any() for texts in known):
            rows = having[at]
            share = float(rows.mean())
            words = f"{share:.1%} of the cells {trait.words}, unlike all real ones"
            yield all_or_fault("form", pair, pair.rows_of(rows), share, words)
            return
