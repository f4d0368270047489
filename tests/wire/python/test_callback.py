"""Upload callbacks: another server is told of a stored object, and what it answers is the client's answer."""

import base64
import contextlib
import http.server
import json
import threading
import urllib.parse
from xml.etree import ElementTree

import alibabacloud_oss_v2 as oss
import pytest
import requests

from conftest import bucket_for, object_or_none, refuses, refuses_old
from forms import code_of, post, sign_v1

FACTS = "bucket=${bucket}&object=${object}&etag=${etag}&size=${size}&type=${mimeType}&op=${operation}&mine=${x:mine}"


class Receiver:
    """An application server that keeps what it was told and answers as it is set up to."""

    def __init__(self, status=200, body=b'{"ok":true}', headers=None, delay=0):
        self.seen = []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                told = self.rfile.read(int(self.headers["Content-Length"])).decode()
                receiver.seen.append((self.path, self.headers, told))
                receiver.released.wait(delay)
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
                    self.send_header(name, value)
                self.end_headers()
                with contextlib.suppress(ConnectionError):
                    self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.released = threading.Event()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self._server.server_port}"
        self.url = f"http://{self.address}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def encode(document):
    return base64.b64encode(json.dumps(document).encode()).decode()


def asks(url, **more):
    return encode({"callbackUrl": url, "callbackBody": FACTS, **more})


def put(client, bucket, key, url, body=b"hello", var=None, **more):
    request = oss.PutObjectRequest(bucket=bucket, key=key, body=body, callback=asks(url, **more), callback_var=var)
    return client.put_object(request)


def failure_of(result):
    """What a 203 says: this client hands its body on instead of raising."""
    root = ElementTree.fromstring(result.callback_result)
    return result.status_code, root.findtext("Code"), root.findtext("Message"), root.findtext("EC")


def test_put_object_gives_what_the_receiver_answered(client, bucket):
    with Receiver() as receiver:
        var = encode({"x:mine": "a&b"})
        result = put(client, bucket, "dir/文件", f"{receiver.url}/told?a=1", var=var)
        assert result.callback_result == '{"ok":true}'
        assert result.etag == '"5D41402ABC4B2A76B9719D911017C592"'
        [(path, headers, told)] = receiver.seen
        assert path == "/told?a=1"
        assert headers["Content-Type"] == "application/x-www-form-urlencoded"
        assert dict(urllib.parse.parse_qsl(told)) == {
            "bucket": bucket,
            "object": "dir/文件",
            "etag": "5D41402ABC4B2A76B9719D911017C592",
            "size": "5",
            "type": "application/octet-stream",
            "op": "PutObject",
            "mine": "a&b",
        }


def test_a_callback_is_signed_with_a_key_that_the_server_publishes(client, server, bucket):
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding

    with Receiver() as receiver:
        put(client, bucket, "k", f"{receiver.url}/a%20b?c=%26")
        [(_, headers, told)] = receiver.seen
        url = base64.b64decode(headers["x-oss-pub-key-url"]).decode()
        assert url.startswith(server.endpoint)
        pem = requests.get(url, timeout=60)
        assert pem.status_code == 200
        key = serialization.load_pem_public_key(pem.content)
        signed = f"/a b?c=%26\n{told}".encode()
        signature = base64.b64decode(headers["authorization"])
        key.verify(signature, signed, padding.PKCS1v15(), hashes.MD5())


def test_json_variables_become_json_values(client, bucket):
    template = '{"o":${object},"s":${size},"in":"<${object}>","w":${imageInfo.width},"none":${x:none},"m":${contentMd5}}'
    with Receiver() as receiver:
        told = {"callbackBody": template, "callbackBodyType": "application/json"}
        put(client, bucket, 'a"b\\', receiver.url, **told)
        [(_, headers, told)] = receiver.seen
        assert headers["Content-Type"] == "application/json"
        assert json.loads(told) == {
            "o": 'a"b\\',
            "s": 5,
            "in": '<a"b\\>',
            "w": "",
            "none": "",
            "m": "XUFAKrxLKna5cZ2REBfFkg==",
        }


