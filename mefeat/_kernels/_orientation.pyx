"""Histograms of the directions of a flow in blocks, with optical strain on the way."""

from libc.math cimport sqrt, sqrtf
from libc.stdint cimport int32_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset

from mefeat._kernels._directions cimport CHUNK, FULL, octants, sectors, table_slots

# What a vector adds to its bin, and what is summed up besides.
cdef enum:
    COUNT = 0
    MAGNITUDE = 1
    STRAIN = 2

# The vectors of a row are added to as many tables in turn, so that an addition need
# not wait for the one before it; the tables are added up in a fixed order at the end.
cdef enum:
    LANES = 4

cdef struct Sectors:
    int n_bins
    int fold
    int first_upper

# What is known of the row at hand.  Its length is a multiple of CHUNK; the three rows
# of components (row y stands at y modulo 3) are 0 beyond the picture.
cdef struct Row:
    Py_ssize_t length
    float* u
    float* v
    double* magnitude
    double* strain
    int32_t* code


cdef inline void _load(
    const float[:, :, ::1] flow, Py_ssize_t y, Row row
) noexcept nogil:
    """Part a row of vectors into components."""
    cdef const float* vectors = &flow[y, 0, 0]
    cdef float* u = row.u + (y % 3) * row.length
    cdef float* v = row.v + (y % 3) * row.length
    cdef Py_ssize_t x
    for x in range(flow.shape[1]):
        u[x] = vectors[2 * x]
        v[x] = vectors[2 * x + 1]


cdef inline float _strain_at(
    const float* u, const float* v, const float* u_up, const float* v_up,
    const float* u_down, const float* v_down, Py_ssize_t left, Py_ssize_t x,
    Py_ssize_t right, float across, float along,
) noexcept nogil:
    """Give the strain of one pixel; differences are multiplied by across and along."""
    cdef float ux = (u[right] - u[left]) * across
    cdef float vy = (v_down[x] - v_up[x]) * along
    cdef float shear = (u_down[x] - u_up[x]) * along + (v[right] - v[left]) * across
    return sqrtf((ux * ux + vy * vy) + <float> 0.5 * (shear * shear))


cdef void _strain_row(
    Py_ssize_t y, Py_ssize_t height, Py_ssize_t width, Row row
) noexcept nogil:
    """Give the strain of a row by central differences, one-sided at the edges."""
    cdef Py_ssize_t above = y - 1 if y > 0 else y
    cdef Py_ssize_t below = y + 1 if y + 1 < height else y
    cdef float along = <float> 0.5 if below - above == 2 else <float> 1
    cdef const float* u = row.u + (y % 3) * row.length
    cdef const float* v = row.v + (y % 3) * row.length
    cdef const float* u_up = row.u + (above % 3) * row.length
    cdef const float* v_up = row.v + (above % 3) * row.length
    cdef const float* u_down = row.u + (below % 3) * row.length
    cdef const float* v_down = row.v + (below % 3) * row.length
    cdef Py_ssize_t x, last = width - 1
    for x in range(1, last):
        row.strain[x] = _strain_at(
            u, v, u_up, v_up, u_down, v_down, x - 1, x, x + 1, <float> 0.5, along
        )
    row.strain[0] = _strain_at(
        u, v, u_up, v_up, u_down, v_down, 0, 0, 1 if last > 0 else 0, 1, along
    )
    row.strain[last] = _strain_at(
        u, v, u_up, v_up, u_down, v_down, last - 1 if last > 0 else 0, last, last, 1,
        along,
    )


