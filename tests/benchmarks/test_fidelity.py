import json
import shutil
import sys
import time

import pandas as pd
import pytest
from click.testing import CliRunner

from benchmarks import comparison, dots, fidelity, generator, machine, speed
from benchmarks.dataset import Dataset, data_folder, suite
from synthdiff.datasets import make_customers
from synthdiff.score import Score


@pytest.fixture
def table(tmp_path):
    file = tmp_path / "customers.parquet"
    make_customers(600).drop(columns=["customer_id", "note", "balance"]).to_parquet(file, index=False)
    return file


@pytest.fixture
def copying(monkeypatch):
    """A command line whose model is the train file itself."""
    commands = []

    def run(*words, limit=None, log=None):
        commands.append([str(word) for word in words])
        if words[0] == "fit":
            shutil.copy(words[1], words[3])
        else:
            pd.read_parquet(words[1]).head(int(words[3])).to_parquet(words[5], index=False)
        return machine.Run(1.5 + len(commands), 200.0, '{"steps": 7, "seconds": 0.5}')

    monkeypatch.setattr(generator, "synthdiff", run)
    monkeypatch.setattr(speed, "synthdiff", run)
    return commands


@pytest.fixture
def rivals(monkeypatch):
    """Two rivals: one samples train rows with replacement, the other fails."""

    def resample(job, place):
        rows = pd.read_parquet(job.train)
        for n_rows, path in ((job.n_rows, job.rows), (job.n_many, job.many)):
            rows.sample(n_rows, replace=True, random_state=job.seed).to_parquet(path, index=False)
        seconds = {"fit_seconds": 2.0, "rows_seconds": 1.0, "many_seconds": 3.0, "peak_mb": 99.0}
        return seconds | {"facts": {}, "versions": {"rival": "1.2"}}

    def fail(job, place):
        raise RuntimeError("out of luck")

    known = {"synthdiff": generator.GENERATORS["synthdiff"], "resample": resample, "unlucky": fail}
    monkeypatch.setattr(generator, "GENERATORS", known)
    for module in (fidelity, dots):
        monkeypatch.setattr(module, "GENERATORS", known)
    monkeypatch.setattr(fidelity, "_MANY", 1_000)
    return known


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Two scores in the place of all: how many rows are copies, and one with an interval."""

    def judge(dataset, real, rows, held_out):
        known, seen = set(real.astype(str).agg("|".join, axis=1)), rows.astype(str).agg("|".join, axis=1)
        auc = 0.5 + len(seen.unique()) / 10_000
        return [
            Score("copies", "privacy", "", "", float(seen.isin(known).mean()), "lower", ceiling=0.125),
            Score("gbt_auc", "detection", "", "", auc, "lower", (auc - 0.01, auc + 0.01), ceiling=0.5),
        ]

    monkeypatch.setattr(fidelity, "judge", judge)
    monkeypatch.setattr(speed, "judge", judge)


class TestDataset:
    def test_suite_is_the_published_one(self):
        assert list(suite()) == ["adult", "magic", "shoppers", "default", "beijing"]

    def test_data_folder_follows_the_environment(self, monkeypatch, tmp_path):
        monkeypatch.setenv("SYNTHDIFF_DATA", str(tmp_path))
        assert data_folder() == tmp_path
        monkeypatch.delenv("SYNTHDIFF_DATA")
        assert data_folder() == machine.ROOT.parent / "shared" / "data"

    def test_random_fifth_is_held_out_always_the_same(self, table):
        train, held_out = Dataset("c", table).split()
        assert (len(train), len(held_out)) == (480, 120)
        assert train.equals(Dataset("c", table).split()[0])
        assert list(train.index) == list(range(480))

    def test_split_row_and_drops(self, table):
        dataset = Dataset("c", table, split_row=400, drop=("country",), drop_null=("age",))
        train, held_out = dataset.split()
        assert len(train) == 400
        assert "country" not in train
        assert train["age"].notna().all()
        assert held_out["age"].notna().all()

    def test_unknown_column(self, table):
        with pytest.raises(KeyError, match="has no column incme"):
            Dataset("c", table, target="incme").split()

    @pytest.mark.realdata
    @pytest.mark.skipif(not (data_folder() / "tabular").is_dir(), reason=f"no data sets in {data_folder()}")
    def test_the_five_tables(self):
        sizes = {name: [len(part) for part in dataset.split()] for name, dataset in suite().items()}
        assert sizes == {
            "adult": [32_561, 16_281],
            "magic": [15_216, 3_804],
            "shoppers": [9_864, 2_466],
            "default": [24_000, 6_000],
            "beijing": [33_405, 8_352],
        }


class TestFidelity:
    @pytest.fixture
    def run(self, table, copying, rivals, tmp_path):
        def invoke(*words):
            words = ["--data", f"c={table}", "--target", "plan", "-o", tmp_path / "out", *words]
            return CliRunner().invoke(fidelity.main, [str(word) for word in words], catch_exceptions=False)

        return invoke

    @staticmethod
    def saved(tmp_path):
        return json.loads((tmp_path / "out.json").read_text())

    def rows(self, tmp_path):
        return {(row["generator"], row["seed"]): row for row in self.saved(tmp_path)["rows"]}

    def test_measures_writes_draws_and_prints(self, run, copying, tmp_path):
        outcome = run("--minutes", "0.5", "--generators", "synthdiff,resample,unlucky,marginals,half/half,held-out")
        assert outcome.exit_code == 0
        fit, draw, many = copying
        assert fit[fit.index("--max-time") + 1] == "30s"
        assert draw[draw.index("-n") + 1] == "480"
        assert many[many.index("-n") + 1] == "1000"
        rows = self.rows(tmp_path)
        value = {name: row["scores"]["copies"]["value"] for (name, _), row in rows.items() if "scores" in row}
        assert value["synthdiff"] == value["resample"] == 1
        assert value["marginals"] == value["half/half"] == 0
        assert value["held-out"] == 0.125
        assert rows["synthdiff", 0]["costs"]["fit_seconds"] == 2.5
        assert rows["synthdiff", 0]["same_schema"] is True
        assert rows["unlucky", 0]["failed"] == "RuntimeError: out of luck"
        text = (tmp_path / "out.md").read_text()
        assert text.strip() in outcome.output
        assert "c, unlucky, seed 0 failed: RuntimeError: out of luck" in text
        assert "resample: rival 1.2." in text
        lines = [line for line in text.splitlines() if line.startswith("|")]
        assert len(lines) == 2 + 6
        assert max(map(len, lines)) <= 120
        assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG")

    def test_goes_on_with_the_rows_that_are_missing(self, run, copying, tmp_path):
        run("--generators", "synthdiff,unlucky")
        before = self.rows(tmp_path)
        assert "1 of 2: c, resample" in run("--generators", "synthdiff,unlucky,resample,marginals").output
        after = self.rows(tmp_path)
        assert len(copying) == 3  # one fit and two draws: synthdiff did not run again
        assert {key: after[key] for key in before} == before
        assert [name for name, _ in after] == ["synthdiff", "unlucky", "resample", "marginals"]

    def test_tries_again_what_failed(self, run, rivals, tmp_path):
        run("--generators", "unlucky,marginals")
        rivals["unlucky"] = rivals["resample"]
        run("--generators", "unlucky,marginals")
        assert "failed" in self.rows(tmp_path)["unlucky", 0]
        run("--generators", "unlucky,marginals", "--again")
        assert "scores" in self.rows(tmp_path)["unlucky", 0]

    def test_other_settings_do_not_mix(self, run, tmp_path):
        run("--generators", "marginals")
        outcome = run("--generators", "half/half", "--minutes", "1")
        assert outcome.exit_code == 2
        assert "holds results of other settings" in outcome.output

    def test_seeds_are_averaged(self, run, tmp_path):
        run("--generators", "resample,marginals", "--seeds", "2")
        rows = [row for row in self.saved(tmp_path)["rows"] if row["generator"] == "resample"]
        assert [row["seed"] for row in rows] == [0, 1]
        values = [row["scores"]["gbt_auc"]["value"] for row in rows]
        assert comparison.middle(rows, "gbt_auc") == pytest.approx(sum(values) / 2)
        assert comparison.half_width(rows, "gbt_auc") == pytest.approx(abs(values[0] - values[1]) / 2)
        assert comparison.cost(rows, "many_seconds") == 3

    def test_defaults_set_no_limit(self, run, copying, tmp_path):
        run("--generators", "synthdiff", "--defaults")
        assert "--max-time" not in copying[0]
        assert self.saved(tmp_path)["settings"]["minutes"] is None

    def test_kept_rows_are_scored_without_a_fit(self, run, copying, tmp_path):
        run("--generators", "synthdiff", "--keep", tmp_path / "kept")
        run("--generators", "synthdiff", "--keep", tmp_path / "kept", "-o", tmp_path / "other")
        assert len(copying) == 3
        assert (tmp_path / "other.json").exists()

    def test_usage_errors(self, run, tmp_path):
        invoke = CliRunner().invoke
        one = ["--generators", "resample"]
        assert "no data set addult; there are adult" in invoke(fidelity.main, [*one, "--datasets", "addult"]).output
        assert "no gtvae; there are synthdiff" in run("--generators", "gtvae").output
        outcome = invoke(fidelity.main, [*one, "--data", str(tmp_path / "none.parquet")])
        assert outcome.exit_code == 2
        assert "set SYNTHDIFF_DATA" in outcome.output


def test_half_an_interval_of_one_seed():
    row = {"scores": {"gbt_auc": {"value": 0.6, "interval": [0.59, 0.61]}, "trend": {"value": 1, "interval": None}}}
    assert comparison.half_width([row], "gbt_auc") == pytest.approx(0.01)
    assert comparison.half_width([row], "trend") is None
    assert comparison.half_width([{"failed": "x"}], "trend") is None


def test_speed_measures_writes_and_prints(table, copying, tmp_path, monkeypatch):
    monkeypatch.setattr(speed, "suite", lambda: {"c": Dataset("c", table, "plan")})
    words = ["--dataset", "c", "--budgets", "10s,20s", "--rows", "50,100", "-o", str(tmp_path / "speed-1.2-cores")]
    outcome = CliRunner().invoke(speed.main, words, catch_exceptions=False)
    assert outcome.exit_code == 0
    record = json.loads((tmp_path / "speed-1.2-cores.json").read_text())
    assert [fit["budget"] for fit in record["fits"]] == ["10s", "20s"]
    assert [draw["rows"] for draw in record["draws"]] == [50, 100]
    assert [draw["rows_per_second"] for draw in record["draws"]] == [100, 200]
    assert all(draw["file_mb"] > 0 for draw in record["draws"])
    assert (tmp_path / "speed-1.2-cores.md").read_text().strip() in outcome.output


class TestMachine:
    def test_run_reports_time_memory_and_output(self):
        small = machine.run([sys.executable, "-c", "print('hello')"])
        large = machine.run([sys.executable, "-c", "x = b'x' * 300_000_000; print('hello')"])
        after = machine.run([sys.executable, "-c", "print('hello')"])
        assert small.output == large.output == "hello\n"
        assert large.peak_mb - small.peak_mb == pytest.approx(300, abs=30)
        assert after.peak_mb < 100  # a peak of its own, not of the largest child so far
        assert 0 < small.seconds < 60

    def test_failed_command(self):
        with pytest.raises(RuntimeError, match="exit status 3 of: .*python"):
            machine.run([sys.executable, "-c", "raise SystemExit(3)"])

    def test_a_failed_command_says_why_in_its_log(self, tmp_path):
        command = [sys.executable, "-c", "import sys; sys.exit('the last word')"]
        with pytest.raises(RuntimeError, match=r"^the last word$"):
            machine.run(command, log=tmp_path / "log.txt")

    def test_a_command_that_takes_too_long_is_killed_with_its_children(self, tmp_path):
        start = time.perf_counter()
        with pytest.raises(RuntimeError, match="killed after 1 s"):
            machine.run([sys.executable, "-c", "import time; time.sleep(60)"], limit=1)
        assert time.perf_counter() - start < 30  # its pipe is closed: nobody is left to write

    def test_the_machine_in_words(self):
        facts = machine.describe()
        json.dumps(facts)
        assert facts["cores"] >= 1
        assert f"torch {facts['versions']['torch']}" in machine.summary(facts)
        assert machine.machine_name({"gpu": "NVIDIA H200", "cores": 16, "cpu": "x"}) == "nvidia-h200"
        assert machine.machine_name({"gpu": None, "cores": 2, "cpu": "AMD EPYC"}) == "2-cores-amd-epyc"
