"""Main direction of a flow in each region of a label map, in one pass over pixels."""

from libc.stdint cimport int32_t, uint8_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset

from mefeat._kernels._directions cimport CHUNK, FULL, octants, sectors, table_slots

# Two copies of the table are filled in turn, so that an addition need not wait for
# the one before it; a slot of a copy is (count, sum of u, sum of v, unused).
cdef enum:
    LANES = 2
    SLOT = 4


cdef void _fill(
    const float[:, :, ::1] flow,
    const uint8_t[:, ::1] labels,
    const float[:, ::1] correction,
    int n_bins,
    const double[:, ::1] lower,
    const double[:, ::1] upper,
    int first_upper,
    double* table,
    Py_ssize_t lane_size,
) noexcept nogil:
    """Add the corrected vectors of a flow to (count, sum u, sum v)[label][bin]."""
    cdef float u[CHUNK]
    cdef float v[CHUNK]
    cdef int32_t code[CHUNK]
    cdef float px, py, du, dv
    cdef Py_ssize_t y, x, i, n, chunk
    cdef Py_ssize_t height = labels.shape[0], width = labels.shape[1]
    cdef const float* row
    cdef const uint8_t* label
    cdef double* slot
    cdef float a0 = correction[0, 0], a1 = correction[0, 1], a2 = correction[0, 2]
    cdef float b0 = correction[1, 0], b1 = correction[1, 1], b2 = correction[1, 2]
    cdef int32_t inside
    cdef Py_ssize_t slots = table_slots(n_bins)
    memset(u, 0, sizeof(u))
    memset(v, 0, sizeof(v))
    for y in range(height):
        for chunk in range((width + CHUNK - 1) // CHUNK):
            x = chunk * CHUNK
            n = width - x if width - x < CHUNK else CHUNK
            label = &labels[y, x]
            inside = 0
            for i in range(n):
                inside |= label[i]
            if not inside:
                continue
            row = &flow[y, x, 0]
            for i in range(n):
                du = row[2 * i]
                dv = row[2 * i + 1]
                px = <float> (<int32_t> (x + i)) + du
                py = <float> (<int32_t> y) + dv
                u[i] = du + ((a0 * px + a1 * py) + a2)
                v[i] = dv + ((b0 * px + b1 * py) + b2)
            if n_bins == 8:
                octants(u, v, code)
            else:
                sectors(u, v, code, FULL, lower, upper, first_upper, n_bins)
            for i in range(n):
                slot = table + (
                    (i & 1) * lane_size + SLOT * (label[i] * slots + code[i])
                )
                slot[0] += 1
                slot[1] += u[i]
                slot[2] += v[i]


cdef void _main_directions(
    const double* table,
    Py_ssize_t lane_size,
    int n_bins,
    double[:, ::1] out,
) noexcept nogil:
    """Give for each label from 1 on the mean vector of its fullest bin."""
    cdef Py_ssize_t roi, b, at
    cdef double count, best_count
    cdef Py_ssize_t best
    cdef Py_ssize_t slots = table_slots(n_bins)
    for roi in range(out.shape[0]):
        best_count = 0
        best = -1
        for b in range(n_bins):
            at = SLOT * ((roi + 1) * slots + b)
            count = table[at] + table[lane_size + at]
            if count > best_count:
                best_count = count
                best = at
        if best < 0:
            out[roi, 0] = out[roi, 1] = 0
        else:
            out[roi, 0] = (table[best + 1] + table[lane_size + best + 1]) / best_count
            out[roi, 1] = (table[best + 2] + table[lane_size + best + 2]) / best_count


def main_directions(
    const float[:, :, :, ::1] flows,
    const uint8_t[:, ::1] labels,
    const float[:, :, ::1] corrections,
    int n_bins,
    const double[:, ::1] lower,
    const double[:, ::1] upper,
    int first_upper,
    double[:, :, ::1] out,
):
    """Fill the mean vector of the fullest direction bin of each flow and region.

    Parameters
    ----------
    flows : (n, height, width, 2)
    labels : (height, width), none above the number of regions, 0 outside of them
    corrections : (n, 2, 3), what is added to a vector that ends in (x, y, 1)
    n_bins : at most 255
    lower, upper, first_upper : see `_directions.pxd`
    out : (n, n_rois, 2), filled; 0 where a region has no moving pixel
    """
    cdef Py_ssize_t slots = table_slots(n_bins)
    cdef Py_ssize_t lane_size = SLOT * (out.shape[1] + 1) * slots
    cdef Py_ssize_t frame
    cdef double* table = <double*> calloc(LANES * lane_size, sizeof(double))
    if table == NULL:
        raise MemoryError()
    with nogil:
        for frame in range(flows.shape[0]):
            memset(table, 0, LANES * lane_size * sizeof(double))
            _fill(
                flows[frame], labels, corrections[frame], n_bins, lower, upper,
                first_upper, table, lane_size,
            )  # no-cython-lint
            _main_directions(table, lane_size, n_bins, out[frame])
    free(table)
