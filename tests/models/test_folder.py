"""Only what is ours by content is replaced or removed; what cannot be a model's place is refused in plain words."""

import json
import os
import shutil
import stat

import pytest
import torch

from synthdiff.errors import ArtifactError, ConfigError, SynthdiffError
from synthdiff.lock import LockedError, locked
from synthdiff.models import folder, replacement
from synthdiff.models.artifact import check_target, finished_models, is_finished, model_kind, read_artifact
from synthdiff.models.folder import remove_folder, what_is_strange
from synthdiff.models.replacement import recover, writing
from synthdiff.partial import STAGED, create_partial, random_beside
from synthdiff.storage import seal
from synthdiff.training.checkpoint import COMMAND, fitting_in, load_checkpoint, save_checkpoint
from tests.models.numbered import FILES, read, write


@pytest.fixture
def path(tmp_path):
    return tmp_path / "adult.synthdiff"


def contents(place):
    """Everything below a place, with what is in it."""
    return {
        str(entry.relative_to(place)): entry.read_bytes() if entry.is_file() and not entry.is_symlink() else None
        for entry in sorted(place.rglob("*"))
    }


def lone_weights(path):
    (path / "model.safetensors").write_bytes(b"somebody's")


def thesis_in_checkpoint(path):
    (path / "checkpoint").mkdir()
    (path / "checkpoint" / "thesis.doc").write_text("years of work")


def thesis_beside_a_checkpoint(path):
    save_checkpoint(path / "checkpoint", {"a": torch.ones(1)}, {"step": 1})
    (path / "checkpoint" / "thesis.doc").write_text("years of work")


def edited_index(path):
    save_checkpoint(path / "checkpoint", {}, {"step": 1})
    index = path / "checkpoint" / "checkpoint.json"
    index.write_text(index.read_text().replace('"step": 1', '"step": 2'))


def strangers_index(path):
    (path / "checkpoint").mkdir()
    (path / "checkpoint" / "checkpoint.json").write_text('{"global_step": 10}')


def strangers_tensors(path):
    (path / "checkpoint").mkdir()
    (path / "checkpoint" / f"tensors-{'0' * 64}.safetensors").write_text("somebody's")


def strangers_command(path):
    (path / "checkpoint").mkdir()
    (path / "checkpoint" / COMMAND).write_text("rm -rf ~")


def linked_checkpoint(path):
    save_checkpoint(path.with_name("elsewhere"), {}, {"step": 1})
    (path / "checkpoint").symlink_to(path.with_name("elsewhere"))


def checkpoint_file(path):
    (path / "checkpoint").write_text("a file")


def linked_file(path):
    shutil.rmtree(path)
    write(path, 1)
    (path / "codecs.json").rename(path.with_name("codecs.json"))
    (path / "codecs.json").symlink_to(path.with_name("codecs.json"))


def fifo(path):
    os.mkfifo(path / "manifest.json")


def manifest_of_an_extension(path):
    (path / "manifest.json").write_text('{"manifest_version": 3}')


def damaged_model(path):
    shutil.rmtree(path)
    write(path, 1)
    (path / "training.jsonl").write_text("")


def model_and_notes(path):
    shutil.rmtree(path)
    write(path, 1)
    (path / "notes.txt").write_text("mine")


def folder_named_like_a_file(path):
    (path / "codecs.json").mkdir()


STRANGERS = [
    lone_weights,
    thesis_in_checkpoint,
    thesis_beside_a_checkpoint,
    edited_index,
    strangers_index,
    strangers_tensors,
    strangers_command,
    linked_checkpoint,
    checkpoint_file,
    linked_file,
    fifo,
    manifest_of_an_extension,
    damaged_model,
    model_and_notes,
    folder_named_like_a_file,
]


class TestStrangers:
    @pytest.mark.parametrize("force", [False, True])
    @pytest.mark.parametrize("make", STRANGERS)
    def test_are_refused_with_and_without_force_and_stay(self, path, make, force):
        path.mkdir()
        make(path)
        before = contents(path.parent)
        for refuse in (lambda: write(path, 2, force=force), lambda: check_target(path, force=force)):
            with pytest.raises(ConfigError, match=r"choose another name, or move it away"):
                refuse()
            assert contents(path.parent) == before

    @pytest.mark.parametrize("make", STRANGERS)
    def test_are_not_touched_by_what_cleans_up(self, path, make):
        path.mkdir()
        make(path)
        before = contents(path.parent)
        recover(path)
        assert contents(path.parent) == before

    @pytest.mark.parametrize("make", STRANGERS)
    def test_that_stand_aside_are_refused_and_stay(self, path, make):
        path.mkdir()
        make(path)
        os.rename(path, path.with_name(".adult.synthdiff.old"))
        before = contents(path.parent)
        with pytest.raises(ConfigError, match=r"\.old .*stands where a model steps aside: move it away"):
            recover(path)
        assert contents(path.parent) == before

    def test_files_added_at_any_moment_survive(self, path, monkeypatch):
        write(path, 1)
        rename = os.rename
        added = []

        def with_notes(source, to):
            rename(source, to)
            if not added and str(to).endswith(".old"):
                added.append(to)
                (to / "thesis.doc").write_text("years")

        monkeypatch.setattr(os, "rename", with_notes)
        with pytest.raises(ConfigError, match=r"holds thesis.doc, which is no part of a model"):
            write(path, 2)
        assert (path / "thesis.doc").read_text() == "years"
        assert sorted(os.listdir(path)) == sorted([*FILES, "thesis.doc"])
        (path / "thesis.doc").unlink()
        assert read(path) == 1

    def test_files_added_while_the_old_model_is_removed_survive(self, path, tmp_path, monkeypatch):
        write(path, 1)
        rmdir = os.rmdir

        def with_notes(place):
            (place / "thesis.doc").write_text("years")
            rmdir(place)

        monkeypatch.setattr(os, "rmdir", with_notes)
        write(path, 2)
        monkeypatch.undo()
        assert read(path) == 2
        assert [thesis.read_text() for thesis in tmp_path.rglob("thesis.doc")] == ["years"] * 1
        recover(path)
        assert [thesis.read_text() for thesis in tmp_path.rglob("thesis.doc")] == ["years"] * 1


