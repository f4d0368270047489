"""Server-side encryption: what was asked for is answered and is true of the disk."""

# proves oss: PutBucketEncryption, GetBucketEncryption, DeleteBucketEncryption

import time

import alibabacloud_oss_v2 as oss
import pytest

from conftest import (
    bucket_for,
    client_for,
    empty_and_delete,
    fresh_name,
    object_or_none,
    refuses,
    refuses_old,
    until,
)
from forms import post, sign_v1

# Nothing that anybody else writes; found on disk again where it is not encrypted.
PHRASE = b"only this test writes these very words, again and again. "
SMALL = PHRASE * 20
LARGE = PHRASE * 4_000

SPELLINGS = {
    "AES256": {"server_side_encryption": "AES256"},
    "SM4": {"server_side_encryption": "SM4"},
    "KMS": {"server_side_encryption": "KMS", "server_side_encryption_key_id": "some-key-of-mine"},
    "KMS with SM4": {"server_side_encryption": "KMS", "server_side_data_encryption": "SM4"},
}


@pytest.fixture(params=SPELLINGS)
def asked(request):
    return SPELLINGS[request.param]


@pytest.fixture(params=[SMALL, LARGE], ids=["small", "large"])
def content(request):
    return request.param


def told(result):
    """What an answer tells of encryption, as it was asked for."""
    names = ["server_side_encryption", "server_side_encryption_key_id", "server_side_data_encryption"]
    spelled = {name: "x-oss-" + name.replace("_", "-") for name in names}
    # Not all results of this client have a field for each.
    return {name: result.headers[header] for name, header in spelled.items() if header in result.headers}


def answer_to(asked):
    """Of the keys called KMS, answers name the one, also where nobody did."""
    if asked["server_side_encryption"] != "KMS":
        return asked
    return {"server_side_encryption_key_id": "alias/acs/oss", **asked}


def read(client, bucket, key, **more):
    return client.get_object(oss.GetObjectRequest(bucket=bucket, key=key, **more)).body.read()


def on_disk(server, words=PHRASE):
    """The files that hold these words."""
    return [path for path in server.data_folder.rglob("*") if path.is_file() and words in path.read_bytes()]


def set_default(client, bucket, algorithm, key_id=None, data=None):
    rule = oss.ApplyServerSideEncryptionByDefault(
        sse_algorithm=algorithm, kms_master_key_id=key_id, kms_data_encryption=data
    )
    client.put_bucket_encryption(
        oss.PutBucketEncryptionRequest(
            bucket=bucket,
            server_side_encryption_rule=oss.ServerSideEncryptionRule(apply_server_side_encryption_by_default=rule),
        )
    )


def test_what_is_asked_for_is_answered(client, bucket, asked, content):
    stored = client.put_object(oss.PutObjectRequest(bucket=bucket, key="k", body=content, **asked))
    assert told(stored) == answer_to(asked)
    head = client.head_object(oss.HeadObjectRequest(bucket=bucket, key="k"))
    assert told(head) == answer_to(asked)
    # The checksum is of what the client sent.
    plain = client.put_object(oss.PutObjectRequest(bucket=bucket, key="plain", body=content))
    assert (stored.hash_crc64, stored.etag) == (plain.hash_crc64, plain.etag)
    assert told(plain) == {}
    found = client.get_object(oss.GetObjectRequest(bucket=bucket, key="k"))
    assert told(found) == answer_to(asked) and found.body.read() == content


def test_ranges_begin_anywhere(client, bucket, asked, content):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="k", body=content, **asked))
    for first, last in [(0, 0), (1, 1), (15, 16), (16, 31), (17, 500), (len(content) - 1, len(content) - 1)]:
        assert read(client, bucket, "k", range_header=f"bytes={first}-{last}") == content[first : last + 1]


