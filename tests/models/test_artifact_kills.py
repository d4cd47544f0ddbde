"""A kill, or a full disk, at any moment: the previous model or the new one, never half of one."""

import os
import re
import shutil

import pytest

from synthdiff.errors import ArtifactError, CorruptError
from synthdiff.models import artifact
from synthdiff.models.artifact import is_finished
from synthdiff.models.replacement import recover
from synthdiff.partial import STAGED, random_beside
from synthdiff.training.checkpoint import load_checkpoint, save_checkpoint
from tests.faults import fail, killed_after, killed_at, running, struck
from tests.models.numbered import FILES, read, write


@pytest.fixture
def path(tmp_path):
    return tmp_path / "adult.synthdiff"


class TestFullDisk:
    @pytest.mark.parametrize("lasting", [False, True])
    @pytest.mark.parametrize("before", ["model", "checkpoint"])
    def test_full_disk_at_every_operation(self, path, lasting, before):
        at = 0
        while True:
            shutil.rmtree(path, ignore_errors=True)
            write(path, 1) if before == "model" else save_checkpoint(path / "checkpoint", {}, {"step": 7})
            with struck(at, fail, lasting) as counter:
                try:
                    write(path, 2)
                except ArtifactError as error:
                    words = re.escape(f"the model {path}: No space left on device")
                    assert re.match(rf"cannot (write|read|recover) {words}; free some space", str(error))
            if before == "model":
                assert read(path) in (1, 2)
            recover(path)
            assert os.listdir(path.parent) == [path.name]
            if is_finished(path):
                assert read(path) in (1, 2)
            else:
                assert before == "checkpoint"
                assert load_checkpoint(path / "checkpoint").meta == {"step": 7}
            if at >= counter.count:
                break
            at += 1
        assert at > 15
        assert read(path) == 2


class TestKills:
    def test_replacement_killed_before_every_operation(self, path):
        at, seen = 0, []
        write(path, 1)
        while killed_at(at, lambda: write(path, 2)):
            assert is_finished(path)
            number = read(path)  # readable before anything is put in order
            recover(path)
            assert read(path) == number
            assert os.listdir(path.parent) == [path.name]
            assert sorted(os.listdir(path)) == FILES
            seen.append(number)
            write(path, 1)
            at += 1
        assert read(path) == 2
        assert seen == sorted(seen)  # one step: the old up to it, the new from it on
        assert set(seen) == {1, 2}

    def test_end_of_a_fit_killed_before_every_operation(self, path):
        at, finished = 0, []
        while True:
            shutil.rmtree(path, ignore_errors=True)
            save_checkpoint(path / "checkpoint", {}, {"step": 7})
            if not killed_at(at, lambda: write(path, 2, force=False)):
                break
            recover(path)
            assert os.listdir(path.parent) == [path.name]
            finished.append(is_finished(path))
            if finished[-1]:
                assert read(path) == 2
            else:
                assert load_checkpoint(path / "checkpoint").meta == {"step": 7}
            at += 1
        assert finished == sorted(finished)
        assert set(finished) == {False, True}

    def test_recovery_killed_before_every_operation(self, path):
        at = 0
        while True:
            shutil.rmtree(path, ignore_errors=True)
            write(path, 1)
            os.rename(path, path.with_name(".adult.synthdiff.old"))
            random_beside(path, STAGED).mkdir()
            save_checkpoint(path / "checkpoint", {}, {"step": 7})
            if not killed_at(at, lambda: recover(path)):
                break
            assert read(path) == 1
            recover(path)
            assert read(path) == 1
            assert load_checkpoint(path / "checkpoint").meta == {"step": 7}
            assert os.listdir(path.parent) == [path.name]
            at += 1
        assert at > 3

    def test_killed_at_any_moment_of_many_replacements(self, path):
        write(path, 0)
        for reports in range(1, 13):
            written = killed_after(reports, lambda number: write(path, number))
            assert read(path) in (written - 1, written)

    def test_replacement_by_an_equal_model_while_it_is_read(self, path, monkeypatch):
        write(path, 3)
        read_folder, missed = artifact.read_folder, []

        def between_two_renames(*found):
            if not missed:
                missed.append(found)
                raise CorruptError("codecs.json is missing")
            return read_folder(*found)

        monkeypatch.setattr(artifact, "read_folder", between_two_renames)
        assert read(path) == 3
        assert len(missed) == 1

    def test_reader_beside_a_writer_sees_whole_models(self, path):
        write(path, 0)
        seen = set()
        with running(lambda number: write(path, number)) as pipe:
            for _ in range(20_000):
                seen.add(read(path))
                if len(seen) == 10:
                    break
        os.close(pipe)
        assert len(seen) == 10


class TestRecover:
    def test_nothing_to_do(self, path, tmp_path):
        recover(path)
        recover(tmp_path / "no" / "such" / "folder")
        write(path, 1)
        (tmp_path / ".adult.synthdiffs").mkdir()
        (tmp_path / ".adult.csv.partial-1").touch()
        recover(path)
        assert read(path) == 1
        assert sorted(os.listdir(tmp_path)) == [".adult.csv.partial-1", ".adult.synthdiffs", "adult.synthdiff"]

    def test_previous_model_and_a_newer_checkpoint_are_both_kept(self, path):
        write(path, 1)
        save_checkpoint(path / "checkpoint", {}, {"step": 3})
        os.rename(path, path.with_name(".adult.synthdiff.old"))
        save_checkpoint(path / "checkpoint", {}, {"step": 7})
        assert read(path) == 1
        recover(path)
        assert read(path) == 1
        assert load_checkpoint(path / "checkpoint").meta == {"step": 7}

    def test_half_removed_previous_model_does_not_come_back(self, path):
        write(path, 1)
        gone = random_beside(path, STAGED)
        os.rename(path, gone)
        (gone / "manifest.json").unlink()
        assert not is_finished(path)
        recover(path)
        assert os.listdir(path.parent) == []
