# proves oss: ListObjects, ListObjectsV2

import alibabacloud_oss_v2 as oss
import oss2
import pytest
from conftest import refuses

KEYS = sorted(
    ["a", "a/1", "a/2", "a/b/3", "b", "b c", "b+c", "b%20c", "c/", "c/x", "zz\n", "é", "文/一", "文/二", "😀", "～"],
    key=lambda key: key.encode(),
)


@pytest.fixture
def filled(client, bucket):
    for key in KEYS:
        client.put_object(oss.PutObjectRequest(bucket=bucket, key=key, body=key.encode()))
    return bucket


def test_keys_come_in_byte_order(client, filled):
    result = client.list_objects_v2(oss.ListObjectsV2Request(bucket=filled))
    assert [found.key for found in result.contents] == KEYS
    assert (result.key_count, result.is_truncated, result.name) == (len(KEYS), False, filled)
    first = result.contents[0]
    assert first.size == 1 and first.object_type == "Normal" and first.storage_class == "Standard"
    assert first.etag == client.head_object(oss.HeadObjectRequest(bucket=filled, key="a")).etag
    assert first.owner is None
    with_owner = client.list_objects_v2(oss.ListObjectsV2Request(bucket=filled, fetch_owner=True))
    assert with_owner.contents[0].owner.id


@pytest.mark.parametrize("parameter", ["prefix", "delimiter", "marker", "start_after"])
def test_what_is_longer_than_any_key_is_refused(client, filled, parameter):
    listing = (client.list_objects, oss.ListObjectsRequest)
    if parameter == "start_after":
        listing = (client.list_objects_v2, oss.ListObjectsV2Request)
    ask, request = listing
    ask(request(bucket=filled, **{parameter: "文" * 341}))
    for text in ("a" * 1024, "文" * 342):
        with refuses("InvalidArgument", 400):
            ask(request(bucket=filled, **{parameter: text}))


def test_v1_listing_names_owners(client, filled):
    result = client.list_objects(oss.ListObjectsRequest(bucket=filled))
    assert [found.key for found in result.contents] == KEYS
    assert all(found.owner.id for found in result.contents)


@pytest.mark.parametrize("page", [1, 2, 5, 1000])
def test_pages_join_to_the_whole(client, filled, page):
    v2 = client.list_objects_v2_paginator(limit=page).iter_page(oss.ListObjectsV2Request(bucket=filled))
    assert [found.key for part in v2 for found in part.contents] == KEYS
    v1 = client.list_objects_paginator(limit=page).iter_page(oss.ListObjectsRequest(bucket=filled))
    assert [found.key for part in v1 for found in part.contents] == KEYS


@pytest.mark.parametrize("page", [1, 2, 1000])
def test_a_delimiter_folds_and_pages(client, filled, page):
    keys, prefixes = [], []
    for part in client.list_objects_v2_paginator(limit=page).iter_page(
        oss.ListObjectsV2Request(bucket=filled, delimiter="/")
    ):
        keys += [found.key for found in part.contents or []]
        prefixes += [found.prefix for found in part.common_prefixes or []]
        assert part.key_count == len(part.contents or []) + len(part.common_prefixes or [])
    assert prefixes == ["a/", "c/", "文/"]
    assert keys == [key for key in KEYS if "/" not in key]


def test_prefix_and_delimiter(client, filled):
    result = client.list_objects_v2(oss.ListObjectsV2Request(bucket=filled, prefix="a/", delimiter="/"))
    assert [found.key for found in result.contents] == ["a/1", "a/2"]
    assert [found.prefix for found in result.common_prefixes] == ["a/b/"]
    odd = client.list_objects_v2(oss.ListObjectsV2Request(bucket=filled, prefix="文", delimiter="/一"))
    assert [found.prefix for found in odd.common_prefixes] == ["文/一"]


def test_start_after_and_marker_exclude_their_key(client, filled):
    result = client.list_objects_v2(oss.ListObjectsV2Request(bucket=filled, start_after="b c"))
    assert [found.key for found in result.contents] == KEYS[KEYS.index("b c") + 1 :]
    result = client.list_objects(oss.ListObjectsRequest(bucket=filled, marker="b c"))
    assert [found.key for found in result.contents] == KEYS[KEYS.index("b c") + 1 :]