class TestOurs:
    def test_whole_models_empty_folders_and_unfinished_fits(self, path):
        assert what_is_strange(path) is None
        path.mkdir()
        assert what_is_strange(path) is None
        (path / "checkpoint").mkdir()
        (path / "checkpoint" / COMMAND).write_text("cd /tmp && synthdiff fit a.csv\n")
        create_partial(path / "checkpoint" / "checkpoint.json")[0].close()
        create_partial(path / "codecs.json")[0].close()
        assert what_is_strange(path) is None
        save_checkpoint(path / "checkpoint", {"a": torch.ones(1)}, {"step": 7})
        assert what_is_strange(path) is None
        (path / "checkpoint" / "checkpoint.json").unlink()  # killed before the first index
        assert what_is_strange(path) is None
        save_checkpoint(path / "checkpoint", {}, {"step": 7})
        with fitting_in(path / "checkpoint"):
            assert what_is_strange(path) is None
        write(path, 1)
        assert what_is_strange(path) is None

    def test_a_fit_at_work_in_the_folder_is_not_replaced(self, path):
        save_checkpoint(path / "checkpoint", {}, {"step": 7})
        with fitting_in(path / "checkpoint"):
            with pytest.raises(LockedError, match=r"checkpoint is being written by process"):
                write(path, 1)
            assert not remove_folder(path)
        assert load_checkpoint(path / "checkpoint").meta == {"step": 7}
        write(path, 1)
        assert read(path) == 1

    def test_lock_of_a_killed_fit_goes_with_the_folder(self, path):
        save_checkpoint(path / "checkpoint", {}, {"step": 7})
        (path / ".checkpoint.lock").touch()
        write(path, 1)
        assert sorted(os.listdir(path)) == FILES

    def test_staged_folders_of_others_stay_while_they_write(self, path):
        stage = random_beside(path, STAGED)
        with writing(path):
            stage.mkdir()
            refusals = []

            def other():
                try:
                    recover(path)
                except LockedError as error:
                    refusals.append(error)

            monkey = pytest.MonkeyPatch()
            monkey.setattr(replacement, "SAVE_SECONDS", 0.0)
            monkey.setattr("synthdiff.lock.POLL_SECONDS", 0.0)
            import threading

            clock = iter(range(0, 1000, 10))
            monkey.setattr("synthdiff.lock.time.monotonic", lambda: next(clock))
            thread = threading.Thread(target=other)
            thread.start()
            thread.join()
            monkey.undo()
            assert len(refusals) == 1
            assert stage.exists()
        recover(path)
        assert not stage.exists()


