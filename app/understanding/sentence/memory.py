"""What each piece of text is by itself, worked out once for all texts to come: of a message only its order is new."""

from collections.abc import Sequence
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.signedinteger[Any]]

OUTSIDE = 0
"""The place of what stands outside a text, which is nothing."""
MOST = 4096
"""Pieces remembered, 15 KB each; they are most of what any shop is asked in. When they are full, all are forgotten."""
_UNSEEN = -1


class PieceMemory:
    """Columns of each piece, and its share in the first layer of every branch, by where it stands in a window.

    A layer over a window is a sum of one product for each piece of it. That of the first layer depends on nothing but
    the piece, so half of the weights need not be read for a message of known pieces. Shops learn in threads of their
    own while messages are read: whoever looks pieces up, adds them and takes them out holds `lock` meanwhile.
    """

    def __init__(self, pieces: int, columns: int, shares: int, branch: int) -> None:
        """How many pieces there are, numbers in a piece's columns, places in all windows, and numbers in a share."""
        self.lock = Lock()
        self._size = shares
        self.columns: Floats = np.zeros((MOST, columns), dtype=np.float32)
        """A row for each place; what is not written yet takes no memory."""
        self.shares: Floats = np.zeros((MOST * shares, branch), dtype=np.float32)
        """As many rows for each place as windows have places."""
        self._seen = 1
        self._places = np.full(pieces, _UNSEEN, dtype=np.intp)

    def find_places(self, rows: Places) -> Places:
        """Where each piece is remembered, or less than 0."""
        return self._places.take(rows)

    def make_room(self, rows: Places) -> Places:
        """Those of the pieces that must be added for all to be remembered, each once."""
        new = np.unique(rows[self._places.take(rows) == _UNSEEN])
        if self._seen + len(new) > MOST:
            self._places.fill(_UNSEEN)
            self._seen = 1
            new = np.unique(rows)
        return new

    def add_pieces(self, rows: Places, columns: Floats, shares: Sequence[Floats]) -> None:
        """Remember these pieces; of each place in a window their shares, a row each."""
        start, end = self._seen, self._seen + len(rows)
        if end > len(self.columns):  # one text of more pieces than all that is remembered, which is forgotten by now
            self.columns, self.shares = (_zeros_like(self.columns, end), _zeros_like(self.shares, end * self._size))
        self.columns[start:end] = columns
        by_piece = self.shares.reshape(len(self.columns), self._size, -1)
        for place, share in enumerate(shares):
            by_piece[start:end, place] = share
        self._places[rows] = np.arange(start, end)
        self._seen = end


def _zeros_like(rows: Floats, count: int) -> Floats:
    return np.zeros((count, rows.shape[1]), dtype=np.float32)
