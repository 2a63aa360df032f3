"""Regularised dense Lucas-Kanade: the flow of one pair of images.

Planes are float32 and contiguous; a plane of several channels keeps each row of each
channel together (row 0 of channel 0, row 0 of channel 1, ..., row 1 of channel 0), so
that one long loop treats all channels.  Borders repeat the outermost pixel.  Loops are
written so that compilers vectorise them for the baseline instruction set; the order
of the additions is fixed, hence results are the same everywhere.
"""

from libc.string cimport memcpy, memset

cdef enum:
    COARSE = 4  # pixels of the fine level to one of the coarse level


cdef inline Py_ssize_t _clip(Py_ssize_t i, Py_ssize_t n) noexcept nogil:
    return 0 if i < 0 else (n - 1 if i >= n else i)


cdef Py_ssize_t _small(Py_ssize_t n) noexcept nogil:
    return (n + COARSE - 1) // COARSE


def sizes(Py_ssize_t height, Py_ssize_t width, Py_ssize_t window, Py_ssize_t widest):
    """Give the floats of a prepared image and of the scratch.

    Parameters
    ----------
    height, width : int
    window : int
        Side of the Lucas-Kanade window.
    widest : int
        Largest side of all boxes.
    """
    cdef Py_ssize_t area = (height + 1) * (width + 1)
    cdef Py_ssize_t coarse = (_small(height) + 1) * (_small(width) + 1)
    cdef Py_ssize_t rows = 20 * (width + 2 * widest + 8)
    return area + coarse, 8 * area + 2 * coarse + (window + 1) * 5 * width + rows


# -- boxes ---------------------------------------------------------------------


