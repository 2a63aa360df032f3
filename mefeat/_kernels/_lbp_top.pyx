"""Local binary patterns on the XY, XT and YT planes of a volume, row by row.

Every row kernel works on 64 voxels at once: loops of a fixed length are what compilers
turn into vector code without further hints.  The last chunk of a row overlaps the one
before it, so a row holds 64 voxels at least (callers pad narrower volumes).  Codes of
up to eight bits go into histograms of raw codes, one table for each block, which are
folded through the table of the mapping once the block is complete, so that every
mapping costs the same.

The slow twins are in `mefeat._kernels.reference.lbp`.
"""

from libc.math cimport fabsf
from libc.stdint cimport int8_t, int16_t, int32_t, int64_t
from libc.stdint cimport uint8_t, uint16_t, uint32_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset

import numpy as np

cdef extern from *:
    """
    #if defined(__GNUC__)
    typedef uint16_t mefeat_pair __attribute__((aligned(1), may_alias));
    #else
    typedef uint16_t mefeat_pair;
    #endif
    #if defined(__AVX2__)
    enum { mefeat_step = 32, mefeat_pairs = 16 };
    #else
    enum { mefeat_step = 16, mefeat_pairs = 8 };
    #endif
    """
    ctypedef uint16_t pair "mefeat_pair"  # two bytes anywhere
    const int STEP "mefeat_step"  # voxels in a vector register
    const int PAIRS "mefeat_pairs"


cdef enum:
    CHUNK = 64
    TABLE = 528  # two tables of 256 codes or pairs of codes, and 16 codes left over


# -- eight neighbours at radius 1: integers ------------------------------------------

cdef inline int16_t _diagonal(int16_t a, int16_t b, int16_t d) noexcept nogil:
    # Bilinear value minus centre, times 2: (sqrt(2) - 1)(a + b) + d for the differences
    # a, b along the axes and d along the diagonal.  Its floor is exact: 27146 / 65536
    # gives floor((sqrt(2) - 1) s) for every |s| <= 510.
    return <int16_t>(d + <int16_t>((<int32_t>(<int16_t>(a + b)) * 27146) >> 16))


cdef inline uint16_t _high_bytes(int16_t low, int16_t high) noexcept nogil:
    return <uint16_t>(((<uint16_t>low) >> 8) | ((<uint16_t>high) & 0xFF00))


