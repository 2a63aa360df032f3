cdef void strain_rows(
    const float *flow, float *out, Py_ssize_t first, Py_ssize_t last,
    Py_ssize_t height, Py_ssize_t width, int derivative, float *room,
) noexcept nogil
