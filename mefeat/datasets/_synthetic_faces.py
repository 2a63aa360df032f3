"""Identities of synthetic videos: a picture of a neutral face with its mesh points."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mefeat.datasets._synthetic_fields import Grid, bumps, peak
from mefeat.exceptions import FaceNotFoundError
from mefeat.face import EYE_DISTANCE, MESH_TO_68, FaceMesh, eye_centres, face_size
from mefeat.io import Clip
from mefeat.io._opencv import import_cv2
from mefeat.io._sources import IMAGE_SUFFIXES

__all__ = ["Identity", "astronaut_identities", "photograph_identities"]

OVERSAMPLING = 2
"""Side of a pixel of a frame, in pixels of the picture that is warped into it."""

FACE_SHARE = 8 / 9
"""Size of the face as a share of the frame's shorter side: 256 of 288 pixels."""

_EYE_LEVEL = 0.40  # height of the eyes in the frame
# Eye corners, forehead, temples and the ridge of the nose: no smile moves them much.
_STILL = [33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 10, 151, 9, 109, 338, 127, 356]


@dataclass(eq=False)
class Identity:
    """A person.

    Attributes
    ----------
    name : str
    texture : ndarray of shape (2 * height, 2 * width, 3), uint8
        The neutral face at twice the resolution of the frames.
    points : ndarray of shape (468, 3), float64
        Mesh points in pixels of the frames.
    grid : Grid
        Where fields are evaluated.
    smile : ndarray of shape (468, 2) or None
        How the mesh points move in the person's own smile, in pixels of the frames.
    """

    name: str
    texture: np.ndarray = field(repr=False)
    points: np.ndarray = field(repr=False)
    grid: Grid = field(repr=False)
    smile: np.ndarray | None = field(default=None, repr=False)

    @property
    def landmarks(self):
        """The 68 landmarks of the neutral face: ndarray of shape (68, 2)."""
        return self.points[MESH_TO_68, :2]

    @property
    def size(self):
        """Size of the face in pixels, as `mefeat.face.face_size` defines it."""
        return face_size(self.landmarks)


def _similarity(landmarks, size):
    """Give the map (a complex factor and shift) that puts the eyes in their place."""
    height, width = size
    left, right = (complex(*point) for point in eye_centres(landmarks))
    distance = EYE_DISTANCE * FACE_SHARE * min(size)
    factor = distance / (right - left)
    middle = complex((width - 1) / 2, _EYE_LEVEL * height)
    return factor, middle - factor * (left + right) / 2


def _moved(points, factor, shift):
    """Apply a similarity to (n, 3) points; the depth is scaled along."""
    flat = factor * (points[:, 0] + 1j * points[:, 1]) + shift
    return np.column_stack([flat.real, flat.imag, abs(factor) * points[:, 2]])


def _prefiltered(photograph, factor):
    """Blur what would alias when the picture is made smaller."""
    cv2 = import_cv2()
    shrink = 1 / (abs(factor) * OVERSAMPLING)
    if shrink <= 1:
        return photograph
    return cv2.GaussianBlur(photograph, (0, 0), 0.5 * np.sqrt(shrink**2 - 1) + 0.1)


def _texture(photograph, factor, shift, size, shape=None):
    """Draw the photograph at its place, its shape changed, by one interpolation."""
    cv2 = import_cv2()
    height, width = (OVERSAMPLING * side for side in size)
    y, x = np.mgrid[:height, :width].astype(np.float64)
    x = (x + 0.5) / OVERSAMPLING - 0.5
    y = (y + 0.5) / OVERSAMPLING - 0.5
    if shape is not None:
        full = cv2.resize(shape, (width, height), interpolation=cv2.INTER_LINEAR)
        x, y = x - full[..., 0], y - full[..., 1]
    source = (x + 1j * y - shift) / factor
    return cv2.remap(
        _prefiltered(photograph, factor),
        source.real.astype(np.float32),
        source.imag.astype(np.float32),
        cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REFLECT_101,
    )


def _find(photograph, name):
    try:
        return FaceMesh().find(photograph)
    except FaceNotFoundError as error:
        raise FaceNotFoundError(error.message, clip=name) from None


# -- the astronaut -------------------------------------------------------------

# Features of a face that differ between people: mesh points on either side, direction
# (outwards, down), standard deviation in eye distances, largest change in them.
_SHAPES = (
    (((33, 263), (133, 362)), (1.0, 0.0), 0.30, 0.035),  # distance of the eyes
    (((105, 334), (66, 296)), (0.0, 1.0), 0.25, 0.040),  # height of the brows
    (((49, 279), (98, 327)), (1.0, 0.0), 0.18, 0.040),  # width of the nose
    (((4, 4), (98, 327)), (0.0, 1.0), 0.22, 0.045),  # length of the nose
    (((61, 291),), (1.0, 0.0), 0.22, 0.050),  # width of the mouth
    (((17, 17), (152, 152), (148, 377)), (0.0, 1.0), 0.40, 0.080),  # chin
    (((58, 288), (172, 397), (136, 365)), (1.0, 0.0), 0.40, 0.090),  # jaw
    (((50, 280), (117, 346)), (1.0, 0.0), 0.35, 0.060),  # cheeks
)


def _random_shape(points, grid, rng):
    total = np.zeros((*grid.shape, 2), dtype=np.float32)
    for pairs, direction, spread, largest in _SHAPES:
        amount = rng.uniform(-largest, largest)
        both = sum(
            bumps(grid, points, [(*pair, direction, 1.0, spread) for pair in pairs])
        )
        total += amount * grid.eye_distance(points) / peak(both) * both
    return total


