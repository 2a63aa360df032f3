"""Scorer objects for `sklearn.model_selection`, usable on ragged y.

A grid search averages the scores of folds, which is fine for choosing parameters; for
a result to report, score the pooled predictions (`mefeat.model_selection.loso_predict`
and the reports of `mefeat.metrics`).

Examples
--------
>>> from mefeat.metrics.scorers import spotting_f1
>>> spotting_f1
make_scorer(spotting_f1_score, response_method='predict')
"""

from sklearn.metrics import make_scorer

from mefeat.metrics.recognition import uar_score, uf1_score
from mefeat.metrics.spotting import spotting_f1_score
from mefeat.metrics.str_score import strs_score

__all__ = ["spotting_f1", "strs", "uar", "uf1"]

spotting_f1 = make_scorer(spotting_f1_score)
strs = make_scorer(strs_score)
uf1 = make_scorer(uf1_score)
uar = make_scorer(uar_score)
