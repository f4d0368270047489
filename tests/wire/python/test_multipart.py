# proves oss: InitiateMultipartUpload, UploadPart, UploadPartCopy, CompleteMultipartUpload
# proves oss: AbortMultipartUpload, ListParts, ListMultipartUploads

import base64
import hashlib
import random
import re

import alibabacloud_oss_v2 as oss
import oss2
import pytest
from conftest import bucket_for, refuses, refuses_old

PART = 100 * 1024


@pytest.fixture
def upload(client, bucket):
    """Starts an upload of the key `big`; gives its id."""
    return client.initiate_multipart_upload(
        oss.InitiateMultipartUploadRequest(bucket=bucket, key="big", content_type="video/mp4", metadata={"take": "2"})
    ).upload_id


def send_part(client, bucket, upload, number, body):
    return client.upload_part(
        oss.UploadPartRequest(bucket=bucket, key="big", upload_id=upload, part_number=number, body=body)
    )


def complete(client, bucket, upload, parts, **more):
    listed = [oss.UploadPart(part_number=number, etag=etag) for number, etag in parts]
    return client.complete_multipart_upload(
        oss.CompleteMultipartUploadRequest(
            bucket=bucket,
            key="big",
            upload_id=upload,
            complete_multipart_upload=oss.CompleteMultipartUpload(parts=listed),
            **more,
        )
    )


def crc_of(data):
    crc = oss2.utils.Crc64()
    crc.update(data)
    return str(crc.crc)


def test_parts_join_in_order_whatever_their_arrival(client, bucket, upload):
    noise = random.Random(1)
    bodies = {number: noise.randbytes(PART + number) for number in (1, 2, 5)} | {9: b"tail"}
    etags = {}
    for number in (9, 2, 5, 1):
        result = send_part(client, bucket, upload, number, bodies[number])
        assert result.etag == f'"{hashlib.md5(bodies[number]).hexdigest().upper()}"'
        assert result.hash_crc64 == crc_of(bodies[number])
        etags[number] = result.etag
    with refuses("NoSuchKey", 404):
        client.head_object(oss.HeadObjectRequest(bucket=bucket, key="big"))
    done = complete(client, bucket, upload, sorted(etags.items()))
    whole = b"".join(bodies[number] for number in sorted(bodies))
    assert (done.bucket, done.key) == (bucket, "big") and done.hash_crc64 == crc_of(whole)
    got = client.get_object(oss.GetObjectRequest(bucket=bucket, key="big"))
    assert got.body.read() == whole
    assert (got.object_type, got.content_type, dict(got.metadata)) == ("Multipart", "video/mp4", {"take": "2"})
    assert got.etag == done.etag and got.hash_crc64 == done.hash_crc64
    for start, end in ((0, 3), (PART - 2, PART + 5), (PART, 3 * PART), (len(whole) - 6, len(whole) - 1)):
        piece = client.get_object(oss.GetObjectRequest(bucket=bucket, key="big", range_header=f"bytes={start}-{end}"))
        assert piece.body.read() == whole[start : end + 1]
    with refuses("NoSuchUpload", 404):
        complete(client, bucket, upload, sorted(etags.items()))


def test_the_last_body_of_a_number_counts(client, bucket, upload):
    send_part(client, bucket, upload, 1, b"old")
    second = send_part(client, bucket, upload, 1, b"newer")
    parts = client.list_parts(oss.ListPartsRequest(bucket=bucket, key="big", upload_id=upload)).parts
    assert [(part.part_number, part.size, part.etag) for part in parts] == [(1, 5, second.etag)]
    complete(client, bucket, upload, [(1, second.etag)])
    assert client.get_object(oss.GetObjectRequest(bucket=bucket, key="big")).body.read() == b"newer"


def test_parts_are_listed_in_pages(client, bucket, upload):
    etags = {number: send_part(client, bucket, upload, number, b"x" * number).etag for number in (1, 2, 3, 10, 10_000)}
    listed = []
    marker = 0
    while True:
        page = client.list_parts(
            oss.ListPartsRequest(bucket=bucket, key="big", upload_id=upload, max_parts=2, part_number_marker=marker)
        )
        listed += [(part.part_number, part.etag, part.size, part.hash_crc64) for part in page.parts or []]
        if not page.is_truncated:
            break
        assert len(page.parts) == 2
        marker = page.next_part_number_marker
    assert listed == [(number, etags[number], number, crc_of(b"x" * number)) for number in (1, 2, 3, 10, 10_000)]


