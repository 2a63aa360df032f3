# Which of the equal sectors of the circle the direction of a vector falls in.
#
# Shared by the kernels that count directions.  No arc tangent is taken, so the sectors
# are the same on every machine.  Each function treats a chunk of at most CHUNK
# vectors held in small arrays of its caller, which lets compilers vectorise the loops.

from libc.stdint cimport int32_t

cdef enum:
    CHUNK = 64

# How directions are folded before they are sorted into sectors.
cdef enum:
    FULL = 0      # the whole circle, from -180 to 180 degrees
    UNSIGNED = 1  # opposite directions together, from 0 to 180 degrees
    MIRROR = 2    # left and right together, from -90 to 90 degrees
    QUARTER = 3   # both, from 0 to 90 degrees


cdef inline void octants(
    const float* u, const float* v, int32_t* code, Py_ssize_t n
) noexcept nogil:
    """Give the octant of each vector, counted from -180 degrees; 8 where it is 0.

    A vector of the upper half circle, or of the lower one turned by 180 degrees, lies
    in the octant that says how many of the directions 45, 90 and 135 degrees it has
    reached.
    """
    cdef Py_ssize_t i
    cdef float a, b
    cdef int32_t upper
    for i in range(n):
        upper = (v[i] > 0) | ((v[i] == 0) & (u[i] >= 0))
        a = u[i] if upper else -u[i]
        b = v[i] if upper else -v[i]
        code[i] = (b >= a) + (a <= 0) + (a + b <= 0) + 4 * upper
        code[i] = 8 if (a == 0) & (b == 0) else code[i]


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
