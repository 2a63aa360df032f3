"""Rows of the miniature annotation sheets, one for every oddity of the real ones."""

_NONE = None

CASME2 = [
    ["Subject", "Filename", _NONE, "OnsetFrame", "ApexFrame", "OffsetFrame", _NONE,
     "Action Units", "Estimated Emotion"],
    [1, "EP02_01f", _NONE, 6, 12, 20, _NONE, "12", "happiness"],
    [1, "EP19_05f", _NONE, 4, 10, 18, _NONE, "4+7+L10", "disgust"],
    # The subject as text.
    ["02", "EP01_11f", _NONE, 5, 11, 17, _NONE, 15, "repression"],
    # No usable apex.
    [4, "EP12_01f", _NONE, 3, "/", 15, _NONE, "4", "disgust"],
    # An offset that lies before the apex.
    [2, "EP03_04", _NONE, 5, 15, 9, _NONE, "4+L10", "others"],
    # A name in another case than its folder.
    [2, "ep13_04f", _NONE, 5, 11, 17, _NONE, "1+2", "surprise"],
    # The frames were never unpacked.
    [2, "EP09_01", _NONE, 5, 11, 17, _NONE, "1+4", "sadness"],
    # One file in two rows.
    [5, "EP12_03f", _NONE, 5, 11, 17, _NONE, "4", "disgust"],
    [5, "EP12_03f", _NONE, 6, 11, 17, _NONE, "4", "disgust"],
]  # fmt: skip

_SAMM_HEADER = [
    "Subject", "Filename", "Inducement Code", "Onset Frame", "Apex Frame",
    "Offset Frame", "Duration", "Micro", "Action Units", "Estimated Emotion",
    "Objective Classes", "Notes",
]  # fmt: skip
SAMM_MICRO = [
    *[["Preamble", f"line {line} about the coding"] for line in range(1, 14)],
    _SAMM_HEADER,
    ["006", "006_1_2", 1, 5562, 5570, 5580, 19, "Micro - 1/2", "4+7", "Anger", 3, ""],
    # No apex.
    ["006", "006_1_3", 1, 700, -1, 715, 16, "Micro - 1/2", "R6A+R12", "Happiness", 1,
     ""],
    # An offset that the duration shows to be wrong.
    [7, "007_3_1", 3, 1200, 1208, 1104, 18, "Micro - 1/2", "1+2", "Surprise", 2, ""],
    # Names of four digits, and a duration that fits nothing.
    ["007", "007_3_2", 3, 123, 130, 140, 30, "Micro - 1/2", "14 or ...", "Other", 7,
     ""],
    # The frames were never unpacked.
    ["007", "007_4_1", 4, 50, 55, 60, 11, "Micro - 1/2", "A12D", "Contempt", 5, ""],
]  # fmt: skip

SAMM_LV = [
    *[["Preamble", f"line {line}"] for line in range(1, 10)],
    ["Subject", "Filename", "Inducement Code", "Onset", "Apex", "Offset", "Duration",
     "Type", "Action Units", "Notes"],
    # Not the frames of the other sheet.
    ["006", "006_1_2", 1, 30, 38, 49, 20, "Micro - 1/2", "4+7", ""],
    # From the start of the video.
    ["006", "006_1_1", 1, 0, 20, 79, 80, "Macro", "12", ""],
    ["006", "006_1_4", 1, 52.2, 57.6, 63.5, 12.3, "Macro", "7(B/C)+ref(43)", ""],
    # No apex, and no row in the other sheet.
    ["007", "007_3_7", 3, 30, -1, 49, 20, "Micro - 1/2", "A12D", ""],
    ["007", "007_3_1", 3, 60, 66, 95, 36, "Micro - 1/2", "10B+ref(11)", ""],
    # The frames were never unpacked.
    ["007", "007_9_1", 9, 10, 15, 20, 11, "Macro", "4", ""],
]  # fmt: skip

_SMIC_E_HEADER = [
    "Subject", "Filename", "Code", "OnsetF", "OffsetF", _NONE, _NONE, "Len", "Note",
    "X", "FirstF", "LastF", "Total", "Emotion",
]  # fmt: skip
SMIC_E_HS = [
    _SMIC_E_HEADER,
    # FirstF as text.
    [1, "s1_ne_01", 1, 559710, 559724, _NONE, _NONE, 15, "", "", "559700", 559739, 40,
     "negative"],
    # A second micro-expression.
    [1, "s1_po_02", 2, 7010, 7018, 7025, 7031, 9, "", "", 7000, 7039, 40, "positive"],
    [20, "s20_sur_01", 3, 31000110, 31000124, _NONE, _NONE, 15, "", "", 31000100,
     31000139, 40, "surprise"],
    # The frames on disk are numbered from 1.
    [20, "s20_ne_02", 4, 88010, 88024, _NONE, _NONE, 15, "", "", 88000, 88039, 40,
     "negative"],
    [_NONE, _NONE, _NONE, _NONE],
    [_NONE, "FirstF: first frame of the video"],
    [_NONE, "OnsetF: first frame of the expression"],
]  # fmt: skip
SMIC_E_VIS = [
    _SMIC_E_HEADER,
    [1, "s1_ne_01", 1, 110, 118, _NONE, _NONE, 9, "", "", 100, 129, 30, "negative"],
]
SMIC_E_LONG = [
    ["Subject", "Filename", "Onset", "Offset", "Emotion"],
    [1, "s1_ne_01", 20, 40, "negative"],
    [2, "s2_po_01", 20, 40, "positive"],
    [2, "s2_po_09", 20, 40, "positive"],
]

