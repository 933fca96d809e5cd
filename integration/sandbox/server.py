"""The thin HTTP shell around the sandbox, and the command that runs it as a process of its own."""

from __future__ import annotations

import argparse
import contextlib
import errno
import socket
import struct
import sys
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from integration.sandbox.books import Books
from integration.sandbox.http import Answer, Request
from integration.sandbox.intacct import wordings
from integration.sandbox.sandbox import Sandbox
from integration.sandbox.world import DEFAULT, WORLDS, load_demo_world
from integration.sandbox.world.more import fill_lists

_MAX_BODY = 80 * 1024 * 1024


class PortTaken(OSError):
    """Another program listens there."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    # On Linux this only lets a port be used again right after a restart; two listeners are still refused.
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is nothing to print; anything else is."""
        if not isinstance(sys.exception(), (ConnectionError, TimeoutError, ValueError)):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    timeout = 120
    # Without this each answer waits for the other end's delayed acknowledgement.
    disable_nagle_algorithm = True

    def _serve(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if "chunked" in self.headers.get("Transfer-Encoding", "") or not length.isdigit() or int(length) > _MAX_BODY:
            self.close_connection = True
            self._send(Answer.json(411, {"error": "Content-Length is needed, and at most 80 MB"}))
            return
        url = urlsplit(self.path)
        request = Request(
            method=self.command,
            path=unquote(url.path),
            query={name: tuple(values) for name, values in parse_qs(url.query, keep_blank_values=True).items()},
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(length)),
            base_url=f"http://{self.headers.get('Host') or self._own_address()}",
        )
        self._send(self.server.sandbox.handle(request, datetime.now(UTC)))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _serve

    def _own_address(self) -> str:
        host, port = self.server.server_address[:2]
        return f"{host!s}:{port}"

    def _send(self, answer: Answer) -> None:
        if answer.delay:
            time.sleep(answer.delay)
        if answer.drop:
            self._reset()
            return
        self.send_response(answer.status)
        if answer.body or answer.status not in (202, 204, 303):
            self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        self.wfile.write(answer.body if answer.send_only is None else answer.body[: answer.send_only])
        if answer.send_only is not None:
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True

    def _reset(self) -> None:
        """Close so that the other end sees a reset, not an orderly end."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def log_message(self, format: str, *args: Any) -> None:
        pass


class RunningServer:
    """A server in a thread of its own. Leaving the context stops it."""

    def __init__(self, server: _Server) -> None:
        self._server = server
        host, port = server.server_address[:2]
        self.address = f"http://{host!s}:{port}"
        self._thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def wait(self) -> None:
        """Return only when the server has been stopped."""
        while self._thread.is_alive():
            self._thread.join(1)

    def __enter__(self) -> RunningServer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


def serve(sandbox: Sandbox, host: str = "127.0.0.1", port: int = 0) -> RunningServer:
    """Raises PortTaken. Port 0: any free one."""
    try:
        return RunningServer(_Server((host, port), sandbox))
    except OSError as error:
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            why = "is already in use" if error.errno == errno.EADDRINUSE else "may not be used"
            raise PortTaken(error.errno, f"Port {port} on {host} {why}. Choose another one.") from None
        raise


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m integration.sandbox.server", description="Sage Intacct and Pleo on loopback.")
    parser.add_argument("--port", type=int, default=8001, help="0 for any free one; default 8001")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--books", default=":memory:", metavar="FILE", help="where both systems keep their rows; default: memory")
    parser.add_argument("--kinds", choices=("first", "all"), default="first", help="all: entries of every type, and a third company")
    parser.add_argument("--world", choices=tuple(WORLDS), default=DEFAULT, metavar="NAME", help=f"one of {', '.join(WORLDS)}")
    parser.add_argument("--wording", choices=wordings.NAMES, default="own", help="in which words Sage Intacct refuses")
    parser.add_argument("--empty", action="store_true", help="do not load the demo world")
    parser.add_argument("--values", type=int, default=0, help="so many values of dimensions, vendors and accounts besides")
    options = parser.parse_args(argv)
    books = Books(options.books)
    if not options.empty:
        load_demo_world(books, datetime.now(UTC), kinds=options.kinds, world=options.world)
        fill_lists(books, datetime.now(UTC), options.values)
    try:
        sandbox = Sandbox(books)
        sandbox.intacct.wording = wordings.named(options.wording)
        running = serve(sandbox, options.host, options.port)
    except PortTaken as error:
        sys.stderr.write(f"{error.strerror}\n")
        return 1
    with running:
        sys.stdout.write(
            f"Ledger:        {running.address}/\n"
            f"Sage Intacct:  {running.address}/ia/xml/xmlgw.phtml\n"
            f"Pleo:          {running.address}/pleo\n"
        )
        sys.stdout.flush()
        with contextlib.suppress(KeyboardInterrupt):
            running.wait()
    books.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
