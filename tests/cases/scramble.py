"""Tables for the cases of rules, and the hardest test of a rule: columns that have nothing to do with each other."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa

from synthdiff.codecs.infer import infer_schema
from synthdiff.codecs.table import TableCodec
from synthdiff.constraints.rules import RuleSet
from synthdiff.constraints.search import find_rules
from synthdiff.data.frame import to_table
from synthdiff.models.inspection import inspect_table

N = 600


def rng():
    return np.random.default_rng(5)


def scrambled(frame, seed=0):
    """The cells of each column in an order of their own, as a network draws them that has learnt nothing; then the
    rules, as they are read from a file."""
    table, kind = to_table(frame)
    codec, values = TableCodec.fit(table, infer_schema(table))
    rules = RuleSet.from_dict(
        json.loads(json.dumps(find_rules(table, infer_schema(table), codec.codecs).rules.to_dict()))
    )
    rules.check_columns(codec.codecs)
    r = np.random.default_rng(seed)
    drawn = codec.decode(r.permuted(values, axis=0), 0, r)
    out = rules.apply(drawn, codec.codecs, r)
    holds = rules.holds(out, codec.codecs)
    assert holds.mean() > 0.5
    return kind.restore(out.filter(pa.array(holds)))


def findings(frame):
    table, _ = to_table(frame)
    return inspect_table(table, infer_schema(table)).findings


def days(n=N, since="2015-01-01", most=2000, seed=1):
    return pd.Series(pd.Timestamp(since) + pd.to_timedelta(np.random.default_rng(seed).integers(0, most, n), "D"))


def after(start, low, high, null=0.0, unit="D"):
    r = np.random.default_rng(2)
    gap = pd.to_timedelta(r.integers(low, high + 1, len(start)), unit)
    return (start + gap).mask(r.random(len(start)) < null)


def stays(low=1, high=30, null=0.0, form=None):
    start = days()
    frame = pd.DataFrame({"start": start, "end": after(start, low, high, null), "size": rng().normal(size=N).round(1)})
    if form == "date":
        frame[["start", "end"]] = frame[["start", "end"]].apply(lambda c: c.dt.date)
    elif form is not None:
        frame[["start", "end"]] = frame[["start", "end"]].apply(lambda c: c.dt.strftime(form))
    return frame