cdef void _chunk_p8r1(
    const uint8_t *v, Py_ssize_t sy, Py_ssize_t st,
    uint8_t *xy, uint8_t *xt, uint8_t *yt,
) noexcept nogil:
    """Give the three codes of STEP voxels from the one at `v` on.

    The diagonals go first: two voxels at a time, the low and the high byte of a pair,
    in 16-bit arithmetic, of which the high byte tells the sign.  Then all bits are put
    together in bytes.
    """
    cdef uint16_t signs[12][PAIRS]
    cdef uint8_t o[3][STEP]
    cdef const uint8_t *p_n = v - sy
    cdef const uint8_t *p_s = v + sy
    cdef const uint8_t *p_f = v + st  # the frame after
    cdef const uint8_t *p_b = v - st  # the frame before
    cdef const int8_t *s = <const int8_t *>&signs[0][0]
    cdef const pair *q0 = <const pair *>(v)
    cdef const pair *q1 = <const pair *>(v + 1)
    cdef const pair *q2 = <const pair *>(v - 1)
    cdef const pair *q3 = <const pair *>(p_n)
    cdef const pair *q4 = <const pair *>(p_s)
    cdef const pair *q5 = <const pair *>(p_f)
    cdef const pair *q6 = <const pair *>(p_b)
    cdef const pair *q7 = <const pair *>(p_n + 1)
    cdef const pair *q8 = <const pair *>(p_n - 1)
    cdef const pair *q9 = <const pair *>(p_s - 1)
    cdef const pair *q10 = <const pair *>(p_s + 1)
    cdef const pair *q11 = <const pair *>(p_f + 1)
    cdef const pair *q12 = <const pair *>(p_f - 1)
    cdef const pair *q13 = <const pair *>(p_b - 1)
    cdef const pair *q14 = <const pair *>(p_b + 1)
    cdef const pair *q15 = <const pair *>(p_n + st)
    cdef const pair *q16 = <const pair *>(p_n - st)
    cdef const pair *q17 = <const pair *>(p_s - st)
    cdef const pair *q18 = <const pair *>(p_s + st)
    cdef uint16_t d
    cdef int16_t c0, e0, w0, n0, z0, f0, b0  # low bytes
    cdef int16_t c1, e1, w1, n1, z1, f1, b1  # high bytes
    cdef uint8_t k, m
    cdef uint8_t be, bw, bn, bz, bf, bb
    cdef int i
    for i in range(PAIRS):
        d = q0[i]
        c0 = d & 255
        c1 = d >> 8
        d = q1[i]
        e0 = (d & 255) - c0
        e1 = (d >> 8) - c1
        d = q2[i]
        w0 = (d & 255) - c0
        w1 = (d >> 8) - c1
        d = q3[i]
        n0 = (d & 255) - c0
        n1 = (d >> 8) - c1
        d = q4[i]
        z0 = (d & 255) - c0
        z1 = (d >> 8) - c1
        d = q5[i]
        f0 = (d & 255) - c0
        f1 = (d >> 8) - c1
        d = q6[i]
        b0 = (d & 255) - c0
        b1 = (d >> 8) - c1
        d = q7[i]
        signs[0][i] = _high_bytes(
            _diagonal(e0, n0, (d & 255) - c0), _diagonal(e1, n1, (d >> 8) - c1)
        )
        d = q8[i]
        signs[1][i] = _high_bytes(
            _diagonal(w0, n0, (d & 255) - c0), _diagonal(w1, n1, (d >> 8) - c1)
        )
        d = q9[i]
        signs[2][i] = _high_bytes(
            _diagonal(w0, z0, (d & 255) - c0), _diagonal(w1, z1, (d >> 8) - c1)
        )
        d = q10[i]
        signs[3][i] = _high_bytes(
            _diagonal(e0, z0, (d & 255) - c0), _diagonal(e1, z1, (d >> 8) - c1)
        )
        d = q11[i]
        signs[4][i] = _high_bytes(
            _diagonal(e0, f0, (d & 255) - c0), _diagonal(e1, f1, (d >> 8) - c1)
        )
        d = q12[i]
        signs[5][i] = _high_bytes(
            _diagonal(w0, f0, (d & 255) - c0), _diagonal(w1, f1, (d >> 8) - c1)
        )
        d = q13[i]
        signs[6][i] = _high_bytes(
            _diagonal(w0, b0, (d & 255) - c0), _diagonal(w1, b1, (d >> 8) - c1)
        )
        d = q14[i]
        signs[7][i] = _high_bytes(
            _diagonal(e0, b0, (d & 255) - c0), _diagonal(e1, b1, (d >> 8) - c1)
        )
        d = q15[i]
        signs[8][i] = _high_bytes(
            _diagonal(n0, f0, (d & 255) - c0), _diagonal(n1, f1, (d >> 8) - c1)
        )
        d = q16[i]
        signs[9][i] = _high_bytes(
            _diagonal(n0, b0, (d & 255) - c0), _diagonal(n1, b1, (d >> 8) - c1)
        )
        d = q17[i]
        signs[10][i] = _high_bytes(
            _diagonal(z0, b0, (d & 255) - c0), _diagonal(z1, b1, (d >> 8) - c1)
        )
        d = q18[i]
        signs[11][i] = _high_bytes(
            _diagonal(z0, f0, (d & 255) - c0), _diagonal(z1, f1, (d >> 8) - c1)
        )
    for i in range(STEP):
        m = v[i]
        be = v[i + 1] >= m
        bn = p_n[i] >= m
        bw = v[i - 1] >= m
        bz = p_s[i] >= m
        bf = p_f[i] >= m
        bb = p_b[i] >= m
        # Bits from the most significant one down: twice the code and the next bit.
        k = (s[3 * STEP + i] >= 0)
        k = k + k + bz
        k = k + k + (s[2 * STEP + i] >= 0)
        k = k + k + bw
        k = k + k + (s[1 * STEP + i] >= 0)
        k = k + k + bn
        k = k + k + (s[0 * STEP + i] >= 0)
        k = k + k + be
        o[0][i] = k
        k = (s[7 * STEP + i] >= 0)
        k = k + k + bb
        k = k + k + (s[6 * STEP + i] >= 0)
        k = k + k + bw
        k = k + k + (s[5 * STEP + i] >= 0)
        k = k + k + bf
        k = k + k + (s[4 * STEP + i] >= 0)
        k = k + k + be
        o[1][i] = k
        k = (s[11 * STEP + i] >= 0)
        k = k + k + bz
        k = k + k + (s[10 * STEP + i] >= 0)
        k = k + k + bb
        k = k + k + (s[9 * STEP + i] >= 0)
        k = k + k + bn
        k = k + k + (s[8 * STEP + i] >= 0)
        k = k + k + bf
        o[2][i] = k
    memcpy(xy, o[0], STEP)
    memcpy(xt, o[1], STEP)
    memcpy(yt, o[2], STEP)


