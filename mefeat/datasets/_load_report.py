"""What a reader repaired, left out or did not find."""

__all__ = ["LoadReport"]


class LoadReport:
    """Counts of what a reader repaired, left out or missed, with the places named.

    Parameters
    ----------
    name : str
        Name of the data set.
    root : path
        Folder that was read.

    Attributes
    ----------
    repaired, dropped, noted : dict of str to list of str
        What was done, to the places where: mended values, rows or clips left out, and
        oddities that were left as they are.
    facts : dict
        Numbers of rows, clips, videos and the like.

    Examples
    --------
    >>> from mefeat.datasets._load_report import LoadReport
    >>> report = LoadReport("casme2", "/data/CASME2")
    >>> report.repair("apex missing", "row 12 (04/EP12_01f)")
    >>> report.counts
    {'apex missing': 1}
    >>> print(report)
    casme2 in /data/CASME2
      repaired: 1 x apex missing: row 12 (04/EP12_01f)
    """

    def __init__(self, name, root):
        self.name = name
        self.root = str(root)
        self.repaired, self.dropped, self.noted = {}, {}, {}
        self.facts = {}

    def repair(self, what, where):
        """Say that something was mended."""
        self.repaired.setdefault(what, []).append(str(where))

    def drop(self, what, where):
        """Say that something was left out."""
        self.dropped.setdefault(what, []).append(str(where))

    def note(self, what, where):
        """Say that something is odd and was left as it is."""
        self.noted.setdefault(what, []).append(str(where))

    @property
    def counts(self):
        """Number of places for everything that was repaired, dropped or noted."""
        return {
            what: len(places)
            for group in (self.repaired, self.dropped, self.noted)
            for what, places in group.items()
        }

    @property
    def clean(self):
        """Whether nothing had to be repaired, left out or noted."""
        return not self.counts

    def to_dict(self):
        """Give everything as plain dicts and lists, ready for JSON."""
        return {
            "name": self.name,
            "root": self.root,
            "facts": dict(self.facts),
            "repaired": {what: list(w) for what, w in self.repaired.items()},
            "dropped": {what: list(w) for what, w in self.dropped.items()},
            "noted": {what: list(w) for what, w in self.noted.items()},
        }

    def __str__(self):
        lines = [f"{self.name} in {self.root}"]
        lines += [f"  {what}: {value}" for what, value in self.facts.items()]
        for title in ("repaired", "dropped", "noted"):
            for what, places in getattr(self, title).items():
                shown = ", ".join(places[:3])
                more = f", and {len(places) - 3} more" if len(places) > 3 else ""
                lines.append(f"  {title}: {len(places)} x {what}: {shown}{more}")
        return "\n".join(lines)

    __repr__ = __str__
