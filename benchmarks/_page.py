"""Put the results of one run on the documentation's page.

::

    python -m benchmarks lbp_top flow motion_features --faces DIR --json results.json
    python -m benchmarks._page results.json docs

write ``docs/benchmarks_results.rst`` and ``docs/_static/benchmarks.png``; results of
``spotting`` go to ``docs/benchmarks_spotting.rst`` and its picture.  What the file does
not hold stays as it is.
"""

import argparse
import json
import platform
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from benchmarks import _page_spotting


def cpu_name():
    """Give the model of the processor, as far as the system tells it."""
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def speed_rows(results):
    """Give (what, contender, size, times as long as mefeat, target)."""
    for row in results.get("lbp_top", ()):
        if row["contender"] not in ("mefeat", "ceiling"):
            radii = ",".join(map(str, row["radii"]))
            what = f"LBP-TOP, radii ({radii})"
            yield what, row["contender"], row["shape"], row["ratio"], row["target"]
    for row in results.get("flow", ()):
        if row["table"] == "speed" and row["contender"].startswith(("lk", "strain")):
            size = "x".join(map(str, row["size"]))
            peer = "Farneback" if "farneback_over_it" in row else "NumPy"
            ratio = row.get("farneback_over_it", row.get("numpy_over_it"))
            yield row["contender"], peer, size, ratio, row["target"]
    for row in results.get("motion_features", ()):
        if row["contender"] == "NumPy":
            yield row["feature"], "NumPy", row["shape"], row["ratio"], row["target"]


def ceiling_rows(results):
    """Give (size, radii, share of the ceiling reached)."""
    for row in results.get("lbp_top", ()):
        if row["contender"] == "ceiling":
            yield row["shape"], ",".join(map(str, row["radii"])), row["ratio"]


def table(head, rows):
    """Give an rst list-table."""
    lines = [".. list-table::", "   :header-rows: 1", ""]
    for row in (head, *rows):
        for place, cell in enumerate(row):
            lines.append(f"   {'* -' if place == 0 else '  -'} {cell}")
    return "\n".join(lines) + "\n"


def draw(rows, path):
    """Draw the ratios as bars on a logarithmic axis."""
    figure = Figure(figsize=(8, 0.24 * len(rows) + 1), layout="constrained")
    FigureCanvasAgg(figure)
    ax = figure.subplots()
    places = range(len(rows))[::-1]
    ratios = [row[3] for row in rows]
    ax.barh(places, ratios, color="#0072B2", height=0.7)
    for place, row in zip(places, rows, strict=True):
        ax.text(row[3] * 1.05, place, f"{row[3]:.1f}", va="center", fontsize=7)
        if row[4] is not None:
            ax.plot([row[4]] * 2, [place - 0.4, place + 0.4], color="#D55E00", lw=2)
    labels = [f"{what} / {peer}, {size}" for what, peer, size, *_ in rows]
    ax.set_yticks(list(places), labels, fontsize=7)
    ax.set_xscale("log")
    ax.set_xlabel("time of the peer / time of mefeat (orange: target)")
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_xlim(1, max(ratios) * 2)
    figure.savefig(path, dpi=120)


def main(argv=None):
    """Write the page's includes and their pictures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("results")
    parser.add_argument("docs")
    arguments = parser.parse_args(argv)
    results = json.loads(Path(arguments.results).read_text())
    docs = Path(arguments.docs)
    if not {"lbp_top", "flow", "motion_features"}.isdisjoint(results):
        write_speed(results, docs)
    if "spotting" in results:
        rows = results["spotting"]
        _page_spotting.draw(rows, docs / "_static" / "benchmarks_spotting.png")
        text = _page_spotting.text(rows, table)
        (docs / "benchmarks_spotting.rst").write_text(text, encoding="utf-8")


def write_speed(results, docs):
    """Write the tables of speed and of the flow's accuracy."""
    rows = [row for row in speed_rows(results) if row[3] is not None]
    draw(rows, docs / "_static" / "benchmarks.png")
    shown = [
        (what, peer, size, f"{ratio:.1f}", "" if target is None else f"{target:g}")
        for what, peer, size, ratio, target in rows
    ]
    accuracy = [
        (
            f"{row['peak']:g}",
            row["contender"],
            f"{row['epe']:.3f}",
            f"{row['epe_moving']:.3f}",
            f"{row['strain_correlation']:.2f}",
        )
        for row in results.get("flow", ())
        if row["table"] == "accuracy"
    ]
    text = [
        f"One run, one thread, on {cpu_name()}, Python {platform.python_version()}.\n",
        ".. image:: _static/benchmarks.png",
        "   :alt: time of each peer as a multiple of mefeat's, with the targets",
        "   :width: 100%\n",
        table(("what", "peer", "size", "times as long", "target"), shown),
        "Share of the ceiling of histogram increments that LBP-TOP reaches "
        "(target 0.25 at radii 1,1,1):\n",
        table(
            ("size", "radii", "share"),
            [(s, r, f"{share:.2f}") for s, r, share in ceiling_rows(results)],
        ),
        "Error of the flow in pixels over the reported faces, with sensor noise and a "
        "change of light, by peak motion:\n",
        table(("peak", "method", "error", "where it moves", "strain r"), accuracy),
    ]
    (docs / "benchmarks_results.rst").write_text("\n".join(text), encoding="utf-8")


if __name__ == "__main__":
    main()
