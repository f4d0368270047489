# proves oss: PutBucketReferer, GetBucketReferer

import datetime

import alibabacloud_oss_v2 as oss
import oss2
import pytest
from conftest import refuses
from raw_http import send, signed_v1


def put(client, bucket, allow_empty, allowed=(), refused=(), query=None, path=None):
    configuration = oss.RefererConfiguration(
        allow_empty_referer=allow_empty,
        allow_truncate_query_string=query,
        truncate_path=path,
        referer_list=oss.RefererList(referers=list(allowed)),
        referer_blacklist=oss.RefererBlacklist(referers=list(refused)) if refused else None,
    )
    client.put_bucket_referer(oss.PutBucketRefererRequest(bucket=bucket, referer_configuration=configuration))


@pytest.fixture
def public(client, bucket):
    client.put_bucket_acl(oss.PutBucketAclRequest(bucket=bucket, acl="public-read"))
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=b"a"))
    return bucket


def status(server, bucket, referer=None, method="GET"):
    return send(server, method, f"/{bucket}/a", {} if referer is None else {"Referer": referer}).status


def test_a_bucket_has_the_default_until_it_is_set(client, bucket):
    get = oss.GetBucketRefererRequest(bucket=bucket)
    got = client.get_bucket_referer(get).referer_configuration
    assert (got.allow_empty_referer, got.allow_truncate_query_string, got.truncate_path) == (True, True, False)
    assert not got.referer_list.referers
    put(client, bucket, False, ["http://a.example.com"], ["http://b.example.com"])
    got = client.get_bucket_referer(get).referer_configuration
    assert (got.allow_empty_referer, got.referer_list.referers) == (False, ["http://a.example.com"])
    assert got.referer_blacklist.referers == ["http://b.example.com"]
    # An empty entry empties the list.
    put(client, bucket, False, [""])
    got = client.get_bucket_referer(get).referer_configuration
    assert got.allow_empty_referer is False and not got.referer_list.referers


def test_oss2_keeps_referers(old_bucket):
    old_bucket.put_bucket_referer(oss2.models.BucketReferer(True, ["http://hello.example.com", "mibrowser:home", "?"]))
    got = old_bucket.get_bucket_referer()
    assert (got.allow_empty_referer, got.referers) == (True, ["http://hello.example.com", "mibrowser:home", "?"])


def test_only_pages_on_the_list_may_link_to_objects(server, client, public):
    put(client, public, True, ["http://www.example.com", "https://*.example.org/x?/"])
    for referer in (None, "", "http://www.example.com", "http://WWW.example.com/a/b?c", "https://q.example.org/x1/y"):
        assert status(server, public, referer) == 200, referer
    for referer in ("http://example.com", "https://www.example.com", "https://example.org/x1/", "evil"):
        assert status(server, public, referer) == 403, referer
    refused = send(server, "GET", f"/{public}/a", {"Referer": "evil"})
    assert refused.code == "AccessDenied" and b"You are denied by bucket referer policy." in refused.body
    assert status(server, public, "evil", "HEAD") == 403


def test_an_empty_referer_is_refused_where_there_is_a_list(server, client, public):
    put(client, public, False, ["http://www.example.com"])
    assert status(server, public) == 403
    assert status(server, public, "http://www.example.com/") == 200
    put(client, public, False)
    assert status(server, public) == 200


def test_pages_on_the_black_list_are_refused_whoever_is_allowed(server, client, public):
    put(client, public, True, ["*"], ["*evil.example.com"])
    assert status(server, public, "http://www.example.com/") == 200
    assert status(server, public, "http://evil.example.com/page") == 403
    put(client, public, True, [], ["*evil.example.com"])
    assert status(server, public, "http://www.example.com/") == 200
    assert status(server, public, "http://evil.example.com/page") == 403


def test_query_and_path_of_the_page_count_as_the_bucket_says(server, client, public):
    page = "http://www.example.com/a?next=http://evil.example.com/"
    put(client, public, True, ["*"], ["*evil.example.com"])
    assert status(server, public, page) == 200
    put(client, public, True, ["*"], ["*evil.example.com"], query=False)
    assert status(server, public, page) == 403
    put(client, public, True, ["http://www.example.com/a"])
    assert status(server, public, "http://www.example.com/a/b") == 200
    put(client, public, True, ["http://www.example.com/a"], path=True)
    assert status(server, public, "http://www.example.com/a/b") == 403
    put(client, public, True, ["http://www.example.com/"], path=True)
    assert status(server, public, "http://www.example.com/a/b") == 200
    with refuses("MalformedXML", 400):
        put(client, public, True, [], query=False, path=True)


def test_a_presigned_url_is_checked_and_a_signed_request_is_not(server, client, public):
    put(client, public, False, ["http://www.example.com"])
    url = client.presign(
        oss.GetObjectRequest(bucket=public, key="a"), expires=datetime.timedelta(minutes=5)
    ).url
    target = url.removeprefix(server.endpoint)
    assert send(server, "GET", target).status == 403
    assert send(server, "GET", target, {"Referer": "http://www.example.com/"}).status == 200
    assert client.get_object(oss.GetObjectRequest(bucket=public, key="a")).body.read() == b"a"
    signed = {**signed_v1(server, "GET", f"/{public}/a"), "Referer": "evil"}
    assert send(server, "GET", f"/{public}/a", signed).status == 200
