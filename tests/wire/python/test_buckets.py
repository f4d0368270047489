# proves oss: PutBucket, DeleteBucket, HeadBucket, GetBucketInfo, GetBucketLocation, GetBucketStat, ListBuckets
# proves oss: PutBucketAcl, GetBucketAcl, PutObjectAcl, GetObjectAcl

import alibabacloud_oss_v2 as oss
import oss2
import pytest
from conftest import bucket_for, client_for, empty_and_delete, fresh_name, refuses, refuses_old


def test_a_bucket_is_made_described_and_removed(client, server):
    name = fresh_name()
    made = client.put_bucket(oss.PutBucketRequest(bucket=name))
    assert made.status_code == 200 and made.headers["Location"] == f"/{name}"
    assert client.is_bucket_exist(name)
    info = client.get_bucket_info(oss.GetBucketInfoRequest(bucket=name)).bucket_info
    assert (info.name, info.location) == (name, f"oss-{server.region}")
    assert info.acl == "private" and info.storage_class == "Standard" and info.owner.id
    assert info.extranet_endpoint and info.intranet_endpoint
    location = client.get_bucket_location(oss.GetBucketLocationRequest(bucket=name))
    assert location.location == f"oss-{server.region}"
    assert client.delete_bucket(oss.DeleteBucketRequest(bucket=name)).status_code == 204
    assert not client.is_bucket_exist(name)


def test_a_bucket_answers_to_head(server, bucket):
    from raw_http import send, signed_v1

    answer = send(server, "HEAD", f"/{bucket}/", signed_v1(server, "HEAD", f"/{bucket}/"))
    assert (answer.status, answer.headers["x-oss-bucket-region"]) == (200, f"oss-{server.region}")


def test_making_ones_own_bucket_again_is_no_error(client, bucket):
    assert client.put_bucket(oss.PutBucketRequest(bucket=bucket)).status_code == 200


def test_a_bucket_with_objects_is_not_removed(client, bucket):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=b"a"))
    with refuses("BucketNotEmpty", 409):
        client.delete_bucket(oss.DeleteBucketRequest(bucket=bucket))


def test_a_bucket_with_an_upload_under_way_is_not_removed(client, bucket):
    client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(bucket=bucket, key="a"))
    with refuses("BucketNotEmpty", 409):
        client.delete_bucket(oss.DeleteBucketRequest(bucket=bucket))


def test_an_absent_bucket_is_named_so(client):
    name = fresh_name("absent")
    for attempt in (
        lambda: client.get_bucket_info(oss.GetBucketInfoRequest(bucket=name)),
        lambda: client.delete_bucket(oss.DeleteBucketRequest(bucket=name)),
        lambda: client.list_objects_v2(oss.ListObjectsV2Request(bucket=name)),
        lambda: client.put_object(oss.PutObjectRequest(bucket=name, key="a", body=b"a")),
        lambda: client.get_object(oss.GetObjectRequest(bucket=name, key="a")),
        lambda: client.head_object(oss.HeadObjectRequest(bucket=name, key="a")),
    ):
        with refuses("NoSuchBucket", 404) as caught:
            attempt()
        assert caught.error.ec == "0015-00000101"


@pytest.mark.parametrize("name", ["ab", "Upper", "-dash", "dash-", "under_score", "x" * 64])
def test_a_bad_name_is_refused(server, name):
    # The clients check names themselves, so that this one is told not to.
    from raw_http import send, signed_v1

    answer = send(server, "PUT", f"/{name}/", signed_v1(server, "PUT", f"/{name}/"), b"")
    assert (answer.status, answer.code) == (400, "InvalidBucketName")


def test_buckets_are_listed_in_pages(client):
    prefix = fresh_name("page")
    names = [f"{prefix}-{number}" for number in range(3)]
    for name in names:
        client.put_bucket(oss.PutBucketRequest(bucket=name))
    try:
        first = client.list_buckets(oss.ListBucketsRequest(prefix=prefix, max_keys=2))
        assert [found.name for found in first.buckets] == names[:2]
        assert first.is_truncated and first.owner.id
        second = client.list_buckets(oss.ListBucketsRequest(prefix=prefix, max_keys=2, marker=first.next_marker))
        assert [found.name for found in second.buckets] == names[2:] and not second.is_truncated
        paged = [
            found.name
            for page in client.list_buckets_paginator(limit=1).iter_page(oss.ListBucketsRequest(prefix=prefix))
            for found in page.buckets
        ]
        assert paged == names
    finally:
        for name in names:
            empty_and_delete(client, name)


@pytest.mark.parametrize("version", ["v4", "v1"])
def test_oss2_lists_buckets(server, bucket, version):
    auth = (
        oss2.AuthV4(server.access_key_id, server.access_key_secret)
        if version == "v4"
        else oss2.Auth(server.access_key_id, server.access_key_secret)
    )
    service = oss2.Service(auth, server.endpoint, region=server.region)
    assert bucket in [found.name for found in oss2.BucketIterator(service)]