def test_tells_the_size_and_format_of_a_picture(client, server, bucket):
    template = "${imageInfo.width} ${imageInfo.height} ${imageInfo.format}"
    with open(server.fixture("photo.jpg"), "rb") as picture, Receiver() as receiver:
        put(client, bucket, "p.jpg", receiver.url, body=picture.read(), callbackBody=template)
        width, height, kind = receiver.seen[0][2].split(" ")
        assert int(width) > 1 and int(height) > 1 and kind == "jpg"


def test_complete_multipart_upload_calls_back(client, bucket):
    with Receiver() as receiver:
        upload = client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(bucket=bucket, key="m"))
        sent = client.upload_part(
            oss.UploadPartRequest(bucket=bucket, key="m", upload_id=upload.upload_id, part_number=1, body=b"part")
        )
        result = client.complete_multipart_upload(
            oss.CompleteMultipartUploadRequest(
                bucket=bucket,
                key="m",
                upload_id=upload.upload_id,
                complete_multipart_upload=oss.CompleteMultipartUpload(
                    parts=[oss.UploadPart(part_number=1, etag=sent.etag)]
                ),
                callback=asks(receiver.url),
            )
        )
        assert result.callback_result == '{"ok":true}'
        assert result.hash_crc64 is not None
        told = dict(urllib.parse.parse_qsl(receiver.seen[0][2]))
        assert (told["op"], told["size"], told["object"]) == ("CompleteMultipartUpload", "4", "m")


def test_presigned_uploads_call_back(client, bucket):
    with Receiver() as receiver:
        callback = asks(receiver.url)
        request = oss.PutObjectRequest(bucket=bucket, key="k", callback=callback)
        signed = client.presign(request)
        answer = requests.put(signed.url, data=b"x", headers=signed.signed_headers, timeout=60)
        assert (answer.status_code, answer.content) == (200, b'{"ok":true}')
        assert answer.headers["Content-Type"] == "application/json"
        assert len(receiver.seen) == 1


@pytest.mark.parametrize("version", ["v1", "v4"])
def test_the_query_form_calls_back(server, bucket, version):
    with Receiver() as receiver:
        old = bucket_for(server, bucket, version)
        params = {"callback": asks(receiver.url), "callback-var": encode({"x:mine": "1"})}
        url = old.sign_url("PUT", "k", 60, params=params)
        answer = requests.put(url, data=b"x", timeout=60)
        assert (answer.status_code, answer.content) == (200, b'{"ok":true}')
        assert receiver.seen[0][2].endswith("&mine=1")
        both = requests.put(url, data=b"x", headers={"x-oss-callback": params["callback"]}, timeout=60)
        # Not among what was signed, or given twice: refused either way.
        assert both.status_code in (400, 403)


@pytest.mark.parametrize("version", ["v1", "v4"])
def test_oss2_reads_the_answer(server, bucket, version):
    with Receiver() as receiver:
        old = bucket_for(server, bucket, version)
        result = old.put_object("k", b"x", headers={"x-oss-callback": asks(receiver.url)})
        assert result.resp.read() == b'{"ok":true}'
        with refuses_old("InvalidArgument", 400):
            old.put_object("k", b"x", headers={"x-oss-callback": "x123-*&"})


def test_forms_call_back_with_their_own_fields_as_variables(client, server, bucket):
    with Receiver() as receiver:
        fields = {**sign_v1(server, []), "key": "k", "callback": asks(receiver.url), "x:mine": "of the form"}
        answer = post(server, bucket, fields, b"x")
        assert (answer.status_code, answer.content) == (200, b'{"ok":true}')
        told = dict(urllib.parse.parse_qsl(receiver.seen[0][2]))
        assert (told["op"], told["mine"], told["type"]) == ("PostObject", "of the form", "text/plain")


@pytest.mark.parametrize(
    "settings,message",
    [
        ({"status": 500}, "Error status : 500."),
        ({"status": 301, "headers": {"Location": "http://127.0.0.1:1/"}}, "Error status : 301."),
        ({"body": b"ok"}, "Response body is not valid json format."),
        ({"headers": {"Content-Length": str(4 * 1024 * 1024)}}, "Content-Length"),
    ],
)
def test_an_answer_that_will_not_do_is_a_203_and_the_object_is_there(client, bucket, settings, message):
    with Receiver(**settings) as receiver:
        result = put(client, bucket, "k", receiver.url)
        status, code, told, ec = failure_of(result)
        assert (status, code, ec) == (203, "CallbackFailed", "0007-00000203")
        assert message in told
        assert result.etag == '"5D41402ABC4B2A76B9719D911017C592"'
    assert object_or_none(client, bucket, "k") == b"hello"


