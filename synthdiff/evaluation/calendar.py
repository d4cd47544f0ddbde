"""Whether moments lie on days, and at times of the day, on which real ones do."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow.types as pt

from synthdiff.codecs.season import Calendar
from synthdiff.codecs.season_search import find_season
from synthdiff.codecs.season_words import days_in_words
from synthdiff.evaluation.cells import DAY
from synthdiff.evaluation.chance import ERRORS_BEYOND, allowance, is_beyond_chance
from synthdiff.evaluation.check import Finding, Pair, all_or_fault
from synthdiff.evaluation.form import MIN_CELLS


def seasons(pair: Pair) -> Iterator[Finding]:
    """Whether moments keep to the days of the week, the month and the year of the real ones, and to their hours."""
    if pair.scale != "datetime" or pair.reader is None or pair.real_reading is None or pair.made_reading is None:
        return
    known, values = (reading.values[~np.isnan(reading.values)] for reading in (pair.real_reading, pair.made_reading))
    if len(known) < MIN_CELLS or not len(values):
        return
    zone = pair.reader.dtype.tz if pt.is_timestamp(pair.reader.dtype) else None
    season = find_season(known, pair.reader.step or 1.0, Calendar(DAY, 0.0, zone))
    if season is None:
        return
    local, known_local = season.local(pair.made_reading.values), season.local(known)
    place = np.floor(np.nan_to_num(local, nan=season.first)).astype(np.int64) - season.first
    lengths = season.lengths
    judged = ~np.isnan(local) & (place >= 0) & (place < len(lengths))
    never = judged & (lengths[place.clip(0, len(lengths) - 1)] == 0)
    n_days = len(np.unique(np.floor(known_local)))
    if never.sum() > allowance(len(values) / n_days, ERRORS_BEYOND):
        share = float(never.sum() / len(values))
        words = f"{share:.1%} of the moments lie on days on which no real one does ({days_in_words(season)})"
        yield all_or_fault("inside", pair, never, share, words)
        return
    real, made = known_local % 1, local % 1
    if is_beyond_chance(real, made, len(values)):
        outside = (made < real.min()) | (made > real.max())
        share = float(outside.sum() / len(values))
        words = f"{share:.1%} of the moments lie at times of the day before or after all real ones"
        yield all_or_fault("inside", pair, outside, share, words)
