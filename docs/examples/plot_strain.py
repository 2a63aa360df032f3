"""
Strain of a stretch, a shear and a turn
=======================================

Optical flow says where each point goes.  A head that moves as a whole has a lot of flow
and no expression.  Optical strain takes the derivatives of the flow instead: it is zero
for a shift, and measures how much skin is stretched or sheared.
"""

# %%
# Four flows whose strain is known
# --------------------------------
#
# With the gradient of the flow :math:`(u, v)` the strain tensor is
#
# .. math::
#    \varepsilon = \begin{pmatrix} u_x & \tfrac12 (u_y + v_x) \\
#                                  \tfrac12 (u_y + v_x) & v_y \end{pmatrix}
#
# and its size the square root of :math:`u_x^2 + v_y^2 + \tfrac12 (u_y + v_x)^2`.

import matplotlib.pyplot as plt
import numpy as np

from mefeat.flow import optical_strain, optical_strain_tensor

y, x = np.mgrid[-32:33, -32:33].astype(float)
a = 0.06
flows = {
    "shift": (np.full_like(x, 2.0), np.full_like(x, 1.0), 0.0),
    "stretch along x": (a * x, 0 * y, a),
    "shear": (a * y, 0 * x, a / np.sqrt(2)),
    "small turn": (-a * y, a * x, 0.0),
}
fig, axes = plt.subplots(2, 4, figsize=(11, 5.4), layout="constrained")
step = slice(None, None, 8)
for (name, (u, v, known)), pair in zip(flows.items(), axes.T, strict=True):
    flow = np.stack([u, v], axis=2)
    strain = optical_strain(flow)
    pair[0].quiver(
        x[step, step], y[step, step], u[step, step], v[step, step],
        angles="xy", scale_units="xy", scale=0.35, color="#0072B2",
    )  # fmt: skip
    pair[0].set(title=name, xlim=(-40, 40), ylim=(40, -40), xticks=[], yticks=[])
    pair[0].set_aspect("equal")
    shown = pair[1].imshow(strain, cmap="magma", vmin=0, vmax=0.08)
    text = f"measured {strain[32, 32]:.4f}\nclosed form {known:.4f}"
    pair[1].set(title=text, xticks=[], yticks=[])
fig.colorbar(shown, ax=axes[1], label="strain")
plt.show()

# %%
# The components
# --------------
#
# A cheek that is lifted moves upwards, most in its middle.  The skin above it is
# pressed together, the skin below it stretched, and at its sides it is sheared.  The
# magnitude takes all of it together, whatever the direction of the axes; in the very
# middle, where all points move alike, it is zero.

bump = 2.5 * np.exp(-(x**2 + y**2) / (2 * 10.0**2))
flow = np.stack([0 * bump, -bump], axis=2)
tensor = optical_strain_tensor(flow)
pictures = {
    "upward flow [px]": bump,
    r"$\varepsilon_{xx}$": tensor[..., 0],
    r"$\varepsilon_{yy}$": tensor[..., 1],
    r"$\varepsilon_{xy}$": tensor[..., 2],
    "magnitude": optical_strain(flow),
}
fig, axes = plt.subplots(1, 5, figsize=(12, 2.9), layout="constrained")
for ax, (name, values) in zip(axes, pictures.items(), strict=True):
    signed = values.min() < -1e-6 or name.startswith(r"$\varepsilon")
    limit = max(abs(values).max(), 1e-3)
    shown = ax.imshow(
        values, cmap="RdBu_r" if signed else "magma",
        vmin=-limit if signed else 0, vmax=limit,
    )  # fmt: skip
    ax.set(title=name, xticks=[], yticks=[])
    fig.colorbar(shown, ax=ax, shrink=0.75)
plt.show()
