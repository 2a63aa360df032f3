"""From a flow to the motion of a head and of the regions of its face.

Sums of bytes are exact; everything else is in double precision, with a fixed order of
the additions.
"""

from libc.math cimport rint, sqrt
from libc.stdint cimport int64_t, uint8_t, uint32_t
from libc.string cimport memcpy, memset

cdef enum:
    MOST = 6  # parameters of a rigid head
    TRIANGLE = 21  # entries of a symmetric matrix of that size


cdef inline double _at_least(double value, double low) noexcept nogil:
    return value if value > low else low


def relight(
    const uint8_t[:, ::1] reference, const uint8_t[:, ::1] picture,
    uint8_t[:, ::1] out,
):
    """Give a picture the mean and the contrast of the reference.

    Parameters
    ----------
    reference, picture : uint8 (height, width)
        At most some ten million pixels.
    out : uint8 (height, width)
        Filled.

    Returns
    -------
    float
        Correlation of the two; 0 where one is flat.
    """
    cdef Py_ssize_t height = picture.shape[0], width = picture.shape[1], y, x
    cdef int64_t a = 0, b = 0, aa = 0, bb = 0, ab = 0
    cdef uint32_t sa, sb, saa, sbb, sab, p, q
    cdef int64_t n = height * width
    cdef double mean_a, mean_b, spread_a, spread_b, gain, value, alike = 0
    cdef const uint8_t *r
    cdef const uint8_t *s
    cdef uint8_t *t
    cdef uint8_t[256] table
    with nogil:
        for y in range(height):
            # A row of up to 66,000 pixels fits into 32 bits.
            sa = sb = saa = sbb = sab = 0
            r = &reference[y, 0]
            s = &picture[y, 0]
            for x in range(width):
                p = r[x]
                q = s[x]
                sa += p
                sb += q
                saa += p * p
                sbb += q * q
                sab += p * q
            a += sa
            b += sb
            aa += saa
            bb += sbb
            ab += sab
        mean_a = <double>a / n
        mean_b = <double>b / n
        # n times the deviations: differences of integers, hence exactly 0 if flat.
        spread_a = sqrt(<double>(n * aa - a * a))
        spread_b = sqrt(<double>(n * bb - b * b))
        gain = spread_a / _at_least(spread_b, 1e-6 * n)
        if spread_a > 0 and spread_b > 0:
            alike = <double>(n * ab - a * b) / (spread_a * spread_b)
        for x in range(256):
            value = rint((x - mean_b) * gain + mean_a)
            table[x] = <uint8_t>(0 if value < 0 else (255 if value > 255 else value))
        for y in range(height):
            s = &picture[y, 0]
            t = &out[y, 0]
            for x in range(width):
                t[x] = table[s[x]]
    return alike


