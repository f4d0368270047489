"""The second version of signatures, which some older clients can use."""

import oss2
import pytest
import requests


def bucket_v2(server, name, secret=None):
    return oss2.Bucket(oss2.AuthV2(server.access_key_id, secret or server.access_key_secret), server.endpoint, name)


def test_requests_are_signed_in_headers(server, bucket):
    old = bucket_v2(server, bucket)
    key = "dir a/文件+1.txt"
    assert old.put_object(key, b"hello", headers={"x-oss-meta-a": "b"}).status == 200
    assert old.get_object(key, byte_range=(1, 3)).read() == b"ell"
    assert [found.key for found in old.list_objects("dir ", delimiter="").object_list] == [key]
    assert old.get_object_tagging(key).tag_set.tagging_rule == {}
    assert oss2.Service(old.auth, server.endpoint).list_buckets(prefix=bucket).buckets[0].name == bucket


def test_urls_are_signed_with_all_that_stands_in_them(server, bucket):
    old = bucket_v2(server, bucket)
    old.put_object("a/b.txt", b"hello")
    url = old.sign_url("GET", "a/b.txt", 60)
    assert requests.get(url, timeout=10).content == b"hello"
    assert requests.get(f"{url}&response-content-type=text/html", timeout=10).status_code == 403
    headers = {"custom-header": "abc"}
    url = old.sign_url("GET", "a/b.txt", 60, headers=headers, additional_headers=["custom-header"])
    assert requests.get(url, headers=headers, timeout=10).content == b"hello"
    assert requests.get(url, headers={"custom-header": "other"}, timeout=10).status_code == 403
    assert requests.get(url, timeout=10).status_code == 400
    assert requests.get(old.sign_url("GET", "a/b.txt", -60), timeout=10).status_code == 403


def test_a_wrong_secret_is_refused(server, bucket):
    with pytest.raises(oss2.exceptions.SignatureDoesNotMatch) as caught:
        bucket_v2(server, bucket, "wrong").put_object("a", b"x")
    assert caught.value.details["EC"] == "0002-00000101"
