# proves oss: PutBucketVersioning, GetBucketVersioning, ListObjectVersions

import io
import urllib.error
import urllib.request

import alibabacloud_oss_v2 as oss
import oss2
import pytest
from conftest import refuses, refuses_old, set_versioning


def put(client, bucket, key, body, **more):
    """The id of the version that was written; None in a bucket without any."""
    return client.put_object(oss.PutObjectRequest(bucket=bucket, key=key, body=body, **more)).version_id


def get(client, bucket, key, version_id=None):
    return client.get_object(oss.GetObjectRequest(bucket=bucket, key=key, version_id=version_id)).body.read()


def delete(client, bucket, key, version_id=None):
    return client.delete_object(oss.DeleteObjectRequest(bucket=bucket, key=key, version_id=version_id))


def versions(client, bucket, **query):
    """(key, version id, is latest, is a marker) of all versions, as listed: versions first, then markers."""
    listed = []
    for page in client.list_object_versions_paginator().iter_page(oss.ListObjectVersionsRequest(bucket=bucket, **query)):
        listed += [(found.key, found.version_id, found.is_latest, False) for found in page.version or []]
        listed += [(found.key, found.version_id, found.is_latest, True) for found in page.delete_marker or []]
    return listed


def test_a_bucket_has_no_status_until_one_is_set(client, bucket):
    def status():
        result = client.get_bucket_versioning(oss.GetBucketVersioningRequest(bucket=bucket))
        return result.version_status

    def info():
        return client.get_bucket_info(oss.GetBucketInfoRequest(bucket=bucket)).bucket_info.versioning

    assert not status() and not info()
    assert put(client, bucket, "a", b"x") is None
    head = client.head_object(oss.HeadObjectRequest(bucket=bucket, key="a"))
    assert head.version_id is None
    for word in ("Enabled", "Suspended", "Enabled"):
        set_versioning(client, bucket, word)
        assert status() == word and info() == word
    with refuses("MalformedXML", 400):
        set_versioning(client, bucket, "Off")


def test_every_write_makes_a_version_that_can_be_read_by_its_id(client, versioned):
    ids = [put(client, versioned, "a", body) for body in (b"one", b"two", b"three")]
    assert len(set(ids)) == 3 and all(ids)
    assert not any(set("%+") & set(version) for version in ids)
    assert get(client, versioned, "a") == b"three"
    assert [get(client, versioned, "a", version) for version in ids] == [b"one", b"two", b"three"]
    head = client.head_object(oss.HeadObjectRequest(bucket=versioned, key="a", version_id=ids[0]))
    assert (head.version_id, head.content_length) == (ids[0], 3)
    meta = client.get_object_meta(oss.GetObjectMetaRequest(bucket=versioned, key="a", version_id=ids[1]))
    assert (meta.version_id, meta.content_length) == (ids[1], 3)
    latest = client.head_object(oss.HeadObjectRequest(bucket=versioned, key="a"))
    assert latest.version_id == ids[2]
    with refuses("NoSuchVersion", 404):
        get(client, versioned, "a", "CAEQnone")


def test_what_was_there_before_becomes_version_null(client, bucket):
    put(client, bucket, "a", b"before")
    set_versioning(client, bucket, "Enabled")
    assert client.head_object(oss.HeadObjectRequest(bucket=bucket, key="a")).version_id == "null"
    after = put(client, bucket, "a", b"after")
    assert get(client, bucket, "a", "null") == b"before" and get(client, bucket, "a", after) == b"after"


