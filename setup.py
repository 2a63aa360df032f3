"""Build of the Cython kernels; everything else stands in pyproject.toml."""

import os
import platform
import sysconfig
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

# One wheel for every CPython from 3.11 on; free-threaded builds need it off.
LIMITED_API = os.environ.get("MEFEAT_LIMITED_API", "1") == "1"
MACROS = [("Py_LIMITED_API", "0x030B0000")] if LIMITED_API else []

# Kernels named *_avx2 are the same source once more, for newer CPUs of this family;
# the plain ones ask the CPU which of the two to use.
X86_64 = (
    platform.machine().lower() in ("x86_64", "amd64")
    and "universal2" not in sysconfig.get_platform()
)


class BuildKernels(build_ext):
    """Add the optimisation flags of the compiler that is really used."""

    def build_extensions(self):
        if self.compiler.compiler_type == "msvc":
            flags, avx2 = ["/O2", "/fp:precise"], ["/arch:AVX2"]
        else:
            # No contraction: the same bits on every CPU (see docs/contributing).
            flags = ["-O3", "-ffp-contract=off", "-fno-math-errno"]
            # Symbols for debuggers, which Python's own flags ask for, make the wheel
            # twice as large and the build half as long again.
            if "-g" not in os.environ.get("CFLAGS", "").split():
                flags.append("-g0")
            avx2 = ["-mavx2"]
        for extension in self.extensions:
            extra = avx2 if extension.name.endswith("_avx2") else []
            extension.extra_compile_args = flags + extra
        self.check_headers()
        super().build_extensions()

    def check_headers(self):
        """Say what to install where Debian and others leave out Python's headers."""
        folder = Path(sysconfig.get_path("include"))
        if os.name == "posix" and not (folder / "Python.h").is_file():
            raise SystemExit(
                f"mefeat is compiled and needs Python's headers, but there is no "
                f"Python.h in {folder}. On Debian or Ubuntu: 'apt-get install "
                "python3-dev gcc'; on Fedora: 'dnf install python3-devel gcc'."
            )


extensions = [
    Extension(
        f"mefeat._kernels.{path.stem}",
        [path.as_posix()],
        define_macros=MACROS,
        py_limited_api=LIMITED_API,
    )
    for path in sorted(Path("mefeat/_kernels").glob("*.pyx"))
    if X86_64 or not path.stem.endswith("_avx2")
]

setup(
    ext_modules=cythonize(
        extensions,
        build_dir="build/cython",
        language_level=3,
        compiler_directives={
            "boundscheck": False,
            "wraparound": False,
            "initializedcheck": False,
            "cdivision": True,
        },
    ),
    cmdclass={"build_ext": BuildKernels},
    options={
        "build_ext": {"parallel": True},  # as many compilers as processors
        **({"bdist_wheel": {"py_limited_api": "cp311"}} if LIMITED_API else {}),
    },
)
