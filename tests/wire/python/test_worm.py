# proves oss: InitiateBucketWorm, AbortBucketWorm, CompleteBucketWorm, ExtendBucketWorm, GetBucketWorm

import datetime

import alibabacloud_oss_v2 as oss
import oss2
import pytest
from conftest import refuses, refuses_old, set_versioning


def initiate(client, bucket, days):
    configuration = oss.InitiateWormConfiguration(retention_period_in_days=days)
    request = oss.InitiateBucketWormRequest(bucket=bucket, initiate_worm_configuration=configuration)
    return client.initiate_bucket_worm(request).worm_id


def complete(client, bucket, worm_id):
    client.complete_bucket_worm(oss.CompleteBucketWormRequest(bucket=bucket, worm_id=worm_id))


def extend(client, bucket, worm_id, days):
    configuration = oss.ExtendWormConfiguration(retention_period_in_days=days)
    request = oss.ExtendBucketWormRequest(bucket=bucket, worm_id=worm_id, extend_worm_configuration=configuration)
    client.extend_bucket_worm(request)


def abort(client, bucket):
    return client.abort_bucket_worm(oss.AbortBucketWormRequest(bucket=bucket))


def get(client, bucket):
    return client.get_bucket_worm(oss.GetBucketWormRequest(bucket=bucket)).worm_configuration


def store(client, bucket, key, body=b"x"):
    return client.put_object(oss.PutObjectRequest(bucket=bucket, key=key, body=body))


def test_a_policy_is_initiated_aborted_locked_and_extended(client, bucket):
    with refuses("NoSuchWORMConfiguration", 404):
        get(client, bucket)
    with refuses("NoSuchWORMConfiguration", 404):
        abort(client, bucket)
    for days in (0, 25551):
        with refuses("InvalidWORMConfiguration", 400):
            initiate(client, bucket, days)
    worm_id = initiate(client, bucket, 1)
    assert worm_id
    found = get(client, bucket)
    assert (found.worm_id, found.state, found.retention_period_in_days) == (worm_id, "InProgress", 1)
    made, ends = (datetime.datetime.fromisoformat(date) for date in (found.creation_date, found.expiration_date))
    assert ends - made == datetime.timedelta(days=1)
    with refuses("WORMConfigurationAlreadyExists", 409):
        initiate(client, bucket, 2)
    with refuses("InvalidWORMConfiguration", 400):
        extend(client, bucket, worm_id, 2)
    assert abort(client, bucket).status_code == 204

    worm_id = initiate(client, bucket, 365)
    with refuses("NoSuchWORMConfiguration", 404):
        complete(client, bucket, "0" * 32)
    complete(client, bucket, worm_id)
    with refuses("WORMConfigurationLocked", 403):
        complete(client, bucket, worm_id)
    with refuses("WORMConfigurationLocked", 403):
        abort(client, bucket)
    with refuses("NoSuchWORMConfiguration", 404):
        extend(client, bucket, "0" * 32, 366)
    with refuses("InvalidWORMConfiguration", 400):
        extend(client, bucket, worm_id, 364)
    extend(client, bucket, worm_id, 366)
    found = get(client, bucket)
    assert (found.state, found.retention_period_in_days, found.expiration_date) == ("Locked", 366, None)


def test_objects_are_neither_changed_nor_deleted(server, client, bucket):
    store(client, bucket, "a", b"first")
    store(client, bucket, "b")
    client.append_object(oss.AppendObjectRequest(bucket=bucket, key="log", position=0, body=b"x"))
    initiate(client, bucket, 1)
    store(client, bucket, "c")
    with refuses("FileImmutable", 409) as caught:
        store(client, bucket, "a")
    assert "retention policy" in caught.error.message
    with refuses("FileImmutable", 409):
        client.delete_object(oss.DeleteObjectRequest(bucket=bucket, key="a"))
    with refuses("FileImmutable", 409):
        client.delete_object(oss.DeleteObjectRequest(bucket=bucket, key="a", version_id="null"))
    with refuses("FileImmutable", 409):
        keys = [oss.DeleteObject(key="unknown"), oss.DeleteObject(key="a")]
        client.delete_multiple_objects(oss.DeleteMultipleObjectsRequest(bucket=bucket, objects=keys))
    with refuses("FileImmutable", 409):
        client.copy_object(oss.CopyObjectRequest(bucket=bucket, key="a", source_key="b"))
    with refuses("FileImmutable", 409):
        client.append_object(oss.AppendObjectRequest(bucket=bucket, key="log", position=1, body=b"x"))
    with refuses("FileImmutable", 409):
        client.put_symlink(oss.PutSymlinkRequest(bucket=bucket, key="a", symlink_target="b"))
    upload = client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(bucket=bucket, key="a"))
    where = {"bucket": bucket, "key": "a", "upload_id": upload.upload_id}
    part = client.upload_part(oss.UploadPartRequest(**where, part_number=1, body=b"x"))
    parts = oss.CompleteMultipartUpload(parts=[oss.UploadPart(part_number=1, etag=part.etag)])
    with refuses("FileImmutable", 409):
        client.complete_multipart_upload(oss.CompleteMultipartUploadRequest(**where, complete_multipart_upload=parts))
    with refuses("BucketNotEmpty", 409):
        client.delete_bucket(oss.DeleteBucketRequest(bucket=bucket))
    assert client.get_object(oss.GetObjectRequest(bucket=bucket, key="a")).body.read() == b"first"
    # What leaves the bytes alone is free.
    client.put_object_acl(oss.PutObjectAclRequest(bucket=bucket, key="a", acl="public-read"))
    abort(client, bucket)
    store(client, bucket, "a")


def test_versions_are_kept_and_may_not_be_suspended(client, versioned):
    first = store(client, versioned, "a")
    initiate(client, versioned, 1)
    store(client, versioned, "a")
    client.delete_object(oss.DeleteObjectRequest(bucket=versioned, key="a"))
    with refuses("FileImmutable", 409):
        client.delete_object(oss.DeleteObjectRequest(bucket=versioned, key="a", version_id=first.version_id))
    with refuses("InvalidArgument", 400) as caught:
        set_versioning(client, versioned, "Suspended")
    assert caught.error.ec == "0012-00000006"
    abort(client, versioned)
    set_versioning(client, versioned, "Suspended")
    with refuses("InvalidWORMConfiguration", 400) as caught:
        initiate(client, versioned, 1)
    assert caught.error.ec == "0027-00000003"


def test_the_old_client_understands_it(old_bucket):
    with pytest.raises(oss2.exceptions.NoSuchWORMConfiguration):
        old_bucket.get_bucket_worm()
    worm_id = old_bucket.init_bucket_worm(1).worm_id
    found = old_bucket.get_bucket_worm()
    assert (found.worm_id, found.state, found.retention_period_days) == (worm_id, "InProgress", 1)
    assert found.creation_date
    old_bucket.abort_bucket_worm()
    worm_id = old_bucket.init_bucket_worm(1).worm_id
    old_bucket.complete_bucket_worm(worm_id)
    old_bucket.extend_bucket_worm(worm_id, 2)
    found = old_bucket.get_bucket_worm()
    assert (found.state, found.retention_period_days) == ("Locked", 2)
    with pytest.raises(oss2.exceptions.WORMConfigurationLocked):
        old_bucket.abort_bucket_worm()
    with pytest.raises(oss2.exceptions.InvalidWORMConfiguration):
        old_bucket.extend_bucket_worm(worm_id, 1)
    with refuses_old("WORMConfigurationAlreadyExists", 409):
        old_bucket.init_bucket_worm(3)
