"""What the CPU can do, asked at run time."""

cdef extern from *:
    """
    #if defined(_MSC_VER) && defined(_M_X64)
    #include <intrin.h>
    #include <immintrin.h>
    static int mefeat_has_avx2(void) {
        int r[4];
        __cpuid(r, 0);
        if (r[0] < 7) return 0;
        __cpuid(r, 1);
        /* the system saves the wide registers */
        if (!(r[2] & (1 << 27)) || (_xgetbv(0) & 6) != 6) return 0;
        __cpuidex(r, 7, 0);
        return (r[1] >> 5) & 1;
    }
    #elif defined(__GNUC__) && defined(__x86_64__)
    static int mefeat_has_avx2(void) { return !!__builtin_cpu_supports("avx2"); }
    #else
    static int mefeat_has_avx2(void) { return 0; }
    #endif
    """
    int mefeat_has_avx2()


def has_avx2():
    """Tell whether the CPU and the system can run kernels compiled for AVX2."""
    return bool(mefeat_has_avx2())
