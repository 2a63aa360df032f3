"""Histograms of the directions of a flow in blocks, with optical strain on the way."""

from libc.math cimport sqrtf
from libc.stdint cimport int32_t
from libc.stdlib cimport free, malloc
from libc.string cimport memset

from mefeat._kernels._directions cimport CHUNK, FULL, octants, sectors

# What a vector adds to its bin, and what is summed up besides.
cdef enum:
    COUNT = 0
    MAGNITUDE = 1
    STRAIN = 2

# The vectors of a row are added to as many tables in turn, so that an addition need
# not wait for the one before it; the tables are added up in a fixed order at the end.
cdef enum:
    LANES = 4

cdef struct Directions:
    int n_bins
    int fold
    int first_upper

# Buffers for a row of pixels.
cdef struct Row:
    float* magnitude
    float* strain
    int32_t* code


cdef inline void _lengths(const float* flow, float* u, float* v, float* out) noexcept nogil:
    """Part a chunk of vectors into components and give their lengths."""
    cdef Py_ssize_t i
    for i in range(CHUNK):
        u[i] = flow[2 * i]
        v[i] = flow[2 * i + 1]
    for i in range(CHUNK):
        out[i] = sqrtf(u[i] * u[i] + v[i] * v[i])


cdef inline float _strain_at(
    const float* left, const float* right, const float* up, const float* down,
    float across, float along,
) noexcept nogil:
    """Give the strain of one pixel from its neighbours."""
    cdef float ux = (right[0] - left[0]) * across
    cdef float vy = (down[1] - up[1]) * along
    cdef float shear = (down[0] - up[0]) * along + (right[1] - left[1]) * across
    return sqrtf((ux * ux + vy * vy) + <float> 0.5 * (shear * shear))


cdef inline void _strain_chunk(
    const float* here, const float* up, const float* down, float along, float* out
) noexcept nogil:
    """Give the strain of a chunk of pixels none of which is at the left or right."""
    cdef float gx[2 * CHUNK]
    cdef float gy[2 * CHUNK]
    cdef float shear
    cdef Py_ssize_t i
    for i in range(2 * CHUNK):
        gx[i] = (here[i + 2] - here[i - 2]) * <float> 0.5
        gy[i] = (down[i] - up[i]) * along
    for i in range(CHUNK):
        shear = gy[2 * i] + gx[2 * i + 1]
        out[i] = sqrtf(
            (gx[2 * i] * gx[2 * i] + gy[2 * i + 1] * gy[2 * i + 1])
            + <float> 0.5 * (shear * shear)
        )


cdef void _strain_row(const float[:, :, ::1] flow, Py_ssize_t y, float* out) noexcept nogil:
    """Give the strain of a row by central differences, one-sided at the edges."""
    cdef Py_ssize_t height = flow.shape[0], width = flow.shape[1]
    cdef Py_ssize_t above = y - 1 if y > 0 else y
    cdef Py_ssize_t below = y + 1 if y + 1 < height else y
    cdef float along = <float> 0.5 if below - above == 2 else <float> 1.0
    cdef float across
    cdef const float* here = &flow[y, 0, 0]
    cdef const float* up = &flow[above, 0, 0]
    cdef const float* down = &flow[below, 0, 0]
    cdef Py_ssize_t x = 0, left, right
    while x < width:
        if x > 0 and width - 1 - x > 0 and width >= CHUNK + 2:
            # The last chunk reaches back over pixels that are done already.
            if x > width - 1 - CHUNK:
                x = width - 1 - CHUNK
            _strain_chunk(here + 2 * x, up + 2 * x, down + 2 * x, along, out + x)
            x += CHUNK
        else:
            left = x - 1 if x > 0 else x
            right = x + 1 if x + 1 < width else x
            across = <float> 0.5 if right - left == 2 else <float> 1.0
            out[x] = _strain_at(
                here + 2 * left, here + 2 * right, up + 2 * x, down + 2 * x,
                across, along,
            )
            x += 1


cdef void _direction_row(
    const float* flow,
    Py_ssize_t width,
    Directions how,
    const double[:, ::1] lower,
    const double[:, ::1] upper,
    Row row,
) noexcept nogil:
    """Give the lengths and the sectors of a row of vectors."""
    cdef float padded[2 * CHUNK]
    cdef float u[CHUNK]
    cdef float v[CHUNK]
    cdef float magnitude[CHUNK]
    cdef int32_t code[CHUNK]
    cdef Py_ssize_t x = 0, i, n
    cdef const float* vectors
    while x < width:
        n = CHUNK
        if width >= CHUNK:
            if x > width - CHUNK:
                x = width - CHUNK
            vectors = flow + 2 * x
        else:
            n = width
            memset(padded, 0, sizeof(padded))
            for i in range(2 * n):
                padded[i] = flow[i]
            vectors = padded
        _lengths(vectors, u, v, magnitude)
        if how.n_bins == 8 and how.fold == FULL:
            octants(u, v, code)
        else:
            sectors(
                u, v, code, CHUNK, how.fold, lower, upper, how.first_upper, how.n_bins
            )
        for i in range(n):
            row.magnitude[x + i] = magnitude[i]
            row.code[x + i] = code[i]
        x += CHUNK


