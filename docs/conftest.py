"""What pytest runs here: the examples in the pages' text, not the gallery's scripts."""

collect_ignore_glob = ["*.py", "_build/*", "api/*", "auto_*/*"]
