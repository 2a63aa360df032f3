"""
Neighbourhoods of LBP-TOP
=========================

A local binary pattern compares a voxel with a circle of neighbours and writes one bit
for each.  LBP-TOP does so on three planes through the voxel: XY, which shows what the
skin looks like, and XT and YT, which show how it moves.
"""

# %%
# Where the neighbours lie
# ------------------------
#
# Bit :math:`p` belongs to the neighbour at the angle :math:`2 \pi p / P`.  On the
# planes with time the circle is an ellipse when the radii differ: here 3 pixels along x
# and y, 1 frame along t, the usual choice at low frame rates.

import matplotlib.pyplot as plt
import numpy as np

n_neighbors, radii = 8, {"x": 3, "y": 3, "t": 1}


def circle(plane):
    """Give the offsets of the neighbours, as the notes of LBPTOP define them."""
    angle = 2 * np.pi * np.arange(n_neighbors) / n_neighbors
    if plane == "xy":
        return radii["x"] * np.cos(angle), -radii["y"] * np.sin(angle)
    if plane == "xt":
        return radii["x"] * np.cos(angle), radii["t"] * np.sin(angle)
    return radii["t"] * np.cos(angle), -radii["y"] * np.sin(angle)


fig, axes = plt.subplots(1, 3, figsize=(10, 3.8), layout="constrained")
names = {"xy": ("x", "y"), "xt": ("x", "t"), "yt": ("t", "y")}
for ax, (plane, (across, down)) in zip(axes, names.items(), strict=True):
    u, v = circle(plane)
    ax.plot(0, 0, "s", color="#20303F", markersize=11)
    ax.plot(u, v, "o", color="#0072B2", markersize=15)
    for bit, point in enumerate(zip(u, v, strict=True)):
        ax.annotate(
            f"{bit}", point, ha="center", va="center", color="white", fontsize=9
        )
    ax.set(xlim=(-4, 4), ylim=(4, -4), xticks=range(-4, 5), yticks=range(-4, 5))
    ax.set_xlabel(across + (" [frames]" if across == "t" else " [pixels]"))
    ax.set_ylabel(down + (" [frames]" if down == "t" else " [pixels]"))
    ax.set_title(f"plane {plane.upper()}: number of each bit", fontsize=10)
    ax.grid(color="#D0D7DE", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.set_aspect("equal")
plt.show()

# %%
# One code by hand
# ----------------
#
# Neighbours that are at least as bright as the centre give a 1.  With the nearest pixel
# as neighbour, a frame of 3 by 3 pixels is enough for the plane XY.

from mefeat.features import lbp_top_codes

frame = np.array([[90, 60, 50], [80, 70, 30], [99, 75, 70]], dtype=np.uint8)
clip = np.stack([frame, frame, frame])
code = int(
    lbp_top_codes(clip, n_neighbors=8, radii=(1, 1, 1), sampling="nearest")[0].item()
)
bits = [(code >> bit) & 1 for bit in range(8)]
print("bits 0 to 7:", bits, "code:", code)

fig, axes = plt.subplots(1, 2, figsize=(7.4, 3.6), layout="constrained")
style = {
    "ha": "center",
    "va": "center",
    "bbox": {"facecolor": "white", "edgecolor": "none", "pad": 2.5},
}
where = [(2, 1), (2, 0), (1, 0), (0, 0), (0, 1), (0, 2), (1, 2), (2, 2)]
for ax, title in zip(axes, ("gray levels", "bits and weights"), strict=True):
    ax.imshow(frame, cmap="gray", vmin=0, vmax=130)
    ax.set(title=title, xticks=[], yticks=[])
for (row, column), level in np.ndenumerate(frame):
    axes[0].text(column, row, level, **style)
axes[1].text(1, 1, "centre", **style)
for bit, (column, row) in enumerate(where):
    text = rf"${bits[bit]} \times 2^{bit}$"
    axes[1].text(column, row, text, **style)
plt.show()

# %%
# Uniform codes
# -------------
#
# Going around the circle, most codes of real pictures change at most twice between 0
# and 1.  The mapping ``"u2"`` gives a bin to each of these 58 codes and one to all
# others: 59 instead of 256.  Here are the 58, ordered by their number of ones.

from mefeat.features import lbp_mapping

bins = lbp_mapping(8, "u2")
uniform = [c for c in range(256) if bins[c] < bins.max()]
uniform.sort(key=lambda c: (c.bit_count(), c))
angle = 2 * np.pi * np.arange(8) / 8
fig, axes = plt.subplots(6, 10, figsize=(9, 5.6), layout="constrained")
for ax in axes.flat:
    ax.axis("off")
for ax, code in zip(axes.flat, uniform, strict=False):
    ones = np.array([(code >> bit) & 1 for bit in range(8)], dtype=float)
    ax.scatter(
        np.cos(angle), -np.sin(angle), c=ones, cmap="Blues", vmin=-0.1, vmax=1.1,
        edgecolors="#20303F", linewidths=0.7, s=34,
    )  # fmt: skip
    ax.set(xlim=(-1.6, 1.6), ylim=(1.6, -1.6), aspect="equal")
    ax.set_title(f"code {code}", fontsize=7)
plt.show()
