"""Connects a Python application to Kith, with the standard library only.

Serves contacts, answers batches and proposals, tells Kith what changed. Run it:

    KITH_TOKEN=… CONTACTS_BEARER=… CONTACTS_SECRET=whsec_… python3 contacts.py

KITH_URL is Kith's HTTP side (http://localhost:5280), KITH_TOKEN one of its http.tokens, CONTACTS_BEARER and
CONTACTS_SECRET what stands in its configuration as contacts.bearer and contacts.secret. PORT: 3000.
"""

import base64
import hashlib
import hmac
import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KITH_URL = os.environ.get("KITH_URL", "http://localhost:5280")
KITH_TOKEN = os.environ.get("KITH_TOKEN", "")
BEARER = os.environ.get("CONTACTS_BEARER", "")
SECRET = os.environ.get("CONTACTS_SECRET", "")

# Stands for your database.
people = {
    "john": {"marie@localhost": {"name": "Marie"}},
    "marie": {"john@localhost": {"name": "John"}},
    "aaron": {},
}


def call(method, path, body):
    """Calls Kith; tries again, under one Idempotency-Key, what may succeed later.

    Raises urllib.error.HTTPError (its body says what is wrong) or OSError.
    """
    headers = {
        "Authorization": f"Bearer {KITH_TOKEN}",
        "Content-Type": "application/json",
        "Idempotency-Key": str(uuid.uuid4()),
    }
    request = urllib.request.Request(KITH_URL + path, json.dumps(body).encode(), headers, method=method)
    for pause in (0.25, 0.5, 1, 2, None):
        try:
            with urllib.request.urlopen(request, timeout=15) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            if pause is None or error.code not in (409, 429, 502, 503, 504):
                raise
        except OSError:
            if pause is None:
                raise
        time.sleep(pause)


def refresh(users):
    """Tells Kith that these people's lists have changed. Look at "errors" of what it answers."""
    return call("POST", "/roster_admin/refresh", users)


def befriend(one, other):
    people[one][f"{other}@localhost"] = {"name": other.title()}
    people[other][f"{one}@localhost"] = {"name": one.title()}
    return refresh([one, other])


def is_signed(headers, body, secret=SECRET, tolerance=300):
    """Kith signed this call (Standard Webhooks), not longer ago than `tolerance` seconds. `body`: as it came."""
    name, sent_at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not secret.startswith("whsec_") or not (sent_at.isascii() and sent_at.isdigit() and len(sent_at) < 16):
        return False
    if abs(time.time() - int(sent_at)) > tolerance:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.new(key, f"{name}.{sent_at}.".encode("latin-1") + body, hashlib.sha256).digest()
    wanted = b"v1," + base64.b64encode(mac)
    given = headers.get("webhook-signature", "").encode("latin-1", "replace").split(b" ")
    return any([hmac.compare_digest(one, wanted) for one in given])


def decide(proposal):
    """Marie adds John in her client: the application says yes, no, or later."""
    other = proposal["contact"].removesuffix("@localhost")
    if proposal["type"] != "add" or other not in people or proposal["user"] not in people:
        return {"decision": "deny", "reason": "Please do this on our page."}
    people[proposal["user"]][proposal["contact"]] = {"name": other.title()}
    people[other][f"{proposal['user']}@localhost"] = {"name": proposal["user"].title()}
    return {"decision": "accept"}


class Application(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_GET(self):
        path = urllib.parse.urlsplit(self.path).path
        given = self.headers.get("Authorization", "").encode("latin-1")
        if not BEARER or not hmac.compare_digest(given, f"Bearer {BEARER}".encode()):
            return self.answer(401, None)
        user = urllib.parse.unquote(path.removeprefix("/contacts/"))
        if not path.startswith("/contacts/") or user not in people:
            return self.answer(404, None)
        body = json.dumps(people[user]).encode()
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = {"ETag": etag, "Cache-Control": "private, max-age=60"}
        if self.headers.get("If-None-Match") == etag:
            return self.answer(304, None, headers)
        return self.answer(200, body, headers)

    def do_POST(self):
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > 1_048_576:
            self.close_connection = True
            return self.answer(413, None)
        body = self.rfile.read(int(length))
        _, action, *names = urllib.parse.urlsplit(self.path).path.split("/")
        # Where your own pages are: here one that befriends, POST /befriend/john/aaron.
        if action == "befriend" and len(names) == 2 and all(name in people for name in names):
            return self.answer(200, json.dumps(befriend(*names)).encode())
        if action not in ("batch", "proposals"):
            return self.answer(404, None)
        if not is_signed(self.headers, body):
            return self.answer(401, None)
        asked = json.loads(body)
        if action == "batch":
            return self.answer(200, json.dumps({user: people.get(user) for user in asked["users"]}).encode())
        return self.answer(200, json.dumps(decide(asked)).encode())

    def answer(self, status, body, headers=None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_):
        """Nothing: the base class writes every path to the terminal."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "3000"))), Application)
    print(f"application ready port={server.server_port}", flush=True)
    server.serve_forever()