cdef void _add(float *total, const float *row, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(n):
        total[i] += row[i]


cdef void _exchange(
    float *total, const float *new, const float *old, Py_ssize_t n
) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(n):
        total[i] += new[i] - old[i]


cdef void _five_apart(
    float *out, const float *p, Py_ssize_t step, Py_ssize_t n
) noexcept nogil:
    cdef Py_ssize_t i
    cdef const float *q = p + step
    cdef const float *r = q + step
    cdef const float *s = r + step
    cdef const float *t = s + step
    for i in range(n):
        out[i] = ((p[i] + q[i]) + (r[i] + s[i])) + t[i]


cdef void _add_apart(
    float *out, const float *p, Py_ssize_t step, Py_ssize_t count, Py_ssize_t n
) noexcept nogil:
    """Add one to four rows, each a step further on than the one before."""
    cdef Py_ssize_t i
    cdef const float *q = p + step
    cdef const float *r = q + step
    cdef const float *s = r + step
    if count == 1:
        for i in range(n):
            out[i] += p[i]
    elif count == 2:
        for i in range(n):
            out[i] += p[i] + q[i]
    elif count == 3:
        for i in range(n):
            out[i] += (p[i] + q[i]) + r[i]
    elif count == 4:
        for i in range(n):
            out[i] += (p[i] + q[i]) + (r[i] + s[i])


cdef float *_row_sums(
    const float *total, Py_ssize_t width, Py_ssize_t channels, Py_ssize_t radius,
    float *room,
) noexcept nogil:
    """Sum over 2 * radius + 1 columns; channel c starts at c * (width + 2 radius).

    Sums of 1, 5, 25, ... columns are built up, and those in the side's digits to the
    base 5 are added: a few vector loops where a running sum is one serial chain.
    """
    cdef Py_ssize_t wide = width + 2 * radius, n = channels * wide
    cdef Py_ssize_t side = 2 * radius + 1, step = 1, offset = 0, count, c, i
    cdef Py_ssize_t needed = n - side + 1
    cdef float *p = room
    cdef float *q = room + n
    cdef float *out = room + 2 * n
    cdef float *swap
    for c in range(channels):
        for i in range(radius):
            p[c * wide + i] = total[c * width]
            p[c * wide + radius + width + i] = total[(c + 1) * width - 1]
        memcpy(p + c * wide + radius, total + c * width, width * sizeof(float))
    while True:
        if side == 1 and not offset:  # the side is a power of 5
            return p
        count = side % 5
        if count:
            if not offset:
                memset(out, 0, n * sizeof(float))
            _add_apart(out, p + offset, step, count, needed)
            offset += count * step
        side //= 5
        if not side:
            return out
        _five_apart(q, p, step, n - 5 * step + 1)
        swap = p
        p = q
        q = swap
        step *= 5


cdef void _box(
    const float *src, float *dst, Py_ssize_t height, Py_ssize_t width,
    Py_ssize_t channels, Py_ssize_t radius, float *room,
) noexcept nogil:
    """Mean over a square box of every channel of a plane."""
    cdef Py_ssize_t n = channels * width, wide = width + 2 * radius, y, x, c
    cdef float scale = 1.0 / ((2 * radius + 1) * (2 * radius + 1))
    cdef float *total = room
    cdef float *sums
    cdef float *row
    memset(total, 0, n * sizeof(float))
    for y in range(-radius, radius + 1):
        _add(total, src + _clip(y, height) * n, n)
    for y in range(height):
        if y:
            _exchange(
                total, src + _clip(y + radius, height) * n,
                src + _clip(y - radius - 1, height) * n, n,
            )
        sums = _row_sums(total, width, channels, radius, room + n)
        for c in range(channels):
            row = dst + y * n + c * width
            for x in range(width):
                row[x] = sums[c * wide + x] * scale


# -- prefilter -----------------------------------------------------------------


cdef void _five(
    float *out, const float *a, const float *b, const float *c, const float *d,
    const float *e, Py_ssize_t n,
) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(n):
        out[i] = ((a[i] + e[i]) + <float>4 * (b[i] + d[i])) + <float>6 * c[i]


cdef void _blur(
    const float *src, float *dst, Py_ssize_t height, Py_ssize_t width, float *room
) noexcept nogil:
    """Binomial blur with (1, 4, 6, 4, 1) / 16 along both axes."""
    cdef Py_ssize_t y, x
    cdef float *row = room
    cdef float *out
    for y in range(height):
        _five(
            row + 2, src + _clip(y - 2, height) * width,
            src + _clip(y - 1, height) * width, src + y * width,
            src + _clip(y + 1, height) * width, src + _clip(y + 2, height) * width,
            width,
        )
        row[0] = row[1] = row[2]
        row[width + 2] = row[width + 3] = row[width + 1]
        out = dst + y * width
        _five(out, row, row + 1, row + 2, row + 3, row + 4, width)
        for x in range(width):
            out[x] *= <float>(1.0 / 256)


cdef void _shrink(
    const float *src, float *dst, Py_ssize_t height, Py_ssize_t width
) noexcept nogil:
    cdef Py_ssize_t rows = _small(height), columns = _small(width), y, x, i, j
    cdef float total
    cdef const float *row
    for y in range(rows):
        for x in range(columns):
            total = 0
            for i in range(COARSE):
                row = src + _clip(COARSE * y + i, height) * width
                for j in range(COARSE):
                    total += row[_clip(COARSE * x + j, width)]
            dst[y * columns + x] = total * <float>(1.0 / (COARSE * COARSE))


cdef void _high_pass(
    const float *src, float *dst, Py_ssize_t height, Py_ssize_t width,
    Py_ssize_t radius, float *plane, float *room,
) noexcept nogil:
    """Less the mean of a box; dst has one more row and column, repeated."""
    cdef Py_ssize_t y, x
    cdef float *out
    if radius:
        _box(src, plane, height, width, 1, radius, room)
    else:
        memset(plane, 0, height * width * sizeof(float))
    for y in range(height):
        out = dst + y * (width + 1)
        for x in range(width):
            out[x] = src[y * width + x] - plane[y * width + x]
        out[width] = out[width - 1]
    memcpy(
        dst + height * (width + 1), dst + (height - 1) * (width + 1),
        (width + 1) * sizeof(float),
    )


def prepare(
    const float[:, ::1] image, Py_ssize_t high_pass, Py_ssize_t coarse_high_pass,
    float[::1] prepared, float[::1] scratch,
):
    """Prefilter an image: what is left is independent of slow changes of light.

    Parameters
    ----------
    image : float32 (height, width)
        Gray levels.
    high_pass, coarse_high_pass : int
        Radius of the box whose mean is subtracted at the fine and the coarse level;
        0 subtracts nothing.
    prepared, scratch : float32
        Filled; of the `sizes` that belong to the image.
    """
    cdef Py_ssize_t height = image.shape[0], width = image.shape[1]
    cdef Py_ssize_t area = (height + 1) * (width + 1)
    cdef float *smooth = &scratch[0]
    cdef float *plane = smooth + area
    cdef float *small = plane + area
    cdef float *room = small + area
    with nogil:
        _blur(&image[0, 0], smooth, height, width, room)
        _high_pass(smooth, &prepared[0], height, width, high_pass, plane, room)
        _shrink(&image[0, 0], small, height, width)
        _high_pass(
            small, &prepared[area], _small(height), _small(width), coarse_high_pass,
            plane, room,
        )


# -- Lucas-Kanade ----------------------------------------------------------------


cdef void _warp(
    const float *a, const float *b, const float *flow, float *mean, float *change,
    Py_ssize_t height, Py_ssize_t width, float *room,
) noexcept nogil:
    """Mean and difference of a and of b pulled back along the flow (bilinear)."""
    cdef Py_ssize_t y, x, stride = width + 1
    cdef const float *u
    cdef const float *v
    cdef const float *p
    cdef float *fx = room
    cdef float *fy = room + width
    cdef float *w = room + 2 * width
    cdef int *ix = <int *>(room + 3 * width)
    cdef int *iy = <int *>(room + 4 * width)
    cdef int *at = <int *>(room + 5 * width)
    cdef float right = width - 1, bottom = height - 1, s, t, low, high
    for y in range(height):
        u = flow + 2 * y * width
        v = u + width
        for x in range(width):
            s = <float>(<int>x) + u[x]
            s = s if s > 0 else 0
            s = s if s < right else right
            ix[x] = <int>s
            fx[x] = s - <float>ix[x]
        for x in range(width):
            t = <float>(<int>y) + v[x]
            t = t if t > 0 else 0
            t = t if t < bottom else bottom
            iy[x] = <int>t
            fy[x] = t - <float>iy[x]
        for x in range(width):
            at[x] = iy[x] * <int>stride + ix[x]
        for x in range(width):
            p = b + at[x]
            low = p[0] + fx[x] * (p[1] - p[0])
            high = p[stride] + fx[x] * (p[stride + 1] - p[stride])
            w[x] = low + fy[x] * (high - low)
        p = a + y * stride
        for x in range(width):
            mean[y * width + x] = <float>0.5 * (p[x] + w[x])
        for x in range(width):
            change[y * width + x] = p[x] - w[x]


cdef void _products(
    const float *mean, const float *change, Py_ssize_t y, Py_ssize_t height,
    Py_ssize_t width, float *out, float *gx,
) noexcept nogil:
    """Products of the derivatives of one row: xx, xy, yy, xt, yt."""
    cdef Py_ssize_t x
    cdef float half = 0.5, ix, iy
    cdef const float *m = mean + y * width
    cdef const float *above = mean + _clip(y - 1, height) * width
    cdef const float *below = mean + _clip(y + 1, height) * width
    cdef const float *d = change + y * width
    cdef float *gy = gx + width
    gx[0] = half * (m[1] - m[0]) if width > 1 else 0
    for x in range(1, width - 1):
        gx[x] = half * (m[x + 1] - m[x - 1])
    if width > 1:
        gx[width - 1] = half * (m[width - 1] - m[width - 2])
    for x in range(width):
        gy[x] = half * (below[x] - above[x])
    for x in range(width):
        ix = gx[x]
        iy = gy[x]
        out[x] = ix * ix
        out[width + x] = ix * iy
        out[2 * width + x] = iy * iy
    for x in range(width):
        out[3 * width + x] = gx[x] * d[x]
        out[4 * width + x] = gy[x] * d[x]


cdef void _solve(
    const float *sums, Py_ssize_t wide, float ridge, float *u, float *v, Py_ssize_t n
) noexcept nogil:
    # Few rows in each loop: compilers do not vectorise a loop over too many.
    cdef Py_ssize_t x
    cdef const float *xx = sums
    cdef const float *xy = sums + wide
    cdef const float *yy = sums + 2 * wide
    cdef const float *xt = sums + 3 * wide
    cdef const float *yt = sums + 4 * wide
    for x in range(n):
        u[x] = <float>1 / ((xx[x] + ridge) * (yy[x] + ridge) - xy[x] * xy[x])
    for x in range(n):
        v[x] = ((xx[x] + ridge) * yt[x] - xy[x] * xt[x]) * u[x]
    for x in range(n):
        u[x] *= (yy[x] + ridge) * xt[x] - xy[x] * yt[x]


cdef void _stage(
    const float *a, const float *b, float *flow, Py_ssize_t height, Py_ssize_t width,
    Py_ssize_t radius, float regularization, Py_ssize_t smoothing, float *work,
) noexcept nogil:
    """One iteration: what is left of the motion is added to the flow."""
    cdef Py_ssize_t area = height * width, n = 5 * width, wide = width + 2 * radius
    cdef Py_ssize_t ring = 2 * radius + 2, y, i, ready = 0, last
    cdef float ridge = regularization * (2 * radius + 1) * (2 * radius + 1)
    cdef float *mean = work
    cdef float *change = work + area
    cdef float *step = work + 2 * area
    cdef float *smooth = work + 4 * area
    cdef float *rows = work + 6 * area
    cdef float *sums_of_columns = rows + ring * n
    cdef float *room = sums_of_columns + n
    cdef float *sums
    _warp(a, b, flow, mean, change, height, width, room)
    memset(sums_of_columns, 0, n * sizeof(float))
    for y in range(height):
        last = _clip(y + radius, height)
        while ready <= last:
            _products(
                mean, change, ready, height, width, rows + (ready % ring) * n, room
            )
            ready += 1
        if y == 0:
            for i in range(-radius, radius + 1):
                _add(sums_of_columns, rows + (_clip(i, height) % ring) * n, n)
        else:
            _exchange(
                sums_of_columns, rows + (last % ring) * n,
                rows + (_clip(y - radius - 1, height) % ring) * n, n,
            )
        sums = _row_sums(sums_of_columns, width, 5, radius, room)
        _solve(
            sums, wide, ridge, step + 2 * y * width, step + (2 * y + 1) * width, width
        )
    if smoothing:
        _box(step, smooth, height, width, 2, smoothing, rows)
        step = smooth
    _add(flow, step, 2 * area)


cdef void _enlarge_row(
    const float *p, float *out, Py_ssize_t columns, Py_ssize_t width
) noexcept nogil:
    """Bilinear enlargement of one row: pixel centres at 1/8, 3/8, 5/8, 7/8 between."""
    cdef Py_ssize_t k, x, whole = columns - 1
    cdef float first, step
    cdef float *to = out + COARSE // 2
    if whole > (width - COARSE // 2) // COARSE:
        whole = (width - COARSE // 2) // COARSE
    for x in range(COARSE // 2 if COARSE // 2 < width else width):
        out[x] = p[0]
    for k in range(whole):
        first = p[k]
        step = p[k + 1] - first
        to[COARSE * k] = first + <float>0.125 * step
        to[COARSE * k + 1] = first + <float>0.375 * step
        to[COARSE * k + 2] = first + <float>0.625 * step
        to[COARSE * k + 3] = first + <float>0.875 * step
    for x in range(COARSE * whole, width - COARSE // 2):
        k = x // COARSE
        first = p[k]
        step = p[k + 1] - first if k < columns - 1 else 0
        to[x] = first + <float>0.25 * ((x % COARSE) + <float>0.5) * step


cdef void _enlarge(
    const float *small, float *flow, Py_ssize_t height, Py_ssize_t width, float *room
) noexcept nogil:
    """Bilinear enlargement of a coarse flow, in fine pixels."""
    cdef Py_ssize_t rows = _small(height), columns = _small(width), y, x, c, n
    cdef Py_ssize_t top
    cdef float s, f
    cdef const float *p
    cdef const float *q
    n = 2 * columns
    for y in range(height):
        s = (y + <float>0.5) / COARSE - <float>0.5
        s = s if s > 0 else 0
        top = <Py_ssize_t>s
        top = top if top < rows - 1 else rows - 1
        f = s - top if top < rows - 1 else 0
        p = small + top * n
        q = small + _clip(top + 1, rows) * n
        for x in range(n):
            room[x] = COARSE * (p[x] + f * (q[x] - p[x]))
        for c in range(2):
            _enlarge_row(
                room + c * columns, flow + (2 * y + c) * width, columns, width
            )


def flow_of(
    const float[::1] a, const float[::1] b, float[:, :, ::1] out, Py_ssize_t window,
    float regularization, Py_ssize_t smoothing, int iterations, int levels,
    Py_ssize_t coarse_window, float coarse_regularization,
    Py_ssize_t coarse_smoothing, int coarse_iterations, float[::1] scratch,
):
    """Fill `out` with the flow between two images that `prepare` made.

    Parameters
    ----------
    a, b : float32
        The prepared reference and moving image.
    out : float32 (height, width, 2)
        The flow (dx, dy).
    window, smoothing, coarse_window, coarse_smoothing : int
        Radii of the boxes; 0 smooths nothing.
    regularization, coarse_regularization : float
        Above 0, in gray levels squared (per pixel squared).
    iterations, coarse_iterations : int
        Each fits what its predecessors left of the motion.
    levels : int
        2 starts from a coarse level, 1 does not.
    scratch : float32
    """
    cdef Py_ssize_t height = out.shape[0], width = out.shape[1], y, x
    cdef Py_ssize_t area = (height + 1) * (width + 1)
    cdef Py_ssize_t rows = _small(height), columns = _small(width)
    cdef float *flow = &scratch[0]
    cdef float *small = flow + 2 * area
    cdef float *work = small + 2 * (rows + 1) * (columns + 1)
    cdef float *row
    cdef float *pairs
    cdef int _i
    with nogil:
        if levels > 1:
            memset(small, 0, 2 * rows * columns * sizeof(float))
            for _i in range(coarse_iterations):
                _stage(
                    &a[area], &b[area], small, rows, columns, coarse_window,
                    coarse_regularization, coarse_smoothing, work,
                )
            _enlarge(small, flow, height, width, work)
        else:
            memset(flow, 0, 2 * height * width * sizeof(float))
        for _i in range(iterations):
            _stage(
                &a[0], &b[0], flow, height, width, window, regularization, smoothing,
                work,
            )
        for y in range(height):
            row = flow + 2 * y * width
            pairs = &out[y, 0, 0]
            for x in range(width):
                pairs[2 * x] = row[x]
                pairs[2 * x + 1] = row[width + x]
