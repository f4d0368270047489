# proves oss: PutObject, GetObject, HeadObject, GetObjectMeta, DeleteObject

import base64
import datetime
import hashlib
import random
import re

import alibabacloud_oss_v2 as oss
import oss2
import pytest
from conftest import refuses, refuses_old
from raw_http import send, signed_v1

ODD_KEYS = [
    "plain.txt",
    "dir/sub/leaf",
    "trailing/",
    "a//b",
    "with space & plus+percent%41.txt",
    "文件/数据+1.txt",
    "emoji-😀",
    "quote'\"<>&;",
    "line\nbreak\ttab",
    "?query#fragment",
    "a=b&c=d",
    "x" * 1023,
]


@pytest.mark.parametrize("key", ODD_KEYS)
def test_any_key_is_just_a_key(client, bucket, key):
    body = key.encode()
    client.put_object(oss.PutObjectRequest(bucket=bucket, key=key, body=body))
    assert client.get_object(oss.GetObjectRequest(bucket=bucket, key=key)).body.read() == body
    assert client.head_object(oss.HeadObjectRequest(bucket=bucket, key=key)).content_length == len(body)
    listed = client.list_objects_v2(oss.ListObjectsV2Request(bucket=bucket)).contents
    assert [found.key for found in listed] == [key]
    client.delete_object(oss.DeleteObjectRequest(bucket=bucket, key=key))
    with refuses("NoSuchKey", 404):
        client.get_object(oss.GetObjectRequest(bucket=bucket, key=key))


@pytest.mark.parametrize("key", ODD_KEYS)
def test_any_key_is_just_a_key_for_oss2(old_bucket, key):
    # oss2 escapes the slashes of keys too.
    old_bucket.put_object(key, key.encode())
    assert old_bucket.get_object(key).read() == key.encode()


@pytest.mark.parametrize("size", [0, 1, 1000, 65_535, 65_536, 65_537, 300_000, 5_000_000])
def test_every_size_comes_back_as_it_was(client, bucket, size):
    body = random.Random(size).randbytes(size)
    put = client.put_object(oss.PutObjectRequest(bucket=bucket, key="sized", body=body))
    crc = oss2.utils.Crc64()
    crc.update(body)
    digest = hashlib.md5(body)
    assert put.etag == f'"{digest.hexdigest().upper()}"'
    assert put.hash_crc64 == str(crc.crc)
    assert put.content_md5 == base64.b64encode(digest.digest()).decode()
    got = client.get_object(oss.GetObjectRequest(bucket=bucket, key="sized"))
    assert got.body.read() == body
    assert (got.content_length, got.etag, got.hash_crc64) == (size, put.etag, put.hash_crc64)
    assert got.object_type == "Normal" and got.storage_class == "Standard"


def test_headers_and_metadata_come_back(client, bucket):
    client.put_object(
        oss.PutObjectRequest(
            bucket=bucket,
            key="described",
            body=b"x",
            content_type="text/markdown; charset=utf-8",
            cache_control="max-age=60",
            content_disposition='attachment; filename="a b.md"',
            content_encoding="identity",
            expires="Thu, 01 Dec 2033 16:00:00 GMT",
            metadata={"Author": "Zhao Liu", "note": "%E4%BD%A0"},
        )
    )
    for result in (
        client.head_object(oss.HeadObjectRequest(bucket=bucket, key="described")),
        client.get_object(oss.GetObjectRequest(bucket=bucket, key="described")),
    ):
        assert result.content_type == "text/markdown; charset=utf-8"
        assert result.cache_control == "max-age=60"
        assert result.content_disposition == 'attachment; filename="a b.md"'
        assert result.content_encoding == "identity"
        assert result.expires == "Thu, 01 Dec 2033 16:00:00 GMT"
        assert dict(result.metadata) == {"author": "Zhao Liu", "note": "%E4%BD%A0"}
        assert result.last_modified


def test_every_answer_carries_the_usual_headers(client, bucket):
    put = client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=b"a"))
    for result in (put, client.head_object(oss.HeadObjectRequest(bucket=bucket, key="a"))):
        headers = {name.lower(): value for name, value in result.headers.items()}
        assert re.fullmatch(r"[0-9A-F]{24}", headers["x-oss-request-id"])
        assert headers["server"] and headers["date"].endswith("GMT") and headers["x-oss-server-time"].isdigit()


def test_overwriting_replaces_everything(client, bucket):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=b"first", metadata={"old": "1"}))
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=b"second one"))
    got = client.get_object(oss.GetObjectRequest(bucket=bucket, key="a"))
    assert got.body.read() == b"second one" and not got.metadata
    assert got.content_type == "application/octet-stream"


def test_forbid_overwrite_is_obeyed(client, bucket):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=b"first", forbid_overwrite=True))
    with refuses("FileAlreadyExists", 409):
        client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=b"second", forbid_overwrite=True))
    assert client.get_object(oss.GetObjectRequest(bucket=bucket, key="a")).body.read() == b"first"


