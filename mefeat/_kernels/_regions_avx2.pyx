# The kernels of _regions.pyx once more, compiled for CPUs with AVX2 (see setup.py).
# To be imported only where `_cpu.has_avx2()`; the results are the same bits.

include "_regions.pyx"
