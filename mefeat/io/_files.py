"""What tells one version of a file from another."""

__all__ = ["file_key"]


def file_key(path):
    """Give (path, time of change in ns, size in bytes)."""
    status = path.stat()
    return (str(path.resolve()), status.st_mtime_ns, status.st_size)
