"""How a clip shows itself in a notebook: a strip of a few frames."""

from html import escape

import numpy as np

from mefeat.io._pictures import data_uri, encode, shrink, side_by_side
from mefeat.io._videos import VideoSource

__all__ = ["clip_html", "clip_png", "strip_frames"]

_THUMBNAILS = 5
_SIZE = 96  # pixels
# A video is decoded from its start; a glance at it must not take seconds.
_REACH = 300


def strip_frames(clip):
    """Choose the frames that stand for a clip, without reading any.

    Onset, apex and offset where the clip knows its apex, else evenly spaced ones.  Of
    video files only the first frames come into question.

    Returns
    -------
    list of int
        Rising; empty where no frame is within reach.
    """
    reach = len(clip)
    if isinstance(clip._source, VideoSource):
        reach = min(reach, _REACH - clip.start)
    if reach < 1:
        return []
    last = len(clip) - 1
    if clip.apex is not None and last < reach:
        return sorted({0, clip.apex, last})
    return (
        np.unique(np.linspace(0, reach - 1, _THUMBNAILS).round()).astype(int).tolist()
    )


def _strip(clip):
    """Give the frames and their pictures side by side, or None for neither."""
    frames = strip_frames(clip)
    if not frames:
        return None
    pictures = [shrink(clip[f : f + 1].frames(color=True)[0], _SIZE) for f in frames]
    return frames, side_by_side(pictures)


def _words(clip, frames):
    names = {0: "onset", clip.apex: "apex", len(clip) - 1: "offset"}
    if clip.apex is None:
        names = {}
    return ", ".join(
        f"{frame} ({names[frame]})" if frame in names else f"{frame}"
        for frame in frames
    )


def clip_html(clip):
    """Give HTML of the clip's strip and text; of the text alone where that fails."""
    text = escape(repr(clip))
    # A notebook shows whatever its last line gives: nothing may go wrong here, also
    # where the file is gone or damaged.
    try:
        found = _strip(clip)
        if found is None:
            return f"<pre>{text}</pre>"
        frames, strip = found
        words = f"frames {_words(clip, frames)}"
        alt = escape(f"{clip.name}: {words}")
        return (
            f'<figure style="margin:0"><img src="{data_uri(strip)}" alt="{alt}" '
            f'style="max-width:100%"><figcaption><code>{text}</code><br>'
            f"<small>{words}</small></figcaption></figure>"
        )
    except Exception:
        return f"<pre>{text}</pre>"


def clip_png(clip):
    """Give the clip's strip as a PNG file, or None where it has none to show."""
    try:
        found = _strip(clip)
        return None if found is None else encode(found[1])
    except Exception:
        return None
