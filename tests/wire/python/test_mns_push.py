"""Topics that push to a URL: what arrives, how it is signed, and which URLs are refused. And what only few messages have."""

import base64
import hashlib
import http.server
import queue as queues
import threading
import urllib.request

import pytest
from conftest import fresh_name
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA1
from mns.mns_exception import MNSServerException
from mns.subscription import SubscriptionMeta
from mns.topic import TopicMessage, TopicMeta


@pytest.fixture
def topic(account):
    made = account.get_topic(fresh_name("topic"))
    made.create(TopicMeta())
    yield made
    made.delete()


@pytest.fixture
def receiver():
    """A server on loopback that keeps what is posted to it."""
    seen = queues.Queue()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            seen.put((self.path, dict(self.headers.items()), body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", seen
    server.shutdown()


def verify(path, headers, body):
    """As the vendor's sample server does it: by the certificate whose URL came along."""
    assert base64.b64decode(headers["Content-md5"]).decode() == hashlib.md5(body).hexdigest()
    signed = sorted(f"{name}:{value}" for name, value in headers.items() if name.startswith("x-mns-"))
    lines = ["POST", headers["Content-md5"], headers["Content-Type"], headers["Date"], *signed, path]
    url = base64.b64decode(headers["x-mns-signing-cert-url"]).decode()
    certificate = x509.load_pem_x509_certificate(urllib.request.urlopen(url).read())
    signature = base64.b64decode(headers["Authorization"])
    certificate.public_key().verify(signature, "\n".join(lines).encode(), padding.PKCS1v15(), SHA1())


@pytest.mark.parametrize("form", ["XML", "JSON", "SIMPLIFIED"])
def test_a_push_is_signed_and_says_what_it_is(topic, receiver, form):
    url, seen = receiver
    topic.get_subscription("push").subscribe(SubscriptionMeta(f"{url}/notify?a=1", "BACKOFF_RETRY", form))
    published = topic.publish_message(TopicMessage("{\"a\": \"<b>\"}", "tag"))
    path, headers, body = seen.get(timeout=10)
    assert path == "/notify?a=1"
    verify(path, headers, body)
    assert headers["x-mns-message-id"] == published.message_id
    assert headers["x-mns-message-tag"] == "tag"
    assert headers["User-Agent"] == "Aliyun Notification Service Agent"
    text = body.decode()
    assert {"XML": "<MessageTag>tag</MessageTag>", "JSON": '"MessageTag":"tag"', "SIMPLIFIED": '{"a": "<b>"}'}[form] in text


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://10.1.2.3/",
        "http://192.168.0.1:8080/x",
        "http://169.254.169.254/latest/meta-data",
        "http://100.100.100.200/",
        "http://167837955/",
        "http://0x0a010203/",
        "http://012.1.2.3/",
        "http://[::ffff:10.1.2.3]/",
        "http://[fd00::1]/",
        "http://user:secret@example.com/",
        "ftp://example.com/",
        "mail:directmail:somebody@example.com",
    ],
)
def test_endpoints_that_nothing_may_go_to_are_refused(topic, endpoint):
    with pytest.raises(MNSServerException) as caught:
        topic.get_subscription("push").subscribe(SubscriptionMeta(endpoint))
    assert caught.value.type == "EndpointInvalid"