def test_uploads_are_listed_by_key_and_id(server, client, bucket):
    made = sorted(
        (key, client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(bucket=bucket, key=key)).upload_id)
        for key in ("a", "b/1", "b/2", "b/2", "文")
    )
    found = [
        (upload.key, upload.upload_id)
        for page in client.list_multipart_uploads_paginator(limit=2).iter_page(
            oss.ListMultipartUploadsRequest(bucket=bucket)
        )
        for upload in page.uploads
    ]
    assert sorted(found) == made and [key for key, _ in found] == [key for key, _ in made]
    # The V2 client drops common prefixes.
    folded = bucket_for(server, bucket).list_multipart_uploads(delimiter="/")
    assert [upload.key for upload in folded.upload_list] == ["a", "文"]
    assert folded.prefix_list == ["b/"]


def test_an_aborted_upload_is_gone(client, bucket, upload):
    send_part(client, bucket, upload, 1, b"x")
    aborted = client.abort_multipart_upload(oss.AbortMultipartUploadRequest(bucket=bucket, key="big", upload_id=upload))
    assert aborted.status_code == 204
    for attempt in (
        lambda: send_part(client, bucket, upload, 2, b"x"),
        lambda: client.list_parts(oss.ListPartsRequest(bucket=bucket, key="big", upload_id=upload)),
        lambda: complete(client, bucket, upload, [(1, '"x"')]),
        lambda: client.abort_multipart_upload(
            oss.AbortMultipartUploadRequest(bucket=bucket, key="big", upload_id=upload)
        ),
    ):
        with refuses("NoSuchUpload", 404):
            attempt()


def test_completing_is_checked(client, bucket, upload):
    first = send_part(client, bucket, upload, 1, b"s" * 100).etag
    second = send_part(client, bucket, upload, 2, b"tail").etag
    with refuses("EntityTooSmall", 400):
        complete(client, bucket, upload, [(1, first), (2, second)])
    third = send_part(client, bucket, upload, 3, b"t" * PART).etag
    with refuses("InvalidPartOrder", 400):
        complete(client, bucket, upload, [(3, third), (2, second)])
    with refuses("InvalidPart", 400):
        complete(client, bucket, upload, [(1, '"00000000000000000000000000000000"')])
    with refuses("InvalidPart", 400):
        complete(client, bucket, upload, [(3, third), (4, second)])
    complete(client, bucket, upload, [(2, second.strip('"').lower())])
    assert client.get_object(oss.GetObjectRequest(bucket=bucket, key="big")).body.read() == b"tail"


def test_completing_with_all_parts(client, bucket, upload):
    send_part(client, bucket, upload, 3, b"tail")
    send_part(client, bucket, upload, 1, b"h" * PART)
    client.complete_multipart_upload(
        oss.CompleteMultipartUploadRequest(bucket=bucket, key="big", upload_id=upload, complete_all="yes")
    )
    assert client.get_object(oss.GetObjectRequest(bucket=bucket, key="big")).body.read() == b"h" * PART + b"tail"


def test_completing_may_not_overwrite_when_forbidden(client, bucket, upload):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="big", body=b"first"))
    etag = send_part(client, bucket, upload, 1, b"second").etag
    with refuses("FileAlreadyExists", 409):
        complete(client, bucket, upload, [(1, etag)], forbid_overwrite=True)
    assert client.get_object(oss.GetObjectRequest(bucket=bucket, key="big")).body.read() == b"first"


@pytest.mark.parametrize("number", [0, 10_001, -1])
def test_part_numbers_have_a_range(client, bucket, upload, number):
    with refuses("InvalidArgument", 400):
        send_part(client, bucket, upload, number, b"x")


def test_parts_are_copied_from_objects(client, bucket, upload):
    source = random.Random(2).randbytes(3 * PART)
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="源", body=source))

    def copy(number, first, last):
        return client.upload_part_copy(
            oss.UploadPartCopyRequest(
                bucket=bucket,
                key="big",
                upload_id=upload,
                part_number=number,
                source_bucket=bucket,
                source_key="源",
                source_range=f"bytes={first}-{last}",
            )
        )

    one, two = copy(1, 0, 2 * PART - 1), copy(2, 2 * PART + 5, 3 * PART - 1)
    assert re.fullmatch('"[0-9A-F]{32}"', one.etag) and one.last_modified
    client.delete_object(oss.DeleteObjectRequest(bucket=bucket, key="源"))
    complete(client, bucket, upload, [(1, one.etag), (2, two.etag)])
    got = client.get_object(oss.GetObjectRequest(bucket=bucket, key="big")).body.read()
    assert got == source[: 2 * PART] + source[2 * PART + 5 :]


