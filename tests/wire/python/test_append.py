# proves oss: AppendObject
# proves oss: SealAppendObject

import alibabacloud_oss_v2 as oss
import oss2
import pytest
from conftest import refuses


def append(client, bucket, position, body, **more):
    return client.append_object(oss.AppendObjectRequest(bucket=bucket, key="log", position=position, body=body, **more))


def test_appends_grow_one_object(client, bucket):
    first = append(client, bucket, 0, b"hello ")
    assert first.next_position == 6
    second = append(client, bucket, 6, b"world", init_hash_crc64=first.hash_crc64)
    assert second.next_position == 11
    got = client.get_object(oss.GetObjectRequest(bucket=bucket, key="log"))
    assert got.body.read() == b"hello world" and got.object_type == "Appendable"
    assert got.hash_crc64 == second.hash_crc64
    crc = oss2.utils.Crc64()
    crc.update(b"hello world")
    assert second.hash_crc64 == str(crc.crc)
    head = client.head_object(oss.HeadObjectRequest(bucket=bucket, key="log"))
    assert head.next_append_position == 11 or head.headers["x-oss-next-append-position"] == "11"


def test_only_the_first_append_sets_tags(client, bucket):
    too_many = "&".join(f"k{number}=v" for number in range(11))
    with refuses("TooManyTags", 400):
        append(client, bucket, 0, b"a", tagging=too_many)
    append(client, bucket, 0, b"a", tagging="first=1")
    append(client, bucket, 1, b"b", tagging="second=2")
    append(client, bucket, 2, b"c", tagging=too_many)
    found = client.get_object_tagging(oss.GetObjectTaggingRequest(bucket=bucket, key="log")).tag_set.tags
    assert [(tag.key, tag.value) for tag in found] == [("first", "1")]


def test_a_wrong_position_says_the_right_one(client, bucket):
    append(client, bucket, 0, b"12345")
    with refuses("PositionNotEqualToLength", 409) as caught:
        append(client, bucket, 3, b"x")
    assert caught.error.headers["x-oss-next-append-position"] == "5"
    with refuses("PositionNotEqualToLength", 409):
        append(client, bucket, 0, b"x")
    assert client.get_object(oss.GetObjectRequest(bucket=bucket, key="log")).body.read() == b"12345"


def test_an_ordinary_object_is_not_appendable(client, bucket):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="log", body=b"put"))
    with refuses("ObjectNotAppendable", 409):
        append(client, bucket, 3, b"x")


def test_a_put_makes_it_ordinary_again(client, bucket):
    append(client, bucket, 0, b"appended")
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="log", body=b"put"))
    assert client.head_object(oss.HeadObjectRequest(bucket=bucket, key="log")).object_type == "Normal"


def test_many_pieces_read_as_one_with_ranges(client, bucket):
    pieces = [bytes([number]) * (number * 997) for number in range(1, 30)]
    position = 0
    for piece in pieces:
        position = append(client, bucket, position, piece).next_position
    whole = b"".join(pieces)
    assert client.get_object(oss.GetObjectRequest(bucket=bucket, key="log")).body.read() == whole
    for start, end in ((0, 10), (996, 998), (50_000, 150_000), (len(whole) - 5, len(whole) - 1)):
        got = client.get_object(oss.GetObjectRequest(bucket=bucket, key="log", range_header=f"bytes={start}-{end}"))
        assert got.body.read() == whole[start : end + 1]


def test_oss2_appends(old_bucket):
    assert old_bucket.append_object("log", 0, b"one").next_position == 3
    assert old_bucket.append_object("log", 3, b"two").next_position == 6
    with pytest.raises(oss2.exceptions.PositionNotEqualToLength) as caught:
        old_bucket.append_object("log", 0, b"x")
    assert caught.value.next_position == 6
    assert old_bucket.get_object("log").read() == b"onetwo"


def test_a_sealed_object_takes_no_more(client, bucket):
    append(client, bucket, 0, b"all")
    with refuses("PositionNotEqualToLength", 409):
        client.seal_append_object(oss.SealAppendObjectRequest(bucket=bucket, key="log", position=1))
    sealed = client.seal_append_object(oss.SealAppendObjectRequest(bucket=bucket, key="log", position=3))
    assert sealed.sealed_time
    with pytest.raises(oss.exceptions.OperationError):
        append(client, bucket, 3, b"more")
    assert client.get_object(oss.GetObjectRequest(bucket=bucket, key="log")).body.read() == b"all"
