"""
One set of predictions, three scores
====================================

Papers print scores of the same name that are computed differently.  Here one set of
predictions is scored under three conventions; what each one leaves out can be read off
the timeline.
"""

# %%
# Truth and detections
# --------------------
#
# Five videos of three subjects, each 300 frames long.  The fourth holds no
# micro-expression; nothing is detected in those of the third subject.

import matplotlib.pyplot as plt

from mefeat import Interval
from mefeat.metrics import compare_conventions

subjects = ["s1", "s1", "s2", "s2", "s3"]
truth = [
    [Interval(40, 54, "negative"), Interval(200, 211, "surprise")],
    [Interval(90, 104, "positive")],
    [Interval(60, 69, "negative"), Interval(70, 79, "negative")],
    [],
    [Interval(150, 162, "surprise")],
]
found = [
    [Interval(42, 55, "negative"), Interval(100, 112, "negative")],
    [Interval(92, 104, "negative")],
    [Interval(60, 79, "negative")],
    [Interval(20, 33, "positive"), Interval(240, 251, "positive")],
    [],
]
colours = {"negative": "#D55E00", "positive": "#009E73", "surprise": "#0072B2"}
fig, ax = plt.subplots(figsize=(10, 3.4), layout="constrained")
for row, (true, guess) in enumerate(zip(truth, found, strict=True)):
    ax.axhline(row, color="#D0D7DE", linewidth=0.8)
    for intervals, base, hatch in ((true, 0.05, "////"), (guess, -0.4, None)):
        for i in intervals:
            ax.broken_barh(
                [(i.onset, i.length)], (row - base - 0.35, 0.33),
                facecolor=colours[i.label] if hatch is None else "white",
                edgecolor=colours[i.label], hatch=hatch, linewidth=1.3,
            )  # fmt: skip
handles = [plt.Rectangle((0, 0), 1, 1, color=c) for c in colours.values()]
handles += [plt.Rectangle((0, 0), 1, 1, fc="white", ec="#20303F", hatch="////")]
ax.legend(
    handles, [*colours, "truth (hatched)"], frameon=False, fontsize=8,
    loc="upper left", bbox_to_anchor=(1, 1),
)  # fmt: skip
ax.set(
    yticks=range(5), yticklabels=[f"video {i}, {s}" for i, s in enumerate(subjects, 1)],
    xlabel="frame", xlim=(0, 300), ylim=(4.6, -0.6),
)  # fmt: skip
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# The three scores
# ----------------
#
# The default counts every video and pairs one to one.  ``"megc2025"`` does what the
# public scorer of the challenge does, ``"mean"`` what the evaluation of MEAN does.
# Each line below the table says what changed and by how much.

report = compare_conventions(truth, found, subjects=subjects)
print(report)

# %%
# As a picture
# ------------

columns = {"f1": "F1 spotting", "analysis_f1": "F1 analysis", "uar": "'UAR'"}
columns["strs"] = "STRS"
fig, ax = plt.subplots(figsize=(7, 3), layout="constrained")
shades = {"default": "#0072B2", "megc2025": "#D55E00", "mean": "#E69F00"}
for index, (name, colour) in enumerate(shades.items()):
    row = report.row(name)
    heights = [row[column] for column in columns]
    places = [place + 0.27 * (index - 1) for place in range(4)]
    bars = ax.bar(places, heights, width=0.25, color=colour, label=name)
    ax.bar_label(bars, fmt="%.2f", fontsize=8, padding=2)
ax.set(xticks=range(4), xticklabels=list(columns.values()), ylim=(0, 1.05))
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)
plt.show()
