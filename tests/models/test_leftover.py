import os

import pytest

from synthdiff.errors import ArtifactError
from synthdiff.lock import locked
from synthdiff.models import leftover
from synthdiff.models.leftover import clean_folder
from synthdiff.partial import PARTIAL, STAGED, create_partial, random_beside
from synthdiff.training.checkpoint import save_checkpoint
from tests.models.numbered import read, write


@pytest.fixture
def path(tmp_path):
    return tmp_path / "adult.synthdiff"


def dead_partial(target):
    stream, partial = create_partial(target)
    stream.close()
    return partial


def what(found):
    return sorted((item.what, item.path.name) for item in found)


def test_nothing_is_found_where_nothing_was_left(path):
    write(path, 1)
    save_checkpoint(path / "checkpoint", {}, {})
    assert clean_folder(path.parent) == []
    assert clean_folder(path) == []
    assert read(path) == 1


def test_everything_dead_is_found_and_removed(path, tmp_path):
    write(path, 1)
    save_checkpoint(path / "checkpoint", {}, {})
    partials = [dead_partial(tmp_path / "rows.csv"), dead_partial(path / "checkpoint" / "checkpoint.json")]
    staged = random_beside(path, STAGED)
    staged.mkdir()
    dead_partial(staged / "codecs.json")
    write(tmp_path / "b.synthdiff", 2)
    os.rename(tmp_path / "b.synthdiff", tmp_path / ".b.synthdiff.old")
    (tmp_path / ".c.synthdiff.lock").touch()
    before = sorted(tmp_path.rglob("*"))
    expected = sorted(
        [
            *(("partial file", partial.name) for partial in partials),
            ("staged model", staged.name),
            ("previous model", ".b.synthdiff.old"),
            ("lock", ".c.synthdiff.lock"),
        ]
    )
    dry = clean_folder(tmp_path, dry_run=True)
    assert what(dry) == expected
    assert not any(item.done for item in dry)
    assert sorted(tmp_path.rglob("*")) == before

    found = clean_folder(tmp_path)
    assert what(found) == expected
    assert all(item.done for item in found)
    assert sorted(os.listdir(tmp_path)) == ["adult.synthdiff", "b.synthdiff"]
    assert (read(path), read(tmp_path / "b.synthdiff")) == (1, 2)
    assert clean_folder(tmp_path) == []


def test_what_is_alive_stays(path, tmp_path):
    staged = random_beside(path, STAGED)
    staged.mkdir()
    write(tmp_path / "other", 1)
    os.rename(tmp_path / "other", tmp_path / ".adult.synthdiff.old")
    stream, partial = create_partial(tmp_path / "rows.csv")
    with stream, locked(path):
        before = sorted(tmp_path.rglob("*"))
        assert clean_folder(tmp_path) == []
        assert sorted(tmp_path.rglob("*")) == before
    assert partial.exists()


def test_strangers_things_stay(tmp_path):
    names = [".package.lock", ".~lock.a.odt#", ".thesis.old", ".a.partial-1", "...old", "..old"]
    for name in (*names, f"...{STAGED}{'0' * 16}"):
        (tmp_path / name).touch()
    staged = tmp_path / f".m.{STAGED}{'0' * 16}"
    staged.mkdir()
    (staged / "thesis.doc").write_text("years")
    (tmp_path / ".photos.old").mkdir()
    (tmp_path / ".photos.old" / "a.jpg").write_text("us")
    (tmp_path / f".n.{STAGED}{'1' * 16}").symlink_to(staged)
    os.mkfifo(tmp_path / f".p.{PARTIAL}{'2' * 16}")
    before = sorted(tmp_path.rglob("*"))
    assert [item.done for item in clean_folder(tmp_path)] == [False]
    assert sorted(tmp_path.rglob("*")) == before


def test_a_previous_model_whose_place_is_taken_stays(path, tmp_path):
    write(path, 1)
    os.rename(path, tmp_path / ".adult.synthdiff.old")
    path.write_text("a file")
    (item,) = clean_folder(tmp_path)
    assert (item.what, item.done) == ("previous model", False)
    assert path.read_text() == "a file"
    assert (tmp_path / ".adult.synthdiff.old" / "manifest.json").exists()


def test_a_folder_that_cannot_be_read(tmp_path, monkeypatch):
    with pytest.raises(ArtifactError, match=r"cannot clean .*none: No such file"):
        clean_folder(tmp_path / "none")

    def refuse(*args):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(leftover, "what_is_strange", refuse)
    (tmp_path / ".m.old").mkdir()
    assert clean_folder(tmp_path) == []
