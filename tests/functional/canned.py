"""An HTTP server that answers as a test says: for what the sandbox cannot do wrong."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Canned:
    """What is answered to every request. parts are sent one by one, `pause` seconds apart. received: what came."""

    status: int = 200
    parts: tuple[bytes, ...] = (b"",)
    headers: Mapping[str, str] = field(default_factory=dict)
    pause: float = 0.0
    length: int | None = None
    address: str = ""
    received: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def canned(**answer: object) -> Iterator[Canned]:
    told = Canned(**answer)  # type: ignore[arg-type]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            told.received.append((self.command, self.path, dict(self.headers), body))
            self.send_response(told.status)
            self.send_header("Content-Length", str(sum(map(len, told.parts)) if told.length is None else told.length))
            self.send_header("Connection", "close")
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                for part in told.parts:
                    self.wfile.write(part)
                    self.wfile.flush()
                    time.sleep(told.pause)
            except OSError:
                pass
            self.close_connection = True

        do_GET = do_POST = do_PUT = _answer

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    told.address = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
