# proves oss: PutObjectTagging, GetObjectTagging, DeleteObjectTagging

import alibabacloud_oss_v2 as oss
import oss2
import pytest
from conftest import refuses, refuses_old


def tags(client, bucket, key, version_id=None):
    result = client.get_object_tagging(oss.GetObjectTaggingRequest(bucket=bucket, key=key, version_id=version_id))
    return {tag.key: tag.value or "" for tag in result.tag_set.tags or []}


def set_tags(client, bucket, key, pairs, version_id=None):
    tag_set = oss.TagSet(tags=[oss.Tag(key=name, value=value) for name, value in pairs])
    return client.put_object_tagging(
        oss.PutObjectTaggingRequest(
            bucket=bucket, key=key, version_id=version_id, tagging=oss.Tagging(tag_set=tag_set)
        )
    )


def test_tags_are_set_read_counted_and_removed(client, bucket):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=b"x"))
    assert tags(client, bucket, "a") == {}
    before = client.head_object(oss.HeadObjectRequest(bucket=bucket, key="a"))
    assert before.tagging_count is None
    set_tags(client, bucket, "a", [("k1", "v1"), ("+ - = . _ : /", ""), ("k2", "v 2")])
    assert tags(client, bucket, "a") == {"k1": "v1", "+ - = . _ : /": "", "k2": "v 2"}
    head = client.head_object(oss.HeadObjectRequest(bucket=bucket, key="a"))
    assert head.tagging_count == 3 and head.last_modified == before.last_modified
    set_tags(client, bucket, "a", [("only", "one")])
    assert tags(client, bucket, "a") == {"only": "one"}
    client.delete_object_tagging(oss.DeleteObjectTaggingRequest(bucket=bucket, key="a"))
    assert tags(client, bucket, "a") == {}
    with refuses("NoSuchKey", 404):
        set_tags(client, bucket, "absent", [("a", "b")])


@pytest.mark.parametrize(
    "pairs, code",
    [
        ([(f"k{n}", "v") for n in range(11)], "TooManyTags"),
        ([("k" * 129, "v")], "InvalidTag"),
        ([("k", "v" * 257)], "InvalidTag"),
        ([("k&", "v")], "InvalidTag"),
        ([("k", "<v>")], "InvalidTag"),
        ([("", "v")], "InvalidTag"),
        ([("k", "1"), ("k", "2")], "InvalidTag"),
    ],
)
def test_tags_that_do_not_fit_are_refused(client, bucket, pairs, code):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=b"x", tagging="kept=1"))
    with refuses(code, 400):
        set_tags(client, bucket, "a", pairs)
    assert tags(client, bucket, "a") == {"kept": "1"}
    header = "&".join(f"{oss2.compat.urlquote(key)}={oss2.compat.urlquote(value)}" for key, value in pairs)
    with refuses(code, 400):
        client.put_object(oss.PutObjectRequest(bucket=bucket, key="b", body=b"x", tagging=header))


def test_the_largest_tags_fit(client, bucket):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=b"x"))
    pairs = [(f"{n}" + "k" * 127, "v" * 256) for n in range(10)]
    set_tags(client, bucket, "a", pairs)
    assert tags(client, bucket, "a") == dict(pairs)


def test_tags_are_of_any_script(client, bucket):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=b"x", tagging="%E4%B8%AD%E6%96%87=test%2B%2B%2F"))
    assert tags(client, bucket, "a") == {"中文": "test++/"}
    set_tags(client, bucket, "a", [(" +/ ", "++中文++"), ("été", "１２")])
    assert tags(client, bucket, "a") == {" +/ ": "++中文++", "été": "１２"}
    with refuses("InvalidTag", 400):
        set_tags(client, bucket, "a", [("k", "中" * 86)])


def test_every_write_takes_tags(client, bucket):
    header, expected = "a=1&b%20c=d%2Be", {"a": "1", "b c": "d+e"}
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="put", body=b"x", tagging=header))
    client.append_object(oss.AppendObjectRequest(bucket=bucket, key="append", position=0, body=b"x", tagging=header))
    started = client.initiate_multipart_upload(
        oss.InitiateMultipartUploadRequest(bucket=bucket, key="multipart", tagging=header)
    )
    upload = {"bucket": bucket, "key": "multipart", "upload_id": started.upload_id}
    client.upload_part(oss.UploadPartRequest(**upload, part_number=1, body=b"x"))
    client.complete_multipart_upload(oss.CompleteMultipartUploadRequest(**upload, complete_all="yes"))
    for key in ("put", "append", "multipart"):
        assert tags(client, bucket, key) == expected, key


def test_a_copy_takes_over_the_tags_or_replaces_them(client, bucket):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=b"x", tagging="a=1"))

    def copied(**more):
        client.copy_object(oss.CopyObjectRequest(bucket=bucket, key="copy", source_key="a", **more))
        return tags(client, bucket, "copy")

    assert copied() == {"a": "1"}
    assert copied(tagging="b=2") == {"a": "1"}
    assert copied(tagging="b=2", tagging_directive="Replace") == {"b": "2"}
    assert copied(tagging_directive="REPLACE") == {}
    assert copied(tagging_directive="copy") == {"a": "1"}


def test_tags_belong_to_versions(client, versioned):
    old = client.put_object(oss.PutObjectRequest(bucket=versioned, key="a", body=b"1", tagging="n=1")).version_id
    new = client.put_object(oss.PutObjectRequest(bucket=versioned, key="a", body=b"2")).version_id
    assert set_tags(client, versioned, "a", [("n", "2")]).version_id == new
    assert set_tags(client, versioned, "a", [("n", "0")], old).version_id == old
    assert (tags(client, versioned, "a"), tags(client, versioned, "a", old)) == ({"n": "2"}, {"n": "0"})
    removed = client.delete_object_tagging(
        oss.DeleteObjectTaggingRequest(bucket=versioned, key="a", version_id=old)
    )
    assert removed.version_id == old and tags(client, versioned, "a", old) == {}
    marker = client.delete_object(oss.DeleteObjectRequest(bucket=versioned, key="a")).version_id
    with refuses("MethodNotAllowed", 405):
        tags(client, versioned, "a", marker)


def test_oss2_sets_tags(old_bucket):
    headers = {oss2.headers.OSS_OBJECT_TAGGING: "k1=v1&k2=v2"}
    old_bucket.put_object("a", b"x", headers=headers)
    assert old_bucket.get_object_tagging("a").tag_set.tagging_rule == {"k1": "v1", "k2": "v2"}
    tagging = oss2.models.Tagging()
    tagging.tag_set.add("+++", ":::")
    old_bucket.put_object_tagging("a", tagging)
    assert old_bucket.get_object_tagging("a").tag_set.tagging_rule == {"+++": ":::"}
    assert old_bucket.delete_object_tagging("a").status == 204
    assert old_bucket.get_object_tagging("a").tag_set.tagging_rule == {}
    tagging.tag_set.add("&", "x")
    with refuses_old("InvalidTag", 400):
        old_bucket.put_object_tagging("a", tagging)
