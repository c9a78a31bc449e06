"""A WSGI app behind a real socket, in a thread, without a word in the log."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager

from werkzeug.serving import WSGIRequestHandler, make_server


class _Silent(WSGIRequestHandler):
    def log(self, *_):
        pass


@contextmanager
def served(application, *, path="/profile", ssl_context=None):
    """Serve an app, and give its address."""
    # With a socket of its own, the server does not look its host name up, which can take a second.
    listener = socket.create_server(("127.0.0.1", 0))
    server = make_server(
        "127.0.0.1",
        0,
        application,
        threaded=True,
        request_handler=_Silent,
        ssl_context=ssl_context,
        fd=listener.fileno(),
    )
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    scheme = "https" if ssl_context else "http"
    try:
        yield f"{scheme}://127.0.0.1:{listener.getsockname()[1]}{path}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        listener.close()