@pytest.mark.parametrize(
    "header, start, end",
    [
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        ("bytes=990-999", 990, 1000),
        ("bytes=995-", 995, 1000),
        ("bytes=-7", 993, 1000),
    ],
)
def test_a_range_inside_is_partial(client, bucket, header, start, end):
    body = random.Random(1).randbytes(1000)
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="ranged", body=body))
    got = client.get_object(oss.GetObjectRequest(bucket=bucket, key="ranged", range_header=header))
    assert got.status_code == 206
    assert got.body.read() == body[start:end]
    assert got.content_range == f"bytes {start}-{end - 1}/1000"
    crc = oss2.utils.Crc64()
    crc.update(body)
    assert got.hash_crc64 == str(crc.crc), "always that of the whole object"


@pytest.mark.parametrize(
    "header", ["bytes=500-2000", "bytes=1000-", "bytes=2000-3000", "bytes=9-3", "bytes=x", "bytes=0-1,5-6"]
)
def test_a_range_outside_gives_all_by_default(client, bucket, header):
    body = random.Random(1).randbytes(1000)
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="ranged", body=body))
    got = client.get_object(oss.GetObjectRequest(bucket=bucket, key="ranged", range_header=header))
    assert got.status_code == 200 and got.body.read() == body and got.content_range is None


def test_standard_range_behaviour(client, bucket):
    body = random.Random(1).randbytes(1000)
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="ranged", body=body))
    clipped = client.get_object(
        oss.GetObjectRequest(bucket=bucket, key="ranged", range_header="bytes=500-2000", range_behavior="standard")
    )
    assert (clipped.status_code, clipped.content_range) == (206, "bytes 500-999/1000")
    assert clipped.body.read() == body[500:]
    with refuses("InvalidRange", 416):
        client.get_object(
            oss.GetObjectRequest(bucket=bucket, key="ranged", range_header="bytes=1000-", range_behavior="standard")
        )


def test_conditions_on_reading(client, bucket):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=b"a"))
    head = client.head_object(oss.HeadObjectRequest(bucket=bucket, key="a"))
    etag = head.etag
    hour = datetime.timedelta(hours=1)

    def http_date(moment):
        return moment.astimezone(datetime.timezone.utc).strftime("%a, %d %b %Y %H:%M:%S GMT")

    def status(**conditions):
        try:
            return client.get_object(oss.GetObjectRequest(bucket=bucket, key="a", **conditions)).status_code
        except oss.exceptions.OperationError as error:
            return error.unwrap().status_code

    modified = head.last_modified
    assert status(if_match=etag) == 200
    assert status(if_match=etag.strip('"')) == 200, "oss2 sends it without quotes"
    assert status(if_match='"0123456789ABCDEF0123456789ABCDEF"') == 412
    assert status(if_none_match=etag) == 304
    assert status(if_none_match='"0123456789ABCDEF0123456789ABCDEF"') == 200
    assert status(if_modified_since=http_date(modified)) == 304
    assert status(if_modified_since=http_date(modified - hour)) == 200
    assert status(if_unmodified_since=http_date(modified)) == 200
    assert status(if_unmodified_since=http_date(modified - hour)) == 412


def test_a_download_goes_on_only_while_the_object_is_the_same(server, client, bucket):
    from raw_http import send, signed_v1

    client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=b"0123456789"))
    head = client.head_object(oss.HeadObjectRequest(bucket=bucket, key="a"))
    modified = head.headers["Last-Modified"]

    def rest(validator):
        headers = {"Range": "bytes=7-", "If-Range": validator}
        answer = send(server, "GET", f"/{bucket}/a", signed_v1(server, "GET", f"/{bucket}/a", headers))
        return answer.status, answer.body

    assert rest(head.etag) == rest(modified) == (206, b"789")
    for other in ('"0123456789ABCDEF0123456789ABCDEF"', "Thu, 02 Jan 2025 03:04:05 GMT", f"W/{head.etag}", "yesterday"):
        assert rest(other) == (200, b"0123456789"), other


def test_nothing_is_written_in_spite_of_a_condition(server, client, bucket):
    from raw_http import send, signed_v1

    client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=b"first"))
    begun = client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(bucket=bucket, key="a"))
    for method, query, headers in (
        ("PUT", "", {}),
        ("PUT", "?symlink", {"x-oss-symlink-target": "b"}),
        ("POST", f"?uploadId={begun.upload_id}", {"x-oss-complete-all": "yes"}),
        ("POST", "?append&position=0", {}),
        ("DELETE", "", {}),
    ):
        headers = {**headers, "If-None-Match": "*"}
        signed = signed_v1(server, method, f"/{bucket}/a{query}", headers)
        refused = send(server, method, f"/{bucket}/a{query}", signed, body=b"")
        assert (refused.status, refused.code) == (400, "NotImplemented"), (method, query)
        assert b"<Header>if-none-match</Header>" in refused.body
    assert client.get_object(oss.GetObjectRequest(bucket=bucket, key="a")).body.read() == b"first"