def test_appended_pieces_are_encrypted_as_the_first(client, bucket, asked):
    first = client.append_object(oss.AppendObjectRequest(bucket=bucket, key="a", position=0, body=SMALL, **asked))
    client.append_object(oss.AppendObjectRequest(bucket=bucket, key="a", position=len(SMALL), body=LARGE))
    assert first.next_position == len(SMALL)
    assert told(client.head_object(oss.HeadObjectRequest(bucket=bucket, key="a"))) == answer_to(asked)
    assert read(client, bucket, "a") == SMALL + LARGE
    end = len(SMALL) + 20
    assert read(client, bucket, "a", range_header=f"bytes=7-{end}") == (SMALL + LARGE)[7 : end + 1]


def upload(client, bucket, key, asked, parts):
    begun = client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(bucket=bucket, key=key, **asked))
    etags = []
    for number, part in enumerate(parts, 1):
        if isinstance(part, bytes):
            request = oss.UploadPartRequest(
                bucket=bucket, key=key, upload_id=begun.upload_id, part_number=number, body=part
            )
            etags.append(client.upload_part(request).etag)
        else:
            request = oss.UploadPartCopyRequest(
                bucket=bucket, key=key, upload_id=begun.upload_id, part_number=number, **part
            )
            etags.append(client.upload_part_copy(request).etag)
    return client.complete_multipart_upload(
        oss.CompleteMultipartUploadRequest(
            bucket=bucket,
            key=key,
            upload_id=begun.upload_id,
            complete_multipart_upload=oss.CompleteMultipartUpload(
                parts=[oss.UploadPart(part_number=number, etag=etag) for number, etag in enumerate(etags, 1)]
            ),
        )
    )


def test_parts_are_encrypted_as_their_upload(client, bucket, asked):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="source", body=LARGE))
    copied = {"source_bucket": bucket, "source_key": "source", "source_range": "bytes=5-150004"}
    upload(client, bucket, "m", asked, [LARGE, copied, SMALL])
    assert told(client.head_object(oss.HeadObjectRequest(bucket=bucket, key="m"))) == answer_to(asked)
    assert read(client, bucket, "m") == LARGE + LARGE[5:150_005] + SMALL


def test_copies_are_encrypted_as_they_ask_and_not_as_their_source(client, bucket, asked, content):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="plain", body=content))
    copy = oss.CopyObjectRequest(bucket=bucket, key="sealed", source_bucket=bucket, source_key="plain", **asked)
    assert told(client.copy_object(copy)) == answer_to(asked)
    assert told(client.head_object(oss.HeadObjectRequest(bucket=bucket, key="sealed"))) == answer_to(asked)
    assert read(client, bucket, "sealed") == content
    back = oss.CopyObjectRequest(bucket=bucket, key="back", source_bucket=bucket, source_key="sealed")
    assert told(client.copy_object(back)) == {}
    assert told(client.head_object(oss.HeadObjectRequest(bucket=bucket, key="back"))) == {}
    client.delete_object(oss.DeleteObjectRequest(bucket=bucket, key="sealed"))
    assert read(client, bucket, "back") == content


