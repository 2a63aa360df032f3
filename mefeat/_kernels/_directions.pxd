# Which of the equal sectors of the circle the direction of a vector falls in.
#
# Shared by the kernels that count directions.  No arc tangent is taken, so the sectors
# are the same on every machine.  Vectors come in chunks of CHUNK, since compilers
# vectorise loops of a length that they know best.

from libc.stdint cimport int32_t
from libc.string cimport memcpy

cdef enum:
    CHUNK = 28

# How directions are folded before they are sorted into sectors.
cdef enum:
    FULL = 0      # the whole circle, from -180 to 180 degrees
    UNSIGNED = 1  # opposite directions together, from 0 to 180 degrees
    MIRROR = 2    # left and right together, from -90 to 90 degrees
    QUARTER = 3   # both, from 0 to 90 degrees


cdef inline Py_ssize_t table_slots(int n_bins) noexcept nogil:
    """Give the slots of a table that codes index: bins, and what has no direction."""
    return 16 if n_bins == 8 else n_bins + 1


cdef inline void octants(const float* u, const float* v, int32_t* code) noexcept nogil:
    """Give the octant of each of CHUNK vectors, from -180 degrees; 15 where it is 0.

    Floats of one sign have the order of their bits, so all is done on integers, with
    masks of ones or zeros: compilers vectorise this, and comparisons of floats, which
    may trap, they do not.
    """
    cdef float a[CHUNK]
    cdef float b[CHUNK]
    cdef int32_t x[CHUNK]
    cdef int32_t y[CHUNK]
    cdef int32_t size_x, size_y, low, turned, steep
    cdef Py_ssize_t i
    for i in range(CHUNK):
        a[i] = u[i] + <float> 0  # minus zero becomes zero
        b[i] = v[i] + <float> 0
    memcpy(x, a, sizeof(x))
    memcpy(y, b, sizeof(y))
    for i in range(CHUNK):
        size_x = x[i] & 0x7FFFFFFF
        size_y = y[i] & 0x7FFFFFFF
        # The lower half circle holds -180 and not 0 degrees; turned by 180 degrees,
        # it is the upper one, whose second quadrant begins at its upright border.
        low = (y[i] | (x[i] & -(y[i] == 0))) >> 31
        turned = ((x[i] ^ low) >> 31) | -(x[i] == 0)
        steep = (((size_y - size_x) ^ turned) - turned) >> 31
        code[i] = (5 + 4 * low - 2 * turned + steep) | (
            -((size_x | size_y) == 0) & 8
        )


cdef inline void sectors(
    const float* u,
    const float* v,
    int32_t* code,
    int fold,
    const double[:, ::1] lower,
    const double[:, ::1] upper,
    int32_t first_upper,
    int32_t nowhere,
) noexcept nogil:
    """Give the sector of each of CHUNK vectors; `nowhere` where it is 0.

    ``lower`` and ``upper`` hold the inner borders of the sectors as (cos, sin), for
    the two half circles (the lower one turned by 180 degrees); a border is reached if
    the vector does not lie clockwise of it.
    """
    cdef double a[CHUNK]
    cdef double b[CHUNK]
    cdef int32_t half[CHUNK]
    cdef Py_ssize_t i, k
    cdef double c, s
    cdef int32_t above
    for i in range(CHUNK):
        above = (v[i] > 0) | ((v[i] == 0) & (u[i] >= 0))
        if fold == FULL or fold == UNSIGNED:
            a[i] = u[i] if above else -u[i]
            b[i] = v[i] if above else -v[i]
        elif fold == MIRROR:
            a[i] = -v[i]
            b[i] = u[i] if u[i] >= 0 else -u[i]
        else:
            a[i] = u[i] if u[i] >= 0 else -u[i]
            b[i] = v[i] if v[i] >= 0 else -v[i]
        half[i] = above if fold == FULL else 1
        code[i] = first_upper * half[i]
    for k in range(upper.shape[0]):
        c = upper[k, 0]
        s = upper[k, 1]
        for i in range(CHUNK):
            code[i] += half[i] & (c * b[i] - s * a[i] >= 0)
    for k in range(lower.shape[0]):
        c = lower[k, 0]
        s = lower[k, 1]
        for i in range(CHUNK):
            code[i] += (1 - half[i]) & (c * b[i] - s * a[i] >= 0)
    for i in range(CHUNK):
        code[i] = nowhere if (a[i] == 0) & (b[i] == 0) else code[i]
