"""What the rivals' scripts share, with a rival that is none: no network, no environment."""

import importlib.metadata
import json
import sys

import pandas as pd
import pytest

from benchmarks import environment, generator
from benchmarks.generator import GENERATORS, OURS, REFERENCES, Place, generate
from benchmarks.machine import Run
from benchmarks.rivals.epochs import plan_epochs
from benchmarks.rivals.job import Fitted, Job, carry_out


@pytest.fixture
def train(tmp_path):
    file = tmp_path / "train.parquet"
    pd.DataFrame({"x": range(20)}).to_parquet(file, index=False)
    return file


@pytest.fixture
def job(tmp_path, train):
    folder = tmp_path / "work"
    folder.mkdir()
    return Job(str(train), str(folder), seed=3, seconds=60.0, n_rows=5, n_many=15)


class TestScript:
    def test_the_job_survives_its_file(self, job, tmp_path):
        job.write(tmp_path / "job.json")
        assert Job.read(tmp_path / "job.json") == job

    def test_fits_once_and_samples_twice(self, job, tmp_path):
        job.write(tmp_path / "job.json")
        fits = []

        def fit(rows, asked):
            fits.append((len(rows), asked))
            return Fitted(rows.head, {"epochs": 7})

        carry_out(fit, "pandas", [str(tmp_path / "job.json")])
        assert fits == [(20, job)]
        assert (len(pd.read_parquet(job.rows)), len(pd.read_parquet(job.many))) == (5, 15)
        report = json.loads(job.report.read_text())
        assert report["facts"] == {"epochs": 7}
        assert report["versions"]["pandas"] == importlib.metadata.version("pandas")
        assert all(report[name] >= 0 for name in ("fit_seconds", "rows_seconds", "many_seconds"))

    def test_seconds_of_trials_do_not_count(self, job, tmp_path):
        job.write(tmp_path / "job.json")
        carry_out(lambda rows, asked: Fitted(rows.head, {}, 12.5), "pandas", [str(tmp_path / "job.json")])
        assert json.loads(job.report.read_text())["fit_seconds"] == 12.5

    def test_fewer_rows_than_asked_are_a_failure(self, job, tmp_path):
        job.write(tmp_path / "job.json")
        with pytest.raises(RuntimeError, match="pandas drew 4 rows where 5 were asked for"):
            carry_out(lambda rows, asked: Fitted(lambda n: rows.head(4), {}), "pandas", [str(tmp_path / "job.json")])


class TestEpochs:
    def test_as_many_as_the_time_holds(self):
        asked = []

        def fit(n_epochs):
            asked.append(n_epochs)
            return (30.0 if len(asked) == 1 else 10.0) + 0.1 * n_epochs  # the first one warms up

        planned, facts = plan_epochs(fit, 300.0)
        assert asked == [1, 1, 5, 25, 125]  # 4 and 24 epochs are less than 9 s
        assert planned == 2900
        assert facts == {"epoch_seconds": pytest.approx(0.1), "preparation_seconds": pytest.approx(10)}

    def test_at_least_one(self):
        assert plan_epochs(lambda n_epochs: 50.0 + 40.0 * n_epochs, 60.0)[0] == 1


class TestRegistry:
    def test_every_rival_has_a_script_and_pins(self):
        for name, make in GENERATORS.items():
            if name == OURS:
                continue
            script, pins = make.args
            assert (environment.PINS / f"{script}.py").exists()
            lines = (environment.PINS / f"{pins}.txt").read_text().split()
            assert all("==" in line for line in lines)
            assert any(line.startswith("torch==") for line in lines)

    def test_no_generator_is_a_reference(self):
        assert not set(GENERATORS) & set(REFERENCES)

    def test_halves_share_no_row(self):
        frame = pd.DataFrame({"x": range(21)})
        first, second, held_out = REFERENCES["half/half"](frame, frame.head(2), 0)
        assert sorted([*first["x"], *second["x"]]) == list(range(21))
        assert len(held_out) == 2

    def test_marginals_keep_columns_and_lose_rows(self):
        frame = pd.DataFrame({"x": range(200), "y": range(200)})
        _, rows, _ = REFERENCES["marginals"](frame, frame, 0)
        assert sorted(rows["x"]) == sorted(rows["y"]) == list(range(200))
        assert abs(rows["x"].corr(rows["y"])) < 0.3


