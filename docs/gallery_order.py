"""The order of the gallery: as a course would go through it."""

ORDER = (
    "lbp_neighbourhoods",
    "lbp_top",
    "temporal_interpolation",
    "optical_flow",
    "strain",
    "flow_maps",
    "mdmo_rois",
    "timeline",
    "precision_recall",
    "streaming",
    "loso_recognizer",
    "str_grid_search",
    "conventions",
    "submission",
    "vqa_prior",
    "vqa_inputs",
    "displays",
)


class CourseOrder:
    """Sort key of scripts; new ones come last until they have a place.

    Parameters
    ----------
    folder : path
        Of the scripts; not used.
    """

    def __init__(self, folder):
        pass

    def __call__(self, name):
        stem = name.removeprefix("plot_").removesuffix(".py")
        return (ORDER.index(stem) if stem in ORDER else len(ORDER), name)
