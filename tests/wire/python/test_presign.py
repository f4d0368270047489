# proves oss: PutObject, GetObject, HeadObject, UploadPart

import datetime
import types
import urllib.error
import urllib.parse
import urllib.request

import alibabacloud_oss_v2 as oss
import pytest
from alibabacloud_oss_v2.signer import v4 as signer_v4
from conftest import bucket_for, client_for
from raw_http import send


def fetch(url, method="GET", data=None, headers=None):
    """Status, body and headers, as a plain HTTP client sees them."""
    request = urllib.request.Request(url, data=data, headers=headers or {}, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers


@pytest.fixture(params=["v4", "v1"])
def version(request):
    return request.param


def test_gets_and_puts(server, bucket, version):
    client = client_for(server, signature_version=version)
    key = "dir/文 件+&.txt"
    put = client.presign(oss.PutObjectRequest(bucket=bucket, key=key, content_type="text/plain"))
    assert put.method == "PUT"
    status, _, headers = fetch(put.url, "PUT", b"by url", {"Content-Type": "text/plain", **put.signed_headers})
    assert status == 200 and headers["ETag"]
    get = client.presign(oss.GetObjectRequest(bucket=bucket, key=key), expires=datetime.timedelta(minutes=5))
    status, body, headers = fetch(get.url)
    assert (status, body, headers["Content-Type"]) == (200, b"by url", "text/plain")
    assert fetch(client.presign(oss.HeadObjectRequest(bucket=bucket, key=key)).url, "HEAD")[0] == 200


def test_oss2_signs_urls(server, bucket, version):
    remote = bucket_for(server, bucket, version)
    for slash_safe in (True, False):
        url = remote.sign_url("PUT", "a/b c", 60, slash_safe=slash_safe, headers={"Content-Type": "text/x"})
        assert fetch(url, "PUT", b"x", {"Content-Type": "text/x"})[0] == 200
        url = remote.sign_url(
            "GET", "a/b c", 60, slash_safe=slash_safe, params={"response-content-type": "text/html; charset=utf-8"}
        )
        status, body, headers = fetch(url)
        assert (status, body, headers["Content-Type"]) == (200, b"x", "text/html; charset=utf-8")


def test_an_url_does_only_what_it_was_made_for(server, bucket, version):
    client = client_for(server, signature_version=version)
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=b"a"))
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="b", body=b"b"))
    url = client.presign(oss.GetObjectRequest(bucket=bucket, key="a")).url
    assert fetch(url)[0] == 200
    changed = {
        "another method": (url, "PUT"),
        "another key": (url.replace(f"/{bucket}/a?", f"/{bucket}/b?"), "GET"),
        "a parameter more": (url + "&response-content-type=text/html", "GET"),
        "a process added": (url + "&x-oss-process=image/resize,w_10", "GET"),
    }
    for what, (address, method) in changed.items():
        status, body, _ = fetch(address, method, b"x" if method == "PUT" else None)
        assert status == 403 and b"<Code>SignatureDoesNotMatch</Code>" in body, what


def test_an_expired_url_is_told_so(server, bucket, version, monkeypatch):
    client = client_for(server, signature_version=version)
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=b"a"))
    if version == "v1":
        url = bucket_for(server, bucket, "v1").sign_url("GET", "a", -60)
    else:

        class AnHourAgo(datetime.datetime):
            @classmethod
            def now(cls, tz=None):
                return datetime.datetime.now(tz) - datetime.timedelta(hours=1)

        clock = types.SimpleNamespace(datetime=AnHourAgo, timezone=datetime.timezone, timedelta=datetime.timedelta)
        monkeypatch.setattr(signer_v4, "datetime", clock)
        url = client.presign(oss.GetObjectRequest(bucket=bucket, key="a")).url
    status, body, _ = fetch(url)
    assert status == 403 and b"<Code>AccessDenied</Code>" in body and b"expired" in body


def test_an_url_lives_a_week_at_most(server, bucket):
    url = bucket_for(server, bucket, "v4").sign_url("GET", "a", 604_801)
    status, body, _ = fetch(url)
    assert status in (400, 403) and (b"InvalidArgument" in body or b"AccessDenied" in body)


def test_a_part_can_be_sent_by_url(server, client, bucket, version):
    signer = client_for(server, signature_version=version)
    upload = client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(bucket=bucket, key="big")).upload_id
    url = signer.presign(oss.UploadPartRequest(bucket=bucket, key="big", upload_id=upload, part_number=1)).url
    # Not by urllib, which would add a Content-Type that was not signed.
    where = urllib.parse.urlsplit(url)
    sent = send(server, "PUT", f"{where.path}?{where.query}", body=b"part")
    assert sent.status == 200
    client.complete_multipart_upload(
        oss.CompleteMultipartUploadRequest(
            bucket=bucket,
            key="big",
            upload_id=upload,
            complete_multipart_upload=oss.CompleteMultipartUpload(
                parts=[oss.UploadPart(part_number=1, etag=sent.headers["ETag"])]
            ),
        )
    )
    assert client.get_object(oss.GetObjectRequest(bucket=bucket, key="big")).body.read() == b"part"


def test_a_header_that_was_signed_must_be_sent(server, bucket):
    remote = bucket_for(server, bucket)
    url = remote.sign_url("PUT", "a", 60, slash_safe=True, headers={"name": "me"}, additional_headers={"name"})
    where = urllib.parse.urlsplit(url)
    target = f"{where.path}?{where.query}"
    missing = send(server, "PUT", target, body=b"x")
    assert (missing.status, missing.code) == (400, "InvalidArgument")
    changed = send(server, "PUT", target, {"name": "you"}, b"x")
    assert (changed.status, changed.code) == (403, "SignatureDoesNotMatch")
    assert send(server, "PUT", target, {"name": "me"}, b"x").status == 200
