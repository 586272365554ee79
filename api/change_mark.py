"""What all processes of one server share: a mark that each change renews."""

import mmap
import os

SIZE = 8


class ChangeMark:
    """
    Some bytes that differ after each change, in all processes forked from this one.

    Random bytes and not a count: of two that renew it at once, neither is lost.
    """

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, SIZE)

    def renew(self) -> None:
        """Say that something was changed."""
        self._shared[:] = os.urandom(SIZE)

    def read(self) -> bytes:
        """Return the bytes as the last change left them."""
        return self._shared[:]


# The server loads this module before it forks.
CHANGES = ChangeMark()
