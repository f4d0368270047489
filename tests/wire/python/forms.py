"""Forms as browsers post them, signed as the vendor's own samples do it: by hand."""

import base64
import datetime
import hashlib
import hmac
import json
import os

import requests


def utc(seconds=3600, form="%Y-%m-%dT%H:%M:%S.000Z"):
    now = datetime.datetime.now(datetime.timezone.utc)
    return (now + datetime.timedelta(seconds=seconds)).strftime(form)


def encode(document):
    return base64.b64encode(json.dumps(document).encode()).decode()


def sign_v1(server, conditions, expires=None):
    policy = encode({"expiration": expires or utc(), "conditions": conditions})
    signature = hmac.new(server.access_key_secret.encode(), policy.encode(), hashlib.sha1).digest()
    return {
        "OSSAccessKeyId": server.access_key_id,
        "policy": policy,
        "Signature": base64.b64encode(signature).decode(),
    }


def sign_v4(server, conditions, expires=None, date=None):
    date = date or utc(0, "%Y%m%dT%H%M%SZ")
    scope = [date[:8], server.region, "oss", "aliyun_v4_request"]
    fields = {
        "x-oss-signature-version": "OSS4-HMAC-SHA256",
        "x-oss-credential": "/".join([server.access_key_id, *scope]),
        "x-oss-date": date,
    }
    all_conditions = [*({name: value} for name, value in fields.items()), *conditions]
    fields["policy"] = encode({"expiration": expires or utc(), "conditions": all_conditions})
    key = f"aliyun_v4{server.access_key_secret}".encode()
    for part in scope:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    fields["x-oss-signature"] = hmac.new(key, fields["policy"].encode(), hashlib.sha256).hexdigest()
    return fields


SIGNERS = {"v1": sign_v1, "v4": sign_v4}


def part(name, value, filename=None, content_type=None):
    head = f'Content-Disposition: form-data; name="{name}"'
    if filename is not None:
        head += f'; filename="{filename}"'
    if content_type is not None:
        head += f"\r\nContent-Type: {content_type}"
    body = value if isinstance(value, bytes) else value.encode()
    return head.encode() + b"\r\n\r\n" + body


def multipart(parts):
    """The body and its Content-Type."""
    boundary = "----Form" + os.urandom(12).hex()
    lines = b"".join(b"--" + boundary.encode() + b"\r\n" + piece + b"\r\n" for piece in parts)
    return lines + b"--" + boundary.encode() + b"--\r\n", f"multipart/form-data; boundary={boundary}"


def post(server, bucket, fields, content, filename="a.txt", content_type="text/plain", **more):
    pieces = [part(name, value) for name, value in fields.items()]
    body, form_type = multipart([*pieces, part("file", content, filename, content_type)])
    return post_raw(server, bucket, body, form_type, **more)


def post_raw(server, bucket, body, form_type, headers=None):
    return requests.post(
        f"{server.endpoint}/{bucket}/",
        data=body,
        headers={"Content-Type": form_type, **(headers or {})},
        allow_redirects=False,
        timeout=60,
    )


def code_of(answer):
    """`(status, code)` of a refusal, with its message."""
    from xml.etree import ElementTree

    root = ElementTree.fromstring(answer.content)
    assert root.tag == "Error" and answer.headers["x-oss-ec"] == root.findtext("EC")
    return answer.status_code, root.findtext("Code"), root.findtext("Message")
