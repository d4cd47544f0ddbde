import errno
import os

import pytest

from synthdiff.errors import ArtifactError, DataError
from synthdiff.reason import plain_system_errors, reason


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "free some space"),
        (errno.EDQUOT, "free some of your space"),
        (errno.EFBIG, "ulimit -f"),
        (errno.EROFS, "a disk that can be written to"),
        (errno.EIO, "use another disk"),
        (errno.EACCES, "change the permissions"),
        (errno.ENOTDIR, "a part of the path is a file"),
    ],
)
def test_each_kind_says_what_to_do(number, words):
    text = reason(OSError(number, os.strerror(number)))
    assert text.startswith(os.strerror(number))
    assert words in text


@pytest.mark.parametrize(
    ("error", "words"),
    [(OSError(errno.EINTR, "Interrupted"), "Interrupted"), (OSError("x"), "x"), (OSError(), "OSError")],
)
def test_others_say_what_they_know(error, words):
    assert reason(error) == words


def test_errors_become_plain_and_others_pass():
    with pytest.raises(DataError, match="^cannot write x: No space"), plain_system_errors("write", "x"):
        raise OSError(28, "No space left on device")
    for other in (BrokenPipeError, ArtifactError, ValueError):
        with pytest.raises(other), plain_system_errors("write", "x"):
            raise other("as it is")