def _follow(points, shape, grid):
    """Move points with a picture that is warped by ``p -> p - shape(p)``."""
    start = points[:, :2]
    moved = start.copy()
    for _ in range(8):
        moved = start + grid.sample(shape, moved)
    return np.column_stack([moved, points[:, 2]])


def _random_tone(texture, rng):
    """Change brightness, contrast, saturation and tint; add the grain of skin."""
    cv2 = import_cv2()
    value = texture.astype(np.float32) / 255
    value **= np.float32(np.exp(rng.uniform(-0.25, 0.45)))
    gray = value.mean(axis=2, keepdims=True)
    value = gray + np.float32(rng.uniform(0.6, 1.1)) * (value - gray)
    value *= rng.uniform(0.88, 1.06, size=3).astype(np.float32)
    noise = rng.standard_normal(texture.shape[:2], dtype=np.float32)
    fine = cv2.GaussianBlur(noise, (0, 0), 1.8) - cv2.GaussianBlur(noise, (0, 0), 4.0)
    value *= 1 + np.float32(0.014) * (fine / fine.std())[..., None]
    return np.clip(np.rint(255 * value), 0, 255).astype(np.uint8)


def astronaut_identities(seeds, size):
    """Make identities of the astronaut photograph by changes of shape and tone.

    Parameters
    ----------
    seeds : sequence of numpy.random.SeedSequence
        One for each identity.
    size : (int, int)
        Height and width of the frames.

    Returns
    -------
    list of Identity
    """
    from skimage.data import astronaut

    photograph = np.ascontiguousarray(astronaut())
    points = _find(photograph, "astronaut").points
    people = []
    for index, seed in enumerate(seeds):
        rng = np.random.default_rng(seed)
        picture, mesh = photograph, points
        if index % 2:  # every other person is the mirror image
            picture = np.ascontiguousarray(photograph[:, ::-1])
            mesh = _find(picture, "astronaut").points
        factor, shift = _similarity(mesh[MESH_TO_68, :2], size)
        mesh = _moved(mesh, factor, shift)
        grid = Grid(size)
        shape = _random_shape(mesh, grid, rng)
        texture = _texture(picture, factor, shift, size, shape)
        texture = _random_tone(texture, rng)
        people.append(
            Identity(f"s{index + 1:02d}", texture, _follow(mesh, shape, grid), grid)
        )
    return people


# -- photographs of the user ---------------------------------------------------


def list_photographs(folder):
    """Give (name, neutral photograph, smiling photograph or None), by name.

    Raises
    ------
    ValueError
        If the folder is missing or holds no picture.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ValueError(
            "The 'faces' parameter must be a folder of photographs. "
            f"{str(folder)!r} is no folder."
        )
    pictures = sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".")
    )
    if not pictures:
        raise ValueError(
            f"The 'faces' parameter must be a folder of photographs. {str(folder)!r} "
            f"holds no file with one of the suffixes {sorted(IMAGE_SUFFIXES)}."
        )
    by_stem = {path.stem: path for path in pictures}
    people = []
    for stem, path in by_stem.items():
        name = stem.removesuffix("_neutral")
        smiling = by_stem.get(f"{name}_smiling") if name != stem else None
        twin = f"{stem.removesuffix('_smiling')}_neutral"
        if stem.endswith("_smiling") and twin in by_stem:
            continue
        people.append((name, path, smiling))
    return people


def _read(path):
    return np.ascontiguousarray(Clip(path).frames(color=True)[0])


def _own_smile(neutral, path):
    """Give how the mesh points move from the neutral to the smiling photograph.

    The head may stand elsewhere in the second picture, and be turned a little: it is
    brought back by the affine map of the points and their depth which best fits the
    points that no smile moves (least squares).
    """
    smiling = _find(_read(path), str(path)).points
    # Centred and scaled, so that the least squares are well conditioned.
    centre, scale = smiling[_STILL].mean(axis=0), smiling[_STILL].std()
    design = np.column_stack([(smiling - centre) / scale, np.ones(len(smiling))])
    fit, *_ = np.linalg.lstsq(design[_STILL], neutral[_STILL, :2], rcond=None)
    return design @ fit - neutral[:, :2]


def photograph_identities(folder, n_subjects, size):
    """Make one identity of each photograph, with its own smile where there is a pair.

    Parameters
    ----------
    folder : path
        Photographs; of ``NAME_neutral`` and ``NAME_smiling`` the first is the face
        and the second gives the smile.
    n_subjects : int
        The first so many people, by name.
    size : (int, int)
        Height and width of the frames.

    Returns
    -------
    list of Identity

    Raises
    ------
    ValueError
        If there are fewer people.
    ClipError
        If a picture cannot be read or shows no face.
    """
    people = list_photographs(folder)
    if len(people) < n_subjects:
        raise ValueError(
            f"The 'faces' folder {str(folder)!r} shows {len(people)} people, but "
            f"n_subjects={n_subjects} are wanted."
        )
    identities = []
    for name, path, smiling in people[:n_subjects]:
        photograph = _read(path)
        points = _find(photograph, str(path)).points
        factor, shift = _similarity(points[MESH_TO_68, :2], size)
        mesh = _moved(points, factor, shift)
        texture = _texture(photograph, factor, shift, size)
        identity = Identity(name, texture, mesh, Grid(size))
        if smiling is not None:
            identity.smile = _own_smile(mesh, smiling)
        identities.append(identity)
    return identities
