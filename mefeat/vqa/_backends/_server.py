"""Answers by a server that speaks the OpenAI protocol (vLLM, transformers serve)."""

import base64
import io
import logging
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

from mefeat._validation import check_int, check_real
from mefeat.vqa._backends._base import Backend, ServerError
from mefeat.vqa._torch import import_extra

__all__ = ["OpenAIBackend"]

logger = logging.getLogger(__name__)


class OpenAIBackend(Backend):
    """Ask a server, several questions at a time.

    Frames of a video are sent as pictures, which every server takes.

    Parameters
    ----------
    model : str
        Name of the model on the server.
    base_url : str
        For example ``"http://localhost:8000/v1"``.
    api_key : str, optional
        Servers of one's own mostly need none.  Never shown or logged.
    n_workers : int
        Questions that are asked at the same time.
    timeout : float
        Seconds that an answer may take.
    n_retries : int
        How often a question is asked again after a failure that may pass: no
        connection, no answer in time, too many requests, an error of the server, an
        answer without text.
    wait : float
        Seconds before the first repetition, doubled for each further one.
    max_new_tokens : int
    extra_body : dict, optional
        Further fields of each request, as the server has them.
    """

    def __init__(
        self,
        model,
        base_url,
        api_key=None,
        n_workers=8,
        timeout=120.0,
        n_retries=4,
        wait=0.5,
        max_new_tokens=64,
        extra_body=None,
    ):
        self.model = model
        self.base_url = base_url
        self.n_workers = check_int("n_workers", n_workers, low=1)
        self.timeout = check_real("timeout", timeout, low=0, open_low=True)
        self.n_retries = check_int("n_retries", n_retries, low=0)
        self.wait = check_real("wait", wait, low=0)
        self.max_new_tokens = max_new_tokens
        self.extra_body = extra_body
        self._api_key = api_key
        self._client = None

    @property
    def signature(self):
        return f"openai|{self.model}|tokens:{self.max_new_tokens}|{self.extra_body!r}"

    def __repr__(self):
        return f"OpenAIBackend({self.model!r}, {self.base_url!r})"

    def _connect(self):
        if self._client is None:
            openai = import_extra("openai")
            self._client = openai.OpenAI(
                base_url=self.base_url,
                api_key=self._api_key or "none",
                timeout=self.timeout,
                max_retries=0,  # repeated here, where failures are told apart
            )
        return self._client

    def close(self):
        """Close the connections."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def generate(self, prompts, on_answer=None):
        self._connect()
        answers, failure = {}, None
        waiting = iter(range(len(prompts)))
        with ThreadPoolExecutor(self.n_workers) as pool:
            running = {}
            while True:
                while failure is None and len(running) < self.n_workers:
                    index = next(waiting, None)
                    if index is None:
                        break
                    running[pool.submit(self._ask, prompts[index])] = index
                if not running:
                    break
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    index = running.pop(future)
                    try:
                        answers[index] = future.result()
                    except ServerError as error:
                        failure = failure or error
                        continue
                    if on_answer is not None:
                        on_answer(index, answers[index])
        self.close()
        if failure is not None:
            raise ServerError(
                f"{self.base_url}: {failure}; {len(answers)} of {len(prompts)} "
                "questions are answered",
                answers,
            )
        return [answers[index] for index in range(len(prompts))]

    def _ask(self, prompt):
        """Ask one question, and again while its failure may pass."""
        messages = _messages(prompt)
        reason = "no reason"
        for attempt in range(self.n_retries + 1):
            if attempt:
                pause = self.wait * 2 ** (attempt - 1)
                logger.info("%s: %s; again in %.3g s", self.base_url, reason, pause)
                time.sleep(pause)
            answer, reason = self._ask_once(messages)
            if answer is not None:
                return answer
        raise ServerError(f"{reason} ({self.n_retries + 1} attempts)")

    def _ask_once(self, messages):
        """Give (answer, None), or (None, reason) for what may pass."""
        openai = import_extra("openai")
        try:
            reply = self._client.chat.completions.create(
                model=self.model,
                messages=messages,
                max_tokens=self.max_new_tokens,
                temperature=0.0,
                extra_body=self.extra_body,
            )
        except openai.APITimeoutError:
            return None, f"no answer within {self.timeout:g} s"
        except openai.APIConnectionError as error:
            return None, f"no connection ({error.__cause__ or error})"
        except openai.APIStatusError as error:
            status = error.status_code
            if status in (408, 409, 425, 429) or status >= 500:
                return None, f"status {status}"
            line = " ".join(str(error.message).split())[:200]
            raise ServerError(f"request refused, status {status}: {line}") from None
        except (openai.APIError, ValueError, TypeError) as error:
            return None, f"an answer that is none ({type(error).__name__})"
        try:
            text = reply.choices[0].message.content
        except (AttributeError, IndexError, TypeError):
            return None, "an answer that is none"
        if not isinstance(text, str):
            return None, "an answer without text"
        return text.strip(), None


def _messages(prompt):
    parts = []
    for picture in prompt.pictures:
        for frame in picture.frames:
            parts.append({"type": "image_url", "image_url": {"url": _data_url(frame)}})
    parts.append({"type": "text", "text": prompt.text})
    return [
        {"role": "system", "content": prompt.system},
        {"role": "user", "content": parts},
    ]


def _data_url(frame):
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(frame).save(buffer, format="PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
