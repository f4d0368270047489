# proves oss: RestoreObject, CleanRestoredObject

import alibabacloud_oss_v2 as oss
import pytest
from conftest import refuses, until

CLASSES = ["Archive", "ColdArchive", "DeepColdArchive"]


def head(client, bucket, key, version_id=None):
    return client.head_object(oss.HeadObjectRequest(bucket=bucket, key=key, version_id=version_id))


def restore(client, bucket, key, version_id=None, **request):
    return client.restore_object(
        oss.RestoreObjectRequest(
            bucket=bucket, key=key, version_id=version_id, restore_request=oss.RestoreRequest(**request)
        )
    )


def restored(client, bucket, key):
    return until(
        f"{key} to be restored", lambda: "false" in head(client, bucket, key).restore and head(client, bucket, key)
    )


@pytest.mark.parametrize("storage_class", CLASSES)
def test_archived_objects_are_read_once_they_are_restored(client, bucket, storage_class):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=b"x", storage_class=storage_class))
    assert head(client, bucket, "a").storage_class == storage_class and head(client, bucket, "a").restore is None
    read = oss.GetObjectRequest(bucket=bucket, key="a")
    with refuses("InvalidObjectState", 403):
        client.get_object(read)
    with refuses("InvalidObjectState", 403):
        client.copy_object(oss.CopyObjectRequest(bucket=bucket, key="b", source_key="a"))
    with refuses("ArchiveRestoreFileStale", 409):
        client.clean_restored_object(oss.CleanRestoredObjectRequest(bucket=bucket, key="a"))
    first = restore(client, bucket, "a", days=2, tier=None if storage_class == "Archive" else "Expedited")
    assert first.status_code == 202
    assert head(client, bucket, "a").restore == 'ongoing-request="true"'
    with refuses("RestoreAlreadyInProgress", 409):
        restore(client, bucket, "a", days=2)
    with refuses("ArchiveRestoreNotFinished", 409):
        client.clean_restored_object(oss.CleanRestoredObjectRequest(bucket=bucket, key="a"))
    with refuses("InvalidObjectState", 403):
        client.get_object(read)
    ready = restored(client, bucket, "a")
    assert ready.restore.startswith('ongoing-request="false", expiry-date="') and ready.restore.endswith(' GMT"')
    assert client.get_object(read).body.read() == b"x"
    assert restore(client, bucket, "a", days=3).status_code == 200
    assert head(client, bucket, "a").restore != ready.restore
    client.clean_restored_object(oss.CleanRestoredObjectRequest(bucket=bucket, key="a"))
    assert head(client, bucket, "a").restore is None
    with refuses("InvalidObjectState", 403):
        client.get_object(read)


@pytest.mark.parametrize(
    "storage_class, tier, code",
    [("ColdArchive", "Soon", "InvalidArgument"), ("Archive", "Bulk", "MalformedXML")],
)
def test_a_tier_is_one_that_the_class_has(client, bucket, storage_class, tier, code):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=b"x", storage_class=storage_class))
    job = oss.JobParameters(tier=tier)
    with refuses(code, 400):
        restore(client, bucket, "a", days=1, job_parameters=job)
    assert head(client, bucket, "a").restore is None
    assert restore(client, bucket, "a", days=1).status_code == 202
    with refuses(code, 400):
        restore(client, bucket, "a", days=1, job_parameters=job)


def test_other_objects_need_no_restoring(client, bucket):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=b"x", storage_class="IA"))
    with refuses("OperationNotSupported", 400):
        restore(client, bucket, "a", days=1)
    with refuses("NoSuchKey", 404):
        restore(client, bucket, "absent", days=1)


@pytest.mark.parametrize("days", [0, 366, -1])
def test_days_have_bounds(client, bucket, days):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=b"x", storage_class="Archive"))
    with refuses("InvalidArgument", 400):
        restore(client, bucket, "a", days=days)


def test_one_version_is_restored(client, versioned):
    put = {"bucket": versioned, "key": "a", "storage_class": "Archive"}
    old = client.put_object(oss.PutObjectRequest(**put, body=b"old")).version_id
    client.put_object(oss.PutObjectRequest(**put, body=b"new"))
    assert restore(client, versioned, "a", old, days=1).version_id == old
    assert head(client, versioned, "a").restore is None
    assert "true" in head(client, versioned, "a", old).restore


def test_every_write_takes_a_class(client, bucket):
    storage_class = "ColdArchive"
    client.append_object(
        oss.AppendObjectRequest(bucket=bucket, key="append", position=0, body=b"x", storage_class="IA")
    )
    started = client.initiate_multipart_upload(
        oss.InitiateMultipartUploadRequest(bucket=bucket, key="multipart", storage_class=storage_class)
    )
    upload = {"bucket": bucket, "key": "multipart", "upload_id": started.upload_id}
    client.upload_part(oss.UploadPartRequest(**upload, part_number=1, body=b"x"))
    client.complete_multipart_upload(oss.CompleteMultipartUploadRequest(**upload, complete_all="yes"))
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=b"x"))
    client.copy_object(
        oss.CopyObjectRequest(bucket=bucket, key="copy", source_key="a", storage_class=storage_class)
    )
    classes = {key: head(client, bucket, key).storage_class for key in ("append", "multipart", "copy")}
    assert classes == {"append": "IA", "multipart": storage_class, "copy": storage_class}


def test_oss2_restores_by_default_for_a_day(old_bucket):
    old_bucket.put_object("a", b"x", headers={"x-oss-storage-class": "Archive"})
    assert old_bucket.restore_object("a").status == 202
    assert old_bucket.head_object("a").headers["x-oss-restore"] == 'ongoing-request="true"'
