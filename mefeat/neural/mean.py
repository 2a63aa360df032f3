"""`MEAN`: the challenge's spot-then-recognize baseline, both parts on one trunk."""

from mefeat.compose import SpotThenRecognize
from mefeat.neural.mean_recognizer import MEANRecognizer
from mefeat.neural.mean_spotter import MEANSpotter

__all__ = ["MEAN"]


class MEAN(SpotThenRecognize):
    """Spot and recognize as published: the recognizer sits on the spotter's trunk.

    The spotter is trained first; its trunk is then frozen and the recognition branch is
    trained on top of it, anew in each fold of a cross-validation.

    Parameters
    ----------
    spotter : MEANSpotter, optional
    recognizer : MEANRecognizer, optional
        Its ``trunk`` is set when it is fitted.
    others, min_frames
        As in `SpotThenRecognize`.

    Attributes
    ----------
    spotter_, recognizer_ : estimators
        Fitted clones; ``recognizer_.trunk`` is ``spotter_``.
    classes_ : ndarray of str
        Emotions that may be predicted.

    See Also
    --------
    mefeat.SpotThenRecognize : Any spotter with any recognizer, each trained alone.

    References
    ----------
    .. [1] Liong, G.-B., See, J., Chan, C.-S. "Spot-then-recognize: a micro-expression
       analysis network for seamless evaluation of long videos", Signal Processing:
       Image Communication 110, 2023.

    Examples
    --------
    Leave-one-subject-out over videos; what a fold learnt is kept in the folder, and a
    run that was interrupted goes on where it stopped::

        spotter = MEANSpotter(checkpoint="states", memory="cache", random_state=0)
        recognizer = MEANRecognizer(checkpoint="states", memory="cache", random_state=0)
        found = loso_predict(MEAN(spotter, recognizer), videos, intervals)
        report = str_report(intervals, found)

    >>> from mefeat.neural import MEAN
    >>> model = MEAN().set_params(spotter__p=0.4, recognizer__vote=False)
    >>> model.spotter
    MEANSpotter(p=0.4)
    """

    @staticmethod
    def _default(part):
        return MEANSpotter() if part == "spotter" else MEANRecognizer()

    def _fit_parts(self, spotter, recognizer, videos, truth, clips, labels):
        self.spotter_ = spotter.fit(videos, truth)
        recognizer.set_params(trunk=self.spotter_)
        self.recognizer_ = recognizer.fit(clips, labels)
