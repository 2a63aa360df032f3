"""Sphinx configuration; the built pages need no network."""

import inspect
import os
import sys
from importlib import import_module
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import mefeat

sys.path.insert(0, str(Path(__file__).parent))

project = "mefeat"
author = "the mefeat developers"
copyright = f"2026, {author}"
version = release = mefeat.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinx_copybutton",
    "sphinx_design",
    "numpydoc",
    "sphinx-mathjax-offline",
    "sphinxcontrib.bibtex",
    "sphinx_gallery.gen_gallery",
    "fold_solutions",
]
exclude_patterns = [
    "benchmarks_results.rst",
    "benchmarks_spotting.rst",
    "_build",
    "examples",
    "tutorials",
]
bibtex_bibfiles = ["refs.bib"]
bibtex_reference_style = "author_year"
html_theme = "pydata_sphinx_theme"
html_title = "mefeat"
html_static_path = ["_static"]
html_css_files = ["mefeat.css"]
# These pages are alone in their section: an empty navigation would only take width.
html_sidebars = {
    "install": [],
    "first_steps": [],
    "cli": [],
    "leakage": [],
    "pitfalls": [],
    "conventions": [],
    "benchmarks": [],
    "ethics": [],
    "glossary": [],
    "bibliography": [],
    "contributing": [],
    "changelog": [],
}
html_theme_options = {
    "show_prev_next": True,
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}
html_show_sourcelink = False
templates_path = ["_templates"]

autosummary_generate = True
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_validation_checks = {"GL08", "PR01", "PR02", "PR03", "RT01"}
numpydoc_validation_exclude = {
    r"\.set_.*_request$",
    r"\.set_output$",
    r"\.set_params$",
    r"\.get_params$",
    r"\.get_metadata_routing$",
    r"\.fit_transform$",
    r"\.__.*__$",
    r"\.Distractor\.(count|index)$",  # of tuple
    r"\.stream$",  # a generator has Yields, no Returns
}
nitpicky = False

# What is copied can be pasted: no prompts, no output.
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_line_continuation_character = "\\"

sphinx_gallery_conf = {
    "examples_dirs": ["tutorials", "examples"],
    "gallery_dirs": ["auto_tutorials", "auto_examples"],
    "filename_pattern": r"(plot|tutorial)_",
    "within_subsection_order": "gallery_order.CourseOrder",
    "abort_on_example_error": True,
    "doc_module": ("mefeat",),
    "backreferences_dir": "api/generated/backreferences",
    "download_all_examples": False,
    "show_memory": False,
    "write_computation_times": False,  # its page loads scripts from elsewhere
    "remove_config_comments": True,
    "plot_gallery": "True",
}

# One reference page for each public package, made from its ``__all__`` so that no name
# can be forgotten.
API = {
    "mefeat": "The top level",
    "mefeat.compose": "Spot, then recognize",
    "mefeat.io": "Clips",
    "mefeat.intervals": "Intervals",
    "mefeat.face": "Faces",
    "mefeat.flow": "Optical flow",
    "mefeat.features": "Features",
    "mefeat.spotting": "Spotting",
    "mefeat.recognition": "Recognition",
    "mefeat.model_selection": "Model selection",
    "mefeat.metrics": "Metrics",
    "mefeat.datasets": "Data sets",
    "mefeat.vqa": "Visual question answering",
    "mefeat.neural": "Neural baselines",
    "mefeat.reporting": "Reporting",
    "mefeat.workflows": "Workflows",
    "mefeat.base": "Base classes",
    "mefeat.testing": "Checks for clip estimators",
    "mefeat.exceptions": "Errors",
}


def _title(text, line="="):
    return f"{text}\n{line * len(text)}\n\n"


def _is_at_home(package, module, name):
    """Tell whether `name` is described here, not on the page of another package."""
    home = getattr(getattr(module, name), "__module__", package)
    others = [other for other in API if other not in (package, "mefeat")]
    return not any(f"{home}.".startswith(f"{other}.") for other in others)


def _page(name, title):
    module = import_module(name)
    names = [n for n in getattr(module, "__all__", ()) if _is_at_home(name, module, n)]
    parts = [_title(f"{title}: ``{name}``"), f".. currentmodule:: {name}\n\n"]
    kinds = {
        "Classes": [n for n in names if inspect.isclass(getattr(module, n))],
        "Functions": [n for n in names if inspect.isroutine(getattr(module, n))],
    }
    for kind, members in kinds.items():
        if members:
            parts.append(_title(kind, "-"))
            parts.append(
                ".. autosummary::\n   :toctree: generated\n   :nosignatures:\n\n"
            )
            parts += [f"   {member}\n" for member in members]
            parts.append("\n")
    if name == "mefeat":
        parts.append(
            "Imported from here as well, and described with their package:\n\n"
        )
        guests = sorted(set(module.__all__) - set(names))
        parts += [f"- :obj:`{name}.{n}`\n" for n in guests if _home(name, n)]
    return "".join(parts) if any(kinds.values()) else None


def _home(package, name):
    """Give the package whose page describes `package.name`; None if there is none."""
    thing = getattr(import_module(package), name, None)
    for home in API:
        module = import_module(home)
        known = getattr(module, name, None) is thing is not None
        if known and name in module.__all__ and _is_at_home(home, module, name):
            return home
    return None


def resolve_short_names(app, env, node, contnode):
    """Link a name that is imported from a shorter place, such as `mefeat.Clip`."""
    package, _, name = node.get("reftarget", "").rpartition(".")
    home = _home(package, name) if package in API else None
    if node.get("refdomain") != "py" or home in (None, package):
        return None
    return env.get_domain("py").resolve_xref(
        env, node["refdoc"], app.builder, "obj", f"{home}.{name}", node, contnode
    )


def write_api_pages(app, config):
    folder = Path(__file__).parent / "api"
    folder.mkdir(exist_ok=True)
    entries = []
    for name, title in API.items():
        page = _page(name, title)
        if page is not None:
            (folder / f"{name}.rst").write_text(page, encoding="utf-8")
            entries.append(f"   {name}\n")
    index = _title("Reference") + ".. toctree::\n   :maxdepth: 1\n\n"
    (folder / "index.rst").write_text(index + "".join(entries), encoding="utf-8")


def setup(app):
    # Before the environment looks for documents, so that a first build finds the pages.
    app.connect("config-inited", write_api_pages)
    app.connect("missing-reference", resolve_short_names)
