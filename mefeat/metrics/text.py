"""Scores of texts: BLEU and ROUGE-1 in the variants that are in use.

Conventions
-----------
Texts are compared in lower case and without the white space around them.  BLEU-4 with
equal weights comes as ``"corpus-13a"`` (counts summed over all answers, not smoothed,
the tokens of mteval-v13a; computed by sacrebleu [2]_), as ``"corpus-whitespace"`` (the
same, tokens split at white space) and as ``"sentence"`` (the mean over answers of BLEU
where a precision of 0 becomes 0.1 / total, as NLTK's ``method1``).  ROUGE-1 [3]_ comes
as ``"recall"`` (shared words / words of the reference) and as ``"f"`` (their
F-measure), both as means over answers; words are runs of letters a-z and digits.

References
----------
.. [1] Papineni, K. et al. "BLEU: a method for automatic evaluation of machine
   translation", ACL 2002.
.. [2] Post, M. "A call for clarity in reporting BLEU scores", WMT 2018.
.. [3] Lin, C.-Y. "ROUGE: a package for automatic evaluation of summaries", 2004.
"""

from __future__ import annotations

import re
from collections import Counter

import numpy as np

from mefeat._typing import SequenceLike
from mefeat.metrics._check import check_option

__all__ = ["BLEU_VARIANTS", "ROUGE_VARIANTS", "bleu_score", "rouge1_score"]

BLEU_VARIANTS = ("corpus-13a", "corpus-whitespace", "sentence")
ROUGE_VARIANTS = ("recall", "f")
_TOKENIZERS = {"corpus-13a": "13a", "corpus-whitespace": "none"}


def clean(text):
    """Give a text in lower case, without white space around it."""
    return text.strip().lower()


def bleu_score(
    y_true: SequenceLike, y_pred: SequenceLike, *, variant: str = "corpus-13a"
) -> float:
    """BLEU-4 of answers, each with one reference.

    Parameters
    ----------
    y_true, y_pred : sequences of str
        References and answers.
    variant : {"corpus-13a", "corpus-whitespace", "sentence"}, default="corpus-13a"
        See the top of `mefeat.metrics.text`.

    Returns
    -------
    float in [0, 1]
        0 for empty answers and where there is none.

    Examples
    --------
    >>> from mefeat.metrics import bleu_score
    >>> round(bleu_score(["the lip corner puller"], ["the lip corner puller"]), 4)
    1.0
    """
    check_option("variant", variant, BLEU_VARIANTS)
    references, answers = _texts(y_true, y_pred)
    if not answers:
        return 0.0
    if variant == "sentence":
        pairs = zip(references, answers, strict=True)
        return float(np.mean([_sentence_bleu(*pair) for pair in pairs]))
    from sacrebleu.metrics import BLEU

    metric = BLEU(tokenize=_TOKENIZERS[variant], smooth_method="none", force=True)
    return float(metric.corpus_score(answers, [references]).score / 100)


def _ngrams(words, n):
    return Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))


def _sentence_bleu(reference, answer, epsilon=0.1):
    reference, answer = reference.split(), answer.split()
    if not set(reference) & set(answer):
        return 0.0
    logs = []
    for n in range(1, 5):
        found = _ngrams(answer, n)
        common = sum((found & _ngrams(reference, n)).values())
        total = max(sum(found.values()), 1)
        logs.append(np.log((common or epsilon) / total))
    brevity = min(0.0, 1 - len(reference) / len(answer))
    return float(np.exp(brevity + np.mean(logs)))


def rouge1_score(
    y_true: SequenceLike, y_pred: SequenceLike, *, variant: str = "recall"
) -> float:
    """ROUGE-1 of answers, each with one reference: the mean over answers.

    Parameters
    ----------
    y_true, y_pred : sequences of str
        References and answers.
    variant : {"recall", "f"}, default="recall"
        Recall is what the paper of MEGC2025 defines (its equation 3).

    Returns
    -------
    float in [0, 1]
        0 for an empty answer or reference.

    Examples
    --------
    >>> from mefeat.metrics import rouge1_score
    >>> rouge1_score(["brow lowerer, lid tightener"], ["brow lowerer"])
    0.5
    """
    check_option("variant", variant, ROUGE_VARIANTS)
    references, answers = _texts(y_true, y_pred)
    pairs = zip(references, answers, strict=True)
    scores = [_rouge1(*pair, variant) for pair in pairs]
    return float(np.mean(scores)) if scores else 0.0


def _words(text):
    return re.findall(r"[a-z0-9]+", text)


def _rouge1(reference, answer, variant):
    reference, answer = _words(reference), _words(answer)
    if not reference or not answer:
        return 0.0
    common = sum((Counter(reference) & Counter(answer)).values())
    recall, precision = common / len(reference), common / len(answer)
    if variant == "recall" or not common:
        return recall
    return 2 * precision * recall / (precision + recall)


def _texts(y_true, y_pred):
    if isinstance(y_true, str) or isinstance(y_pred, str):
        raise ValueError("y_true and y_pred must be sequences of texts. Got a str.")
    references, answers = list(y_true), list(y_pred)
    if len(references) != len(answers):
        raise ValueError(
            "y_true and y_pred must have the same length. Got "
            f"{len(references)} and {len(answers)} texts instead."
        )
    return [clean(text) for text in references], [clean(text) for text in answers]