def test_a_part_is_not_copied_from_beyond_the_end(client, bucket, upload):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="source", body=b"0123456789"))
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="nothing", body=b""))

    def copy(key, source_range):
        return client.upload_part_copy(
            oss.UploadPartCopyRequest(
                bucket=bucket,
                key="big",
                upload_id=upload,
                part_number=1,
                source_bucket=bucket,
                source_key=key,
                source_range=source_range,
            )
        )

    for key, beyond in (("source", "bytes=10-"), ("source", "bytes=5-10"), ("source", "bytes=11-"), ("nothing", "bytes=0-")):
        with refuses("InvalidRange", 416):
            copy(key, beyond)
    assert client.list_parts(oss.ListPartsRequest(bucket=bucket, key="big", upload_id=upload)).parts in (None, [])
    assert copy("source", "bytes=9-").headers["Content-Range"] == "bytes 9-9/10"
    assert copy("nothing", None).status_code == 200


def test_a_wrong_md5_stores_no_part(client, bucket, upload):
    with refuses("InvalidDigest", 400):
        client.upload_part(
            oss.UploadPartRequest(
                bucket=bucket,
                key="big",
                upload_id=upload,
                part_number=1,
                body=b"x",
                content_md5="1B2M2Y8AsgTpgAmY7PhCfg==",
            )
        )
    assert not client.list_parts(oss.ListPartsRequest(bucket=bucket, key="big", upload_id=upload)).parts


def test_an_upload_belongs_to_its_key(client, bucket, upload):
    with refuses("NoSuchUpload", 404):
        client.list_parts(oss.ListPartsRequest(bucket=bucket, key="other", upload_id=upload))


def test_oss2_multipart(old_bucket):
    key = "大 文件"
    upload = old_bucket.init_multipart_upload(key).upload_id
    parts = []
    for number, body in ((1, b"a" * PART), (2, b"b" * 10)):
        result = old_bucket.upload_part(key, upload, number, body)
        parts.append(oss2.models.PartInfo(number, result.etag, size=len(body), part_crc=result.crc))
    assert [part.part_number for part in oss2.PartIterator(old_bucket, key, upload, max_parts=1)] == [1, 2]
    assert [found.upload_id for found in oss2.ObjectUploadIterator(old_bucket, key)] == [upload]
    done = old_bucket.complete_multipart_upload(key, upload, parts)
    assert done.etag == old_bucket.head_object(key).etag
    assert old_bucket.get_object(key).read() == b"a" * PART + b"b" * 10
    with refuses_old("NoSuchUpload", 404):
        old_bucket.abort_multipart_upload(key, upload)


def test_the_last_page_of_uploads_names_its_last_entry(client, bucket, upload):
    page = client.list_multipart_uploads(oss.ListMultipartUploadsRequest(bucket=bucket))
    assert (page.is_truncated, page.next_key_marker, page.next_upload_id_marker) == (False, "big", upload)


def test_oss2_copies_a_part_from_somewhere_to_the_end(old_bucket):
    old_bucket.put_object("source", b"a" * PART + b"rest")
    upload = old_bucket.init_multipart_upload("copy").upload_id
    parts = []
    for number, byte_range in ((1, (0, PART - 1)), (2, (PART, None))):
        result = old_bucket.upload_part_copy(old_bucket.bucket_name, "source", byte_range, "copy", upload, number)
        parts.append(oss2.models.PartInfo(number, result.etag))
    old_bucket.complete_multipart_upload("copy", upload, parts)
    assert old_bucket.get_object("copy").read() == b"a" * PART + b"rest"
    with refuses_old("InvalidRange", 416):
        old_bucket.upload_part_copy(
            old_bucket.bucket_name, "source", (PART + 5, None), "copy", old_bucket.init_multipart_upload("copy").upload_id, 1
        )


def test_an_upload_of_nothing_is_an_empty_object(client, bucket, upload):
    """The Go uploader completes without parts when its reader has nothing."""
    done = complete(client, bucket, upload, [])
    found = client.head_object(oss.HeadObjectRequest(bucket=bucket, key="big"))
    assert (found.content_length, found.etag, found.hash_crc64) == (0, done.etag, "0")


def test_leaving_out_all_parts_is_refused(client, bucket, upload):
    send_part(client, bucket, upload, 1, b"x")
    with refuses("InvalidArgument", 400):
        complete(client, bucket, upload, [])


def test_a_missing_upload_is_classified_by_operation(client, bucket, upload):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="source", body=b"x"))
    copied = {"source_bucket": bucket, "source_key": "source", "bucket": bucket, "key": "big", "part_number": 1}
    for ec, attempt in {
        "0042-00000002": lambda: client.list_parts(
            oss.ListPartsRequest(bucket=bucket, key="big", upload_id="0" * 32)
        ),
        "0042-00000104": lambda: send_part(client, bucket, "0" * 32, 1, b"x"),
        "0042-00000311": lambda: client.upload_part_copy(oss.UploadPartCopyRequest(upload_id="0" * 32, **copied)),
    }.items():
        with refuses("NoSuchUpload", 404) as caught:
            attempt()
        assert caught.error.ec == ec