def test_a_deletion_hides_and_can_be_taken_back(client, versioned):
    first = put(client, versioned, "a", b"one")
    second = put(client, versioned, "a", b"two")
    deleted = delete(client, versioned, "a")
    assert deleted.delete_marker and deleted.version_id not in (None, first, second)
    for read in (
        lambda: get(client, versioned, "a"),
        lambda: client.head_object(oss.HeadObjectRequest(bucket=versioned, key="a")),
    ):
        with refuses("NoSuchKey", 404) as caught:
            read()
        assert caught.error.headers["x-oss-delete-marker"] == "true"
        assert caught.error.headers["x-oss-version-id"] == deleted.version_id
    for read in (
        lambda: get(client, versioned, "a", deleted.version_id),
        lambda: client.head_object(
            oss.HeadObjectRequest(bucket=versioned, key="a", version_id=deleted.version_id)
        ),
    ):
        with refuses("MethodNotAllowed", 405) as caught:
            read()
        assert caught.error.headers["x-oss-delete-marker"] == "true"
    assert not client.list_objects_v2(oss.ListObjectsV2Request(bucket=versioned)).contents
    assert get(client, versioned, "a", first) == b"one"
    # A second deletion puts a second marker in front.
    again = delete(client, versioned, "a")
    assert delete(client, versioned, "a", again.version_id).delete_marker
    taken_back = delete(client, versioned, "a", deleted.version_id)
    assert taken_back.delete_marker and taken_back.version_id == deleted.version_id
    assert get(client, versioned, "a") == b"two"
    gone = delete(client, versioned, "a", second)
    assert not gone.delete_marker and gone.version_id == second
    assert get(client, versioned, "a") == b"one"
    delete(client, versioned, "a", first)
    assert versions(client, versioned) == []


def test_deleting_what_is_not_there_makes_a_marker_and_a_version_that_is_not_there_does_not(client, versioned):
    assert delete(client, versioned, "absent").delete_marker
    assert [marker for *_, marker in versions(client, versioned)] == [True]
    assert not delete(client, versioned, "other", "CAEQnone").delete_marker
    assert len(versions(client, versioned)) == 1


def test_suspended_versioning_replaces_version_null_and_keeps_the_others(client, versioned):
    kept = put(client, versioned, "a", b"kept")
    set_versioning(client, versioned, "Suspended")
    assert put(client, versioned, "a", b"null 1") == "null"
    assert put(client, versioned, "a", b"null 2") == "null"
    assert versions(client, versioned) == [("a", "null", True, False), ("a", kept, False, False)]
    deleted = delete(client, versioned, "a")
    assert deleted.delete_marker and deleted.version_id == "null"
    assert sorted(versions(client, versioned)) == [("a", kept, False, False), ("a", "null", True, True)]
    assert put(client, versioned, "a", b"null 3") == "null"
    set_versioning(client, versioned, "Enabled")
    newest = put(client, versioned, "a", b"new")
    assert [version for _, version, *_ in versions(client, versioned)] == [newest, "null", kept]
    assert get(client, versioned, "a", "null") == b"null 3"
    set_versioning(client, versioned, "Suspended")
    # The version called null stands below the newest one, and is replaced all the same.
    put(client, versioned, "a", b"null 4")
    assert [version for _, version, *_ in versions(client, versioned)] == ["null", newest, kept]


def test_overwriting_may_not_be_forbidden_where_nothing_can_be_lost(client, bucket):
    put(client, bucket, "a", b"1", forbid_overwrite=True)
    with refuses("FileAlreadyExists", 409):
        put(client, bucket, "a", b"2", forbid_overwrite=True)
    for status in ("Enabled", "Suspended"):
        set_versioning(client, bucket, status)
        put(client, bucket, "a", b"2", forbid_overwrite=True)


def test_delete_multiple_takes_versions_and_tells_of_markers(client, versioned):
    ids = {key: put(client, versioned, key, b"x") for key in ("a", "b", "c d")}
    marker = delete(client, versioned, "b").version_id
    result = client.delete_multiple_objects(
        oss.DeleteMultipleObjectsRequest(
            bucket=versioned,
            encoding_type="url",
            objects=[
                oss.DeleteObject(key="a", version_id=ids["a"]),
                oss.DeleteObject(key="b", version_id=marker),
                oss.DeleteObject(key="c d"),
            ],
        )
    )
    a, b, c = result.deleted_objects
    assert (a.key, a.version_id, a.delete_marker) == ("a", ids["a"], None)
    assert (b.key, b.version_id, b.delete_marker, b.delete_marker_version_id) == ("b", marker, True, marker)
    assert (c.key, c.version_id, c.delete_marker) == ("c d", None, True)
    assert c.delete_marker_version_id not in (None, *ids.values())
    assert get(client, versioned, "b") == b"x"