# -- any neighbours -------------------------------------------------------------------

cdef struct Plan:
    int kind
    int n_neighbors[3]  # 0 leaves the plane out
    const int *n_taps  # (3, 24): 1, 2 or 4 voxels that a neighbour is made of
    const Py_ssize_t *offsets  # (3, 24, 4): where they lie, from the centre
    const float *weights  # (3, 24, 4)
    float absolute  # what a neighbour may fall short of the centre
    float relative


cdef void _four(
    const uint8_t *v, const Py_ssize_t *offsets, uint8_t *codes
) noexcept nogil:
    """Move codes up by four bits and fill in those of four neighbours."""
    cdef const uint8_t *q0 = v + offsets[0]
    cdef const uint8_t *q1 = v + offsets[4]
    cdef const uint8_t *q2 = v + offsets[8]
    cdef const uint8_t *q3 = v + offsets[12]
    cdef uint8_t c, k, b0, b1, b2, b3
    cdef int i
    for i in range(CHUNK):
        c = v[i]
        b0 = q0[i] >= c
        b1 = q1[i] >= c
        b2 = q2[i] >= c
        b3 = q3[i] >= c
        k = codes[i]
        k = k + k + b3
        k = k + k + b2
        k = k + k + b1
        codes[i] = k + k + b0


cdef void _chunk_single(
    const uint8_t *v, const Py_ssize_t *offsets, int n_neighbors, uint8_t *out
) noexcept nogil:
    """Give the codes of 64 voxels whose neighbours all lie on the grid."""
    cdef uint8_t codes[CHUNK]
    cdef uint8_t mask = <uint8_t>((1 << n_neighbors) - 1)
    cdef int i
    memset(codes, 0, CHUNK)
    if n_neighbors > 4:
        _four(v, offsets + 16, codes)
    _four(v, offsets, codes)
    for i in range(CHUNK):
        codes[i] &= mask  # neighbours that are not there had the offset 0
    memcpy(out, codes, CHUNK)


