# proves oss: PutBucketOverwriteConfig, GetBucketOverwriteConfig, DeleteBucketOverwriteConfig

import base64

import alibabacloud_oss_v2 as oss
import pytest
from conftest import fresh_name, refuses, until
from ram_client import Somebody, allow


def put(client, bucket, *rules):
    configuration = oss.OverwriteConfiguration(rules=list(rules))
    client.put_bucket_overwrite_config(
        oss.PutBucketOverwriteConfigRequest(bucket=bucket, overwrite_configuration=configuration)
    )


def rule(prefix=None, suffix=None, principals=None, rule_id=None):
    return oss.OverwriteRule(
        id=rule_id,
        action="forbid",
        prefix=prefix,
        suffix=suffix,
        principals=principals and oss.OverwritePrincipals(principals=principals),
    )


def store(client, bucket, key, body=b"x"):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key=key, body=body))


def test_rules_are_put_got_and_deleted(client, bucket):
    get = oss.GetBucketOverwriteConfigRequest(bucket=bucket)
    with refuses("NoSuchBucketOverwriteConfig", 404):
        client.get_bucket_overwrite_config(get)
    put(client, bucket, rule(rule_id="1"), rule("pre", ".txt", ["123", "456"], "2"), rule("auto"))
    got = client.get_bucket_overwrite_config(get).overwrite_configuration.rules
    assert [(found.id, found.action, found.prefix, found.suffix) for found in got[:2]] == [
        ("1", "forbid", None, None),
        ("2", "forbid", "pre", ".txt"),
    ]
    assert got[1].principals.principals == ["123", "456"] and got[2].id
    client.delete_bucket_overwrite_config(oss.DeleteBucketOverwriteConfigRequest(bucket=bucket))
    with refuses("NoSuchBucketOverwriteConfig", 404):
        client.get_bucket_overwrite_config(get)
    for wrong in ([], [rule(rule_id="1"), rule(rule_id="1")], [rule(prefix="x" * 1024)]):
        with refuses("MalformedXML", 400):
            put(client, bucket, *wrong)


def test_objects_that_a_rule_names_are_not_overwritten_in_any_way(server, client, bucket):
    store(client, bucket, "kept/a.txt", b"first")
    store(client, bucket, "kept/b.png", b"free")
    put(client, bucket, rule("kept/", ".txt"))
    with refuses("FileAlreadyExists", 409):
        store(client, bucket, "kept/a.txt")
    with refuses("FileAlreadyExists", 409):
        client.copy_object(oss.CopyObjectRequest(bucket=bucket, key="kept/a.txt", source_key="kept/b.png"))
    upload = client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(bucket=bucket, key="kept/a.txt"))
    where = {"bucket": bucket, "key": "kept/a.txt", "upload_id": upload.upload_id}
    part = client.upload_part(oss.UploadPartRequest(**where, part_number=1, body=b"x"))
    with refuses("FileAlreadyExists", 409):
        client.complete_multipart_upload(
            oss.CompleteMultipartUploadRequest(
                **where,
                complete_multipart_upload=oss.CompleteMultipartUpload(
                    parts=[oss.UploadPart(part_number=1, etag=part.etag)]
                ),
            )
        )
    with refuses("FileAlreadyExists", 409):
        client.put_symlink(oss.PutSymlinkRequest(bucket=bucket, key="kept/a.txt", symlink_target="kept/b.png"))
    picture = server.fixture("photo.jpg")
    with open(picture, "rb") as file:
        store(client, bucket, "photo.jpg", file.read())
    target = base64.urlsafe_b64encode(b"kept/a.txt").decode().rstrip("=")
    with refuses("FileAlreadyExists", 409):
        client.process_object(
            oss.ProcessObjectRequest(bucket=bucket, key="photo.jpg", process=f"image/resize,w_10|sys/saveas,o_{target}")
        )
    assert client.get_object(oss.GetObjectRequest(bucket=bucket, key="kept/a.txt")).body.read() == b"first"
    # What is new, or none of the rule's, is written as ever.
    store(client, bucket, "kept/new.txt")
    store(client, bucket, "kept/b.png")
    client.delete_object(oss.DeleteObjectRequest(bucket=bucket, key="kept/a.txt"))
    store(client, bucket, "kept/a.txt", b"second")


@pytest.mark.parametrize("who", ["own", "other"])
def test_a_rule_holds_for_those_it_names(server, client, bucket, who):
    store(client, bucket, "a")
    put(client, bucket, rule(principals=[server.account_id if who == "own" else "42"]))
    if who == "other":
        store(client, bucket, "a")
        return
    with refuses("FileAlreadyExists", 409):
        store(client, bucket, "a")
    store(client, bucket, fresh_name())


def test_a_rule_holds_for_whoever_submitted_a_task(server, client, bucket):
    with open(server.fixture("song.wav"), "rb") as sound:
        store(client, bucket, "sound.wav", sound.read())
    store(client, bucket, "kept.mp3", b"first")
    user = Somebody(
        server,
        allow(["oss:GetObject", "oss:PutObject", "oss:ProcessImm", "oss:PostProcessTask"], f"acs:oss:*:*:{bucket}/*"),
        allow("imm:*", "*"),
    )
    put(client, bucket, rule(principals=[user.uid]))
    keys = [base64.b64encode(key).decode() for key in (b"kept.mp3", b"new.mp3")]
    for key in keys:
        user.bucket(bucket).async_process_object("sound.wav", f"audio/convert,f_mp3|sys/saveas,o_{key}")
    until("the sound", lambda: client.is_object_exist(bucket, "new.mp3"))
    assert client.get_object(oss.GetObjectRequest(bucket=bucket, key="kept.mp3")).body.read() == b"first"