def test_response_headers_can_be_chosen(client, bucket):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=b"a"))
    got = client.get_object(
        oss.GetObjectRequest(
            bucket=bucket,
            key="a",
            response_content_type="text/x-odd",
            response_content_disposition="inline; filename=b",
            response_cache_control="no-store",
        )
    )
    assert (got.content_type, got.content_disposition, got.cache_control) == (
        "text/x-odd",
        "inline; filename=b",
        "no-store",
    )


def test_object_meta_is_short(client, bucket):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=b"abc", metadata={"x": "y"}))
    meta = client.get_object_meta(oss.GetObjectMetaRequest(bucket=bucket, key="a"))
    assert meta.content_length == 3 and meta.etag and meta.hash_crc64 and meta.last_modified
    assert not any(name.lower().startswith("x-oss-meta-") for name in meta.headers)


def test_errors_of_head_have_their_code(client, bucket):
    with refuses("NoSuchKey", 404) as caught:
        client.head_object(oss.HeadObjectRequest(bucket=bucket, key="absent"))
    assert caught.error.ec == "0026-00000001"
    assert not client.is_object_exist(bucket, "absent")
    with refuses("NoSuchKey", 404) as caught:
        client.get_object(oss.GetObjectRequest(bucket=bucket, key="absent"))
    assert caught.error.message == "The specified key does not exist."


def test_deleting_what_is_absent_is_no_error(client, bucket):
    assert client.delete_object(oss.DeleteObjectRequest(bucket=bucket, key="absent")).status_code == 204


def test_content_md5_is_checked(client, bucket):
    good = base64.b64encode(hashlib.md5(b"body").digest()).decode()
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="good", body=b"body", content_md5=good))
    with refuses("InvalidDigest", 400):
        client.put_object(oss.PutObjectRequest(bucket=bucket, key="bad", body=b"other", content_md5=good))
    assert not client.is_object_exist(bucket, "bad")


def test_a_body_of_unknown_length_is_taken(old_bucket):
    def pieces():
        for number in range(50):
            yield f"piece {number};".encode()

    old_bucket.put_object("streamed", pieces())
    assert old_bucket.get_object("streamed").read() == b"".join(pieces())


def test_oss2_round_trip(old_bucket):
    put = old_bucket.put_object(
        "dir/文件.txt", "内容", headers={"x-oss-meta-owner": "me", "Content-Type": "text/plain"}
    )
    assert put.status == 200 and put.crc is not None
    got = old_bucket.get_object("dir/文件.txt")
    assert got.read().decode() == "内容" and got.client_crc == got.server_crc
    head = old_bucket.head_object("dir/文件.txt")
    assert head.content_type == "text/plain" and head.headers["x-oss-meta-owner"] == "me"
    assert old_bucket.object_exists("dir/文件.txt") and not old_bucket.object_exists("absent")
    assert old_bucket.get_object_meta("dir/文件.txt").content_length == len("内容".encode())
    old_bucket.update_object_meta("dir/文件.txt", {"x-oss-meta-owner": "you"})
    assert old_bucket.head_object("dir/文件.txt").headers["x-oss-meta-owner"] == "you"
    old_bucket.delete_object("dir/文件.txt")
    with refuses_old("NoSuchKey", 404):
        old_bucket.get_object("dir/文件.txt")


def test_bad_keys_are_refused(server, bucket):
    for target, resource in (
        (f"/{bucket}/{'x' * 1024}", f"/{bucket}/{'x' * 1024}"),
        (f"/{bucket}/%5Cback", f"/{bucket}/\\back"),
    ):
        answer = send(server, "PUT", target, signed_v1(server, "PUT", resource), b"x")
        assert (answer.status, answer.code) == (400, "InvalidObjectName")


def test_too_much_metadata_is_refused(client, bucket):
    with pytest.raises(oss.exceptions.OperationError) as caught:
        client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=b"a", metadata={"big": "v" * 9000}))
    assert caught.value.unwrap().status_code == 400
    assert not client.is_object_exist(bucket, "a")


def test_uploader_and_downloader(client, bucket, tmp_path):
    data = random.Random(3).randbytes(3_000_000)
    source, target = tmp_path / "up", tmp_path / "down"
    source.write_bytes(data)
    up = client.uploader(part_size=500_000, parallel_num=3)
    result = up.upload_file(oss.PutObjectRequest(bucket=bucket, key="big"), str(source))
    assert result.status_code == 200 and result.upload_id
    down = client.downloader(part_size=400_000, parallel_num=3)
    assert down.download_file(oss.GetObjectRequest(bucket=bucket, key="big"), str(target)).written == len(data)
    assert target.read_bytes() == data


def test_file_like_reading_and_appending(client, bucket):
    with client.append_file(bucket, "log") as log:
        log.write(b"line one\n")
        log.write(b"line two\n")
    with client.open_file(bucket, "log") as log:
        log.seek(5)
        assert log.read(3) == b"one"
        log.seek(0)
        assert log.read() == b"line one\nline two\n"
