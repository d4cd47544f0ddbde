"""A table of stays in a hospital: patients who come again, codes with labels, dates in order, all known."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from synthdiff.datasets.name import group_rows, made_up_words
from synthdiff.parameter import checked
from synthdiff.rule import SEED, Integer

Columns = dict[str, Any]
Ints = npt.NDArray[np.int64]

FIRST_STAY = np.datetime64("2019-01-01", "D")
WARDS = ("Cardiology", "Surgery", "Neurology", "Medicine", "Children")
FLOORS = (2, 1, 3, 2, 4)
INSURANCE = ("public", "private", "none")
N_DIAGNOSES = 60


@checked(n_rows=Integer(1, 10**7), random_state=SEED)
def make_patients(n_rows: int = 5_000, random_state: int = 0) -> pd.DataFrame:
    """Make a table of stays of which it is known what follows from what.

    Parameters
    ----------
    n_rows : int
        Number of rows, at least 1: a row is one stay.
    random_state : int
        Seed; the same one gives the same table. Not negative.

    Returns
    -------
    pandas.DataFrame
        26 columns. In every row, and for every two rows that agree in the column on the left:

        =================  ========================================================================================
        stay_id            unique
        patient_id         determines name, sex, birth_date, death_date, height_cm, insurance; 1 to 8 rows each
        diagnosis_code     and diagnosis determine each other; determines ward
        ward               determines floor
        death_date         null for 85 % of the patients; on or after the last discharge
        discharge          0 to 40 days after admission
        length_of_stay     days from admission to discharge
        age                whole years from birth_date to admission
        bmi                weight_kg / (height_cm / 100)^2, rounded to a decimal
        temperature_f      1.8 x temperature_c + 32, rounded to a decimal
        diastolic          below systolic
        total_cost         room_cost + care_cost + drug_cost
        =================  ========================================================================================

    Raises
    ------
    ConfigError
        ``n_rows`` is below 1.

    Examples
    --------
    >>> int(make_patients(100).groupby("patient_id")["birth_date"].nunique().max())
    1
    """
    streams = np.random.default_rng(random_state).spawn(4)
    patient, visit = group_rows(np.minimum(streams[0].geometric(0.55, n_rows), 8), n_rows)
    head = _persons(streams[1], int(patient[-1]) + 1)
    persons = {name: cells[patient] for name, cells in head.items()}
    stays = _stays(streams[2], persons, visit)
    last = pd.Series(stays["discharge"]).groupby(patient).transform("max")
    death = (last + pd.to_timedelta(persons.pop("left"), "D")).where(persons.pop("died"))
    persons.pop("born")
    frame = pd.DataFrame({"stay_id": 500_000 + np.arange(n_rows), **persons, "death_date": death.array, **stays})
    return frame.assign(**_measures(streams[3], frame))


def _persons(rng: np.random.Generator, n: int) -> Columns:
    words = made_up_words(rng, 2_000)
    sex = rng.choice(2, n)
    born = np.datetime64("1930-01-01", "D") + rng.integers(0, 31_000, n)
    number = rng.permutation(20 * max(n, 500))[:n]
    return {
        "patient_id": np.array([f"P{k:07d}" for k in number], dtype=object),
        "name": np.array([f"{a} {b}" for a, b in rng.choice(words, (n, 2))], dtype=object),
        "sex": np.array(["female", "male"], dtype=object)[sex],
        "birth_date": born.astype("datetime64[ms]"),
        "height_cm": np.clip(rng.normal(164 + 13 * sex, 7), 140, 205).round().astype(np.int64),
        "insurance": np.array(INSURANCE, dtype=object)[rng.choice(3, n, p=(0.7, 0.25, 0.05))],
        "born": born,
        "died": rng.random(n) < 0.15,
        "left": rng.geometric(0.004, n) - 1,
    }


def _stays(rng: np.random.Generator, persons: Columns, visit: Ints) -> Columns:
    n = len(visit)
    admission = FIRST_STAY + (390 * rng.random(n)).astype(np.int64) + 400 * visit
    days = np.minimum(rng.geometric(0.18, n) - 1, 40)
    words = made_up_words(rng, N_DIAGNOSES)
    code = np.array([f"{'IKGJS'[k % 5]}{10 + k // 5}.{k % 10}" for k in range(N_DIAGNOSES)], dtype=object)
    case = (N_DIAGNOSES * rng.random(n) ** 1.5).astype(np.int64)
    ward = case % 5
    admission = np.maximum(admission, persons["born"])
    age = _years(persons["born"], admission)
    return {
        "admission": admission.astype("datetime64[ms]"),
        "discharge": (admission + days).astype("datetime64[ms]"),
        "length_of_stay": days,
        "age": age,
        "diagnosis_code": code[case],
        "diagnosis": ("disease of " + words)[case],
        "ward": np.array(WARDS, dtype=object)[ward],
        "floor": np.array(FLOORS)[ward],
    }


def _years(born: npt.NDArray[np.datetime64], then: npt.NDArray[np.datetime64]) -> Ints:
    """Whole years between days."""
    parts = [[day.astype("datetime64[Y]").astype(np.int64), day.astype("datetime64[M]")] for day in (born, then)]
    (year_a, month_a), (year_b, month_b) = parts
    in_year = [
        month.astype(np.int64) % 12 * 31 + (day - month).astype(np.int64)
        for day, month in ((born, month_a), (then, month_b))
    ]
    return np.asarray(year_b - year_a - (in_year[1] < in_year[0]))


def _measures(rng: np.random.Generator, frame: pd.DataFrame) -> Columns:
    n = len(frame)
    metres = frame["height_cm"] / 100
    weight = (rng.normal(25, 4, n).clip(15, 45) * metres**2).round(1)
    celsius = pd.Series(rng.normal(37.1, 0.6, n).round(1))
    diastolic = rng.normal(80, 11, n).round().clip(45, 120).astype(np.int64)
    costs = {
        f"{kind}_cost": rng.gamma(2, size, n).round(2) for kind, size in (("room", 900), ("care", 400), ("drug", 60))
    }
    return {
        "weight_kg": weight,
        "bmi": (weight / metres**2).round(1),
        "temperature_c": celsius,
        "temperature_f": (1.8 * celsius + 32).round(1),
        "diastolic": diastolic,
        "systolic": diastolic + 5 + rng.gamma(3, 9, n).round().astype(np.int64),
        **costs,
        "total_cost": sum(costs.values()).round(2),  # type: ignore[union-attr]
    }
