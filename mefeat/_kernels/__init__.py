"""Cython kernels: private, one thread each, without the GIL; no mefeat imports."""

from importlib import import_module

__all__ = ["kernels_of"]


def kernels_of(name):
    """Give a module of kernels, as compiled for AVX2 where the CPU and the build can.

    Both give the same bits.
    """
    from mefeat._kernels._cpu import has_avx2

    if has_avx2():
        try:
            return import_module(f"mefeat._kernels.{name}_avx2")
        except ImportError:  # built without
            pass
    return import_module(f"mefeat._kernels.{name}")