CASME_SQ = {
    "CASFEcode_final": [
        [1, "anger1_1", 20, 27, 34, "4+10+14", "negative", "micro-expression", "anger"],
        [1, "anger1_2", 50, 60, 70, "4+7", "negative", "macro-expression", "anger"],
        # Still held at the end of the video.
        [1, "disgust1_1", 60, 75, 0, "9", "negative", "macro-expression", "disgust"],
        # No apex.
        [2, "happy1_1", 20, 0, 34, "6+12", "positive", "micro-expression",
         "happyiness"],
        [2, "anger1_1", 20, 26, 32, "1+2", "surprise", "micro-expression", "surprise"],
        # A video whose frames were never unpacked.
        [2, "disgust1_1", 20, 26, 32, "17", "others", "macro-expression", "disgust"],
    ],
    "naming rule1": [[15, "s15", 1]] * 3 + [[16, "s16", 2]] * 3,
    # A code that lost its leading zero to Excel.
    "naming rule2": [["0101", "disgust1"], ["0401", "anger1"], [502, "happy1"]],
}  # fmt: skip
# Rises in brightness (first, last, height): 24 for negative expressions, 34 for
# positive ones and 44 for surprise, here and in the challenge's test set below.
CASME_SQ_FOLDERS = [
    ("s15", "15_0101disgustingteeth", [(60, 80, 24)]),
    ("s15", "15_0401girlcrashing", [(20, 34, 24), (50, 70, 24)]),
    ("s16", "16_0401girlcrashing", [(20, 32, 44)]),
    ("s16", "16_0502funnyerrors", [(20, 34, 34)]),
]

CASME3_ME = [
    ["Subject", "Filename", "Onset", "Apex", "Offset", "AU", "Objective class",
     "emotion"],
    # Numbers as text.
    ["spNO.1", "a", "20", "27", "34", "4+7", "IV", "disgust"],
    ["spNO.1", "a", 60, 60, 70, "12", "I", "happy"],
    # From the start, of which the first frames are not handed out.
    ["spNO.1", "b", 0, 9, 15, "1+2", "II", "surprise"],
    ["spNO.1", "b", 20, 27, 119, "17", "VII", "Others"],
    # A name in upper case.
    ["spNO.2", "J", 20, 27, 34, "4", "III", "anger"],
]  # fmt: skip
CASME3_ALL = [
    ["Subject", "Filename", "Onset", "Apex", "Offset", "AU", "Expression type",
     "Objective class"],
    ["spNO.1", "a", 20, 27, 34, "4+7", "Micro-expression", "IV"],
    ["spNO.1", "a", 80, 95, 115, "6+12", "Macro-expression", "I"],
]  # fmt: skip
CASME3_BLINK = [["Subject", "Filename", "Onset", "Offset"], ["spNO.1", "a", 40, 44]]
CASME3_C = [
    ["sub", "count", "onset", "offset", "au"],
    [2, 1, 10, 20, "4，7"],
    [2, 2, 10, 20, "12"],
    [7, 1, 10, 21, "1+2"],
    [7, 3, 10, 21, "1+2"],
]

FOURDME = [
    ["sub_ID", "fold_name", "Onset", "Apex", "Offset", "AUs", "Emotion", "Positive",
     "Negative", "Surprise", "Repression", "Others", "eye blink", "fold", "Total",
     "AU1"],
    ["4DME01", "micro1", 100.0, 108.0, 120.0, "AU4(k)+L7", "Negative", 0, 1, 0, 0, 0, 0,
     1, 1, 0],
    ["4DME01", "micro2", 40.0, 48.0, 60.0, "AU12", "Surprise+Positive", 1, 0, 1, 0, 0,
     1, 1, 2, 0],
    ["4DME02", "micro1", 7.0, 15.0, 27.0, "AU15", "Repression", 0, 0, 0, 1, 0, 0, 2, 1,
     0],
]  # fmt: skip

# Folder, number of frames, and rises in brightness (first, last, height).
MEGC2025_VIDEOS = [
    ("CAS_Test_cropped/abc/a1", 120, [(30, 44, 24), (80, 92, 34)]),
    ("CAS_Test_cropped/abc/d1", 120, [(50, 62, 44)]),
    ("CAS_Test_cropped/xyz/h3", 120, []),
    ("SAMM_Test_cropped/001_2", 400, [(150, 220, 34)]),
    ("SAMM_Test_cropped/002_1", 400, [(60, 130, 24), (250, 320, 24)]),
]

VQA_QUESTIONS = [
    "What is the coarse expression class?",
    "What is the fine-grained expression class?",
    "What is the action unit?",
    "Is the action unit brow lowerer shown on the face?",
    "What is the action unit present, and based on it, what is the fine-grained "
    "expression and the coarse expression class?",
]
