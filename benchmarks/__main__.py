"""``python -m benchmarks [NAME...] [--quick]``: run benchmarks, print their tables."""

import argparse
import inspect
import json
import pkgutil
import platform
from importlib import import_module

import benchmarks


def names():
    """Give the names of the benchmarks: the modules that have a ``run``."""
    modules = pkgutil.iter_modules(benchmarks.__path__)
    found = sorted(m.name for m in modules if not m.ispkg)
    return [n for n in found if not n.startswith(("_", "asv"))]


def show(rows):
    """Print rows (dicts with the same keys) as a table."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    cells = [columns] + [[_cell(row.get(c)) for c in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        print("  ".join(c.rjust(w) for c, w in zip(line, widths, strict=True)))


def _cell(value):
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("names", nargs="*", help=f"of {', '.join(names())}")
    parser.add_argument("--quick", action="store_true", help="only see that it starts")
    parser.add_argument("--faces", help="folder of face photographs")
    parser.add_argument("--data", help="folder of real data")
    parser.add_argument("--cache", help="folder that keeps what was measured")
    parser.add_argument("--device", help="cpu or cuda, where a network is timed")
    parser.add_argument("--model", help="folder of a checkpoint to time")
    parser.add_argument("--json", help="file to write the rows to")
    arguments = parser.parse_args(argv)
    unknown = set(arguments.names) - set(names())
    if unknown:
        parser.error(f"no benchmark named {', '.join(sorted(unknown))}")
    results = {}
    print(f"{platform.platform()}, Python {platform.python_version()}")
    for name in arguments.names or names():
        module = import_module(f"benchmarks.{name}")
        options = {
            key: value
            for key in inspect.signature(module.run).parameters
            if (value := getattr(arguments, key, None)) is not None
        }
        print(f"\n{name}: {inspect.getdoc(module).splitlines()[0]}", flush=True)
        results[name] = module.run(**options)
        for table in dict.fromkeys(row.get("table") for row in results[name]):
            show([row for row in results[name] if row.get("table") == table])
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=2, default=float)


if __name__ == "__main__":
    main()
