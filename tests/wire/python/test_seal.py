import alibabacloud_oss_v2 as oss
from conftest import refuses


def append(client, bucket, position):
    return client.append_object(oss.AppendObjectRequest(bucket=bucket, key="log", position=position, body=b"four"))


def seal(client, bucket, position, key="log"):
    return client.seal_append_object(oss.SealAppendObjectRequest(bucket=bucket, key=key, position=position))


def test_a_sealed_object_takes_no_more(client, bucket):
    append(client, bucket, 0)
    with refuses("PositionNotEqualToLength", 409):
        seal(client, bucket, 3)
    assert client.head_object(oss.HeadObjectRequest(bucket=bucket, key="log")).sealed_time is None
    sealed = seal(client, bucket, 4)
    assert sealed.sealed_time and seal(client, bucket, 4).sealed_time == sealed.sealed_time
    assert client.head_object(oss.HeadObjectRequest(bucket=bucket, key="log")).sealed_time == sealed.sealed_time
    with refuses("ObjectNotAppendable", 409):
        append(client, bucket, 4)
    with refuses("NoSuchKey", 404):
        seal(client, bucket, 0, key="absent")
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="plain", body=b"x"))
    with refuses("ObjectNotAppendable", 409):
        seal(client, bucket, 1, key="plain")
