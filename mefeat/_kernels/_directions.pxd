# Which of the equal sectors of the circle the direction of a vector falls in.
#
# Shared by the kernels that count directions.  No arc tangent is taken, so the sectors
# are the same on every machine.  Each function treats a chunk of at most CHUNK
# vectors held in small arrays of its caller, which lets compilers vectorise the loops.

from libc.stdint cimport int32_t
from libc.string cimport memcpy

cdef enum:
    CHUNK = 32

# How directions are folded before they are sorted into sectors.
cdef enum:
    FULL = 0      # the whole circle, from -180 to 180 degrees
    UNSIGNED = 1  # opposite directions together, from 0 to 180 degrees
    MIRROR = 2    # left and right together, from -90 to 90 degrees
    QUARTER = 3   # both, from 0 to 90 degrees


cdef inline void octants(const float* u, const float* v, int32_t* code) noexcept nogil:
    """Give the octant of each of CHUNK vectors, from -180 degrees; 8 where it is 0.

    Positive floats have the order of their bits, so all is compared as integers:
    compilers vectorise this, and comparisons of floats, which may trap, they do not.
    """
    cdef int32_t bits_u[CHUNK]
    cdef int32_t bits_v[CHUNK]
    cdef int32_t size_u, size_v, left, low, steep, turned
    cdef Py_ssize_t i
    memcpy(bits_u, u, sizeof(bits_u))
    memcpy(bits_v, v, sizeof(bits_v))
    for i in range(CHUNK):
        size_u = bits_u[i] & 0x7FFFFFFF
        size_v = bits_v[i] & 0x7FFFFFFF
        # Minus zero is not below zero.
        left = (bits_u[i] < 0) & (size_u > 0)
        low = ((bits_v[i] < 0) & (size_v > 0)) | ((size_v == 0) & left)
        # In the half circle, the second quadrant begins at its upright border.
        turned = (left ^ low) | (size_u == 0)
        steep = (size_v == size_u) | (turned ^ (size_v > size_u))
        code[i] = 4 - 4 * low + 2 * turned + steep
    for i in range(CHUNK):
        code[i] = 8 if ((bits_u[i] | bits_v[i]) & 0x7FFFFFFF) == 0 else code[i]


cdef inline void sectors(
    const float* u,
    const float* v,
    int32_t* code,
    Py_ssize_t n,
    int fold,
    const double[:, ::1] lower,
    const double[:, ::1] upper,
    int32_t first_upper,
    int32_t nowhere,
) noexcept nogil:
    """Give the sector of each vector; `nowhere` where it is 0.

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
    for i in range(n):
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
        for i in range(n):
            code[i] += half[i] & (c * b[i] - s * a[i] >= 0)
    for k in range(lower.shape[0]):
        c = lower[k, 0]
        s = lower[k, 1]
        for i in range(n):
            code[i] += (1 - half[i]) & (c * b[i] - s * a[i] >= 0)
    for i in range(n):
        code[i] = nowhere if (a[i] == 0) & (b[i] == 0) else code[i]
