"""What the columns of public tables are taken for, judged by hand."""

import os
from pathlib import Path

import pytest

from synthdiff.codecs.infer import infer_schema
from synthdiff.data.frame import to_table
from synthdiff.data.io import read_table

FOLDER = Path(os.environ.get("SYNTHDIFF_DATA", Path(__file__).parents[2].parent / "shared" / "data")) / "tabular"

# The columns that are neither numbers nor categories; everything else must be one of the two.
SPECIAL = {
    "adult.parquet": {},
    "default.parquet": {},
    "magic.parquet": {},
    "california.parquet": {},
    "diamonds.parquet": {},
    "insurance.csv": {},
    "beijing.parquet": {"No": "identifier"},
    "shoppers.parquet": {"Weekend": "boolean", "Revenue": "boolean"},
    "titanic.csv": {"PassengerId": "identifier", "Name": "text", "Ticket": "text"},
    "ames.parquet": {"Order": "identifier", "PID": "identifier"},
    "nyc_taxis.parquet": {"pickup": "datetime", "dropoff": "datetime"},
    "walmart_weekly.parquet": {"Date": "datetime"},
    "hotel_bookings.parquet": {"reservation_status_date": "datetime"},
    "news_uniform3k.parquet": {"url": "text"},
    "compas.parquet": {
        **dict.fromkeys(("id", "c_case_number", "r_case_number", "vr_case_number"), "identifier"),
        **dict.fromkeys(("type_of_assessment", "v_type_of_assessment"), "constant"),
        "violent_recid": "empty",
        **dict.fromkeys(
            (
                "compas_screening_date", "dob", "c_jail_in", "c_jail_out", "c_offense_date", "c_arrest_date",
                "r_offense_date", "r_jail_in", "r_jail_out", "vr_offense_date", "screening_date", "v_screening_date",
                "in_custody", "out_custody",
            ),
            "datetime",
        ),
    },
}  # fmt: skip


@pytest.mark.realdata
@pytest.mark.skipif(not FOLDER.is_dir(), reason="the public data sets are not here")
@pytest.mark.parametrize("name", SPECIAL)
def test_kinds(name):
    table, _ = to_table(read_table([FOLDER / name]))
    schema = infer_schema(table)
    assert {column.name: column.kind for column in schema if column.kind not in KINDS} == SPECIAL[name]
    for column in schema:
        if column.kind in ("integer", "numeric"):
            assert column.type in ("int64", "double")
        elif column.kind == "categorical":
            assert column.type == "string"


KINDS = {"integer", "numeric", "categorical"}