cdef inline void _scatter(
    double* tables, Py_ssize_t size, const int32_t* code, const float* weight,
    Py_ssize_t n,
) noexcept nogil:
    """Add the weights of part of a row to the tables of its block."""
    cdef Py_ssize_t i = 0
    while i + LANES <= n:
        tables[code[i]] += weight[i]
        tables[size + code[i + 1]] += weight[i + 1]
        tables[2 * size + code[i + 2]] += weight[i + 2]
        tables[3 * size + code[i + 3]] += weight[i + 3]
        i += LANES
    while i < n:
        tables[(i & 3) * size + code[i]] += weight[i]
        i += 1


cdef void _block_row(
    const float[:, :, ::1] flow,
    const float[:, ::1] strains,
    Py_ssize_t y0,
    Py_ssize_t y1,
    const Py_ssize_t[::1] columns,
    Directions how,
    const double[:, ::1] lower,
    const double[:, ::1] upper,
    int weight,
    int total,
    Row row,
    double* tables,
    double* sums,
) noexcept nogil:
    """Add a row of blocks to its tables, and to the sum of each column of pixels."""
    cdef Py_ssize_t width = flow.shape[1], size = how.n_bins + 1
    cdef Py_ssize_t y, x, c
    cdef const float* strain = row.strain
    cdef const float* values
    for y in range(y0, y1):
        _direction_row(&flow[y, 0, 0], width, how, lower, upper, row)
        if weight == STRAIN or total == STRAIN:
            if strains.shape[0] > 0:
                strain = &strains[y, 0]
            else:
                _strain_row(flow, y, row.strain)
        if total != COUNT:
            values = strain if total == STRAIN else row.magnitude
            for x in range(width):
                sums[x] += values[x]
        if weight == COUNT:
            for x in range(width):
                row.magnitude[x] = 1
        values = strain if weight == STRAIN else row.magnitude
        for c in range(columns.shape[0] - 1):
            x = columns[c]
            _scatter(
                tables + c * LANES * size, size, row.code + x, values + x,
                columns[c + 1] - x,
            )


def direction_blocks(
    const float[:, :, :, ::1] flows,
    const float[:, :, ::1] strains,
    const Py_ssize_t[::1] rows,
    const Py_ssize_t[::1] columns,
    int n_bins,
    int fold,
    const double[:, ::1] lower,
    const double[:, ::1] upper,
    int first_upper,
    int weight,
    int total,
    double[:, :, :, ::1] histograms,
    double[:, :, ::1] totals,
):
    """Fill the histograms of directions of each flow and block.

    Parameters
    ----------
    flows : (n, height, width, 2)
    strains : (n, height, width), or (n, 0, 0) for central differences made here
    rows, columns : borders of the blocks, one more than there are blocks
    n_bins, fold, lower, upper, first_upper : see `_directions.pxd`
    weight : 0 counts vectors, 1 adds their length, 2 the strain
    total : what is summed up over each block, 0 nothing, 1 length, 2 strain
    histograms : (n, n_rows, n_columns, n_bins), filled
    totals : (n, n_rows, n_columns), filled with the sums
    """
    cdef Py_ssize_t width = flows.shape[2], size = n_bins + 1
    cdef Py_ssize_t n_columns = columns.shape[0] - 1
    cdef Py_ssize_t n_table = n_columns * LANES * size
    cdef Py_ssize_t frame, r, c, b, x
    cdef Directions how = Directions(n_bins, fold, first_upper)
    cdef Row row
    cdef double* table
    cdef double* tables = <double*> malloc((n_table + width) * sizeof(double))
    cdef float* pixels = <float*> malloc(2 * width * sizeof(float))
    row.code = <int32_t*> malloc(width * sizeof(int32_t))
    if tables == NULL or pixels == NULL or row.code == NULL:
        free(tables)
        free(pixels)
        free(row.code)
        raise MemoryError()
    row.magnitude = pixels
    row.strain = pixels + width
    with nogil:
        for frame in range(flows.shape[0]):
            for r in range(rows.shape[0] - 1):
                memset(tables, 0, (n_table + width) * sizeof(double))
                _block_row(
                    flows[frame], strains[frame], rows[r], rows[r + 1], columns, how,
                    lower, upper, weight, total, row, tables, tables + n_table,
                )
                for c in range(n_columns):
                    table = tables + c * LANES * size
                    for b in range(n_bins):
                        histograms[frame, r, c, b] = (table[b] + table[size + b]) + (
                            table[2 * size + b] + table[3 * size + b]
                        )
                    totals[frame, r, c] = 0
                    for x in range(columns[c], columns[c + 1]):
                        totals[frame, r, c] += tables[n_table + x]
        free(tables)
        free(pixels)
        free(row.code)
