"""What no histogram of codes can beat: the increments alone, for benchmarks."""

from libc.stdint cimport uint8_t, uint32_t
from libc.string cimport memset


def count_codes(const uint8_t[:, ::1] codes):
    """Count three planes of ready codes, in two interleaved tables for each plane.

    Parameters
    ----------
    codes : (3, n) uint8

    Returns
    -------
    int
        The number of codes counted.
    """
    cdef uint32_t tables[3][512]
    cdef Py_ssize_t i, p, n = codes.shape[1]
    cdef const uint8_t *row
    cdef uint32_t *table
    cdef long long total = 0
    with nogil:
        memset(tables, 0, sizeof(tables))
        for p in range(3):
            row = &codes[p, 0]
            table = tables[p]
            i = 0
            while i + 2 <= n:
                table[row[i]] += 1
                table[256 + row[i + 1]] += 1
                i += 2
            if i < n:
                table[row[i]] += 1
        for p in range(3):
            for i in range(512):
                total += tables[p][i]
    return total
