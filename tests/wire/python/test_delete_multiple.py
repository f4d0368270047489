# proves oss: DeleteMultipleObjects

import alibabacloud_oss_v2 as oss
from conftest import refuses
from raw_http import send, signed_v1


def listed(client, bucket):
    return [found.key for found in client.list_objects_v2(oss.ListObjectsV2Request(bucket=bucket)).contents or []]


def test_deletes_several_at_once(client, bucket):
    keys = ["a", "b/c", "空 +&<>", "keep"]
    for key in keys:
        client.put_object(oss.PutObjectRequest(bucket=bucket, key=key, body=b"x"))
    result = client.delete_multiple_objects(
        oss.DeleteMultipleObjectsRequest(
            bucket=bucket, objects=[oss.DeleteObject(key=key) for key in [*keys[:3], "absent"]]
        )
    )
    assert {found.key for found in result.deleted_objects} == {*keys[:3], "absent"}
    assert listed(client, bucket) == ["keep"]


def test_quiet_answers_nothing(client, bucket):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=b"x"))
    result = client.delete_multiple_objects(
        oss.DeleteMultipleObjectsRequest(bucket=bucket, objects=[oss.DeleteObject(key="a")], quiet=True)
    )
    assert not result.deleted_objects
    assert listed(client, bucket) == []


def test_oss2_deletes_several(old_bucket):
    for key in ("a", "文 件\n"):
        old_bucket.put_object(key, b"x")
    assert set(old_bucket.batch_delete_objects(["a", "文 件\n"]).deleted_keys) == {"a", "文 件\n"}


def test_more_than_a_thousand_is_refused(client, bucket):
    with refuses("MalformedXML", 400):
        client.delete_multiple_objects(
            oss.DeleteMultipleObjectsRequest(
                bucket=bucket, objects=[oss.DeleteObject(key=str(number)) for number in range(1001)]
            )
        )


def test_what_no_version_is_called_is_refused(client, bucket):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=b"x"))
    objects = [oss.DeleteObject(key="a"), oss.DeleteObject(key="b", version_id="234")]
    with refuses("InvalidArgument", 400):
        client.delete_multiple_objects(oss.DeleteMultipleObjectsRequest(bucket=bucket, objects=objects))
    assert listed(client, bucket) == ["a"]
    objects[1].version_id = "null"
    client.delete_multiple_objects(oss.DeleteMultipleObjectsRequest(bucket=bucket, objects=objects))
    assert listed(client, bucket) == []


def test_what_is_not_xml_is_refused(server, client, bucket):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=b"x"))
    for body in (b"", b"<Delete>", b"<Delete><Object><Key>a</Key></Object>", b"{}", b"<Other/>"):
        answer = send(server, "POST", f"/{bucket}/?delete", signed_v1(server, "POST", f"/{bucket}/?delete"), body)
        assert (answer.status, answer.code) == (400, "MalformedXML"), body
    assert listed(client, bucket) == ["a"]


def test_keys_of_control_characters_are_deleted(client, old_bucket, bucket):
    """V2 writes them as references, oss2 as they are; XML permits neither."""
    key = "odd" + "".join(map(chr, range(1, 32)))
    client.put_object(oss.PutObjectRequest(bucket=bucket, key=key, body=b"x"))
    client.put_object(oss.PutObjectRequest(bucket=bucket, key=f"{key}&", body=b"x"))
    result = client.delete_multiple_objects(
        oss.DeleteMultipleObjectsRequest(bucket=bucket, encoding_type="url", objects=[oss.DeleteObject(key=key)])
    )
    assert [found.key for found in result.deleted_objects] == [key]
    assert old_bucket.batch_delete_objects([f"{key}&"]).deleted_keys == [f"{key}&"]
    assert listed(client, bucket) == []
