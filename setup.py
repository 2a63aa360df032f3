"""Build of the Cython kernels; everything else stands in pyproject.toml."""

import os
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

# One wheel for every CPython from 3.11 on; free-threaded builds need it off.
LIMITED_API = os.environ.get("MEFEAT_LIMITED_API", "1") == "1"
MACROS = [("Py_LIMITED_API", "0x030B0000")] if LIMITED_API else []


class BuildKernels(build_ext):
    """Add the optimisation flags of the compiler that is really used."""

    def build_extensions(self):
        if self.compiler.compiler_type == "msvc":
            flags = ["/O2", "/fp:precise"]
        else:
            # No contraction: the same bits on every CPU (see docs/contributing).
            flags = ["-O3", "-ffp-contract=off", "-fno-math-errno"]
        for extension in self.extensions:
            extension.extra_compile_args = flags
        super().build_extensions()


extensions = [
    Extension(
        f"mefeat._kernels.{path.stem}",
        [path.as_posix()],
        define_macros=MACROS,
        py_limited_api=LIMITED_API,
    )
    for path in sorted(Path("mefeat/_kernels").glob("*.pyx"))
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
    options={"bdist_wheel": {"py_limited_api": "cp311"}} if LIMITED_API else {},
)