cdef double _smallest(double *values, Py_ssize_t n, Py_ssize_t k) noexcept nogil:
    """Give the value that k others precede; what precedes it is moved before it."""
    cdef Py_ssize_t low = 0, high = n - 1, i, j
    cdef double pivot, swap
    while low < high:
        pivot = values[(low + high) // 2]
        i = low
        j = high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while pivot < values[j]:
                j -= 1
            if i <= j:
                swap = values[i]
                values[i] = values[j]
                values[j] = swap
                i += 1
                j -= 1
        if k <= j:
            high = j
        elif k >= i:
            low = i
        else:
            break
    return values[k]


cdef double _median(double *values, Py_ssize_t n) noexcept nogil:
    cdef double upper = _smallest(values, n, n // 2), lower
    cdef Py_ssize_t i
    if n % 2:
        return upper
    lower = values[0]
    for i in range(1, n // 2):
        lower = _at_least(values[i], lower)
    return 0.5 * (lower + upper)


cdef void _solve(double *matrix, double *right, Py_ssize_t k) noexcept nogil:
    """Solve for a symmetric, positive definite matrix (k, k); right becomes it."""
    cdef Py_ssize_t i, j, m
    cdef double total
    for j in range(k):
        total = matrix[j * k + j]
        for m in range(j):
            total -= matrix[j * k + m] * matrix[j * k + m]
        matrix[j * k + j] = sqrt(total)
        for i in range(j + 1, k):
            total = matrix[i * k + j]
            for m in range(j):
                total -= matrix[i * k + m] * matrix[j * k + m]
            matrix[i * k + j] = total / matrix[j * k + j]
    for i in range(k):
        total = right[i]
        for m in range(i):
            total -= matrix[i * k + m] * right[m]
        right[i] = total / matrix[i * k + i]
    for i in range(k - 1, -1, -1):
        total = right[i]
        for m in range(i + 1, k):
            total -= matrix[m * k + i] * right[m]
        right[i] = total / matrix[i * k + i]


cdef void _weighted_fit(
    const double *design, const double *products, const double *target,
    const double *weights, Py_ssize_t n, Py_ssize_t k, double *theta,
) noexcept nogil:
    cdef double[TRIANGLE] sums
    cdef double[MOST * MOST] matrix
    cdef Py_ssize_t p, i, j, at, entries = k * (k + 1) // 2
    cdef double w, x, y
    cdef const double *row
    cdef const double *left
    memset(sums, 0, sizeof(sums))
    for i in range(k):
        theta[i] = 0
    for p in range(n):
        w = weights[p]
        row = products + p * entries
        for i in range(entries):
            sums[i] += w * row[i]
        x = w * target[p]
        y = w * target[n + p]
        left = design + 2 * p * k
        for i in range(k):
            theta[i] += x * left[i] + y * left[k + i]
    at = 0
    for i in range(k):
        for j in range(i + 1):
            matrix[i * k + j] = sums[at]
            at += 1
        matrix[i * k + i] += 1e-6 * n
    _solve(matrix, theta, k)


def fit_rigid(
    const float[:, ::1] flow, const Py_ssize_t[::1] places,
    const double[:, :, ::1] design, const double[:, ::1] products, int iterations,
    double[::1] theta, double[::1] scratch,
):
    """Fit a linear model to vectors, few of which do not follow it.

    Parameters
    ----------
    flow : float32 (n_pixels, 2)
    places : intp (n,)
        The pixels that count.
    design : float64 (n, 2, k)
        What each parameter adds to the x and to the y of each of them; k is at most 6.
    products : float64 (n, k (k + 1) / 2)
        ``x_i x_j + y_i y_j`` for all j up to i, i from 0 on.
    iterations : int
        From the second on, weights fall from 1 with the residual.
    theta : float64 (k,)
        Filled.
    scratch : float64, 5 n
    """
    cdef Py_ssize_t n = places.shape[0], k = design.shape[2], p, i
    cdef double *target = &scratch[0]
    cdef double *weights = target + 2 * n
    cdef double *squares = weights + n
    cdef double *ordered = squares + n
    cdef double x, y, scale
    cdef const double *row
    cdef int turn
    if not (0 < k <= MOST and n):
        raise ValueError("1 to 6 parameters and at least one vector")
    with nogil:
        for p in range(n):
            target[p] = flow[places[p], 0]
            target[n + p] = flow[places[p], 1]
            weights[p] = 1
        for turn in range(iterations):
            _weighted_fit(
                &design[0, 0, 0], &products[0, 0], target, weights, n, k, &theta[0]
            )
            if turn == iterations - 1:
                break
            for p in range(n):
                x = target[p]
                y = target[n + p]
                row = &design[p, 0, 0]
                for i in range(k):
                    x -= theta[i] * row[i]
                    y -= theta[i] * row[k + i]
                squares[p] = x * x + y * y
            memcpy(ordered, squares, n * sizeof(double))
            scale = 4 * _median(ordered, n) + 1e-6
            for p in range(n):
                x = scale / (scale + squares[p])
                weights[p] = x * x


def strongest_means(
    const float[:, ::1] flow, const Py_ssize_t[:, ::1] places,
    const double[:, ::1] shifts, Py_ssize_t count, double[:, ::1] out,
    double[::1] scratch,
):
    """Average the longest vectors of each region, less the region's own shift.

    Parameters
    ----------
    flow : float32 (n_pixels, 2)
    places : intp (n_regions, n)
        The pixels of each region.
    shifts : float64 (n_regions, 2)
        Subtracted from each vector of a region.
    count : int
        Vectors that are averaged, 1 to n; of equally long ones the first.
    out : float64 (n_regions, 2)
        Filled.
    scratch : float64, 4 n
    """
    cdef Py_ssize_t n = places.shape[1], region, p, left
    cdef double *x = &scratch[0]
    cdef double *y = x + n
    cdef double *squares = y + n
    cdef double *ordered = squares + n
    cdef double least, sum_x, sum_y, u, v
    with nogil:
        for region in range(places.shape[0]):
            u = shifts[region, 0]
            v = shifts[region, 1]
            for p in range(n):
                x[p] = flow[places[region, p], 0] - u
                y[p] = flow[places[region, p], 1] - v
                squares[p] = x[p] * x[p] + y[p] * y[p]
            memcpy(ordered, squares, n * sizeof(double))
            least = _smallest(ordered, n, n - count)
            left = count
            for p in range(n):
                left -= squares[p] > least
            sum_x = sum_y = 0
            for p in range(n):
                if squares[p] < least or (squares[p] == least and left <= 0):
                    continue
                left -= squares[p] == least
                sum_x += x[p]
                sum_y += y[p]
            out[region, 0] = sum_x / count
            out[region, 1] = sum_y / count