cdef void _chunk_float(
    const float *v, const Plan *plan, int plane, int size, int32_t *out
) noexcept nogil:
    """Give the codes of `size` voxels, at most 64, in single precision."""
    cdef int32_t codes[CHUNK]
    cdef float limit[CHUNK]
    cdef const Py_ssize_t *o
    cdef const float *w
    cdef const float *a
    cdef const float *b
    cdef const float *c
    cdef const float *d
    cdef float wa, wb, wc, wd
    cdef int32_t bit
    cdef int i, n
    for i in range(size):
        codes[i] = 0
        limit[i] = v[i] - (plan.absolute + plan.relative * fabsf(v[i]))
    for n in range(plan.n_neighbors[plane]):
        o = plan.offsets + (24 * plane + n) * 4
        w = plan.weights + (24 * plane + n) * 4
        bit = 1 << n
        a = v + o[0]
        if plan.n_taps[24 * plane + n] == 1:
            for i in range(size):
                codes[i] |= bit & -(a[i] >= limit[i])
            continue
        b = v + o[1]
        wa = w[0]
        wb = w[1]
        if plan.n_taps[24 * plane + n] == 2:
            for i in range(size):
                codes[i] |= bit & -(wa * a[i] + wb * b[i] >= limit[i])
            continue
        c = v + o[2]
        d = v + o[3]
        wc = w[2]
        wd = w[3]
        for i in range(size):
            codes[i] |= bit & -(
                wa * a[i] + wb * b[i] + wc * c[i] + wd * d[i] >= limit[i]
            )
    memcpy(out, codes, size * sizeof(int32_t))


# -- rows ----------------------------------------------------------------------------

cdef enum:
    INTEGER = 0  # eight neighbours at radius 1, bilinear, bytes
    SINGLE = 1  # neighbours on the grid, at most eight, bytes
    FLOAT = 2  # the rest


cdef void _row(
    const Plan *plan, const void *center, Py_ssize_t sy, Py_ssize_t st,
    Py_ssize_t width, Py_ssize_t room, uint8_t *narrow, int32_t *wide,
) noexcept nogil:
    """Give the codes of a row of `width` voxels on each plane.

    Codes go to ``narrow[plane * room + x]``, those of more than eight bits to `wide`.
    """
    cdef Py_ssize_t x = 0, i
    cdef int p, size = STEP if plan.kind == INTEGER else CHUNK
    while True:
        if plan.kind == INTEGER:
            _chunk_p8r1(
                <const uint8_t *>center + x, sy, st,
                narrow + x, narrow + room + x, narrow + 2 * room + x,
            )
        elif plan.kind == SINGLE:
            for p in range(3):
                _chunk_single(
                    <const uint8_t *>center + x, plan.offsets + 96 * p,
                    plan.n_neighbors[p], narrow + p * room + x,
                )
        else:
            for p in range(3):
                _chunk_float(
                    <const float *>center + x, plan, p, size, wide + p * room + x
                )
                if plan.n_neighbors[p] <= 8:
                    for i in range(size):
                        narrow[p * room + x + i] = <uint8_t>wide[p * room + x + i]
        x += size
        if x >= width:
            return
        if x + size > width:
            if plan.kind == FLOAT:
                size = <int>(width - x + 15) & 0x70  # sixteens up to 64
            x = max(0, width - size)


cdef inline void _count(
    const uint8_t *codes, Py_ssize_t n, uint32_t *table
) noexcept nogil:
    """Count codes in two interleaved tables, so that equal codes do not wait."""
    cdef Py_ssize_t i = 0
    while i + 2 <= n:
        table[codes[i]] += 1
        table[256 + codes[i + 1]] += 1
        i += 2
    if i < n:
        table[codes[i]] += 1


cdef inline void _count_pairs(
    const uint8_t *codes, Py_ssize_t n, uint32_t *table
) noexcept nogil:
    """Count pairs of 4-bit codes; the order within a pair does not matter."""
    cdef Py_ssize_t i = 0
    while i + 4 <= n:
        table[codes[i] | codes[i + 1] << 4] += 1
        table[256 + (codes[i + 2] | codes[i + 3] << 4)] += 1
        i += 4
    while i < n:
        table[512 + codes[i]] += 1
        i += 1


