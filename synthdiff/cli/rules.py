"""What is known to hold in the demo's table, and how often it holds in a table drawn from a model of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from synthdiff.cli.comparison import level_texts
from synthdiff.datasets.customers import AS_OF, PLANS, PRICES, REGIONS, SEGMENTS, STUDENT_PRICES

HALF_A_CENT = 0.005
ROUNDING = 1e-6


def _total_is_a_sum(table: pa.Table) -> Any:
    gap = pc.subtract(table["total"], pc.add(table["order_value"], table["shipping"]))
    return pc.less(pc.abs(gap), HALF_A_CENT)


def _tenure_counts_from_signup(table: pa.Table) -> Any:
    until = pa.scalar(AS_OF.astype("datetime64[us]"), pa.timestamp("us"))
    expected = pc.subtract(until, table["signup"].cast(pa.timestamp("us")))
    return pc.equal(table["tenure"].cast(pa.duration("us")), expected)


def _postcodes_are_equal(table: pa.Table) -> Any:
    return pc.equal(table["billing_postcode"], table["postcode"])


def _postcode_lies_in_the_region(table: pa.Table) -> Any:
    position = pc.index_in(level_texts(table["region"]), value_set=pa.array(REGIONS))
    return pc.equal(pc.divide(table["postcode"], 10_000), pc.add(position, 1))


def _fee_is_the_plan_s(table: pa.Table) -> Any:
    plan = pc.index_in(level_texts(table["plan"]), value_set=pa.array(PLANS))
    student = pc.equal(level_texts(table["segment"]), "student")
    fee = pc.if_else(student, pc.take(pa.array(STUDENT_PRICES), plan), pc.take(pa.array(PRICES), plan))
    return pc.less(pc.abs(pc.subtract(table["monthly_fee"], fee)), ROUNDING)


def _business_is_the_segment_s(table: pa.Table) -> Any:
    segments = pa.array(["small business", "enterprise"])
    return pc.equal(table["is_business"], pc.is_in(level_texts(table["segment"]), value_set=segments))


def _login_follows_signup(table: pa.Table) -> Any:
    login = pc.local_timestamp(table["last_login"]).cast(pa.timestamp("us"))
    return pc.greater_equal(login, table["signup"].cast(pa.timestamp("us")))


def _newsletter_needs_a_login(table: pa.Table) -> Any:
    return pc.equal(pc.is_null(table["newsletter"]), pc.is_null(table["last_login"]))


def _no_orders_no_value(table: pa.Table) -> Any:
    return pc.equal(pc.equal(table["n_orders"], 0), pc.equal(table["order_value"], 0))


RULES: dict[str, Callable[[pa.Table], Any]] = {
    "total = order_value + shipping": _total_is_a_sum,
    "tenure = 2025-01-01 - signup": _tenure_counts_from_signup,
    "billing_postcode = postcode": _postcodes_are_equal,
    "postcode lies in region": _postcode_lies_in_the_region,
    "monthly_fee is that of plan and segment": _fee_is_the_plan_s,
    "is_business goes with segment": _business_is_the_segment_s,
    "last_login not before signup": _login_follows_signup,
    "newsletter missing where last_login is": _newsletter_needs_a_login,
    "order_value 0 where n_orders is 0": _no_orders_no_value,
}
"""Each rule in words and, for a table, whether it holds in each row; null where it does not apply."""


def rule_shares(table: pa.Table) -> Iterator[tuple[str, float]]:
    """Each rule, and each segment's missing incomes, with the share of the rows in which it holds."""
    for words, rule in RULES.items():
        yield words, _share(rule(table))
    for segment in SEGMENTS:
        rows = table.filter(pc.equal(level_texts(table["segment"]), segment))
        yield f"income missing, {segment}", _share(pc.is_null(rows["income"], nan_is_null=True))


def _share(holds: Any) -> float:
    share = pc.mean(holds).as_py()
    return float("nan") if share is None else float(share)
