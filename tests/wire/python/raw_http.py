"""Requests made by hand, for what the official clients never send."""

import base64
import hashlib
import hmac
import http.client
from email.utils import formatdate
from urllib.parse import urlsplit


def signed_v1(server, method, resource, headers=None, date=None):
    """Headers with a V1 signature over `resource`, which is the decoded `/bucket/key?subresource`."""
    headers = {name.lower(): value for name, value in (headers or {}).items()}
    headers["date"] = formatdate(date, usegmt=True)
    own = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers) if name.startswith("x-oss-"))
    text = "\n".join(
        [method, headers.get("content-md5", ""), headers.get("content-type", ""), headers["date"], own + resource]
    )
    digest = hmac.new(server.access_key_secret.encode(), text.encode(), hashlib.sha1).digest()
    headers["authorization"] = f"OSS {server.access_key_id}:{base64.b64encode(digest).decode()}"
    return headers


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def code(self):
        """The error code in the body, or in x-oss-err for HEAD."""
        text = self.body or base64.b64decode(self.headers.get("x-oss-err", ""))
        start, end = text.find(b"<Code>"), text.find(b"</Code>")
        return text[start + 6 : end].decode() if start >= 0 else None


def send(server, method, target, headers=None, body=None, host=None):
    """Sends exactly this; `host` replaces the Host header."""
    where = urlsplit(server.endpoint)
    connection = http.client.HTTPConnection(where.hostname, where.port, timeout=30)
    try:
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        connection.putheader("Host", host or where.netloc)
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        if body is not None and "content-length" not in {name.lower() for name in headers or {}}:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        return Answer(connection.getresponse())
    finally:
        connection.close()
