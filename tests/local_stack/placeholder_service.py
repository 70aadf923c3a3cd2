"""Stands in for a service in tests of the stack: says it is ready, and what it was told."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        told = {name: value for name, value in os.environ.items() if name.startswith("HELMLOG_")}
        body = json.dumps({"pid": os.getpid(), "told": told}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


port = int(os.environ.get("HELMLOG_HEALTH_PORT") or os.environ["HELMLOG_PORT"])
ThreadingHTTPServer((os.environ["HELMLOG_HOST"], port), Answer).serve_forever()