def test_a_receiver_that_does_not_answer_is_given_five_seconds(client, bucket):
    with Receiver(delay=30) as receiver, Receiver() as second:
        result = put(client, bucket, "k", f"{receiver.url};{second.url}")
        assert result.callback_result == '{"ok":true}'
        assert len(receiver.seen) == len(second.seen) == 1


def test_urls_are_tried_in_order_until_one_answers(client, server, bucket):
    with Receiver(status=404) as first, Receiver() as second, Receiver() as third:
        # Without a scheme, as many write it; nobody listens at the first.
        result = put(client, bucket, "k", f"127.0.0.1:1;{first.address}/x;{second.address};{third.address}")
        assert result.callback_result == '{"ok":true}'
        assert [len(receiver.seen) for receiver in (first, second, third)] == [1, 1, 0]


def test_the_host_header_can_be_chosen(client, bucket):
    with Receiver() as receiver:
        put(client, bucket, "k", receiver.url, callbackHost="app.example.com")
        assert receiver.seen[0][1]["host"] == "app.example.com"


@pytest.mark.own_server
def test_operators_see_how_deliveries_went(client, server, bucket):
    with Receiver(status=404) as first, Receiver() as second:
        put(client, bucket, "seen", f"{first.url};{second.url}")
        latest = requests.get(f"{server.console}/-/callbacks", timeout=60).json()["callbacks"][0]
        assert (latest["bucket"], latest["key"]) == (bucket, "seen")
        assert [(attempt["url"], attempt["status"]) for attempt in latest["attempts"]] == [
            (first.url, 404),
            (second.url, 200),
        ]


def test_addresses_that_only_this_machine_can_reach_are_not_called(client, bucket):
    for url in ["http://169.254.169.254/latest", "http://0.0.0.0:1/", "http://[fe80::1]/", "http://100.100.100.200/"]:
        _, code, message, _ = failure_of(put(client, bucket, "k", url))
        assert code == "CallbackFailed" and "not allowed" in message


@pytest.mark.parametrize(
    "callback",
    [
        "x123-*&",
        base64.b64encode(b"{").decode(),
        base64.b64encode(b"[]").decode(),
        encode({"callbackBody": "a"}),
        encode({"callbackUrl": "http://127.0.0.1:1"}),
        encode({"callbackUrl": "http://127.0.0.1:1", "callbackBody": ""}),
        encode({"callbackUrl": "ftp://127.0.0.1/", "callbackBody": "a"}),
        encode({"callbackUrl": ";".join(["http://127.0.0.1:1"] * 6), "callbackBody": "a"}),
        encode({"callbackUrl": "http://127.0.0.1:1", "callbackBody": "a", "callbackBodyType": "image/jpg"}),
        encode({"callbackUrl": "http://127.0.0.1:1", "callbackBody": "a", "callbackBodyType": 123}),
        encode({"callbackUrl": "http://127.0.0.1:1", "callbackBody": "{", "callbackBodyType": "application/json"}),
        encode({"callbackUrl": "http://127.0.0.1:1", "callbackBody": "a" * 6000}),
    ],
)
def test_what_cannot_be_called_is_refused_before_anything_is_stored(client, bucket, callback):
    with refuses("InvalidArgument", 400):
        client.put_object(oss.PutObjectRequest(bucket=bucket, key="k", body=b"x", callback=callback))
    assert object_or_none(client, bucket, "k") is None


def test_nobody_unknown_makes_this_server_call_others(client, server, bucket):
    client.put_bucket_acl(oss.PutBucketAclRequest(bucket=bucket, acl="public-read-write"))
    with Receiver() as receiver:
        headers = {"x-oss-callback": asks(receiver.url)}
        answer = requests.put(f"{server.endpoint}/{bucket}/k", data=b"x", headers=headers, timeout=60)
        assert code_of(answer)[:2] == (403, "AccessDenied")
        assert receiver.seen == []
