"""Wait for a face in a stream of pictures, at a bounded cost for each."""

import numpy as np

from mefeat.exceptions import FaceNotFoundError
from mefeat.face._detect import LEVELS, SIDE, as_detection, search_tile, tiles_of
from mefeat.face.mesh import mesh_score

__all__ = ["FaceWatch"]

# Side of the tile around the place of the last face, in sides of that face.
_AROUND = 5


class FaceWatch:
    """Find a face that comes, or comes back.

    The first look is `FaceMesh.find`, which tries dozens of tiles where the whole
    picture shows no face.  As long as there is none, each further look tries the whole
    picture, the place of the last face if that was small, and a few tiles in turn.  A
    face too small for the whole picture is thus found a few looks later, others at
    once.

    Parameters
    ----------
    mesh : FaceMesh
    n_tiles : int, default=4
        Tiles for each further look.
    """

    def __init__(self, mesh, n_tiles=4):
        self.mesh = mesh
        self.n_tiles = n_tiles
        self._last = None  # centre and side of the last face
        self.restart()

    def restart(self):
        """Make the next look a complete one."""
        self._complete = True
        self._next = 0

    def look(self, image):
        """Give the face that `FaceMesh.find` gives, or None.

        Parameters
        ----------
        image : ndarray of shape (height, width), uint8
        """
        if not (self._complete or self._shows_a_face(image)):
            return None
        self._complete = False
        try:
            face = self.mesh.find(image)
        except FaceNotFoundError:
            return None
        self.remember(face)
        return face

    def remember(self, face):
        """Note where a face was; what comes back is mostly near."""
        x, y, width, height = face.box
        self._last = x + width / 2, y + height / 2, max(width, height)

    def _shows_a_face(self, image):
        image = np.repeat(image[..., None], 3, axis=2)
        for tile in self._tiles(image.shape[:2]):
            scores, values = search_tile(image, *tile, self.mesh.min_score)
            for detection in map(as_detection, scores, values):
                if mesh_score(image, detection) >= self.mesh.min_score:
                    return True
        return False

    def _tiles(self, shape):
        whole, *others = [tile for level in LEVELS for tile in tiles_of(shape, level)]
        chosen = [whole]
        if self._last is not None and self._last[2] < 0.2 * max(shape):
            chosen.append(self._place(shape))
        for _ in range(min(self.n_tiles, len(others))):
            chosen.append(others[self._next % len(others)])
            self._next += 1
        return chosen

    def _place(self, shape):
        """Give the tile around the place of the last face."""
        x, y, size = self._last
        side = min(max(round(_AROUND * size), SIDE // 2), max(shape))
        starts = [
            int(min(max(centre - side / 2, 0), max(length - side, 0)))
            for centre, length in zip((y, x), shape, strict=True)
        ]
        return *starts, side
