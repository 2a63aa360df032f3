"""Pairs of face pictures whose motion is known exactly.

A face is cut out with at least twice the resolution of the pair, warped there by a sum
of Gaussian bumps, and both pictures are blurred and averaged down, so that nothing
aliases.  The truth is the field itself: the warp inverts it by a fixed-point iteration.
Sensor noise (sigma 2) is put on both pictures and a change of light on the second one.
"""

from pathlib import Path

import numpy as np

__all__ = ["Face", "load_faces", "make_pair"]

FINE = 2  # pixels of the cut-out to one of the pair, along each axis
EYES_TO_HEIGHT = 3.0  # height of the cut-out in distances of the eyes
EYE_LINE = 0.38  # of the height
# Brows up, corners of the mouth out and up, nose down: (x, y) as shares, (dx, dy).
ANATOMY = (
    ((0.35, 0.28), (0.0, -1.0)),
    ((0.65, 0.28), (0.0, -1.0)),
    ((0.38, 0.72), (-0.8, -0.5)),
    ((0.62, 0.72), (0.8, -0.5)),
    ((0.50, 0.55), (0.0, 1.0)),
)


class Face:
    """A gray picture with the centres of its eyes.

    Parameters
    ----------
    image : ndarray of shape (height, width), uint8
    eyes : array of shape (2, 2)
        (x, y) of both eyes.
    person, name : str
    """

    def __init__(self, image, eyes, person, name):
        self.image, self.eyes = image, np.asarray(eyes, dtype=np.float64)
        self.person, self.name = person, name

    def cut(self, size):
        """Give the cut-out for pairs of `size` (height, width), float32."""
        import cv2

        height, width = size[0] * FINE, size[1] * FINE
        scale = height / (EYES_TO_HEIGHT * np.linalg.norm(self.eyes[1] - self.eyes[0]))
        centre = self.eyes.mean(axis=0)
        matrix = np.array(
            [
                [scale, 0, (width - 1) / 2 - scale * centre[0]],
                [0, scale, EYE_LINE * height - scale * centre[1]],
            ]
        )
        image = self.image
        if scale < 0.9:
            image = cv2.GaussianBlur(image, (0, 0), 0.4 / scale)
        return cv2.warpAffine(
            image.astype(np.float32), matrix, (width, height), flags=cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip


def _eyes(path, image):
    """Give the eyes by a landmark file of the person, else by the face mesh."""
    person = path.name.split("_")[0]
    tables = sorted(path.parent.glob(f"{person}_*landmarks*.csv"))
    if tables:
        return np.loadtxt(tables[0], delimiter=",", skiprows=1)[:2]
    from mefeat.face import FaceMesh

    points = FaceMesh().find(image).landmarks
    return np.stack([points[36:42].mean(axis=0), points[42:48].mean(axis=0)])


def load_faces(folder=None):
    """Give the faces of a folder, or the one face that comes with scikit-image.

    Parameters
    ----------
    folder : path, optional
        Pictures named ``person_anything.jpg`` (or png); where there is a table
        ``person_*landmarks*.csv`` its first two rows are the eyes.

    Returns
    -------
    list of Face
        In the order of their names.
    """
    if folder is None:
        from skimage import data
        from skimage.color import rgb2gray

        image = np.rint(255 * rgb2gray(data.astronaut())).astype(np.uint8)
        return [Face(image, [[197.0, 110.0], [245.0, 104.0]], "astronaut", "astronaut")]
    import cv2

    suffixes = (".jpg", ".jpeg", ".png")
    paths = sorted(p for p in Path(folder).iterdir() if p.suffix.lower() in suffixes)
    if not paths:
        raise ValueError(f"no picture (.jpg, .jpeg, .png) in {folder}")
    faces = []
    for path in paths:
        image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        if image is None:
            raise ValueError(f"{path} is not a picture that can be read")
        faces.append(
            Face(image, _eyes(path, image), path.name.split("_")[0], path.stem)
        )
    return faces


def random_field(size, rng, anatomic):
    """Give ``field(x, y) -> (u, v)``, smooth, of five bumps."""
    height, width = size
    bumps = []
    for place, direction in ANATOMY:
        if anatomic:
            place = np.array(place) + rng.normal(0, 0.015, 2)
        else:
            angle = rng.uniform(0, 2 * np.pi)
            direction = np.cos(angle), np.sin(angle)
            place = rng.uniform(0.25, 0.75), rng.uniform(0.2, 0.8)
        length, radius = rng.uniform(0.6, 1.0), rng.uniform(0.04, 0.08)
        bumps.append((place, np.array(direction) * length, radius * height))

    def field(x, y):
        u, v = np.zeros_like(x), np.zeros_like(x)
        for (cx, cy), (dx, dy), radius in bumps:
            square = (x - cx * width) ** 2 + (y - cy * height) ** 2
            bump = np.exp(-square / (2 * radius**2))
            u += dx * bump
            v += dy * bump
        return u, v

    return field


def make_pair(cut, field, peak, rng, noise=2.0, light=True):
    """Give two pictures (uint8) and the flow between them (float64).

    Parameters
    ----------
    cut : ndarray
        From `Face.cut`.
    field : callable
        From `random_field`.
    peak : float
        Length of the longest motion in pixels.
    rng : Generator
    noise : float
        Standard deviation of the sensor noise of both pictures.
    light : bool
        Gain 1.02 with a ramp of +-2 % and an offset of 1.5 on the second picture.
    """
    import cv2

    height, width = (n // FINE for n in cut.shape)
    y, x = np.mgrid[:height, :width].astype(np.float64)
    u, v = field(x, y)
    factor = peak / np.hypot(u, v).max()
    truth = factor * np.stack([u, v], axis=2)
    fine_y, fine_x = np.mgrid[: cut.shape[0], : cut.shape[1]].astype(np.float64)
    shift = (FINE - 1) / 2
    to_x, to_y = (fine_x - shift) / FINE, (fine_y - shift) / FINE
    from_x, from_y = to_x.copy(), to_y.copy()
    for _ in range(8):  # contracts: the gradient of the field stays below 1/2
        u, v = field(from_x, from_y)
        from_x, from_y = to_x - factor * u, to_y - factor * v
    warped = cv2.remap(
        cut, (from_x * FINE + shift).astype(np.float32),
        (from_y * FINE + shift).astype(np.float32), cv2.INTER_LANCZOS4,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    images = []
    for image in (cut, warped):
        smooth = cv2.GaussianBlur(image, (0, 0), 0.35 * FINE)
        images.append(cv2.resize(smooth, (width, height), interpolation=cv2.INTER_AREA))
    if light:
        gain = 1.02 * (1 + 0.02 * np.linspace(-1, 1, width))
        images[1] = images[1] * gain + 1.5
    images = [image + rng.normal(0, noise, image.shape) for image in images]
    first, second = (np.clip(np.rint(i), 0, 255).astype(np.uint8) for i in images)
    return first, second, truth