def test_a_copy_of_an_old_version_brings_it_back(client, versioned):
    old = put(client, versioned, "a", b"old", metadata={"n": "1"})
    put(client, versioned, "a", b"new")
    result = client.copy_object(
        oss.CopyObjectRequest(bucket=versioned, key="a", source_key="a", source_version_id=old)
    )
    assert result.source_version_id == old and result.version_id not in (None, old)
    got = client.get_object(oss.GetObjectRequest(bucket=versioned, key="a"))
    assert got.body.read() == b"old" and dict(got.metadata) == {"n": "1"} and got.version_id == result.version_id
    delete(client, versioned, "a")
    with refuses("NoSuchKey", 404):
        client.copy_object(oss.CopyObjectRequest(bucket=versioned, key="b", source_key="a"))
    with refuses("NoSuchVersion", 404):
        client.copy_object(
            oss.CopyObjectRequest(bucket=versioned, key="b", source_key="a", source_version_id="CAEQnone")
        )


def test_multipart_uploads_make_versions_of_versions(client, versioned):
    half = b"0123456789" * 20_000
    old = put(client, versioned, "source", half)
    put(client, versioned, "source", b"other")
    put(client, versioned, "big", b"before")
    started = client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(bucket=versioned, key="big"))
    upload = {"bucket": versioned, "key": "big", "upload_id": started.upload_id}
    copied = client.upload_part_copy(
        oss.UploadPartCopyRequest(**upload, part_number=1, source_key="source", source_version_id=old)
    )
    assert copied.source_version_id == old
    sent = client.upload_part(oss.UploadPartRequest(**upload, part_number=2, body=b"end"))
    parts = [oss.UploadPart(part_number=1, etag=copied.etag), oss.UploadPart(part_number=2, etag=sent.etag)]
    done = client.complete_multipart_upload(
        oss.CompleteMultipartUploadRequest(
            **upload, complete_multipart_upload=oss.CompleteMultipartUpload(parts=parts)
        )
    )
    assert done.version_id
    assert get(client, versioned, "big", done.version_id) == half + b"end"
    assert len(versions(client, versioned, prefix="big")) == 2


def test_appending_makes_one_version_and_goes_on_in_it(client, versioned):
    def append(position, body):
        return client.append_object(
            oss.AppendObjectRequest(bucket=versioned, key="log", position=position, body=body)
        )

    first = append(0, b"one ")
    assert first.version_id and append(4, b"two").version_id == first.version_id
    assert get(client, versioned, "log") == b"one two"
    put(client, versioned, "log", b"a plain object")
    with refuses("ObjectNotAppendable", 409):
        append(7, b"three")
    delete(client, versioned, "log")
    with refuses("MethodNotAllowed", 405):
        append(0, b"anew")
    assert get(client, versioned, "log", first.version_id) == b"one two"


def test_acls_belong_to_versions(client, versioned):
    old = put(client, versioned, "a", b"1", acl="public-read")
    put(client, versioned, "a", b"2")

    def acl(version_id=None):
        return client.get_object_acl(oss.GetObjectAclRequest(bucket=versioned, key="a", version_id=version_id)).acl

    assert (acl(), acl(old)) == ("default", "public-read")
    changed = client.put_object_acl(
        oss.PutObjectAclRequest(bucket=versioned, key="a", version_id=old, acl="private")
    )
    assert changed.version_id == old and (acl(), acl(old)) == ("default", "private")
    marker = delete(client, versioned, "a").version_id
    with refuses("NoSuchKey", 404):
        acl()
    with refuses("MethodNotAllowed", 405):
        acl(marker)


