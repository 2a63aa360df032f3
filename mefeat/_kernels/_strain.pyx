"""Optical strain of a flow in one pass over its rows.

Single precision, in the order of `mefeat._kernels.reference.flow.strain`, so that
central differences give the bits of numpy.gradient.  `strain_rows` needs no Python
and may be called by other kernels.
"""

from libc.math cimport sqrtf


cdef enum:
    CENTRAL = 0
    BACKWARD = 1
    FORWARD = 2
    SOBEL = 3


cdef inline Py_ssize_t _mirror(Py_ssize_t i, Py_ssize_t n) noexcept nogil:
    if n == 1:
        return 0
    return -i if i < 0 else (2 * n - 2 - i if i >= n else i)


cdef void _along_row(
    const float *row, float *out, Py_ssize_t width, int derivative
) noexcept nogil:
    """Differences along x of one row (u, v, u, v, ...), both components."""
    cdef Py_ssize_t i, n = 2 * width
    cdef float half = 0.5
    for i in range(2):  # the ends, where no neighbour is
        out[i] = 0
        out[n - 2 + i] = 0
    if width < 2:
        return
    if derivative == CENTRAL or derivative == SOBEL:
        for i in range(2, n - 2):
            out[i] = (row[i + 2] - row[i - 2]) * half
        if derivative == CENTRAL:
            for i in range(2):
                out[i] = row[i + 2] - row[i]
                out[n - 2 + i] = row[n - 2 + i] - row[n - 4 + i]
    elif derivative == BACKWARD:
        for i in range(2, n):
            out[i] = row[i] - row[i - 2]
    else:
        for i in range(n - 2):
            out[i] = row[i + 2] - row[i]
        out[n - 2] = out[n - 4]
        out[n - 1] = out[n - 3]


cdef void _across_rows(
    const float *flow, float *out, Py_ssize_t y, Py_ssize_t height, Py_ssize_t width,
    int derivative,
) noexcept nogil:
    """Differences along y of one row, both components."""
    cdef Py_ssize_t i, n = 2 * width, low = y, high = y
    cdef float scale = 1
    cdef const float *a
    cdef const float *b
    if height > 1:
        if derivative == CENTRAL or derivative == SOBEL:
            if 0 < y < height - 1:
                low = y - 1
                high = y + 1
                scale = 0.5
            elif derivative == CENTRAL:
                low = 0 if y == 0 else height - 2
                high = low + 1
        elif derivative == BACKWARD:
            low = y - 1 if y else 0
            high = y
        else:
            low = y if y < height - 1 else height - 2
            high = low + 1
    a = flow + low * n
    b = flow + high * n
    for i in range(n):
        out[i] = (b[i] - a[i]) * scale


cdef void _smooth_three(
    const float *a, const float *b, const float *c, float *out, Py_ssize_t n
) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(n):
        out[i] = ((a[i] + c[i]) + <float>2 * b[i]) * <float>0.25


cdef void _gradient_row(
    const float *flow, Py_ssize_t y, Py_ssize_t height, Py_ssize_t width,
    int derivative, float *dx, float *dy, float *room,
) noexcept nogil:
    """Both derivatives of both components of row y, as (u, v) pairs."""
    cdef Py_ssize_t n = 2 * width, i
    if derivative != SOBEL:
        _along_row(flow + y * n, dx, width, derivative)
        _across_rows(flow, dy, y, height, width, derivative)
        return
    for i in range(3):
        _along_row(
            flow + _mirror(y - 1 + i, height) * n, room + i * n, width, derivative
        )
    _smooth_three(room, room + n, room + 2 * n, dx, n)
    _across_rows(flow, room + 2, y, height, width, derivative)
    for i in range(2):
        room[i] = room[2 + 2 * _mirror(-1, width) + i]
        room[n + 2 + i] = room[2 + 2 * _mirror(width, width) + i]
    _smooth_three(room, room + 2, room + 4, dy, n)


cdef inline float _norm(float ux, float uy, float vx, float vy) noexcept nogil:
    cdef float shear = uy + vx
    return sqrtf((ux * ux + vy * vy) + <float>0.5 * (shear * shear))


cdef void _norms(
    const float *dx, const float *dy, float *out, Py_ssize_t width
) noexcept nogil:
    cdef Py_ssize_t x
    for x in range(width):
        out[x] = _norm(dx[2 * x], dy[2 * x], dx[2 * x + 1], dy[2 * x + 1])


cdef void strain_rows(
    const float *flow, float *out, Py_ssize_t first, Py_ssize_t last,
    Py_ssize_t height, Py_ssize_t width, int derivative, float *room,
) noexcept nogil:
    """Strain of the rows from `first` up to `last` (excluded) of a flow (H, W, 2).

    `room` holds 10 * width + 8 floats.
    """
    cdef Py_ssize_t y
    cdef float *dx = room
    cdef float *dy = room + 2 * width
    cdef float *row
    for y in range(first, last):
        row = out + (y - first) * width
        _gradient_row(flow, y, height, width, derivative, dx, dy, room + 4 * width)
        _norms(dx, dy, row, width)


def strain(
    const float[:, :, ::1] flow, int derivative, float[:, ::1] out, float[::1] room
):
    """Fill `out` with the magnitude of the strain.

    Parameters
    ----------
    flow : float32 (height, width, 2)
    derivative : int
        0 central, 1 backward, 2 forward, 3 Sobel / 8.
    out : float32 (height, width)
    room : float32
        Scratch of 11 * width + 8 values.

    Returns
    -------
    bool
        Whether all strains are finite: from 3 x 3 pixels on, every NaN or infinity
        of the flow shows up in some strain.
    """
    cdef Py_ssize_t height = flow.shape[0], width = flow.shape[1], y, x
    cdef float *row
    cdef float *zeros = &room[0]
    cdef float total = 0
    cdef float *room_of_rows = &room[0] + width
    with nogil:
        for x in range(width):
            zeros[x] = 0
        for y in range(height):
            row = &out[y, 0]
            strain_rows(
                &flow[0, 0, 0], row, y, y + 1, height, width, derivative, room_of_rows
            )
            for x in range(width):
                zeros[x] += row[x] * 0
        for x in range(width):
            total += zeros[x]
    return total == 0


def tensor(
    const float[:, :, ::1] flow, int derivative, float[:, :, ::1] out,
    float[::1] room,
):
    """Fill `out` (height, width, 3) with the components xx, yy and xy."""
    cdef Py_ssize_t height = flow.shape[0], width = flow.shape[1], y, x
    cdef float *dx = &room[0]
    cdef float *dy = dx + 2 * width
    with nogil:
        for y in range(height):
            _gradient_row(
                &flow[0, 0, 0], y, height, width, derivative, dx, dy, dy + 2 * width
            )
            for x in range(width):
                out[y, x, 0] = dx[2 * x]
                out[y, x, 1] = dy[2 * x + 1]
                out[y, x, 2] = (dy[2 * x] + dx[2 * x + 1]) * <float>0.5
