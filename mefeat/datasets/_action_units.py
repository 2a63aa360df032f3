"""Action units of the facial action coding system: their names."""

__all__ = ["ACTION_UNITS"]

# The closed list of the ME-VQA data (MEGC2025), by FACS number.
ACTION_UNITS = {
    1: "inner brow raiser",
    2: "outer brow raiser",
    4: "brow lowerer",
    5: "upper lid raiser",
    6: "cheek raiser",
    7: "lid tightener",
    9: "nose wrinkler",
    10: "upper lip raiser",
    12: "lip corner puller",
    14: "dimpler",
    15: "lip corner depressor",
    16: "lower lip depressor",
    17: "chin raiser",
    20: "lip stretcher",
    21: "neck tightener",
    23: "lip tightener",
    24: "lip pressor",
    25: "lips part",
    26: "jaw drop",
    31: "jaw clencher",
    38: "nostril dilater",
    39: "nostril compress",
    43: "eye closure",
    56: "tilt right",
    61: "eyes left",
}