def test_an_acl_for_an_absent_bucket_makes_it(client, server):
    name = fresh_name()
    made = client.put_bucket_acl(oss.PutBucketAclRequest(bucket=name, acl="public-read"))
    assert (made.status_code, made.headers["Location"]) == (200, f"/{name}")
    info = client.get_bucket_info(oss.GetBucketInfoRequest(bucket=name)).bucket_info
    assert (info.acl, info.owner.id) == ("public-read", server.account_id)
    client.delete_bucket(oss.DeleteBucketRequest(bucket=name))
    unknown = oss.credentials.StaticCredentialsProvider("unknown", "secret")
    stranger = client_for(server, credentials_provider=unknown)
    with refuses("InvalidAccessKeyId", 403):
        stranger.put_bucket_acl(oss.PutBucketAclRequest(bucket=name, acl="private"))
    assert not client.is_bucket_exist(name)


def test_acl_is_kept_and_means_something(client, server, bucket):
    from raw_http import send

    client.put_object(oss.PutObjectRequest(bucket=bucket, key="open.txt", body=b"for all"))
    assert send(server, "GET", f"/{bucket}/open.txt").status == 403
    assert client.get_bucket_acl(oss.GetBucketAclRequest(bucket=bucket)).acl == "private"
    client.put_bucket_acl(oss.PutBucketAclRequest(bucket=bucket, acl="public-read"))
    assert client.get_bucket_acl(oss.GetBucketAclRequest(bucket=bucket)).acl == "public-read"
    answer = send(server, "GET", f"/{bucket}/open.txt")
    assert (answer.status, answer.body) == (200, b"for all")
    refused = send(server, "PUT", f"/{bucket}/open.txt", body=b"changed")
    assert (refused.status, refused.code) == (403, "AccessDenied")
    client.put_object_acl(oss.PutObjectAclRequest(bucket=bucket, key="open.txt", acl="private"))
    assert client.get_object_acl(oss.GetObjectAclRequest(bucket=bucket, key="open.txt")).acl == "private"
    assert send(server, "GET", f"/{bucket}/open.txt").status == 403


def test_an_objects_own_acl_comes_before_the_buckets_whatever_is_done_to_it(client, server, bucket):
    from raw_http import send

    for key, acl in (("mine", "private"), ("seen", "public-read"), ("ours", "public-read-write"), ("any", "default")):
        client.put_object(oss.PutObjectRequest(bucket=bucket, key=key, body=b"first", acl=acl))

    def open_to_all(key):
        paths = [("PUT", f"/{bucket}/{key}", b"second"), ("DELETE", f"/{bucket}/{key}", None)]
        return [send(server, method, path, body=body).status for method, path, body in paths]

    # What was overwritten has an ACL no more.
    assert open_to_all("ours") == [200, 403], "in a private bucket"
    client.put_bucket_acl(oss.PutBucketAclRequest(bucket=bucket, acl="public-read-write"))
    assert open_to_all("any") == open_to_all("new") == [200, 204]
    assert open_to_all("mine") == open_to_all("seen") == [403, 403]
    many = b"<Delete><Object><Key>mine</Key></Object></Delete>"
    refused = send(server, "POST", f"/{bucket}/?delete", body=many)
    assert (refused.status, refused.code) == (403, "AccessDenied")
    assert client.get_object(oss.GetObjectRequest(bucket=bucket, key="mine")).body.read() == b"first"


def test_oss2_sees_an_absent_bucket(server):
    with refuses_old("NoSuchBucket", 404):
        bucket_for(server, fresh_name("absent")).get_bucket_info()


def test_an_operation_of_later_days_is_named_not_implemented(server, client, bucket):
    """Whatever is not there yet answers with the vendor's own error and never as if it had been done."""
    with pytest.raises(oss.exceptions.OperationError) as caught:
        client.get_bucket_replication(oss.GetBucketReplicationRequest(bucket=bucket))
    assert caught.value.unwrap().code in ("NotImplemented", "OperationNotSupported")


def test_what_oss2_alone_asks_for_is_named_not_implemented(old_bucket):
    with refuses_old("NotImplemented", 400):
        old_bucket.get_bucket_storage_capacity()


def test_a_bucket_tells_what_it_holds(client, bucket):
    def stat():
        return client.get_bucket_stat(oss.GetBucketStatRequest(bucket=bucket))

    empty = stat()
    assert (empty.storage, empty.object_count) == (0, 0)
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=b"four"))
    filled = stat()
    assert (filled.storage, filled.object_count, filled.standard_storage) == (4, 1, 4)
    assert filled.last_modified_time > 1_500_000_000


def test_a_client_with_another_region_is_told(server, bucket):
    with refuses("InvalidArgument", 400):
        client_for(server, region="cn-beijing", retry_max_attempts=1).get_bucket_info(
            oss.GetBucketInfoRequest(bucket=bucket)
        )