def test_a_private_version_is_not_opened_by_a_public_one(server, client, versioned):
    private = put(client, versioned, "a", b"private", acl="private")
    public = put(client, versioned, "a", b"public", acl="public-read")
    nobody = oss2.Bucket(oss2.AnonymousAuth(), server.endpoint, versioned)
    assert nobody.get_object("a").read() == b"public"
    assert nobody.get_object("a", params={"versionId": public}).read() == b"public"
    with refuses_old("AccessDenied", 403):
        nobody.get_object("a", params={"versionId": private})


def test_a_version_that_is_not_read_lends_its_acl_to_none(server, client, bucket):
    client.put_bucket_acl(oss.PutBucketAclRequest(bucket=bucket, acl="public-read"))
    put(client, bucket, "a", b"private", acl="private")
    for query in ("", "?versionId=", "?versionId", "?versionId=null"):
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"{server.endpoint}/{bucket}/a{query}")
        assert caught.value.code == 403, query


def test_a_bucket_with_versions_is_not_empty(client, versioned):
    put(client, versioned, "a", b"x")
    delete(client, versioned, "a")
    with refuses("BucketNotEmpty", 409):
        client.delete_bucket(oss.DeleteBucketRequest(bucket=versioned))


def test_statistics_count_every_version(client, versioned):
    put(client, versioned, "a", b"12345")
    put(client, versioned, "a", b"123")
    put(client, versioned, "b", b"1", storage_class="IA")
    delete(client, versioned, "a")
    stat = client.get_bucket_stat(oss.GetBucketStatRequest(bucket=versioned))
    assert (stat.storage, stat.object_count, stat.delete_marker_count) == (9, 3, 1)
    assert stat.infrequent_access_real_storage == 1


def test_versions_are_listed_in_pages_newest_first(client, versioned):
    keys = ["a", "b/1", "b/2", "c +%", "d"]
    ids = {key: [put(client, versioned, key, b"%d" % n) for n in range(3)] for key in keys}
    marker = delete(client, versioned, "d").version_id
    everything = [(key, version, at == 0 and key != "d", False) for key in keys for at, version in enumerate(ids[key][::-1])]
    everything = sorted(everything + [("d", marker, True, True)], key=lambda row: (row[0], row[3] is False))
    for max_keys in (1, 2, 3, 7, 1000):
        # The client's pages hold versions and markers apart: of one page, the marker comes last.
        assert sorted(versions(client, versioned, max_keys=max_keys)) == sorted(everything)
        plain = [row for row in versions(client, versioned, max_keys=max_keys, prefix="b/")]
        assert plain == [row for row in everything if row[0].startswith("b/")]
    page = client.list_object_versions(oss.ListObjectVersionsRequest(bucket=versioned, delimiter="/", max_keys=4))
    assert [found.version_id for found in page.version] == ids["a"][::-1]
    assert [found.prefix for found in page.common_prefixes] == ["b/"]
    assert page.is_truncated and page.next_key_marker == "b/" and not page.next_version_id_marker
    rest = client.list_object_versions(
        oss.ListObjectVersionsRequest(bucket=versioned, delimiter="/", key_marker="b/")
    )
    assert {found.key for found in rest.version} == {"c +%", "d"} and not rest.common_prefixes
    # A key marker alone passes over all of that key; with a version, over what is newer.
    page = client.list_object_versions(oss.ListObjectVersionsRequest(bucket=versioned, key_marker="c +%"))
    assert {found.key for found in page.version} == {"d"}
    page = client.list_object_versions(
        oss.ListObjectVersionsRequest(
            bucket=versioned, key_marker="c +%", version_id_marker=ids["c +%"][1], max_keys=1
        )
    )
    assert [found.version_id for found in page.version] == [ids["c +%"][0]]
    with refuses("InvalidArgument", 400):
        client.list_object_versions(
            oss.ListObjectVersionsRequest(bucket=versioned, version_id_marker=ids["a"][0])
        )


