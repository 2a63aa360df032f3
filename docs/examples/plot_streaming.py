"""
Spotting while the frames arrive
================================

``StreamingSpotter`` takes frames as a camera delivers them and gives each interval as
soon as nothing that is still to come can change it.  Memory doesn't grow with the
length of the video.
"""

# %%
# Push and collect
# ----------------
#
# Ten frames at a time.  Each interval comes out some time after its end: the price of
# being certain, which is set by the longest movement that is considered, the moving
# median and the overlap of windows.  They are shortened here.

from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt

from mefeat.datasets import make_long_videos
from mefeat.spotting import PeakSpotter, ROIMotion, SpotterPipeline, StreamingSpotter

folder = TemporaryDirectory()
data = make_long_videos(
    Path(folder.name), 1, 1, duration=20, size=128, macro=False, random_state=4
)
video = data.videos[0]
motion = ROIMotion(window=4.0, overlap=0.5)
peaks = PeakSpotter(noise=None, max_duration=1.0, baseline=3.0)
spotter = StreamingSpotter(video.fps, motion=motion, peaks=peaks)

arrived = []
for frames in video.stream(10):
    arrived += [(spotter.n_frames, interval) for interval in spotter.push(frames)]
arrived += [(spotter.n_frames, interval) for interval in spotter.close()]
for frame, interval in arrived:
    late = (frame - interval.offset) / video.fps
    print(f"frames {interval.onset} to {interval.offset}, known {late:.1f} s later")

# %%
# The same as in one go
# ---------------------
#
# With thresholds that are local in time, streaming finds the intervals of the whole
# video, to the frame.

whole = SpotterPipeline([("motion", motion), ("peaks", peaks)]).fit_predict([video])[0]
same = [(i.onset, i.offset) for _, i in arrived] == [(i.onset, i.offset) for i in whole]
print("equal to the whole video:", same)

fig, ax = plt.subplots(figsize=(10, 2.8), layout="constrained")
for interval in data.intervals[0]:
    ax.broken_barh(
        [(interval.onset / video.fps, interval.length / video.fps)], (0.1, 0.8),
        facecolor="#D0D7DE",
    )  # fmt: skip
for frame, interval in arrived:
    start, end = interval.onset / video.fps, (interval.offset + 1) / video.fps
    ax.broken_barh([(start, end - start)], (1.1, 0.8), facecolor="#0072B2")
    ax.annotate(
        "", (frame / video.fps, 2.5), (end, 1.5),
        arrowprops={"arrowstyle": "->", "color": "#E69F00"},
    )  # fmt: skip
ax.set(
    yticks=[0.5, 1.5, 2.5], yticklabels=["annotated", "spotted", "reported"],
    xlabel="time [s]", xlim=(0, 20.5), ylim=(0, 3),
)  # fmt: skip
ax.spines[["top", "right"]].set_visible(False)
plt.show()
folder.cleanup()
