"""Why the operating system refused something, in plain words that say what to do."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator

from synthdiff.errors import DataError, SynthdiffError

_ADVICE = {
    errno.ENOSPC: "free some space, or name a file on another disk",
    errno.EDQUOT: "free some of your space, or name a file on another disk",
    errno.EFBIG: "the file would be larger than the limit here (see ulimit -f)",
    errno.EROFS: "name a file on a disk that can be written to",
    errno.EACCES: "change the permissions, or name another file",
    errno.EPERM: "change the permissions, or name another file",
    errno.EBADF: "it is closed, or not open for this",
    errno.EIO: "the disk or the network fails; try again, or use another disk",
    errno.ESTALE: "the network's file system has changed; try again",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.ELOOP: "the links lead to each other; name a file",
    errno.ENOTDIR: "a part of the path is a file, not a folder",
    errno.EMFILE: "too many files are open (see ulimit -n)",
    errno.ENFILE: "too many files are open on this machine",
    errno.ENOMEM: "free some memory",
}


def reason(error: OSError) -> str:
    """Say why an operation failed and what to do, without the number of the error.

    Examples
    --------
    >>> reason(OSError(28, "No space left on device"))
    'No space left on device; free some space, or name a file on another disk'
    """
    why = error.strerror or str(error) or type(error).__name__
    advice = _ADVICE.get(error.errno or 0)
    return f"{why}; {advice}" if advice else why


@contextlib.contextmanager
def plain_system_errors(verb: str, name: str) -> Iterator[None]:
    """Turn the errors of the operating system into one that says what was tried, with which file, and why not.

    Parameters
    ----------
    verb : str
        What was tried, such as ``"write"``.
    name : str
        The file, as it is to be printed.

    Raises
    ------
    DataError
        In place of OSError. The package's own errors pass, and a closed pipe does: nobody is left to read a message.
    """
    try:
        yield
    except (SynthdiffError, BrokenPipeError):
        raise
    except OSError as error:
        raise DataError(f"cannot {verb} {name}: {reason(error)}") from error
