# proves oss: CopyObject

import alibabacloud_oss_v2 as oss
import pytest
from conftest import empty_and_delete, fresh_name, refuses


@pytest.fixture
def source(client, bucket):
    client.put_object(
        oss.PutObjectRequest(
            bucket=bucket,
            key="源 +/source.txt",
            body=b"copy me",
            content_type="text/plain",
            metadata={"kind": "original"},
        )
    )
    return "源 +/source.txt"


def test_copies_bytes_and_metadata(client, bucket, source):
    result = client.copy_object(
        oss.CopyObjectRequest(bucket=bucket, key="copy", source_bucket=bucket, source_key=source)
    )
    head = client.head_object(oss.HeadObjectRequest(bucket=bucket, key="copy"))
    assert result.etag == head.etag and result.last_modified and result.hash_crc64 == head.hash_crc64
    assert head.content_type == "text/plain" and dict(head.metadata) == {"kind": "original"}
    assert client.get_object(oss.GetObjectRequest(bucket=bucket, key="copy")).body.read() == b"copy me"


def test_a_copy_outlives_its_source(client, bucket, source):
    big = b"0123456789" * 100_000
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="big", body=big))
    for key in (source, "big"):
        client.copy_object(
            oss.CopyObjectRequest(bucket=bucket, key=f"copy of {key}", source_bucket=bucket, source_key=key)
        )
        client.delete_object(oss.DeleteObjectRequest(bucket=bucket, key=key))
    assert client.get_object(oss.GetObjectRequest(bucket=bucket, key="copy of big")).body.read() == big
    assert client.get_object(oss.GetObjectRequest(bucket=bucket, key=f"copy of {source}")).body.read() == b"copy me"


def test_copies_across_buckets(client, bucket, source):
    other = fresh_name()
    client.put_bucket(oss.PutBucketRequest(bucket=other))
    client.copy_object(oss.CopyObjectRequest(bucket=other, key="copy", source_bucket=bucket, source_key=source))
    assert client.get_object(oss.GetObjectRequest(bucket=other, key="copy")).body.read() == b"copy me"
    empty_and_delete(client, other)


def test_replaces_metadata_when_told(client, bucket, source):
    client.copy_object(
        oss.CopyObjectRequest(
            bucket=bucket,
            key="copy",
            source_bucket=bucket,
            source_key=source,
            metadata_directive="REPLACE",
            content_type="text/html",
            metadata={"kind": "copy"},
        )
    )
    head = client.head_object(oss.HeadObjectRequest(bucket=bucket, key="copy"))
    assert head.content_type == "text/html" and dict(head.metadata) == {"kind": "copy"}


def test_a_copy_onto_itself_changes_the_metadata(client, bucket, source):
    client.copy_object(
        oss.CopyObjectRequest(
            bucket=bucket,
            key=source,
            source_bucket=bucket,
            source_key=source,
            metadata_directive="REPLACE",
            metadata={"kind": "changed"},
        )
    )
    got = client.get_object(oss.GetObjectRequest(bucket=bucket, key=source))
    assert got.body.read() == b"copy me" and dict(got.metadata) == {"kind": "changed"}


def test_conditions_on_the_source(client, bucket, source):
    etag = client.head_object(oss.HeadObjectRequest(bucket=bucket, key=source)).etag
    copy = {"bucket": bucket, "key": "copy", "source_bucket": bucket, "source_key": source}
    client.copy_object(oss.CopyObjectRequest(**copy, if_match=etag))
    with refuses("PreconditionFailed", 412):
        client.copy_object(oss.CopyObjectRequest(**copy, if_match='"00000000000000000000000000000000"'))
    with pytest.raises(oss.exceptions.OperationError) as caught:
        client.copy_object(oss.CopyObjectRequest(**copy, if_none_match=etag))
    assert caught.value.unwrap().status_code == 304


def test_an_absent_source_is_named_so(client, bucket):
    with refuses("NoSuchKey", 404):
        client.copy_object(oss.CopyObjectRequest(bucket=bucket, key="copy", source_bucket=bucket, source_key="absent"))
    with refuses("NoSuchBucket", 404):
        client.copy_object(
            oss.CopyObjectRequest(bucket=bucket, key="copy", source_bucket=fresh_name("absent"), source_key="absent")
        )


def test_the_copier(client, bucket, source):
    result = client.copier().copy(
        oss.CopyObjectRequest(bucket=bucket, key="copy", source_bucket=bucket, source_key=source)
    )
    assert result.status_code == 200
    assert client.get_object(oss.GetObjectRequest(bucket=bucket, key="copy")).body.read() == b"copy me"


def test_oss2_copies(old_bucket):
    old_bucket.put_object("a/文 件", b"x")
    old_bucket.copy_object(old_bucket.bucket_name, "a/文 件", "b")
    assert old_bucket.get_object("b").read() == b"x"


def test_replacing_the_description_keeps_what_reading_needs(client, bucket):
    client.put_object(
        oss.PutObjectRequest(
            bucket=bucket,
            key="a",
            body=b"x",
            content_type="text/plain",
            cache_control="no-cache",
            metadata={"client-side-encryption-key": "sealed", "author": "a"},
        )
    )

    def copied(**more):
        client.copy_object(
            oss.CopyObjectRequest(
                bucket=bucket, key="b", source_bucket=bucket, source_key="a", metadata_directive="REPLACE", **more
            )
        )
        found = client.head_object(oss.HeadObjectRequest(bucket=bucket, key="b"))
        return found.content_type, found.cache_control, dict(found.metadata)

    sealed = {"client-side-encryption-key": "sealed"}
    assert copied() == ("text/plain", None, sealed)
    assert copied(content_type="a/b", metadata={"n": "1"}) == ("a/b", None, {**sealed, "n": "1"})