def test_a_bucket_has_a_default(client, server, bucket):
    with refuses("NoSuchServerSideEncryptionRule", 404):
        client.get_bucket_encryption(oss.GetBucketEncryptionRequest(bucket=bucket))
    info = client.get_bucket_info(oss.GetBucketInfoRequest(bucket=bucket)).bucket_info
    assert info.sse_rule.sse_algorithm in ("None", "")
    set_default(client, bucket, "KMS", "key-1", "SM4")
    rule = client.get_bucket_encryption(oss.GetBucketEncryptionRequest(bucket=bucket)).server_side_encryption_rule
    rule = rule.apply_server_side_encryption_by_default
    assert (rule.sse_algorithm, rule.kms_master_key_id, rule.kms_data_encryption) == ("KMS", "key-1", "SM4")
    rule = client.get_bucket_info(oss.GetBucketInfoRequest(bucket=bucket)).bucket_info.sse_rule
    assert (rule.sse_algorithm, rule.kms_master_key_id, rule.kms_data_encryption) == ("KMS", "key-1", "SM4")

    by_default = {
        "server_side_encryption": "KMS",
        "server_side_encryption_key_id": "key-1",
        "server_side_data_encryption": "SM4",
    }
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="default", body=SMALL))
    own = SPELLINGS["AES256"]
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="own", body=SMALL, **own))
    upload(client, bucket, "parts", {}, [SMALL])
    client.append_object(oss.AppendObjectRequest(bucket=bucket, key="appended", position=0, body=SMALL))
    client.copy_object(oss.CopyObjectRequest(bucket=bucket, key="copied", source_bucket=bucket, source_key="own"))
    assert post(server, bucket, {**sign_v1(server, []), "key": "posted"}, SMALL).status_code == 204
    for key in ["default", "own", "parts", "appended", "copied", "posted"]:
        head = client.head_object(oss.HeadObjectRequest(bucket=bucket, key=key))
        assert told(head) == (own if key == "own" else by_default), key
        assert read(client, bucket, key) == SMALL

    client.delete_bucket_encryption(oss.DeleteBucketEncryptionRequest(bucket=bucket))
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="after", body=SMALL))
    assert told(client.head_object(oss.HeadObjectRequest(bucket=bucket, key="after"))) == {}
    assert read(client, bucket, "default") == SMALL


def test_a_bucket_is_made_with_its_default(server):
    bucket = bucket_for(server, fresh_name())
    headers = {"x-oss-server-side-encryption": "KMS", "x-oss-server-side-data-encryption": "SM4"}
    with refuses_old("InvalidEncryptionAlgorithmError", 400):
        bucket.create_bucket(headers={"x-oss-server-side-encryption": "ROT13"})
    bucket.create_bucket(headers=headers)
    rule = bucket.get_bucket_info().bucket_encryption_rule
    assert (rule.sse_algorithm, rule.kms_data_encryption) == ("KMS", "SM4")
    words = b"words that only this bucket is given "
    bucket.put_object("k", words * 20)
    assert on_disk(server, words) == []
    bucket.delete_object("k")
    bucket.delete_bucket()


def test_forms_may_ask(client, server, bucket, asked):
    fields = {**sign_v1(server, []), "key": "k"}
    fields |= {"x-oss-" + name.replace("_", "-"): value for name, value in asked.items()}
    answer = post(server, bucket, fields, LARGE)
    assert (answer.status_code, answer.headers["x-oss-server-side-encryption"]) == (204, asked["server_side_encryption"])
    assert told(client.head_object(oss.HeadObjectRequest(bucket=bucket, key="k"))) == answer_to(asked)
    assert read(client, bucket, "k") == LARGE


@pytest.mark.parametrize("version", ["v1", "v4"])
def test_oss2_asks_and_is_told(server, bucket, version):
    old = bucket_for(server, bucket, version)
    old.put_object("k", SMALL, headers={"x-oss-server-side-encryption": "AES256"})
    assert old.head_object("k").headers["x-oss-server-side-encryption"] == "AES256"
    assert old.get_object("k").read() == SMALL


def test_what_is_not_known_is_refused(client, bucket):
    with refuses("InvalidEncryptionAlgorithmError", 400):
        client.put_object(oss.PutObjectRequest(bucket=bucket, key="k", body=b"x", server_side_encryption="ROT13"))
    with refuses("InvalidEncryptionAlgorithmError", 400):
        set_default(client, bucket, "ROT13")
    for wrong in [
        {"server_side_encryption": "AES256", "server_side_encryption_key_id": "k"},
        {"server_side_encryption": "KMS", "server_side_data_encryption": "AES256"},
    ]:
        with refuses("InvalidArgument", 400):
            client.put_object(oss.PutObjectRequest(bucket=bucket, key="k", body=b"x", **wrong))
    assert object_or_none(client, bucket, "k") is None
    given = {"server_side_encryption": "AES256", "server_side_data_encryption": "SM4"}
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="k", body=b"x", **given))
    head = client.head_object(oss.HeadObjectRequest(bucket=bucket, key="k"))
    assert told(head) == {"server_side_encryption": "AES256"}