class TestGenerate:
    @pytest.fixture
    def rival(self, monkeypatch):
        """A script of the project's own Python, which takes its train rows for synthetic ones."""
        monkeypatch.setattr(generator, "python_of", lambda name, folder: sys.executable)
        calls = []

        def run(command, *, limit, log):
            calls.append((command, limit))
            file = str(command[-1])
            carry_out(lambda rows, asked: Fitted(rows.head, {"epochs": 2}, run.seconds), "pandas", [file])
            return Run(15.0, 120.0, "")

        run.seconds = 9.0
        monkeypatch.setattr(generator, "run", run)
        return run, calls

    def test_costs_and_rows(self, job, rival, tmp_path):
        _, calls = rival
        costs = generate("tvae", job, Place(tmp_path))
        assert costs["fit_seconds"] == 9
        assert costs["peak_mb"] == 120
        assert len(pd.read_parquet(job.rows)) == 5
        assert not job.many.exists()
        ((command, limit),) = calls
        assert "benchmarks.rivals.tvae" in command
        assert limit > 3 * 60

    def test_what_was_made_is_taken_as_it_is(self, job, rival, tmp_path):
        _, calls = rival
        first = generate("tvae", job, Place(tmp_path))
        assert generate("tvae", job, Place(tmp_path)) == first
        assert len(calls) == 1
        generate("tvae", Job(job.train, job.folder, 4, 60.0, 5, 15), Place(tmp_path))
        assert len(calls) == 2

    def test_three_times_the_budget_is_too_much(self, job, rival, tmp_path):
        run, _ = rival
        run.seconds = 181.0
        with pytest.raises(RuntimeError, match="the fit took 181 s of 60 s"):
            generate("tvae", job, Place(tmp_path))


class TestEnvironment:
    @pytest.fixture
    def calls(self, monkeypatch, tmp_path):
        monkeypatch.setattr(environment, "PINS", tmp_path)
        (tmp_path / "rival.txt").write_text("other==1.0\ntorch==2.13.0\n")
        calls = []

        def call(*words):
            calls.append([str(word) for word in words])
            (tmp_path / "home" / "rival").mkdir(parents=True, exist_ok=True)

        monkeypatch.setattr(environment, "_call", call)
        return calls

    def test_is_made_once_with_its_pins_and_nothing_else(self, calls, tmp_path):
        python = environment.python_of("rival", tmp_path / "home")
        assert python == tmp_path / "home" / "rival" / "bin" / "python"
        make, torch, rest = calls
        assert make[1:4] == ["-m", "venv", "--clear"]
        assert torch[-1] == "torch==2.13.0"
        assert rest[-3:] == ["--no-deps", "-r", str(tmp_path / "rival.txt")]
        assert environment.python_of("rival", tmp_path / "home") == python
        assert len(calls) == 3

    def test_is_made_again_for_other_pins(self, calls, tmp_path):
        environment.python_of("rival", tmp_path / "home")
        (tmp_path / "rival.txt").write_text("torch==2.14.0\n")
        environment.python_of("rival", tmp_path / "home")
        assert len(calls) == 6

    def test_the_folder_follows_the_environment(self, monkeypatch, tmp_path):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        assert environment.default_folder() == tmp_path / "synthdiff-benchmarks"

    def test_pip_says_why(self):
        with pytest.raises(RuntimeError, match="no such option: --nonsense"):
            environment._call(sys.executable, "-m", "pip", "install", "--nonsense")
