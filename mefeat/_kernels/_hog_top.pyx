"""Histograms of gradient directions on the XY, XT and YT planes of a volume.

Bytes have 511 x 511 different gradients on a plane, so a table gives the bin and the
two weights of each; single-precision volumes are worked out voxel by voxel.  The slow
twin is `mefeat._kernels.reference.hog`.
"""

from libc.math cimport M_PI, atan2, floor, sqrt
from libc.stdint cimport uint8_t

import numpy as np

ctypedef fused voxel:
    uint8_t
    float


cdef struct Votes:
    int n_bins
    int signed  # directions over the full circle, else over half of it
    int soft  # by magnitude and shared by two bins, else one vote each
    const int *bins  # (511 * 511,)
    const float *weights  # (511 * 511, 2)


cdef inline void _vote(
    double a, double b, const Votes *votes, double *histogram
) noexcept nogil:
    """Add the direction of the difference (a, b) of opposite neighbours."""
    cdef double place, share, size
    cdef int low
    if a == 0 and b == 0:
        return
    place = atan2(b, a) / ((2 if votes.signed else 1) * M_PI)
    place = (place - floor(place)) * votes.n_bins
    if not votes.soft:
        # Directions on a border belong to the bin that begins there.
        low = <int>floor(place + 1e-9)
        histogram[low % votes.n_bins] += 1
        return
    place -= 0.5
    share = place - floor(place)
    low = (<int>floor(place) + votes.n_bins) % votes.n_bins
    size = 0.5 * sqrt(a * a + b * b)
    histogram[low] += (1 - share) * size
    histogram[(low + 1) % votes.n_bins] += share * size


cdef inline void _look_up(
    int a, int b, const Votes *votes, double *histogram
) noexcept nogil:
    """Add a difference of bytes by the table."""
    cdef int index = (a + 255) * 511 + b + 255
    cdef int low = votes.bins[index]
    histogram[low] += votes.weights[2 * index]
    if votes.soft:
        histogram[low + 1 if low + 1 < votes.n_bins else 0] += (
            votes.weights[2 * index + 1]
        )


def vote_table(int n_bins, bint signed, bint soft):
    """Give what each gradient of bytes adds to a histogram.

    Returns
    -------
    bins : (511 * 511,) int32
        Bin of each difference (a, b), at ``(a + 255) * 511 + b + 255``.
    weights : (511 * 511, 2) float32
        What is added to this bin and to the next one around the circle.
    """
    a, b = np.meshgrid(np.arange(-255.0, 256), np.arange(-255.0, 256), indexing="ij")
    place = np.arctan2(b, a).ravel() / ((2 if signed else 1) * np.pi)
    place = (place - np.floor(place)) * n_bins
    size = 0.5 * np.sqrt(a * a + b * b).ravel()
    weights = np.zeros((511 * 511, 2), dtype=np.float32)
    if soft:
        place -= 0.5
        share = place - np.floor(place)
        weights[:, 0] = (1 - share) * size
        weights[:, 1] = share * size
        low = np.floor(place)
    else:
        weights[:, 0] = size > 0
        low = np.floor(place + 1e-9)
    return low.astype(np.int32) % n_bins, weights


def histograms(
    const voxel[:, :, ::1] volume,
    const Py_ssize_t[::1] t_edges,
    const Py_ssize_t[::1] y_edges,
    const Py_ssize_t[::1] x_edges,
    int n_bins,
    bint signed,
    bint soft,
    const int[::1] bins,
    const float[:, ::1] weights,
):
    """Add up the votes in cells of the volume.

    Parameters
    ----------
    volume : (T, H, W) uint8 or float32
    t_edges, y_edges, x_edges : (n + 1,) intp
        Limits of the cells, in voxels of the volume; the first is at least 1, the last
        at most the size minus 1.
    n_bins : int
    signed, soft : bool
    bins, weights : arrays
        From `vote_table`, read for bytes only.

    Returns
    -------
    (n_t, n_y, n_x, 3, n_bins) float64
    """
    cdef Py_ssize_t n_t = t_edges.shape[0] - 1
    cdef Py_ssize_t n_y = y_edges.shape[0] - 1
    cdef Py_ssize_t n_x = x_edges.shape[0] - 1
    out = np.zeros((n_t, n_y, n_x, 3, n_bins), dtype=np.float64)
    cdef double[:, :, :, :, ::1] sums = out
    cdef Votes votes
    cdef Py_ssize_t block_t, block_y, block_x, t, y, x
    cdef int i, j, k
    cdef double a, b, c
    cdef double *histogram
    cdef const voxel *here
    cdef Py_ssize_t sy = volume.shape[2], st = volume.shape[1] * volume.shape[2]
    votes.n_bins = n_bins
    votes.signed = signed
    votes.soft = soft
    votes.bins = &bins[0]
    votes.weights = &weights[0, 0]
    with nogil:
        for block_t in range(n_t):
            for block_y in range(n_y):
                for t in range(t_edges[block_t], t_edges[block_t + 1]):
                    for y in range(y_edges[block_y], y_edges[block_y + 1]):
                        for block_x in range(n_x):
                            histogram = &sums[block_t, block_y, block_x, 0, 0]
                            for x in range(x_edges[block_x], x_edges[block_x + 1]):
                                here = &volume[t, y, x]
                                if voxel is uint8_t:
                                    i = <int>here[1] - <int>(here - 1)[0]
                                    j = <int>here[sy] - <int>(here - sy)[0]
                                    k = <int>here[st] - <int>(here - st)[0]
                                    _look_up(i, j, &votes, histogram)
                                    _look_up(i, k, &votes, histogram + n_bins)
                                    _look_up(j, k, &votes, histogram + 2 * n_bins)
                                else:
                                    a = <double>here[1] - <double>(here - 1)[0]
                                    b = <double>here[sy] - <double>(here - sy)[0]
                                    c = <double>here[st] - <double>(here - st)[0]
                                    _vote(a, b, &votes, histogram)
                                    _vote(a, c, &votes, histogram + n_bins)
                                    _vote(b, c, &votes, histogram + 2 * n_bins)
    return out
