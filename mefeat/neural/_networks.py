"""The networks of MEAN and STSTNet in PyTorch.

Module classes are made inside cached functions, since torch is only imported when it is
used.  Pictures are channel-last outside, (n, side, side, channels), as everywhere in
mefeat.
"""

from functools import cache

from mefeat.neural._torch import import_torch

__all__ = ["make_mean_head", "make_mean_spotter", "make_mean_trunk", "make_ststnet"]

# Filters of the branches that look at u, v and strain.
_FILTERS = (3, 3, 8)


@cache
def _classes():
    torch = import_torch()
    nn = torch.nn

    class Trunk(nn.Module):
        """Three shallow branches, one for each of u, v and strain, side by side."""

        def __init__(self):
            super().__init__()
            self.convolutions = nn.ModuleList(
                nn.Conv2d(1, n, 5, padding="same") for n in _FILTERS
            )
            # Keras' defaults: a momentum of 0.99 is 0.01 in torch's reading.
            self.norms = nn.ModuleList(
                nn.BatchNorm2d(n, eps=1e-3, momentum=0.01) for n in _FILTERS
            )
            self.dropout = nn.Dropout(0.3)

        def forward(self, maps):
            branches = []
            for channel, (convolve, norm) in enumerate(
                zip(self.convolutions, self.norms, strict=True)
            ):
                x = torch.relu(convolve(maps[..., channel].unsqueeze(1)))
                x = nn.functional.max_pool2d(norm(x), 3, 3)
                branches.append(self.dropout(x))
            return torch.cat(branches, dim=1)

    class Head(nn.Module):
        """Convolution and dense layer on the trunk's 14 channels."""

        def __init__(self, n_outputs):
            super().__init__()
            self.convolution = nn.Conv2d(sum(_FILTERS), 8, 5, padding="same")
            self.dropout = nn.Dropout(0.2)
            self.dense = nn.Linear(7 * 7 * 8, n_outputs)

        def forward(self, x):
            x = nn.functional.max_pool2d(torch.relu(self.convolution(x)), 2)
            # Height, width, channel: the order in which Keras flattens.
            x = x.permute(0, 2, 3, 1).flatten(1)
            return self.dense(self.dropout(x))

    class STSTNet(nn.Module):
        """Three shallow streams with 3, 5 and 8 filters on the same three channels."""

        def __init__(self, n_classes):
            super().__init__()
            filters = (3, 5, 8)
            self.convolutions = nn.ModuleList(
                nn.Conv2d(3, n, 3, padding=2) for n in filters
            )
            self.norms = nn.ModuleList(nn.BatchNorm2d(n) for n in filters)
            self.dropout = nn.Dropout(0.5)
            self.dense = nn.Linear(5 * 5 * sum(filters), n_classes)

        def forward(self, maps):
            x = maps.permute(0, 3, 1, 2)
            streams = []
            for convolve, norm in zip(self.convolutions, self.norms, strict=True):
                stream = norm(torch.relu(convolve(x)))
                stream = nn.functional.max_pool2d(stream, 3, 3, padding=1)
                streams.append(self.dropout(stream))
            x = nn.functional.avg_pool2d(torch.cat(streams, dim=1), 2)
            return self.dense(x.flatten(1))

    return Trunk, Head, STSTNet


def make_mean_trunk():
    """Give MEAN's trunk: maps (n, 42, 42, 3) to (n, 14, 14, 14), channels first."""
    return _classes()[0]()


def make_mean_head(n_outputs):
    """Give a head of MEAN: one output for spotting, one for each class else."""
    return _classes()[1](n_outputs)


def make_mean_spotter():
    """Give the spotting network: 3,621 values, 28 of them batch-norm statistics."""
    torch = import_torch()
    return torch.nn.Sequential(make_mean_trunk(), make_mean_head(1))


def make_ststnet(n_classes):
    """Give STSTNet for maps (n, 28, 28, 3)."""
    return _classes()[2](n_classes)