def test_a_sequential_upload_keeps_order(client, bucket):
    upload = client.initiate_multipart_upload(
        oss.InitiateMultipartUploadRequest(bucket=bucket, key="big", parameters={"sequential": ""})
    ).upload_id
    send_part(client, bucket, upload, 1, b"x" * PART)
    with refuses("PartNotSequential", 400):
        send_part(client, bucket, upload, 3, b"x")


def test_a_sequential_upload_knows_the_md5_of_everything(client, bucket):
    pieces = [bytes([n]) * (PART + n) for n in range(4)]
    md5 = base64.b64encode(hashlib.md5(b"".join(pieces)).digest()).decode()

    def put_in_order(key, pieces, again=None):
        upload = client.initiate_multipart_upload(
            oss.InitiateMultipartUploadRequest(bucket=bucket, key=key, parameters={"sequential": ""})
        ).upload_id
        for number, piece in enumerate(pieces, start=1):
            client.upload_part(
                oss.UploadPartRequest(bucket=bucket, key=key, upload_id=upload, part_number=number, body=piece)
            )
        if again is not None:
            number, piece = again
            client.upload_part(
                oss.UploadPartRequest(bucket=bucket, key=key, upload_id=upload, part_number=number, body=piece)
            )
        return client.complete_multipart_upload(
            oss.CompleteMultipartUploadRequest(bucket=bucket, key=key, upload_id=upload, complete_all="yes")
        )

    def md5_of(key):
        return client.head_object(oss.HeadObjectRequest(bucket=bucket, key=key)).content_md5

    assert put_in_order("k", pieces).headers["content-md5"] == md5
    assert md5_of("k") == md5
    client.copy_object(oss.CopyObjectRequest(bucket=bucket, key="copy", source_key="k"))
    assert md5_of("copy") == md5

    # The last part sent again is the last part still; one in the middle, and what follows is not known to follow it.
    put_in_order("k", [*pieces[:-1], b"other"], again=(4, pieces[-1]))
    assert md5_of("k") == md5
    assert "content-md5" not in put_in_order("k", pieces, again=(2, b"y" * PART)).headers
    assert md5_of("k") is None


def test_an_upload_may_be_forbidden_to_overwrite_from_its_start(client, bucket):
    initiate = oss.InitiateMultipartUploadRequest(bucket=bucket, key="a", forbid_overwrite=True)
    started = client.initiate_multipart_upload(initiate)
    upload = {"bucket": bucket, "key": "a", "upload_id": started.upload_id}
    client.upload_part(oss.UploadPartRequest(**upload, part_number=1, body=b"x"))
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=b"first"))
    with refuses("FileAlreadyExists", 409):
        client.complete_multipart_upload(oss.CompleteMultipartUploadRequest(**upload, complete_all="yes"))
    with refuses("FileAlreadyExists", 409):
        client.initiate_multipart_upload(initiate)


def test_parts_are_encrypted_as_their_upload_says(client, bucket):
    upload = client.initiate_multipart_upload(
        oss.InitiateMultipartUploadRequest(bucket=bucket, key="a", server_side_encryption="AES256")
    )
    where = {"bucket": bucket, "key": "a", "upload_id": upload.upload_id}
    part = client.upload_part(oss.UploadPartRequest(**where, part_number=1, body=b"x"))
    assert part.headers["x-oss-server-side-encryption"] == "AES256"
    with refuses("InvalidArgument", 400):
        headers = {"x-oss-server-side-encryption": "AES256"}
        client.upload_part(oss.UploadPartRequest(**where, part_number=2, body=b"x", headers=headers))
    with refuses("InvalidArgument", 400):
        client.complete_multipart_upload(
            oss.CompleteMultipartUploadRequest(**where, complete_all="yes", headers=headers)
        )


def test_what_a_client_says_of_its_own_encryption_is_listed_with_the_parts(client, bucket):
    said = {f"client-side-encryption-{name}": name for name in ("key", "start", "cek-alg", "wrap-alg")}
    said |= {"client-side-encryption-data-size": "20", "client-side-encryption-part-size": "10"}
    upload = client.initiate_multipart_upload(
        oss.InitiateMultipartUploadRequest(bucket=bucket, key="a", metadata=said)
    )
    found = client.list_parts(oss.ListPartsRequest(bucket=bucket, key="a", upload_id=upload.upload_id))
    assert (found.client_encryption_key, found.client_encryption_start) == ("key", "start")
    assert (found.client_encryption_data_size, found.client_encryption_part_size) == (20, 10)