def test_a_listing_goes_on_when_the_version_it_ended_at_is_gone(client, versioned):
    ids = [put(client, versioned, "a", b"%d" % n) for n in range(5)]
    page = client.list_object_versions(oss.ListObjectVersionsRequest(bucket=versioned, max_keys=2))
    for found in page.version:
        delete(client, versioned, "a", found.version_id)
    rest = client.list_object_versions(
        oss.ListObjectVersionsRequest(
            bucket=versioned, key_marker=page.next_key_marker, version_id_marker=page.next_version_id_marker
        )
    )
    assert [found.version_id for found in rest.version] == ids[2::-1]


def test_many_versions_of_one_key_leave_the_listing_of_objects_alone(client, versioned):
    for n in range(30):
        put(client, versioned, "a", b"%d" % n)
    put(client, versioned, "b", b"x")
    page = client.list_objects_v2(oss.ListObjectsV2Request(bucket=versioned, max_keys=2))
    assert [found.key for found in page.contents] == ["a", "b"] and not page.is_truncated


def test_saving_what_was_processed_makes_a_version(client, versioned, server):
    with open(server.fixture("photo.jpg"), "rb") as file:
        put(client, versioned, "a.jpg", file.read())
    put(client, versioned, "out.jpg", b"before")
    import base64

    target = base64.urlsafe_b64encode(b"out.jpg").decode().rstrip("=")
    client.process_object(
        oss.ProcessObjectRequest(
            bucket=versioned, key="a.jpg", process=f"image/resize,w_32|sys/saveas,o_{target}"
        )
    )
    assert len(versions(client, versioned, prefix="out.jpg")) == 2


def test_an_old_version_is_processed(client, versioned, server):
    with open(server.fixture("photo.jpg"), "rb") as file:
        old = put(client, versioned, "a.jpg", file.read())
    put(client, versioned, "a.jpg", b"no picture")
    read = {"bucket": versioned, "key": "a.jpg", "process": "image/info"}
    assert b"ImageWidth" in client.get_object(oss.GetObjectRequest(**read, version_id=old)).body.read()
    with pytest.raises(oss.exceptions.OperationError):
        client.get_object(oss.GetObjectRequest(**read))


@pytest.fixture
def old_versioned(versioned, old_bucket):
    return old_bucket


def test_oss2_goes_through_versions(old_versioned):
    bucket = old_versioned
    assert bucket.get_bucket_versioning().status == "Enabled"
    first = bucket.put_object("文 件", b"one").versionid
    second = bucket.put_object("文 件", b"two").versionid
    assert bucket.get_object("文 件", params={"versionId": first}).read() == b"one"
    deleted = bucket.delete_object("文 件")
    assert deleted.delete_marker and deleted.versionid
    with refuses_old("NoSuchKey", 404):
        bucket.get_object("文 件")
    listed = bucket.list_object_versions(max_keys=2)
    assert listed.is_truncated
    assert [marker.versionid for marker in listed.delete_marker] == [deleted.versionid]
    rest = bucket.list_object_versions(
        key_marker=listed.next_key_marker, versionid_marker=listed.next_versionid_marker
    )
    assert [found.versionid for found in listed.versions + rest.versions] == [second, first]
    assert all(found.key == "文 件" for found in listed.versions + rest.versions)
    batch = oss2.models.BatchDeleteObjectVersionList()
    for version in (first, second, deleted.versionid):
        batch.append(oss2.models.BatchDeleteObjectVersion("文 件", version))
    assert len(bucket.delete_object_versions(batch).delete_versions) == 3
    assert not bucket.list_object_versions().versions


def test_oss2_downloads_an_old_version_in_ranges(old_versioned, tmp_path):
    body = bytes(range(256)) * 4096
    first = old_versioned.put_object("big", body).versionid
    old_versioned.put_object("big", b"small")
    oss2.resumable_download(
        old_versioned,
        "big",
        str(tmp_path / "big"),
        params={"versionId": first},
        multiget_threshold=100_000,
        part_size=100_000,
    )
    assert (tmp_path / "big").read_bytes() == body
