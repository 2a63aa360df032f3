"""The backend for servers: against a stub that injects faults, and a real server."""

import base64
import io
import json
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("openai", reason="pip install 'mefeat[vqa]'")

from mefeat.vqa import QwenVQA
from mefeat.vqa._backends import ServerError

GOOD = object()


class Stub:
    """A server on loopback whose n-th reply is `script[n]`, good ones after those.

    A reply is `GOOD`, a status, a text (the body), a number of seconds to sleep before
    a good one, or None: the connection is cut.
    """

    def __init__(self, script=(), answer=None):
        self.script = list(script)
        self.answer = answer or (lambda text: f"said: {text}")
        self.bodies, self.most, self.now = [], 0, 0
        self.lock = threading.Lock()
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                stub.handle(self)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"

    def handle(self, handler):
        length = int(handler.headers["Content-Length"])
        body = json.loads(handler.rfile.read(length))
        with self.lock:
            number = len(self.bodies)
            self.bodies.append(body)
            self.now += 1
            self.most = max(self.most, self.now)
        act = self.script[number] if number < len(self.script) else GOOD
        try:
            self.reply(handler, body, act)
        except OSError:
            pass  # the client has gone
        finally:
            with self.lock:
                self.now -= 1

    def reply(self, handler, body, act):
        if act is None:
            handler.connection.shutdown(socket.SHUT_RDWR)
            return
        if isinstance(act, float):
            time.sleep(act)
            act = GOOD
        status, text = 200, act
        if isinstance(act, int):
            status, text = act, '{"error": {"message": "because"}}'
        if act is GOOD:
            asked = body["messages"][-1]["content"][-1]["text"]
            message = {"role": "assistant", "content": self.answer(asked)}
            choice = {"index": 0, "finish_reason": "stop", "message": message}
            text = json.dumps(
                {
                    "id": "1", "object": "chat.completion", "created": 0,
                    "model": body["model"], "choices": [choice],
                }
            )  # fmt: skip
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(text.encode())))
        handler.end_headers()
        handler.wfile.write(text.encode())


@contextmanager
def serving(*script, answer=None):
    stub = Stub(script, answer)
    thread = threading.Thread(target=stub.server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield stub
    finally:
        stub.server.shutdown()
        thread.join()
        stub.server.server_close()


def asking(url, log=None, **server):
    server = {"wait": 0.01, "n_retries": 2, "n_workers": 1, **server}
    return QwenVQA(
        "some-model", inputs="flow", size=56, backend="openai", answer_log=log,
        server={"base_url": url, **server}, normalize=False, max_new_tokens=8,
    )  # fmt: skip


def test_what_is_sent(maps):
    X, _ = maps
    with serving() as stub:
        answers = asking(stub.url, api_key="secret").predict(X[:1])
    assert answers[0] == f"said: {X[0].question}"
    (body,) = stub.bodies
    assert (body["model"], body["max_tokens"], body["temperature"]) == (
        "some-model", 8, 0.0
    )  # fmt: skip
    system, user = body["messages"]
    assert system == {"role": "system", "content": "You are a helpful assistant."}
    picture, text = user["content"]
    assert text == {"type": "text", "text": X[0].question}
    head, data = picture["image_url"]["url"].split(",")
    assert head == "data:image/png;base64"
    shown = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))
    np.testing.assert_array_equal(shown[::2, ::2], X[0].clip)


def test_several_questions_at_a_time_in_their_order(maps):
    X, _ = maps
    with serving(*[0.05] * len(X)) as stub:
        answers = asking(stub.url, n_workers=8).predict(X)
    asked = {json.dumps(b["messages"]) for b in stub.bodies}
    assert len(asked) == len(stub.bodies) == len(X)
    assert answers.tolist() == [f"said: {question.question}" for question in X]
    assert 4 <= stub.most <= 8


@pytest.mark.parametrize(
    "fault",
    [500, 503, 429, None, "not json", "{}", '{"choices": []}', 1.5,
     '{"choices": [{"index": 0, "message": {"role": "assistant", "content": null}}]}'],
)  # fmt: skip
def test_faults_that_pass(maps, fault):
    with serving(fault, fault) as stub:
        answers = asking(stub.url, timeout=0.5).predict(maps[0][:1])
    assert answers[0].startswith("said: ")
    assert len(stub.bodies) == 3


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (500, "status 500 \\(3 attempts\\); 2 of 4 questions are answered"),
        (None, "no connection \\(.*\\) \\(3 attempts\\); 2 of 4"),
        ("rubbish", "an answer that is none.* \\(3 attempts\\); 2 of 4"),
        ('{"choices": []}', "an answer that is none \\(3 attempts\\)"),
        (0.6, "no answer within 0.3 s \\(3 attempts\\)"),
        (401, "request refused, status 401: .*because"),
    ],
)
def test_faults_that_stay_keep_the_answers(maps, tmp_path, fault, message):
    X = maps[0][:4]
    log = tmp_path / "answers.jsonl"
    with serving(GOOD, GOOD, *[fault] * 3) as stub:
        with pytest.raises(ServerError, match=message) as info:
            asking(stub.url, log, timeout=0.3).predict(X)
        assert "\n" not in str(info.value)
        assert stub.url in str(info.value)
        assert len(info.value.answers) == 2
        assert len(log.read_text().splitlines()) == 2
        n_asked = len(stub.bodies)
        stub.script = []
        answers = asking(stub.url, log, timeout=5.0).predict(X)
        assert len(stub.bodies) == n_asked + 2
    assert answers.tolist() == [f"said: {question.question}" for question in X]


def test_pauses_grow(maps, monkeypatch):
    pauses = []
    monkeypatch.setattr("mefeat.vqa._backends._server.time.sleep", pauses.append)
    with serving(500, 500, 500) as stub:
        asking(stub.url, wait=0.5, n_retries=4).predict(maps[0][:1])
    assert pauses == [0.5, 1.0, 2.0]


def test_no_server(maps):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    model = asking(f"http://127.0.0.1:{port}/v1", n_retries=1)
    with pytest.raises(ServerError, match=r"no connection .* 0 of 1 questions") as info:
        model.predict(maps[0][:1])
    assert "\n" not in str(info.value)


def test_the_key_is_never_shown(maps):
    with serving() as stub:
        backend = asking(stub.url, api_key="secret")._make_backend()
        assert "secret" not in repr(backend) + backend.signature + repr(backend)


def free_port():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return unused.getsockname()[1]


def test_a_real_server(tiny, maps):
    """`transformers serve` with the tiny checkpoint, in a process of its own."""
    for name in ("fastapi", "uvicorn", "pydantic"):
        pytest.importorskip(name, reason="pip install 'transformers[serving]'")
    port = free_port()
    launcher = Path(__file__).with_name("serve_tiny.py")
    command = [sys.executable, str(launcher), str(tiny), str(port)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 90
        while True:
            if process.poll() is not None:
                said = process.stdout.read().decode().strip().splitlines()
                pytest.fail(f"the server ended: {said[-5:]}")
            try:
                urllib.request.urlopen(f"{url}/health", timeout=1).close()
                break
            except OSError:
                assert time.monotonic() < deadline, "the server does not start"
                time.sleep(0.2)
        X = maps[0][:6]
        model = asking(f"{url}/v1", n_workers=2, timeout=60.0).set_params(model=tiny)
        answers = model.predict(X)
        local = QwenVQA(
            tiny, inputs="flow", size=56, max_new_tokens=8, normalize=False,
            device="cpu",
        )  # fmt: skip
        np.testing.assert_array_equal(answers, local.predict(X))
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()
