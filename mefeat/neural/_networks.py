"""The networks of MEAN and STSTNet in PyTorch.

Module classes are made inside cached functions, since torch is only imported when it is
used.  Pictures are channel-last outside, (n, side, side, channels), as everywhere in
mefeat.
"""

from functools import cache

from mefeat.neural._torch import import_torch

__all__ = [
    "make_mean_head",
    "make_mean_recognizer",
    "make_mean_spotter",
    "make_mean_trunk",
    "make_ststnet",
    "start_network",
]

# Filters of the branches that look at u, v and strain.
_FILTERS = (3, 3, 8)


def _start_as_keras(module):
    """Draw kernels as Keras does: Glorot's uniform distribution, biases at 0."""
    nn = import_torch().nn
    if isinstance(module, nn.Conv2d | nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


@cache
def _trunk():
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
            self.apply(_start_as_keras)

        def forward(self, maps):
            branches = []
            for channel, (convolve, norm) in enumerate(
                zip(self.convolutions, self.norms, strict=True)
            ):
                x = torch.relu(convolve(maps[..., channel].unsqueeze(1)))
                x = nn.functional.max_pool2d(norm(x), 3, 3)
                branches.append(self.dropout(x))
            return torch.cat(branches, dim=1)

    return Trunk


@cache
def _head():
    torch = import_torch()
    nn = torch.nn

    class Head(nn.Module):
        """Convolution and dense layer on the trunk's 14 channels."""

        def __init__(self, n_outputs):
            super().__init__()
            self.convolution = nn.Conv2d(sum(_FILTERS), 8, 5, padding="same")
            self.dropout = nn.Dropout(0.2)
            self.dense = nn.Linear(7 * 7 * 8, n_outputs)
            self.apply(_start_as_keras)

        def forward(self, x):
            x = nn.functional.max_pool2d(torch.relu(self.convolution(x)), 2)
            # Height, width, channel: the order in which Keras flattens.
            x = x.permute(0, 2, 3, 1).flatten(1)
            return self.dense(self.dropout(x))

    return Head


@cache
def _ststnet():
    torch = import_torch()
    nn = torch.nn

    class STSTNet(nn.Module):
        """Three shallow streams with 3, 5 and 8 filters on the same three channels.

        They are computed as one of 16 filters, the same sums in half the time: no
        operation before the dense layer mixes filters.
        """

        def __init__(self, n_classes):
            super().__init__()
            n_filters = 3 + 5 + 8
            self.convolution = nn.Conv2d(3, n_filters, 3, padding=2)
            self.norm = nn.BatchNorm2d(n_filters)
            self.dropout = nn.Dropout(0.5)
            self.dense = nn.Linear(5 * 5 * n_filters, n_classes)

        def forward(self, maps):
            x = torch.relu(self.convolution(maps.permute(0, 3, 1, 2).contiguous()))
            x = nn.functional.max_pool2d(self.norm(x), 3, 3, padding=1)
            x = nn.functional.avg_pool2d(self.dropout(x), 2)
            return self.dense(x.flatten(1))

    return STSTNet


def make_mean_trunk():
    """Give MEAN's trunk: maps (n, 42, 42, 3) to (n, 14, 14, 14), channels first."""
    return _trunk()()


def make_mean_head(n_outputs):
    """Give a head of MEAN: one output for spotting, one for each class else."""
    return _head()(n_outputs)


def make_mean_spotter():
    """Give the spotting network: 3,621 values, 28 of them batch-norm statistics."""
    torch = import_torch()
    return torch.nn.Sequential(make_mean_trunk(), make_mean_head(1))


def make_mean_recognizer(n_classes):
    """Give the recognition network: a trunk and a head with one output a class."""
    torch = import_torch()
    return torch.nn.Sequential(make_mean_trunk(), make_mean_head(n_classes))


def make_ststnet(n_classes):
    """Give STSTNet for maps (n, 28, 28, 3)."""
    return _ststnet()(n_classes)


def start_network(make, seed):
    """Make a network by ``make()`` whose first values depend on the seed alone."""
    torch = import_torch()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return make()