def test_pictures_are_processed_all_the_same(client, server, bucket):
    set_default(client, bucket, "AES256")
    with open(server.fixture("photo.jpg"), "rb") as picture:
        client.put_object(oss.PutObjectRequest(bucket=bucket, key="p.jpg", body=picture.read()))
    small = read(client, bucket, "p.jpg", process="image/resize,w_50")
    assert small[:2] == b"\xff\xd8"


@pytest.mark.own_server
def test_results_of_what_lies_encrypted_are_not_kept_in_the_clear(own_server):
    client = client_for(own_server)
    bucket = fresh_name()
    client.put_bucket(oss.PutBucketRequest(bucket=bucket))
    with open(own_server.fixture("photo.jpg"), "rb") as picture:
        content = picture.read()

    def kept():
        return sum(path.is_file() for path in (own_server.data_folder / "cache").rglob("*"))

    client.put_object(oss.PutObjectRequest(bucket=bucket, key="own", body=content, **SPELLINGS["AES256"]))
    # This copy does not ask for encryption, but shares its source's bytes.
    client.copy_object(oss.CopyObjectRequest(bucket=bucket, key="copy", source_bucket=bucket, source_key="own"))
    for key in ["own", "copy"]:
        assert read(client, bucket, key, process="image/resize,w_50")[:2] == b"\xff\xd8"
    # Results are kept after the answer: in this time one would have been.
    time.sleep(0.3)
    assert kept() == 0
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="plain", body=content))
    read(client, bucket, "plain", process="image/resize,w_50")
    until("the result to be kept", lambda: kept() > 0)
    empty_and_delete(client, bucket)


@pytest.mark.own_server
def test_the_disk_holds_ciphertext_only(own_server):
    client = client_for(own_server)
    bucket = fresh_name()
    client.put_bucket(oss.PutBucketRequest(bucket=bucket))
    for number, asked in enumerate(SPELLINGS.values()):
        client.put_object(oss.PutObjectRequest(bucket=bucket, key=f"small{number}", body=SMALL, **asked))
        client.put_object(oss.PutObjectRequest(bucket=bucket, key=f"large{number}", body=LARGE, **asked))
        client.append_object(
            oss.AppendObjectRequest(bucket=bucket, key=f"a{number}", position=0, body=LARGE, **asked)
        )
        upload(client, bucket, f"m{number}", asked, [LARGE, SMALL])
    assert on_disk(own_server) == []
    keys = own_server.data_folder / "master-keys.json"
    assert keys.stat().st_mode & 0o777 == 0o600
    # The words would be found, were they there; and a copy that asks for it is no less encrypted.
    other = PHRASE.upper()
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="plain", body=other * 4_000))
    assert len(on_disk(own_server, other)) == 1
    client.copy_object(
        oss.CopyObjectRequest(
            bucket=bucket, key="sealed", source_bucket=bucket, source_key="plain", server_side_encryption="AES256"
        )
    )
    assert len(on_disk(own_server, other)) == 1

    own_server.restart()
    assert read(client, bucket, "small1") == SMALL and read(client, bucket, "m2") == LARGE + SMALL

    # Without the key nothing encrypted can be read, and the server says so; what is not encrypted can.
    own_server.kill()
    keys.rename(keys.with_suffix(".away"))
    own_server.restart()
    for key in ["small0", "large0", "m0"]:
        with refuses("InternalError", 500) as caught:
            client_for(own_server, retry_max_attempts=1).get_object(oss.GetObjectRequest(bucket=bucket, key=key))
        assert "key" in caught.error.message and "missing" in caught.error.message
    assert read(client, bucket, "plain") == other * 4_000
    own_server.kill()
    keys.with_suffix(".away").rename(keys)
    own_server.restart()
    assert read(client, bucket, "large0") == LARGE
    empty_and_delete(client, bucket)