cdef inline void _fold(
    const uint32_t *table, int n_neighbors, const int32_t *lookup, int64_t *counts
) noexcept nogil:
    """Add the tables of one block and plane to the bins of the mapping."""
    cdef int code
    cdef int64_t n
    for code in range(256 if n_neighbors <= 4 else 1 << n_neighbors):
        n = <int64_t>table[code] + table[256 + code]
        if n_neighbors > 4:
            counts[lookup[code]] += n
        elif n:
            counts[lookup[code & 15]] += n
            counts[lookup[code >> 4]] += n
    if n_neighbors <= 4:
        for code in range(1 << n_neighbors):
            counts[lookup[code]] += table[512 + code]


cdef class Kernel:
    """A plan and the volume it is for.

    Parameters
    ----------
    volume : (T, H, W) uint8 or float32, C-contiguous
        At least 64 + 2 * (radius along x) wide.
    kind : int
        INTEGER, SINGLE or FLOAT; the first two take uint8.
    n_neighbors : (3,) int32
        On XY, XT and YT, at most 24; 0 leaves a plane out (its codes are 0).
    n_taps : (3, 24) int32
    offsets : (3, 24, 4) intp
        In voxels of the volume.
    weights : (3, 24, 4) float32
    absolute, relative : float
        A neighbour counts as not below the centre c when it falls short by no more
        than ``absolute + relative * abs(c)``; FLOAT only.
    """

    cdef Plan plan
    cdef const uint8_t[:, :, ::1] bytes
    cdef const float[:, :, ::1] floats
    cdef const int[:, ::1] n_taps
    cdef const Py_ssize_t[:, :, ::1] offsets
    cdef const float[:, :, ::1] weights
    cdef Py_ssize_t sy, st, itemsize
    cdef const char *data

    def __init__(
        self, volume, int kind, const int[::1] n_neighbors, n_taps, offsets, weights,
        float absolute, float relative,
    ):
        self.n_taps = n_taps
        self.offsets = offsets
        self.weights = weights
        if kind == FLOAT:
            self.floats = volume
            self.data = <const char *>&self.floats[0, 0, 0]
            self.itemsize = sizeof(float)
        else:
            self.bytes = volume
            self.data = <const char *>&self.bytes[0, 0, 0]
            self.itemsize = 1
        self.sy = volume.shape[2]
        self.st = volume.shape[1] * volume.shape[2]
        self.plan.kind = kind
        for p in range(3):
            self.plan.n_neighbors[p] = n_neighbors[p]
        self.plan.n_taps = &self.n_taps[0, 0]
        self.plan.offsets = &self.offsets[0, 0, 0]
        self.plan.weights = &self.weights[0, 0, 0]
        self.plan.absolute = absolute
        self.plan.relative = relative

    cdef const void *at(self, Py_ssize_t t, Py_ssize_t y, Py_ssize_t x) noexcept nogil:
        return self.data + self.itemsize * (t * self.st + y * self.sy + x)

    def codes(self, start, int32_t[:, :, :, ::1] out):
        """Write the codes of the box of centres from `start` on, in voxels.

        Parameters
        ----------
        start : (t, y, x)
        out : (3, T', H', W') int32
            Rows shorter than 64 are written as far as they go.
        """
        cdef Py_ssize_t t0 = start[0], y0 = start[1], x0 = start[2]
        cdef Py_ssize_t width = out.shape[3], room = max(width, CHUNK)
        cdef Py_ssize_t t, y, x, p
        cdef uint8_t *narrow = <uint8_t *>malloc(3 * room)
        cdef int32_t *wide = <int32_t *>malloc(3 * room * sizeof(int32_t))
        if narrow == NULL or wide == NULL:
            free(narrow)
            free(wide)
            raise MemoryError()
        with nogil:
            for t in range(out.shape[1]):
                for y in range(out.shape[2]):
                    _row(
                        &self.plan, self.at(t0 + t, y0 + y, x0), self.sy, self.st,
                        width, room, narrow, wide,
                    )
                    for p in range(3):
                        for x in range(width):
                            if self.plan.n_neighbors[p] > 8:
                                out[p, t, y, x] = wide[p * room + x]
                            else:
                                out[p, t, y, x] = narrow[p * room + x]
            free(narrow)
            free(wide)

    def histograms(
        self,
        const Py_ssize_t[::1] t_edges,
        const Py_ssize_t[::1] y_edges,
        const Py_ssize_t[::1] x_edges,
        const int32_t[::1] lookup,
        const Py_ssize_t[::1] first,
        Py_ssize_t n_bins,
    ):
        """Count the mapped codes in cells of the volume.

        Parameters
        ----------
        t_edges, y_edges, x_edges : (n + 1,) intp
            Limits of the cells of centres, in voxels of the volume.
        lookup : (sum of 2 ** n_neighbors,) int32
            Bin in 0 .. n_bins - 1 of each code, plane after plane.
        first : (3,) intp
            Where the codes of each plane begin in `lookup`.

        Returns
        -------
        (n_t, n_y, n_x, n_bins) int64
        """
        cdef Py_ssize_t n_t = t_edges.shape[0] - 1
        cdef Py_ssize_t n_y = y_edges.shape[0] - 1
        cdef Py_ssize_t n_x = x_edges.shape[0] - 1
        out = np.zeros((n_t, n_y, n_x, n_bins), dtype=np.int64)
        cdef int64_t[:, :, :, ::1] counts = out
        cdef Py_ssize_t left = x_edges[0], width = x_edges[n_x] - x_edges[0]
        cdef Py_ssize_t room = max(width, CHUNK)
        cdef Py_ssize_t i, j, k, t, y, x, p, code
        cdef uint8_t *narrow = <uint8_t *>malloc(3 * room)
        cdef int32_t *wide = <int32_t *>malloc(3 * room * sizeof(int32_t))
        cdef uint32_t *tables = <uint32_t *>malloc(n_x * 3 * TABLE * sizeof(uint32_t))
        cdef uint32_t *table
        if narrow == NULL or wide == NULL or tables == NULL:
            free(narrow)
            free(wide)
            free(tables)
            raise MemoryError()
        with nogil:
            for i in range(n_t):
                for j in range(n_y):
                    memset(tables, 0, n_x * 3 * TABLE * sizeof(uint32_t))
                    for t in range(t_edges[i], t_edges[i + 1]):
                        for y in range(y_edges[j], y_edges[j + 1]):
                            _row(
                                &self.plan, self.at(t, y, left), self.sy, self.st,
                                width, room, narrow, wide,
                            )
                            for k in range(n_x):
                                for p in range(3):
                                    x = x_edges[k] - left
                                    if self.plan.n_neighbors[p] == 0:
                                        continue
                                    table = tables + (3 * k + p) * TABLE
                                    if self.plan.n_neighbors[p] <= 4:
                                        _count_pairs(
                                            narrow + p * room + x,
                                            x_edges[k + 1] - x_edges[k], table,
                                        )
                                        continue
                                    if self.plan.n_neighbors[p] <= 8:
                                        _count(
                                            narrow + p * room + x,
                                            x_edges[k + 1] - x_edges[k], table,
                                        )
                                        continue
                                    while x < x_edges[k + 1] - left:
                                        code = wide[p * room + x]
                                        counts[
                                            i, j, k, lookup[first[p] + code]
                                        ] += 1
                                        x += 1
                    for k in range(n_x):
                        for p in range(3):
                            if 0 < self.plan.n_neighbors[p] <= 8:
                                _fold(
                                    tables + (3 * k + p) * TABLE,
                                    self.plan.n_neighbors[p],
                                    &lookup[first[p]], &counts[i, j, k, 0],
                                )
            free(narrow)
            free(wide)
            free(tables)
        return out
