"""
What a model scores that never looks
====================================

In visual question answering a clip comes with a question in words.  Some questions have
a usual answer: a model that gives it without looking is the floor that any other one
has to be measured by.
"""

# %%
# Questions
# ---------
#
# The coarse class of each clip, in the challenge's wording.  Most clips are negative,
# as in the real data.

import matplotlib.pyplot as plt
import numpy as np

from mefeat.datasets import make_clips
from mefeat.metrics import vqa_report
from mefeat.model_selection import loso_predict
from mefeat.vqa import FeatureVQA, PriorVQA, Question

data = make_clips(
    n_subjects=6, n_clips=9, size=128, amplitude=(0.3, 1.0), noise=4.0, random_state=0
)
rng = np.random.default_rng(0)
keep = (data.labels == "negative") | (rng.random(len(data.labels)) < 0.5)
ask = "What is the coarse expression class?"
questions = [
    Question(clip, ask, subject=clip.subject, name=clip.name)
    for clip, kept in zip(data.clips, keep, strict=True)
    if kept
]
answers = data.labels[keep]
subjects = data.subjects[keep]
names, counts = np.unique(answers, return_counts=True)
print(dict(zip(names.tolist(), counts.tolist(), strict=True)))

# %%
# Prior and features
# ------------------
#
# ``PriorVQA`` gives the most frequent training answer.  ``FeatureVQA`` looks at the
# motion from onset to apex with linear support vector machines.

models = {"prior": PriorVQA(), "features": FeatureVQA(C=0.1)}
predicted = {
    name: loso_predict(model, questions, answers, subjects)
    for name, model in models.items()
}
report = vqa_report(
    answers, predicted["features"], questions, baselines={"prior": predicted["prior"]}
)
print(report)

# %%
# Which scores can tell them apart?
# ---------------------------------
#
# Accuracy and ROUGE-1 reward the usual answer, UF1 and UAR average over the classes and
# do not.

columns = {"uf1_coarse": "UF1", "uar_coarse": "UAR", "rouge1": "ROUGE-1"}
fig, ax = plt.subplots(figsize=(6.5, 3.2), layout="constrained")
rows = {"prior": "prior, overall", "features": "overall"}
for index, (name, row) in enumerate(rows.items()):
    heights = [report.row(row)[column] for column in columns]
    places = np.arange(3) + 0.4 * (index - 0.5)
    colour = ("#9AA5B1", "#0072B2")[index]
    bars = ax.bar(places, heights, width=0.38, color=colour, label=name)
    ax.bar_label(bars, fmt="%.2f", fontsize=8, padding=2)
ax.set(xticks=range(3), xticklabels=list(columns.values()), ylim=(0, 1.1))
ax.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
ax.spines[["top", "right"]].set_visible(False)
plt.show()
