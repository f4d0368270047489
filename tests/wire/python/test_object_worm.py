# proves oss: PutBucketObjectWormConfiguration, GetBucketObjectWormConfiguration
# proves oss: PutObjectRetention, GetObjectRetention, PutObjectLegalHold, GetObjectLegalHold

import datetime

import alibabacloud_oss_v2 as oss
import pytest
from conftest import refuses, set_versioning, until


def in_seconds(seconds):
    date = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
    return date.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def enable(client, bucket, **retention):
    rule = oss.ObjectWormConfigurationRule(
        default_retention=oss.ObjectWormConfigurationRuleDefaultRetention(**retention)
    )
    configuration = oss.ObjectWormConfiguration(object_worm_enabled="Enabled", rule=rule if retention else None)
    request = oss.PutBucketObjectWormConfigurationRequest(bucket=bucket, object_worm_configuration=configuration)
    return client.put_bucket_object_worm_configuration(request)


def configuration_of(client, bucket):
    request = oss.GetBucketObjectWormConfigurationRequest(bucket=bucket)
    return client.get_bucket_object_worm_configuration(request).object_worm_configuration


def retain(client, bucket, key, date, mode="COMPLIANCE", **more):
    retention = oss.Retention(mode=mode, retain_until_date=date)
    return client.put_object_retention(oss.PutObjectRetentionRequest(bucket=bucket, key=key, retention=retention, **more))


def retention_of(client, bucket, key, version_id=None):
    request = oss.GetObjectRetentionRequest(bucket=bucket, key=key, version_id=version_id)
    found = client.get_object_retention(request).retention
    return found.mode, found.retain_until_date


def hold(client, bucket, key, status):
    request = oss.PutObjectLegalHoldRequest(bucket=bucket, key=key, legal_hold=oss.LegalHold(status=status))
    return client.put_object_legal_hold(request)


def store(client, bucket, key, **more):
    return client.put_object(oss.PutObjectRequest(bucket=bucket, key=key, body=b"x", **more))


def delete(client, bucket, key, version_id, **more):
    return client.delete_object(oss.DeleteObjectRequest(bucket=bucket, key=key, version_id=version_id, **more))


@pytest.fixture
def lockable(client, versioned):
    enable(client, versioned)
    yield versioned
    for page in client.list_object_versions_paginator().iter_page(oss.ListObjectVersionsRequest(bucket=versioned)):
        for found in page.version or []:
            # Whatever a test has left is kept for seconds only, or loosely.
            def gone(found=found):
                try:
                    hold(client, versioned, found.key, "OFF")
                    delete(client, versioned, found.key, found.version_id, bypass_governance_retention=True)
                    return True
                except oss.exceptions.OperationError:
                    return False

            until(f"{found.key} to be let go", gone)


def test_a_bucket_says_how_its_new_versions_are_kept(client, versioned):
    with refuses("NoSuchWORMConfiguration", 404):
        configuration_of(client, versioned)
    set_versioning(client, versioned, "Suspended")
    with refuses("InvalidWORMConfiguration", 400):
        enable(client, versioned)
    set_versioning(client, versioned, "Enabled")
    with refuses("InvalidArgument", 400):
        enable(client, versioned, mode="GOVERNANCE", days=25551)
    assert enable(client, versioned).status_code == 200
    found = configuration_of(client, versioned)
    assert (found.object_worm_enabled, found.rule) == ("Enabled", None)
    enable(client, versioned, mode="GOVERNANCE", years=1)
    found = configuration_of(client, versioned).rule.default_retention
    assert (found.mode, found.days, found.years) == ("GOVERNANCE", None, 1)
    with refuses("InvalidArgument", 400):
        set_versioning(client, versioned, "Suspended")
    stored = store(client, versioned, "a")
    mode, date = retention_of(client, versioned, "a")
    kept = datetime.datetime.fromisoformat(date) - datetime.datetime.now(datetime.UTC)
    assert mode == "GOVERNANCE" and datetime.timedelta(days=364) < kept <= datetime.timedelta(days=365, seconds=1)
    with refuses("FileImmutable", 409):
        delete(client, versioned, "a", stored.version_id)
    delete(client, versioned, "a", stored.version_id, bypass_governance_retention=True)


