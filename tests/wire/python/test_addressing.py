"""Every way of saying which bucket is meant."""

import http.client
import urllib.parse

import alibabacloud_oss_v2 as oss
import pytest
from conftest import client_for
from raw_http import send, signed_v1


@pytest.fixture
def stored(client, bucket):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="dir/a b", body=b"found"))
    return bucket


@pytest.mark.parametrize(
    "suffix",
    [
        "localhost",
        "oss-cn-hangzhou.aliyuncs.com",
        "oss-cn-hangzhou-internal.aliyuncs.com",
        "oss-accelerate.aliyuncs.com",
    ],
)
def test_the_bucket_may_stand_in_the_host(server, stored, suffix):
    headers = signed_v1(server, "GET", f"/{stored}/dir/a b")
    answer = send(server, "GET", "/dir/a%20b", headers, host=f"{stored}.{suffix}")
    assert (answer.status, answer.body) == (200, b"found")
    listing = send(server, "GET", "/", signed_v1(server, "GET", f"/{stored}/"), host=f"{stored}.{suffix}:80")
    assert listing.status == 200 and b"<Key>dir/a b</Key>" in listing.body


def test_the_bucket_may_stand_in_the_path(server, stored):
    headers = signed_v1(server, "GET", f"/{stored}/dir/a b")
    for target in (f"/{stored}/dir/a%20b", f"/{stored}/dir%2Fa%20b", f"/{stored}/%64ir/a%20b"):
        answer = send(server, "GET", target, headers)
        assert (answer.status, answer.body) == (200, b"found"), target


def test_a_vendors_host_without_bucket_is_the_service(server, stored):
    for host in ("oss-cn-hangzhou.aliyuncs.com", ".oss-cn-hangzhou.aliyuncs.com"):
        answer = send(server, "GET", "/", signed_v1(server, "GET", "/"), host=host)
        assert answer.status == 200 and b"<ListAllMyBucketsResult>" in answer.body


def test_host_and_path_may_both_name_the_bucket(server, stored):
    """What ali-oss sends with `sldEnable`: the reading whose signature verifies is meant."""
    host = f"{stored}.oss-cn-hangzhou.aliyuncs.com"
    answer = send(server, "GET", f"/{stored}/dir/a%20b", signed_v1(server, "GET", f"/{stored}/dir/a b"), host=host)
    assert (answer.status, answer.body) == (200, b"found")
    literal = signed_v1(server, "PUT", f"/{stored}/{stored}/dir/a b")
    assert send(server, "PUT", f"/{stored}/dir/a%20b", literal, b"nested", host=host).status == 200
    nested = signed_v1(server, "GET", f"/{stored}/{stored}/dir/a b")
    assert send(server, "GET", f"/{stored}/{stored}/dir/a%20b", nested).body == b"nested"


def test_the_v2_client_with_virtual_hosts(server, stored, monkeypatch):
    """`bucket.localhost` has no address on many machines: the connection goes to the server, the name stays in Host."""
    import socket

    where = urllib.parse.urlsplit(server.endpoint)
    resolve = socket.getaddrinfo

    def to_the_server(host, *arguments, **named):
        return resolve(where.hostname if str(host).endswith(".localhost") else host, *arguments, **named)

    monkeypatch.setattr(socket, "getaddrinfo", to_the_server)
    client = client_for(server, endpoint=f"http://localhost:{where.port}")
    got = client.get_object(oss.GetObjectRequest(bucket=stored, key="dir/a b"))
    assert got.body.read() == b"found"
    assert (
        urllib.parse.urlsplit(client.presign(oss.GetObjectRequest(bucket=stored, key="dir/a b")).url).hostname
        == f"{stored}.localhost"
    )


def test_keys_are_never_normalised(server, bucket):
    for target, key in (
        (f"/{bucket}/a/../b", "a/../b"),
        (f"/{bucket}//x", "/x"),
        (f"/{bucket}/y//z/", "y//z/"),
        (f"/{bucket}/./w", "./w"),
    ):
        answer = send(server, "PUT", target, signed_v1(server, "PUT", f"/{bucket}/{key}"), key.encode())
        if key.startswith("/"):
            assert (answer.status, answer.code) == (400, "InvalidObjectName")
            continue
        assert answer.status == 200
        read = send(server, "GET", target, signed_v1(server, "GET", f"/{bucket}/{key}"))
        assert read.body == key.encode()
        # The clients' HTTP libraries would normalise the path of a deletion too.
        assert send(server, "DELETE", target, signed_v1(server, "DELETE", f"/{bucket}/{key}")).status == 204


def test_an_expectation_is_answered(server, bucket):
    """Go and ossutil wait for 100 Continue before they send the body."""
    where = urllib.parse.urlsplit(server.endpoint)
    connection = http.client.HTTPConnection(where.hostname, where.port, timeout=10)
    headers = signed_v1(server, "PUT", f"/{bucket}/expected")
    connection.putrequest("PUT", f"/{bucket}/expected")
    for name, value in {**headers, "Expect": "100-continue", "Content-Length": "4"}.items():
        connection.putheader(name, value)
    connection.endheaders()
    first = connection.sock.recv(64)
    assert first.startswith(b"HTTP/1.1 100")
    connection.send(b"body")
    assert connection.getresponse().status == 200
    connection.close()
