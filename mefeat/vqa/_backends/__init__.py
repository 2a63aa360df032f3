"""Where answers come from: a model in this process, a server, a recorded file."""

from mefeat.vqa._backends._base import Backend, BackendError, Prompt, ServerError
from mefeat.vqa._backends._recorded import EchoBackend, ReplayBackend

__all__ = [
    "Backend",
    "BackendError",
    "EchoBackend",
    "Prompt",
    "ReplayBackend",
    "ServerError",
]
