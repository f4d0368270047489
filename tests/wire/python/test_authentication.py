import time

import alibabacloud_oss_v2 as oss
import oss2
import pytest
from conftest import client_for, refuses, refuses_old, service_error
from raw_http import send, signed_v1


@pytest.fixture(params=["v4", "v1"])
def signed_client(request, server):
    """Makes V2 clients with other keys, in both signatures."""

    def make(access_key_id=None, access_key_secret=None):
        provider = oss.credentials.StaticCredentialsProvider(
            access_key_id or server.access_key_id, access_key_secret or server.access_key_secret
        )
        return client_for(server, credentials_provider=provider, signature_version=request.param, retry_max_attempts=1)

    return make


def test_the_v2_client_works_with_both_signatures(signed_client, bucket):
    client = signed_client()
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="a b+c/文", body=b"x", metadata={"m": "1"}))
    assert client.get_object(oss.GetObjectRequest(bucket=bucket, key="a b+c/文")).body.read() == b"x"
    assert len(client.list_objects_v2(oss.ListObjectsV2Request(bucket=bucket)).contents) == 1


def test_a_wrong_secret_is_a_wrong_signature(signed_client, bucket):
    client = signed_client(access_key_secret="wrong")
    with refuses("SignatureDoesNotMatch", 403) as caught:
        client.get_bucket_info(oss.GetBucketInfoRequest(bucket=bucket))
    assert caught.error.ec in ("0002-00000040", "0002-00000201")
    with refuses("SignatureDoesNotMatch", 403):
        client.head_object(oss.HeadObjectRequest(bucket=bucket, key="a"))


def test_an_unknown_key_is_named_so(signed_client, bucket):
    with refuses("InvalidAccessKeyId", 403) as caught:
        signed_client(access_key_id="NobodysAccessKey").get_bucket_info(oss.GetBucketInfoRequest(bucket=bucket))
    assert caught.error.ec == "0002-00000902"


def test_a_bucket_that_is_absent_is_reported_whatever_the_key(signed_client, bucket):
    """Clients ask with any key whether a name is taken."""
    for stranger in (signed_client(access_key_id="NobodysAccessKey"), signed_client(access_key_secret="wrong")):
        with refuses("NoSuchBucket", 404):
            stranger.get_bucket_acl(oss.GetBucketAclRequest(bucket=f"{bucket}-not"))
        assert stranger.is_bucket_exist(bucket) and not stranger.is_bucket_exist(f"{bucket}-not")
        with pytest.raises(oss.exceptions.OperationError) as caught:
            stranger.put_bucket(oss.PutBucketRequest(bucket=f"{bucket}-not"))
        assert service_error(caught.value).code in ("InvalidAccessKeyId", "SignatureDoesNotMatch")


def test_oss2_with_a_wrong_secret(server, bucket):
    for auth in (oss2.Auth(server.access_key_id, "wrong"), oss2.AuthV4(server.access_key_id, "wrong")):
        with refuses_old("SignatureDoesNotMatch", 403):
            oss2.Bucket(auth, server.endpoint, bucket, region=server.region).get_bucket_info()


@pytest.mark.parametrize("minutes", [-16, 16, -600])
def test_a_skewed_clock_is_told_the_time(server, bucket, minutes):
    headers = signed_v1(server, "GET", f"/{bucket}/?bucketInfo", date=time.time() + 60 * minutes)
    answer = send(server, "GET", f"/{bucket}/?bucketInfo", headers)
    assert (answer.status, answer.code) == (403, "RequestTimeTooSkewed")
    assert b"<ServerTime>" in answer.body and b"<MaxAllowedSkewMilliseconds>900000<" in answer.body
    assert answer.headers["Date"], "clients correct their clocks by it"


@pytest.mark.parametrize("minutes", [-14, 14])
def test_a_little_skew_is_tolerated(server, bucket, minutes):
    headers = signed_v1(server, "GET", f"/{bucket}/?bucketInfo", date=time.time() + 60 * minutes)
    assert send(server, "GET", f"/{bucket}/?bucketInfo", headers).status == 200


def test_a_missing_or_senseless_date_is_refused(server, bucket):
    headers = signed_v1(server, "GET", f"/{bucket}/?bucketInfo")
    for date in (None, "yesterday"):
        sent = {name: value for name, value in headers.items() if name != "date"}
        if date:
            sent["date"] = date
        answer = send(server, "GET", f"/{bucket}/?bucketInfo", sent)
        assert (answer.status, answer.code) == (403, "AccessDenied")


def test_anything_changed_after_signing_is_refused(server, bucket):
    headers = signed_v1(server, "PUT", f"/{bucket}/a", {"content-type": "text/plain", "x-oss-meta-a": "1"})
    changes = [
        ("POST", f"/{bucket}/a", {}),
        ("PUT", f"/{bucket}/b", {}),
        ("PUT", f"/{bucket}/a?acl", {}),
        ("PUT", f"/{bucket}/a", {"content-type": "text/html"}),
        ("PUT", f"/{bucket}/a", {"x-oss-meta-a": "2"}),
        ("PUT", f"/{bucket}/a", {"x-oss-meta-b": "1"}),
    ]
    for method, target, more in changes:
        answer = send(server, method, target, {**headers, **more}, b"x")
        assert (answer.status, answer.code) == (403, "SignatureDoesNotMatch"), (method, target, more)
        assert b"<StringToSign>" in answer.body
    assert send(server, "PUT", f"/{bucket}/a", headers, b"x").status == 200


@pytest.mark.parametrize(
    "value",
    [
        "OSS",
        "OSS ",
        "OSS nocolon",
        "OSS4-HMAC-SHA256",
        "OSS4-HMAC-SHA256 Credential=x",
        "Bearer abc",
        "OSS4-HMAC-SHA256 Credential=a/b/c/d/e,Signature=zz",
    ],
)
def test_a_malformed_authorization_is_an_answer_not_a_crash(server, bucket, value):
    headers = signed_v1(server, "GET", f"/{bucket}/?bucketInfo")
    answer = send(server, "GET", f"/{bucket}/?bucketInfo", {**headers, "authorization": value})
    assert answer.status in (400, 403) and answer.code


def test_nobody_may_do_nothing(server, bucket):
    for method, target in (
        ("GET", "/"),
        ("GET", f"/{bucket}/"),
        ("GET", f"/{bucket}/a"),
        ("PUT", f"/{bucket}/a"),
        ("DELETE", f"/{bucket}/"),
        ("PUT", "/another-bucket-entirely/"),
    ):
        answer = send(server, method, target, body=b"" if method == "PUT" else None)
        assert (answer.status, answer.code) == (403, "AccessDenied"), (method, target)


def test_a_security_token_with_lasting_keys_is_refused(server, bucket):
    provider = oss.credentials.StaticCredentialsProvider(server.access_key_id, server.access_key_secret, "token")
    with refuses("InvalidSecurityToken", 403):
        client_for(server, credentials_provider=provider).get_bucket_info(oss.GetBucketInfoRequest(bucket=bucket))


def test_additional_headers_are_signed(server, bucket):
    client = client_for(server, additional_headers=["range", "host"])
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=b"0123456789"))
    got = client.get_object(oss.GetObjectRequest(bucket=bucket, key="a", range_header="bytes=2-4"))
    assert got.body.read() == b"234"