class TestPlaces:
    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("~nosuchuser/m", "cannot be the name of a model"),
            ("a\0b", "cannot be the name of a model"),
            ("/", "is the root of the file system"),
            ("x" * 256, "File name too long"),
            ("é" * 128, "File name too long"),
            ("loop", "loop|leads to itself"),
        ],
    )
    def test_names_that_cannot_be_are_refused(self, tmp_path, monkeypatch, name, words):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "loop").symlink_to("loop")
        for ask in (check_target, is_finished, model_kind, read_artifact, recover, lambda place: write(place, 1)):
            with pytest.raises(ConfigError, match=words):
                ask(name)
        assert os.listdir(tmp_path) == ["loop"]

    @pytest.mark.parametrize("force", [False, True])
    @pytest.mark.parametrize("kind", ["file", "FIFO", "device", "link to nothing", "link to a file"])
    def test_what_is_no_folder_is_refused_and_stays(self, path, tmp_path, kind, force):
        if kind == "file":
            path.write_text("x")
        elif kind == "FIFO":
            os.mkfifo(path)
        elif kind == "device":
            path = tmp_path.__class__("/dev/null")
        elif kind == "link to nothing":
            path.symlink_to(tmp_path / "nothing")
        else:
            (tmp_path / "rows.csv").write_text("a,b")
            path.symlink_to(tmp_path / "rows.csv")
        before = os.lstat(path)
        for refuse in (lambda: write(path, 1, force=force), lambda: check_target(path, force=force)):
            with pytest.raises(ConfigError, match=r"is a (file|FIFO|device|link).*choose another name"):
                refuse()
        assert stat.S_IFMT(os.lstat(path).st_mode) == stat.S_IFMT(before.st_mode)
        assert not is_finished(path)
        with pytest.raises(ArtifactError):
            read_artifact(path)

    def test_longest_names_work(self, tmp_path):
        path = tmp_path / ("x" * 255)
        write(path, 1)
        write(path, 2)
        assert read(path) == 2
        other = tmp_path / ("x" * 254 + "y")
        write(other, 3)
        assert (read(path), read(other)) == (2, 3)
        assert sorted(os.listdir(tmp_path)) == [path.name, other.name]

    def test_parent_that_is_a_file(self, tmp_path):
        (tmp_path / "rows.csv").write_text("a,b")
        for ask in (lambda place: write(place, 1), read_artifact, model_kind):
            with pytest.raises(SynthdiffError):
                ask(tmp_path / "rows.csv" / "m.synthdiff")
        assert not is_finished(tmp_path / "rows.csv" / "m.synthdiff")

    @pytest.mark.parametrize("number", [13, 30])
    def test_unreadable_folders_and_read_only_disks_are_plain_errors(self, path, monkeypatch, number):
        write(path, 1)
        makes, listdir = os.open, os.listdir

        def refuse(name, flags, *args, **options):
            if flags & os.O_CREAT:
                raise OSError(number, os.strerror(number), str(name))
            return makes(name, flags, *args, **options)

        monkeypatch.setattr(os, "open", refuse)
        with pytest.raises(ArtifactError, match=rf"cannot write the model .*: {os.strerror(number)}"):
            write(path, 2)
        monkeypatch.undo()

        def unreadable(place="."):
            raise PermissionError(13, "Permission denied", str(place))

        monkeypatch.setattr(folder.os, "listdir", unreadable)
        with pytest.raises(ArtifactError, match="cannot read the model .*Permission denied"):
            check_target(path, force=True)
        monkeypatch.undo()
        assert listdir(path.parent) == [path.name]

    def test_parents_that_stay_empty_go(self, tmp_path):
        with writing(tmp_path / "a" / "b" / "m"):
            assert (tmp_path / "a" / "b").is_dir()
        assert os.listdir(tmp_path) == []

    def test_name_of_a_model_is_locked_by_what_it_links_to(self, path, tmp_path):
        write(path, 1)
        (tmp_path / "latest").symlink_to(path)
        with locked(path, nested=False), pytest.raises(LockedError), writing(tmp_path / "latest", seconds=0.0):
            pass


class TestFinishedModels:
    def test_whatever_else_stands_there_is_passed_over(self, tmp_path):
        write(tmp_path / "a.synthdiff", 1)
        write(tmp_path / "b.synthdiff", 2)
        os.utime(tmp_path / "a.synthdiff" / "manifest.json", (2e9, 2e9))
        for number, make in enumerate(STRANGERS):
            place = tmp_path / str(number) / "x.synthdiff"
            place.mkdir(parents=True)
            make(place)
            os.rename(place, tmp_path / f"x{number}.synthdiff")
        (tmp_path / "loop.synthdiff").symlink_to("loop.synthdiff")
        (tmp_path / "gone.synthdiff").symlink_to("nothing")
        (tmp_path / "file.synthdiff").write_text("x")
        os.mkfifo(tmp_path / "fifo.synthdiff")
        names = [place.name for place in finished_models(tmp_path, ".synthdiff")]
        assert names[-1] == "a.synthdiff"
        assert "b.synthdiff" in names
        # These are ours by their manifest, only damaged or added to: that is said when they are read.
        hurt = {linked_file, damaged_model, model_and_notes}
        assert set(names) - {"a.synthdiff", "b.synthdiff"} <= {
            f"x{number}.synthdiff" for number, make in enumerate(STRANGERS) if make in hurt
        }

    def test_a_damaged_model_is_not_replaced_by_an_older_one(self, tmp_path):
        write(tmp_path / "a.synthdiff", 1)
        write(tmp_path / "b.synthdiff", 2)
        manifest = tmp_path / "b.synthdiff" / "manifest.json"
        manifest.write_text(json.dumps(seal(json.loads(manifest.read_text()) | {"format_version": 9})))
        os.utime(manifest, (2e9, 2e9))
        assert finished_models(tmp_path, ".synthdiff")[-1].name == "b.synthdiff"

    def test_a_model_between_two_renames(self, tmp_path):
        write(tmp_path / "a.synthdiff", 1)
        shutil.copytree(tmp_path / "a.synthdiff", tmp_path / ".b.synthdiff.old")
        (tmp_path / "b.synthdiff").mkdir()
        assert [place.name for place in finished_models(tmp_path, ".synthdiff")]

    def test_a_folder_that_is_missing(self, tmp_path):
        with pytest.raises(ArtifactError, match="cannot read the folder"):
            finished_models(tmp_path / "none", ".synthdiff")