def test_encoding_is_announced_and_never_uses_plus(server, client, filled):
    """Go decodes with form rules, Python without: so a space must be %20 and a plus %2B."""
    from raw_http import send, signed_v1

    answer = send(server, "GET", f"/{filled}/?encoding-type=url&prefix=b", signed_v1(server, "GET", f"/{filled}/"))
    text = answer.body.decode()
    assert "<EncodingType>url</EncodingType>" in text
    assert "<Key>b%20c</Key>" in text and "<Key>b%2Bc</Key>" in text and "<Key>b%2520c</Key>" in text
    assert "xmlns" not in text


def test_the_listing_follows_changes_at_once(client, bucket):
    for number in range(20):
        client.put_object(oss.PutObjectRequest(bucket=bucket, key="k", body=b"x" * number))
        assert client.list_objects_v2(oss.ListObjectsV2Request(bucket=bucket)).contents[0].size == number
    client.delete_object(oss.DeleteObjectRequest(bucket=bucket, key="k"))
    assert client.list_objects_v2(oss.ListObjectsV2Request(bucket=bucket)).contents in (None, [])


def test_bad_parameters_are_named(client, bucket):
    for value in (0, 1001, -1):
        with refuses("InvalidArgument", 400):
            client.list_objects(oss.ListObjectsRequest(bucket=bucket, max_keys=value))
    with refuses("InvalidArgument", 400):
        client.list_objects_v2(oss.ListObjectsV2Request(bucket=bucket, encoding_type="rot13"))


def test_oss2_iterators(old_bucket):
    for key in KEYS:
        old_bucket.put_object(key, key.encode())
    assert [found.key for found in oss2.ObjectIterator(old_bucket, max_keys=3)] == KEYS
    assert [found.key for found in oss2.ObjectIteratorV2(old_bucket, max_keys=3)] == KEYS
    folded = list(oss2.ObjectIteratorV2(old_bucket, prefix="a", delimiter="/", max_keys=1))
    assert [(found.key, found.is_prefix()) for found in folded] == [("a", False), ("a/", True)]


def test_many_keys(server, bucket):
    from conftest import bucket_for

    remote = bucket_for(server, bucket)
    keys = [f"many/{number:04d}" for number in range(250)]
    for key in keys:
        remote.put_object(key, b"")
    assert [found.key for found in oss2.ObjectIteratorV2(remote)] == keys
    result = remote.list_objects()
    assert len(result.object_list) == 100 and result.is_truncated and result.next_marker == keys[99]
    remote.batch_delete_objects(keys)
    assert list(oss2.ObjectIteratorV2(remote)) == []


def test_oss2_starts_after_a_name(old_bucket):
    for key in ("a", "b", "c"):
        old_bucket.put_object(key, b"")
    assert [found.key for found in old_bucket.list_objects_v2(start_after="a").object_list] == ["b", "c"]


def test_no_key_is_passed_over_for_one_that_xml_cannot_hold(server, client, bucket):
    """Of clients that do not ask for encoding-type=url."""
    import xml.etree.ElementTree as ElementTree
    from urllib.parse import quote

    from raw_http import send, signed_v1

    for key in ("a\x01", "a\x01b", "a\x02", "a1", "a2", "b"):
        client.put_object(oss.PutObjectRequest(bucket=bucket, key=key, body=b"x"))
        client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(bucket=bucket, key=key))
    for subresource, limit, marker, entry, next_marker, also in (
        ("", "max-keys", "marker", "Contents", "NextMarker", None),
        ("versions", "max-keys", "key-marker", "Version", "NextKeyMarker", ("version-id-marker", "NextVersionIdMarker")),
        ("uploads", "max-uploads", "key-marker", "Upload", "NextKeyMarker", ("upload-id-marker", "NextUploadIdMarker")),
    ):
        seen, where = [], ""
        while where is not None:
            resource = f"/{bucket}/" + (f"?{subresource}" if subresource else "")
            target = f"/{bucket}/?{subresource}&{limit}=1{where}"
            answer = send(server, "GET", target, signed_v1(server, "GET", resource))
            page = ElementTree.fromstring(answer.body)
            seen += [found.findtext("Key") for found in page.findall(entry)]
            where = None
            if page.findtext("IsTruncated") == "true":
                where = f"&{marker}={quote(page.findtext(next_marker), safe='')}"
                if also:
                    where += f"&{also[0]}={quote(page.findtext(also[1]), safe='')}"
        assert seen == ["a\ufffd", "a\ufffdb", "a\ufffd", "a1", "a2", "b"], subresource