def test_a_version_is_kept_until_its_date(client, lockable):
    first = store(client, lockable, "a").version_id
    with refuses("NoSuchWORMConfiguration", 404):
        retention_of(client, lockable, "a")
    date = in_seconds(3)
    assert retain(client, lockable, "a", date).status_code == 200
    assert retention_of(client, lockable, "a") == ("COMPLIANCE", date)
    for more in ({}, {"bypass_governance_retention": True}):
        with refuses("FileImmutable", 409) as caught:
            delete(client, lockable, "a", first, **more)
    assert date in caught.error.message
    with refuses("FileImmutable", 409):
        keys = [oss.DeleteObject(key="a", version_id=first)]
        client.delete_multiple_objects(oss.DeleteMultipleObjectsRequest(bucket=lockable, objects=keys))
    with refuses("FileImmutable", 409):
        retain(client, lockable, "a", in_seconds(1))
    with refuses("InvalidArgument", 400):
        retain(client, lockable, "a", in_seconds(-5))
    # Others come and go, in front of it.
    second = store(client, lockable, "a").version_id
    delete(client, lockable, "a", second)
    assert retention_of(client, lockable, "a", first) == ("COMPLIANCE", date)

    def deleted():
        try:
            return delete(client, lockable, "a", first).status_code == 204
        except oss.exceptions.OperationError:
            return False

    until("the retention to end", deleted)
    assert in_seconds(0) >= date


def test_a_legal_hold_keeps_a_version_until_it_is_taken_off(client, lockable):
    version = store(client, lockable, "a").version_id
    status = lambda: (
        client.get_object_legal_hold(oss.GetObjectLegalHoldRequest(bucket=lockable, key="a")).legal_hold.status
    )
    assert status() == "OFF"
    hold(client, lockable, "a", "ON")
    assert status() == "ON"
    with refuses("FileImmutable", 409) as caught:
        delete(client, lockable, "a", version)
    assert "legal hold" in caught.error.message
    hold(client, lockable, "a", "OFF")
    delete(client, lockable, "a", version)


def test_a_write_says_how_its_version_is_kept_and_reads_tell(client, lockable):
    date = in_seconds(60)
    worm = {"object_worm_mode": "GOVERNANCE", "object_worm_retain_until_date": date, "object_worm_legal_hold": "ON"}
    store(client, lockable, "put", **worm)
    client.copy_object(oss.CopyObjectRequest(bucket=lockable, key="copy", source_key="put", **worm))
    client.copy_object(oss.CopyObjectRequest(bucket=lockable, key="plain copy", source_key="put"))
    upload = client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(bucket=lockable, key="parts", **worm))
    where = {"bucket": lockable, "key": "parts", "upload_id": upload.upload_id}
    client.upload_part(oss.UploadPartRequest(**where, part_number=1, body=b"x"))
    client.complete_multipart_upload(oss.CompleteMultipartUploadRequest(**where, complete_all="yes"))
    for key in ("put", "copy", "parts"):
        for found in (
            client.head_object(oss.HeadObjectRequest(bucket=lockable, key=key)),
            client.get_object(oss.GetObjectRequest(bucket=lockable, key=key)),
        ):
            told = (found.object_worm_mode, found.object_worm_retain_until_date, found.object_worm_legal_hold)
            assert told == ("GOVERNANCE", date, "ON"), key
    found = client.head_object(oss.HeadObjectRequest(bucket=lockable, key="plain copy"))
    assert (found.object_worm_mode, found.object_worm_legal_hold) == (None, None)
    with refuses("InvalidArgument", 400):
        store(client, lockable, "half", object_worm_mode="GOVERNANCE")
    with refuses("OperationNotSupported", 400):
        client.append_object(oss.AppendObjectRequest(bucket=lockable, key="log", position=0, body=b"x"))


def test_where_it_is_not_enabled_nothing_can_be_kept(client, versioned):
    store(client, versioned, "a")
    with refuses("InvalidRequest", 400):
        retain(client, versioned, "a", in_seconds(60))
    with refuses("InvalidRequest", 400):
        hold(client, versioned, "a", "ON")
    with refuses("InvalidRequest", 400):
        store(client, versioned, "b", object_worm_legal_hold="ON")