cdef void _directions_row(
    Py_ssize_t y, Sectors how, const double[:, ::1] lower, const double[:, ::1] upper,
    Row row,
) noexcept nogil:
    """Give the lengths and the sectors of a row of vectors."""
    cdef const float* u = row.u + (y % 3) * row.length
    cdef const float* v = row.v + (y % 3) * row.length
    cdef Py_ssize_t x, chunk
    for x in range(row.length):
        row.magnitude[x] = sqrtf(u[x] * u[x] + v[x] * v[x])
    for chunk in range(row.length // CHUNK):
        x = chunk * CHUNK
        if how.n_bins == 8 and how.fold == FULL:
            octants(u + x, v + x, row.code + x)
        else:
            sectors(
                u + x, v + x, row.code + x, how.fold, lower, upper, how.first_upper,
                how.n_bins,
            )


cdef inline void _scatter(
    double* tables, Py_ssize_t size, const int32_t* code, const double* weight,
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
    Sectors how,
    const double[:, ::1] lower,
    const double[:, ::1] upper,
    int weight,
    int total,
    Row row,
    double* tables,
    double* sums,
) noexcept nogil:
    """Add a row of blocks to its tables, and to the sum of each column of pixels."""
    cdef Py_ssize_t height = flow.shape[0], width = flow.shape[1]
    cdef Py_ssize_t size = table_slots(how.n_bins)
    cdef Py_ssize_t y, x, c
    cdef const double* values
    for y in range(y0, y1):
        # Row y was loaded with the one before it, except for the first one.
        if y == 0:
            _load(flow, 0, row)
        if y + 1 < height:
            _load(flow, y + 1, row)
        _directions_row(y, how, lower, upper, row)
        if weight == STRAIN or total == STRAIN:
            if strains.shape[0] > 0:
                for x in range(width):
                    row.strain[x] = strains[y, x]
            else:
                _strain_row(y, height, width, row)
        if total != COUNT:
            values = row.strain if total == STRAIN else row.magnitude
            for x in range(width):
                sums[x] += values[x]
        if weight == COUNT:
            for x in range(width):
                row.magnitude[x] = 1
        values = row.strain if weight == STRAIN else row.magnitude
        for c in range(columns.shape[0] - 1):
            x = columns[c]
            _scatter(
                tables + c * LANES * size, size, row.code + x, values + x,
                columns[c + 1] - x,
            )


cdef void _gather(
    const double* tables, const double* sums, const Py_ssize_t[::1] columns, int n_bins,
    double[:, ::1] histograms, double[::1] totals,
) noexcept nogil:
    """Add up the tables and the sums of each block of a row of blocks."""
    cdef Py_ssize_t size = table_slots(n_bins), c, b, x
    cdef const double* table
    for c in range(columns.shape[0] - 1):
        table = tables + c * LANES * size
        for b in range(n_bins):
            histograms[c, b] = (table[b] + table[size + b]) + (
                table[2 * size + b] + table[3 * size + b]
            )
        totals[c] = 0
        for x in range(columns[c], columns[c + 1]):
            totals[c] += sums[x]


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
    rows, columns : borders of the blocks from 0 to height and width, one more than
        there are blocks
    n_bins, fold, lower, upper, first_upper : see `_directions.pxd`
    weight : 0 counts vectors, 1 adds their length, 2 the strain
    total : what is summed up over each block, 0 nothing, 1 length, 2 strain
    histograms : (n, n_rows, n_columns, n_bins), filled
    totals : (n, n_rows, n_columns), filled with the sums
    """
    cdef Py_ssize_t width = flows.shape[2]
    cdef Py_ssize_t n_table = (columns.shape[0] - 1) * LANES * table_slots(n_bins)
    cdef Py_ssize_t frame, r
    cdef Sectors how = Sectors(n_bins, fold, first_upper)
    cdef Row row
    cdef double* tables
    row.length = (width + CHUNK - 1) // CHUNK * CHUNK
    tables = <double*> calloc(n_table + width, sizeof(double))
    row.u = <float*> calloc(6 * row.length, sizeof(float))
    row.magnitude = <double*> calloc(2 * row.length, sizeof(double))
    row.code = <int32_t*> calloc(row.length, sizeof(int32_t))
    if tables == NULL or row.u == NULL or row.magnitude == NULL or row.code == NULL:
        free(tables)
        free(row.u)
        free(row.magnitude)
        free(row.code)
        raise MemoryError()
    row.v = row.u + 3 * row.length
    row.strain = row.magnitude + row.length
    with nogil:
        for frame in range(flows.shape[0]):
            for r in range(rows.shape[0] - 1):
                memset(tables, 0, (n_table + width) * sizeof(double))
                _block_row(
                    flows[frame], strains[frame], rows[r], rows[r + 1], columns, how,
                    lower, upper, weight, total, row, tables, tables + n_table,
                )
                _gather(
                    tables, tables + n_table, columns, n_bins, histograms[frame, r],
                    totals[frame, r],
                )
    free(tables)
    free(row.u)
    free(row.magnitude)
    free(row.code)


def weigh_blocks(
    double[:, :, ::1] histograms,
    const double[:, ::1] totals,
    const Py_ssize_t[::1] rows,
    const Py_ssize_t[::1] columns,
    bint weighted,
):
    """Turn histograms into Bi-WOOF, in place.

    Each histogram is divided by its sum and, if `weighted`, multiplied by the mean of
    the block's total over its pixels; all of them are divided by their Euclidean norm.
    """
    cdef Py_ssize_t r, c, b
    cdef double total, factor, norm = 0
    with nogil:
        for r in range(histograms.shape[0]):
            for c in range(histograms.shape[1]):
                total = 0
                for b in range(histograms.shape[2]):
                    total += histograms[r, c, b]
                factor = 1 / total if total > 0 else 0
                if weighted:
                    factor *= totals[r, c] / (
                        (rows[r + 1] - rows[r]) * (columns[c + 1] - columns[c])
                    )
                for b in range(histograms.shape[2]):
                    histograms[r, c, b] *= factor
                    norm += histograms[r, c, b] * histograms[r, c, b]
        if norm > 0:
            norm = 1 / sqrt(norm)
            for r in range(histograms.shape[0]):
                for c in range(histograms.shape[1]):
                    for b in range(histograms.shape[2]):
                        histograms[r, c, b] *= norm
