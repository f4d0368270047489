# proves oss: PutSymlink, GetSymlink

import alibabacloud_oss_v2 as oss
import oss2
import pytest
from conftest import refuses, refuses_old

ENCODED_TARGET = "dir/%E7%9B%AE%20%E6%A0%87%2B"


@pytest.fixture
def target(client, bucket):
    client.put_object(
        oss.PutObjectRequest(bucket=bucket, key="dir/目 标+", body=b"content", content_type="text/plain")
    )
    return "dir/目 标+"


def link(client, bucket, key, target, **more):
    return client.put_symlink(oss.PutSymlinkRequest(bucket=bucket, key=key, symlink_target=target, **more))


def get(client, bucket, key):
    return client.get_object(oss.GetObjectRequest(bucket=bucket, key=key))


def test_a_link_gives_what_it_points_at(client, bucket, target):
    client.put_symlink(
        oss.PutSymlinkRequest(
            bucket=bucket, key="link", symlink_target=ENCODED_TARGET, metadata={"who": "link"}
        )
    )
    got = get(client, bucket, "link")
    assert got.body.read() == b"content"
    content = client.head_object(oss.HeadObjectRequest(bucket=bucket, key=target))
    head = client.head_object(oss.HeadObjectRequest(bucket=bucket, key="link"))
    for answer in (got, head):
        assert (answer.etag, answer.hash_crc64, answer.content_length) == (content.etag, content.hash_crc64, 7)
        assert answer.object_type == "Symlink" and dict(answer.metadata) == {"who": "link"}
        assert answer.last_modified >= content.last_modified
    asked = client.get_symlink(oss.GetSymlinkRequest(bucket=bucket, key="link"))
    assert asked.headers["x-oss-symlink-target"] == ENCODED_TARGET
    assert asked.etag and asked.etag != content.etag and dict(asked.metadata) == {"who": "link"}
    part = client.get_object(oss.GetObjectRequest(bucket=bucket, key="link", range_header="bytes=1-3"))
    assert part.body.read() == b"ont"


def test_a_link_follows_its_target(client, bucket, target):
    link(client, bucket, "link", "later")
    with refuses("SymlinkTargetNotExist", 404):
        get(client, bucket, "link")
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="later", body=b"1"))
    assert get(client, bucket, "link").body.read() == b"1"
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="later", body=b"22"))
    assert get(client, bucket, "link").body.read() == b"22"


def test_a_link_to_a_link_is_not_followed(client, bucket, target):
    link(client, bucket, "one", ENCODED_TARGET)
    link(client, bucket, "two", "one")
    with refuses("InvalidTargetType", 400):
        get(client, bucket, "two")


def test_only_links_can_be_read_as_links(client, bucket, target):
    with refuses("NotSymlink", 400):
        client.get_symlink(oss.GetSymlinkRequest(bucket=bucket, key=target))
    with refuses("NoSuchKey", 404):
        client.get_symlink(oss.GetSymlinkRequest(bucket=bucket, key="absent"))
    with refuses("InvalidObjectName", 400):
        link(client, bucket, "link", "/absolute")


def test_links_are_listed_as_such_and_take_part_in_everything(client, bucket, target):
    link(client, bucket, "link", ENCODED_TARGET, storage_class="IA", acl="public-read")
    found = {entry.key: entry for entry in client.list_objects_v2(oss.ListObjectsV2Request(bucket=bucket)).contents}
    assert (found["link"].object_type, found["link"].storage_class) == ("Symlink", "IA")
    assert client.get_object_acl(oss.GetObjectAclRequest(bucket=bucket, key="link")).acl == "public-read"
    with refuses("FileAlreadyExists", 409):
        link(client, bucket, "link", "x", forbid_overwrite="true")
    # A copy of a link is a link.
    client.copy_object(oss.CopyObjectRequest(bucket=bucket, key="copy", source_key="link"))
    assert client.get_symlink(oss.GetSymlinkRequest(bucket=bucket, key="copy")).headers[
        "x-oss-symlink-target"
    ] == ENCODED_TARGET
    client.delete_object(oss.DeleteObjectRequest(bucket=bucket, key="link"))
    assert get(client, bucket, target).body.read() == b"content"
    with refuses("ObjectNotAppendable", 409):
        client.append_object(oss.AppendObjectRequest(bucket=bucket, key="copy", position=0, body=b"x"))


def test_a_link_opens_nothing_that_was_closed(server, client, bucket, target):
    link(client, bucket, "link", ENCODED_TARGET, acl="public-read")
    nobody = oss2.Bucket(oss2.AnonymousAuth(), server.endpoint, bucket)
    with refuses_old("AccessDenied", 403):
        nobody.get_object("link")
    client.put_object_acl(oss.PutObjectAclRequest(bucket=bucket, key=target, acl="public-read"))
    assert nobody.get_object("link").read() == b"content"


def test_a_picture_is_processed_through_a_link(client, bucket, server):
    with open(server.fixture("photo.jpg"), "rb") as file:
        client.put_object(oss.PutObjectRequest(bucket=bucket, key="photo.jpg", body=file.read()))
    link(client, bucket, "link", "photo.jpg")
    info = client.get_object(oss.GetObjectRequest(bucket=bucket, key="link", process="image/info"))
    assert b"ImageWidth" in info.body.read()


def test_links_have_versions(client, versioned):
    client.put_object(oss.PutObjectRequest(bucket=versioned, key="a", body=b"a"))
    first = link(client, versioned, "link", "a")
    second = link(client, versioned, "link", "b")
    assert first.version_id and first.version_id != second.version_id
    old = client.get_symlink(oss.GetSymlinkRequest(bucket=versioned, key="link", version_id=first.version_id))
    assert (old.target, old.version_id) == ("a", first.version_id)
    deleted = client.delete_object(oss.DeleteObjectRequest(bucket=versioned, key="link"))
    with refuses("NoSuchKey", 404) as caught:
        client.get_symlink(oss.GetSymlinkRequest(bucket=versioned, key="link"))
    assert caught.error.headers["x-oss-version-id"] == deleted.version_id


def test_oss2_makes_links(old_bucket):
    old_bucket.put_object("中文/a+b", b"x")
    old_bucket.put_symlink("中文/a+b", "链接", headers={"x-oss-meta-n": "1"})
    asked = old_bucket.get_symlink("链接")
    assert asked.target_key == "中文/a+b"
    assert old_bucket.get_object("链接").read() == b"x"
    assert old_bucket.head_object("链接").headers["x-oss-meta-n"] == "1"


def test_a_link_is_deleted_by_either_spelling(old_bucket):
    old_bucket.put_object("a", b"x")
    for parameters in (None, {"symlink": ""}):
        old_bucket.put_symlink("a", "link")
        assert old_bucket.delete_object("link", params=parameters).status == 204
        assert not old_bucket.object_exists("link") and old_bucket.object_exists("a")


def test_parts_are_copied_through_a_link(client, bucket, target):
    link(client, bucket, "link", ENCODED_TARGET)
    started = client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(bucket=bucket, key="big"))
    upload = {"bucket": bucket, "key": "big", "upload_id": started.upload_id}
    client.upload_part_copy(oss.UploadPartCopyRequest(**upload, part_number=1, source_key="link"))
    client.complete_multipart_upload(oss.CompleteMultipartUploadRequest(**upload, complete_all="yes"))
    assert get(client, bucket, "big").body.read() == b"content"
