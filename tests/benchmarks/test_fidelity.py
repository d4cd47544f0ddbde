import json
import shutil
import sys

import pandas as pd
import pytest
from click.testing import CliRunner

from benchmarks import fidelity, machine, speed
from benchmarks.dataset import Dataset, data_folder, suite
from synthdiff.datasets import make_customers


@pytest.fixture
def table(tmp_path):
    file = tmp_path / "customers.parquet"
    make_customers(600).drop(columns=["customer_id", "note", "balance"]).to_parquet(file, index=False)
    return file


@pytest.fixture
def copying(monkeypatch):
    """A command line whose model is the train file itself."""
    commands = []

    def run(*words):
        commands.append([str(word) for word in words])
        if words[0] == "fit":
            shutil.copy(words[1], words[3])
        else:
            pd.read_parquet(words[1]).head(int(words[3])).to_parquet(words[5], index=False)
        return machine.Run(1.5 + len(commands), 200.0, '{"steps": 7, "seconds": 0.5}')

    monkeypatch.setattr(fidelity, "synthdiff", run)
    monkeypatch.setattr(speed, "synthdiff", run)
    return commands


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
    def run(self, *words):
        return CliRunner().invoke(fidelity.main, [str(word) for word in words], catch_exceptions=False)

    def test_measures_writes_and_prints(self, table, copying, tmp_path):
        words = ["--data", f"c={table}", "--target", "plan", "--minutes", "0.5", "--seed", 3, "-o", tmp_path / "out"]
        outcome = self.run(*words)
        assert outcome.exit_code == 0
        fit, draw = copying
        assert fit[fit.index("--max-time") + 1] == "30s"
        assert fit[fit.index("--seed") + 1] == draw[draw.index("--seed") + 1] == "3"
        record = json.loads((tmp_path / "out.json").read_text())
        result = record["results"]["c"]
        assert result["scores"]["synthdiff"]["copies"] == 1
        assert result["scores"]["marginals"]["copies"] == 0
        assert result["scores"]["marginals"]["shape"] == 1
        assert result["scores"]["held-out"]["dcr_share"] is None
        assert result["fit"] == {"wall_seconds": 2.5, "peak_mb": 200.0, "steps": 7, "seconds": 0.5}
        assert result["same_schema"] is True
        assert result["yardstick"] is None
        assert record["machine"]["versions"]["torch"]
        assert (tmp_path / "out.md").read_text().strip() in outcome.output
        lines = [line for line in outcome.output.splitlines() if line.startswith("|")]
        assert len(lines) == 5
        assert max(map(len, lines)) <= 120

    def test_another_yardstick_sees_the_same_files(self, table, copying, tmp_path):
        script = tmp_path / "judge.py"
        script.write_text("import json, sys; print(json.dumps(sys.argv[1:]))")
        words = ["--data", f"c={table}", "--categorical", "postcode,n_orders", "--yardstick", script]
        assert self.run(*words, "--keep", tmp_path / "kept", "-o", tmp_path / "out").exit_code == 0
        said = json.loads((tmp_path / "out.json").read_text())["results"]["c"]["yardstick"]
        assert said[said.index("--categorical") + 1] == "postcode,n_orders"
        assert "--target" not in said
        assert len(pd.read_parquet(said[said.index("--synth") + 1])) == 480

    def test_usage_errors(self, tmp_path):
        assert "name tables" in self.run().output
        assert "no data set addult; there are adult" in self.run("--datasets", "addult").output
        outcome = self.run("--data", tmp_path / "none.parquet")
        assert outcome.exit_code == 2
        assert "set SYNTHDIFF_DATA" in outcome.output


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

    def test_the_machine_in_words(self):
        facts = machine.describe()
        json.dumps(facts)
        assert facts["cores"] >= 1
        assert f"torch {facts['versions']['torch']}" in machine.summary(facts)
        assert machine.machine_name({"gpu": "NVIDIA H200", "cores": 16, "cpu": "x"}) == "nvidia-h200"
        assert machine.machine_name({"gpu": None, "cores": 2, "cpu": "AMD EPYC"}) == "2-cores-amd-epyc"
