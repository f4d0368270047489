"""Who may do what in OSS: policies of users and buckets, conditions, ACLs, and blocks of public access."""

# proves oss: PutBucketPolicy, GetBucketPolicy, DeleteBucketPolicy, GetBucketPolicyStatus
# proves oss: PutBucketPublicAccessBlock, GetBucketPublicAccessBlock, DeleteBucketPublicAccessBlock
# proves ram: DeleteAccessKey, UpdateAccessKey, DetachPolicyFromUser, DecodeDiagnosticMessage
# proves oss: PutPublicAccessBlock, DeletePublicAccessBlock
# proves oss: GetPublicAccessBlock

import base64
import json
import urllib.error
import urllib.request
import xml.etree.ElementTree as ElementTree

import alibabacloud_oss_v2 as oss
import oss2
import pytest
from conftest import bucket_for, client_for, fresh_name, refuses, refuses_old, service_error
from ram_client import Somebody, allow, assume, bucket_as, call, deny, document, make_role


def anonymous(server, bucket):
    return oss2.Bucket(oss2.AnonymousAuth(), server.endpoint, bucket)


@pytest.mark.parametrize("version", ["v1", "v4"])
def test_a_user_may_do_what_a_policy_allows_and_nothing_else(server, bucket, version):
    user = Somebody(server)
    as_user = user.bucket(bucket, version)
    for attempt in (
        lambda: as_user.put_object("k", b"x"),
        lambda: as_user.get_object("k"),
        lambda: as_user.list_objects(),
        lambda: as_user.get_bucket_info(),
    ):
        with refuses_old("AccessDenied", 403):
            attempt()
    user.allow(allow(["oss:PutObject", "oss:GetObject"], f"acs:oss:*:*:{bucket}/mine/*"))
    as_user.put_object("mine/k", b"x")
    assert as_user.get_object("mine/k").read() == b"x"
    for attempt in (
        lambda: as_user.put_object("other/k", b"x"),
        lambda: as_user.delete_object("mine/k"),
        lambda: as_user.list_objects(),
    ):
        with refuses_old("AccessDenied", 403):
            attempt()
    user.allow(deny("oss:GetObject", f"acs:oss:*:*:{bucket}/mine/secret*"))
    as_user.put_object("mine/secret", b"x")
    with refuses_old("AccessDenied", 403):
        as_user.get_object("mine/secret")


def test_buckets_are_made_listed_and_deleted_by_those_who_may(server):
    name = fresh_name()
    user = Somebody(server, allow(["oss:PutBucket", "oss:DeleteBucket"], f"acs:oss:*:*:{name}"))
    user.bucket(name).create_bucket()
    with refuses_old("AccessDenied", 403):
        user.bucket(fresh_name()).create_bucket()
    service = oss2.Service(oss2.AuthV4(user.access_key_id, user.access_key_secret), server.endpoint, region=server.region)
    with refuses_old("AccessDenied", 403):
        service.list_buckets()
    user.allow(allow("oss:ListBuckets", "acs:oss:*:*:*"))
    assert name in [found.name for found in service.list_buckets().buckets]
    user.bucket(name).delete_bucket()


def test_listing_can_be_limited_to_a_prefix(server, bucket):
    bucket_for(server, bucket).put_object("home/ann/1", b"x")
    user = Somebody(
        server, allow("oss:ListObjects", f"acs:oss:*:*:{bucket}", Condition={"StringLike": {"oss:Prefix": ["home/ann/*"]}})
    )
    as_user = user.bucket(bucket)
    assert [found.key for found in as_user.list_objects(prefix="home/ann/").object_list] == ["home/ann/1"]
    assert [found.key for found in as_user.list_objects_v2(prefix="home/ann/1").object_list] == ["home/ann/1"]
    for prefix in ("", "home/", "home/bob/"):
        with refuses_old("AccessDenied", 403):
            as_user.list_objects(prefix=prefix)


def test_conditions_look_at_the_request(server, bucket):
    resource = f"acs:oss:*:*:{bucket}/*"

    def allowed(condition):
        user = Somebody(server, allow("oss:PutObject", resource, Condition=condition))
        try:
            user.bucket(bucket).put_object("k", b"x")
            return True
        except oss2.exceptions.AccessDenied:
            return False

    assert allowed({"IpAddress": {"acs:SourceIp": "127.0.0.0/8"}})
    assert not allowed({"NotIpAddress": {"acs:SourceIp": "127.0.0.0/8"}})
    assert not allowed({"IpAddress": {"acs:SourceIp": ["10.0.0.0/8", "::1"]}})
    assert not allowed({"Bool": {"acs:SecureTransport": "true"}})
    assert allowed({"Bool": {"acs:SecureTransport": "false"}})
    assert allowed({"DateGreaterThan": {"acs:CurrentTime": "2020-01-01T00:00:00Z"}})
    assert not allowed({"DateLessThan": {"acs:CurrentTime": "2020-01-01T00:00:00+08:00"}})
    assert allowed({"StringLike": {"acs:UserAgent": "aliyun-sdk-python*"}})
    assert not allowed({"StringLike": {"acs:UserAgent": "curl*"}})


def test_deleting_many_takes_the_right_to_each(server, bucket):
    owner = bucket_for(server, bucket)
    for key in ("mine/1", "mine/2", "other"):
        owner.put_object(key, b"x")
    as_user = Somebody(server, allow("oss:DeleteObject", f"acs:oss:*:*:{bucket}/mine/*")).bucket(bucket)
    with refuses_old("AccessDenied", 403):
        as_user.batch_delete_objects(["mine/1", "other"])
    assert owner.object_exists("mine/1")
    assert as_user.batch_delete_objects(["mine/1", "mine/2"]).deleted_keys == ["mine/1", "mine/2"]
    with refuses_old("AccessDenied", 403):
        anonymous(server, bucket).batch_delete_objects(["other"])


def test_copies_take_the_right_to_read_their_source(server, bucket):
    secret = fresh_name("secret")
    owner = bucket_for(server, secret)
    owner.create_bucket()
    try:
        owner.put_object("k", b"x" * 200_000)
        user = Somebody(
            server, allow(["oss:PutObject", "oss:AbortMultipartUpload", "oss:PostProcessTask"], f"acs:oss:*:*:{bucket}/*")
        )
        as_user = user.bucket(bucket)
        with refuses_old("AccessDenied", 403):
            as_user.copy_object(secret, "k", "stolen")
        upload = as_user.init_multipart_upload("stolen").upload_id
        with refuses_old("AccessDenied", 403):
            as_user.upload_part_copy(secret, "k", (0, 150_000), "stolen", upload, 1)
        as_user.abort_multipart_upload("stolen", upload)
        user.allow(allow("oss:GetObject", f"acs:oss:*:*:{secret}/k"))
        as_user.copy_object(secret, "k", "copied")
        user.allow(deny("oss:GetObject", f"acs:oss:*:*:{secret}/*"))
        with refuses_old("AccessDenied", 403):
            as_user.copy_object(secret, "k", "copied")
    finally:
        owner.delete_object("k")
        owner.delete_bucket()


def test_links_take_the_right_to_read_their_target(server, bucket):
    owner = bucket_for(server, bucket)
    owner.put_object("secret", b"x")
    rights = ["oss:PutObject", "oss:GetObject"]
    user = Somebody(server, allow(rights, f"acs:oss:*:*:{bucket}/links/*"))
    as_user = user.bucket(bucket)
    as_user.put_symlink("secret", "links/l")
    with refuses_old("AccessDenied", 403):
        as_user.get_object("links/l")
    user.allow(allow("oss:GetObject", f"acs:oss:*:*:{bucket}/secret"))
    assert as_user.get_object("links/l").read() == b"x"


SELECT = {"CsvHeaderInfo": "None"}


@pytest.mark.parametrize("way", ["copy", "part copy", "link", "append", "select", "saveas"])
def test_no_way_leads_into_another_bucket_without_a_right_there(server, bucket, way):
    secret = fresh_name("secret")
    owner = bucket_for(server, secret)
    owner.create_bucket()
    try:
        with open(server.fixture("photo.jpg"), "rb") as photo:
            owner.put_object("photo.jpg", photo)
        owner.put_object("rows.csv", b"a,b\nc,d\n" * 40_000)
        owner.append_object("log", 0, b"x")
        owner.put_symlink("rows.csv", "link")
        user = Somebody(server, allow("oss:*", [f"acs:oss:*:*:{bucket}", f"acs:oss:*:*:{bucket}/*"]))
        own, other = user.bucket(bucket), user.bucket(secret)

        def save_photo():
            name, where = (base64.urlsafe_b64encode(text.encode()).decode().rstrip("=") for text in ("small.jpg", bucket))
            other.process_object("photo.jpg", f"image/resize,w_10|sys/saveas,o_{name},b_{where}")

        def copy_part(key):
            upload = own.init_multipart_upload("stolen").upload_id
            try:
                own.upload_part_copy(secret, key, (0, 150_000), "stolen", upload, 1)
            finally:
                own.abort_multipart_upload("stolen", upload)

        ways = {
            "copy": [lambda: own.copy_object(secret, "rows.csv", "stolen"), lambda: own.copy_object(secret, "link", "stolen")],
            "part copy": [lambda: copy_part("rows.csv"), lambda: copy_part("link")],
            "link": [
                lambda: other.get_object("link"),
                lambda: other.get_symlink("link"),
                lambda: other.put_symlink("rows.csv", "mine"),
            ],
            "append": [lambda: other.append_object("log", 1, b"y"), lambda: other.append_object("new", 0, b"y")],
            "select": [
                lambda: other.select_object(key, "select * from ossobject", None, SELECT) for key in ("rows.csv", "link")
            ],
            "saveas": [save_photo],
        }
        for attempt in ways[way]:
            with refuses_old("AccessDenied", 403):
                attempt()
        if way == "link":
            # A target is a key of the link's own bucket, whatever it looks like.
            own.put_symlink(f"/{secret}/rows.csv"[1:], "link")
            with refuses_old("SymlinkTargetNotExist", 404):
                own.get_object("link")
        assert [found.key for found in bucket_for(server, bucket).list_objects().object_list if found.key != "link"] == []
        assert owner.head_object("log").content_length == 1 and not owner.object_exists("new")
    finally:
        for key in ("photo.jpg", "rows.csv", "log", "link"):
            owner.delete_object(key)
        owner.delete_bucket()


def test_reading_rows_through_a_link_takes_the_right_to_its_target(server, bucket):
    owner = bucket_for(server, bucket)
    owner.put_object("secret.csv", b"a,b\n")
    user = Somebody(server, allow(["oss:GetObject", "oss:PutObject"], f"acs:oss:*:*:{bucket}/links/*"))
    as_user = user.bucket(bucket)
    as_user.put_symlink("secret.csv", "links/l")
    with refuses_old("AccessDenied", 403):
        as_user.select_object("links/l", "select * from ossobject", None, SELECT)
    # The copy of a link is a link, and opens no more than it did.
    as_user.copy_object(bucket, "links/l", "links/copy")
    with refuses_old("AccessDenied", 403):
        as_user.get_object("links/copy")


def test_tags_of_an_object_decide(server, bucket):
    owner = bucket_for(server, bucket)
    owner.put_object("open", b"x", headers={"x-oss-tagging": "Open=yes"})
    owner.put_object("closed", b"x", headers={"x-oss-tagging": "Open=no"})
    tagged = {"StringEquals": {"oss:ExistingObjectTag/Open": "yes"}}
    user = Somebody(server, allow("oss:GetObject", f"acs:oss:*:*:{bucket}/*", Condition=tagged))
    assert user.bucket(bucket).get_object("open").read() == b"x"
    with refuses_old("AccessDenied", 403):
        user.bucket(bucket).get_object("closed")
    # Writing with tags is a right of its own.
    user.allow(allow("oss:PutObject", f"acs:oss:*:*:{bucket}/*"))
    user.bucket(bucket).put_object("k", b"x")
    with refuses_old("AccessDenied", 403):
        user.bucket(bucket).put_object("k", b"x", headers={"x-oss-tagging": "Open=yes"})


def test_tags_that_a_request_brings_decide_wherever_they_stand(server, bucket):
    name = f"acs:oss:*:*:{bucket}/*"
    opening = {"StringEquals": {"oss:RequestObjectTag/Open": "yes"}}
    user = Somebody(
        server,
        allow(["oss:PutObject", "oss:PutObjectTagging"], name),
        deny("oss:PutObjectTagging", name, Condition=opening),
    )
    theirs = user.bucket(bucket)
    theirs.put_object("k", b"x", headers={"x-oss-tagging": "Open=no"})
    with refuses_old("AccessDenied", 403):
        theirs.put_object("k", b"x", headers={"x-oss-tagging": "Open=yes"})

    def tag(value):
        rule = oss2.models.TaggingRule()
        rule.add("Open", value)
        theirs.put_object_tagging("k", oss2.models.Tagging(rule))

    tag("maybe")
    with refuses_old("AccessDenied", 403):
        tag("yes")
    assert bucket_for(server, bucket).get_object_tagging("k").tag_set.tagging_rule == {"Open": "maybe"}


def test_versions_have_actions_of_their_own(server, bucket):
    owner = bucket_for(server, bucket)
    owner.put_bucket_versioning(oss2.models.BucketVersioningConfig(oss2.BUCKET_VERSIONING_ENABLE))
    version = owner.put_object("k", b"x").versionid
    user = Somebody(server, allow(["oss:GetObject", "oss:DeleteObject"], f"acs:oss:*:*:{bucket}/*"))
    as_user = user.bucket(bucket)
    assert as_user.get_object("k").read() == b"x"
    for attempt in (
        lambda: as_user.get_object("k", params={"versionId": version}),
        lambda: as_user.delete_object("k", params={"versionId": version}),
        lambda: as_user.list_object_versions(),
    ):
        with refuses_old("AccessDenied", 403):
            attempt()
    user.allow(allow(["oss:GetObjectVersion", "oss:DeleteObjectVersion"], f"acs:oss:*:*:{bucket}/*"))
    assert as_user.get_object("k", params={"versionId": version}).read() == b"x"
    as_user.delete_object("k", params={"versionId": version})


def test_rows_of_a_version_take_the_right_to_versions(server, bucket):
    owner = bucket_for(server, bucket)
    owner.put_object("rows.csv", b"a\n")
    user = Somebody(server, allow("oss:GetObject", f"acs:oss:*:*:{bucket}/*"))
    sql = base64.b64encode(b"select * from ossobject").decode()
    body = f"<SelectRequest><Expression>{sql}</Expression></SelectRequest>"

    def select(**parameters):
        parameters = {"x-oss-process": "csv/select", **parameters}
        return user.bucket(bucket)._do("POST", bucket, "rows.csv", data=body, params=parameters).read()

    assert b"a" in select()
    with refuses_old("AccessDenied", 403):
        select(versionId="null")
    user.allow(allow("oss:GetObjectVersion", f"acs:oss:*:*:{bucket}/*"))
    assert b"a" in select(versionId="null")


def test_making_a_bucket_again_takes_the_right_to_its_acl(server, bucket, client):
    user = Somebody(server, allow("oss:PutBucket", f"acs:oss:*:*:{bucket}"))
    user.bucket(bucket).create_bucket()
    with refuses_old("AccessDenied", 403):
        user.bucket(bucket).create_bucket(oss2.BUCKET_ACL_PUBLIC_READ)
    owner = bucket_for(server, bucket)
    assert owner.get_bucket_acl().acl == "private"
    configuration = oss.PublicAccessBlockConfiguration(block_public_access=True)
    client.put_bucket_public_access_block(
        oss.PutBucketPublicAccessBlockRequest(bucket=bucket, public_access_block_configuration=configuration)
    )
    with refuses_old("AccessDenied", 403):
        owner.create_bucket(oss2.BUCKET_ACL_PUBLIC_READ)
    user.allow(allow("oss:PutBucketAcl", f"acs:oss:*:*:{bucket}"))
    user.bucket(bucket).create_bucket(oss2.BUCKET_ACL_PRIVATE)


def test_logging_takes_the_right_to_write_where_the_log_goes(server, bucket):
    target = fresh_name("target")
    bucket_for(server, target).create_bucket()
    try:
        user = Somebody(server, allow("oss:PutBucketLogging", f"acs:oss:*:*:{bucket}"))
        with refuses_old("AccessDenied", 403):
            user.bucket(bucket).put_bucket_logging(oss2.models.BucketLogging(target, "logs/"))
        user.allow(allow("oss:PutObject", f"acs:oss:*:*:{target}/logs/*"))
        with refuses_old("AccessDenied", 403):
            user.bucket(bucket).put_bucket_logging(oss2.models.BucketLogging(target, "other/"))
        user.bucket(bucket).put_bucket_logging(oss2.models.BucketLogging(target, "logs/"))
        bucket_for(server, bucket).delete_bucket_logging()
    finally:
        bucket_for(server, target).delete_bucket()


def test_saveas_takes_the_right_to_write_its_target(server, bucket):
    target = fresh_name("target")
    bucket_for(server, target).create_bucket()
    try:
        with open(server.fixture("photo.jpg"), "rb") as photo:
            bucket_for(server, bucket).put_object("photo.jpg", photo)
        user = Somebody(server, allow(["oss:GetObject", "oss:PostProcessTask", "oss:PutObject"], f"acs:oss:*:*:{bucket}/*"))
        encoded = [base64.urlsafe_b64encode(text.encode()).decode().rstrip("=") for text in ("small.jpg", target)]
        save = f"image/resize,w_10|sys/saveas,o_{encoded[0]}"
        with refuses_old("AccessDenied", 403):
            user.bucket(bucket).process_object("photo.jpg", f"{save},b_{encoded[1]}")
        user.bucket(bucket).process_object("photo.jpg", save)
        # Reading with a process string is reading.
        stranger = Somebody(server)
        with refuses_old("AccessDenied", 403):
            stranger.bucket(bucket).get_object("photo.jpg", process="image/info")
        user.allow(deny("oss:PostProcessTask", "*"))
        with refuses_old("AccessDenied", 403):
            user.bucket(bucket).process_object("photo.jpg", save)
    finally:
        bucket_for(server, target).delete_bucket()


@pytest.mark.parametrize(
    ("missing", "why"), [(None, None), ("oss:PutObject", "the first part"), ("oss:ListParts", "asking what is there")]
)
def test_a_resumable_upload_takes_exactly_two_rights(server, bucket, tmp_path, missing, why):
    source = tmp_path / "source"
    source.write_bytes(bytes(range(256)) * 2000)
    rights = [right for right in ("oss:PutObject", "oss:ListParts") if right != missing]
    user = Somebody(server, allow(rights, f"acs:oss:*:*:{bucket}/*"))
    as_user = user.bucket(bucket)
    store = oss2.ResumableStore(root=str(tmp_path))

    def upload():
        return oss2.resumable_upload(
            as_user, "big", str(source), store=store, multipart_threshold=1, part_size=100 * 1024, num_threads=2
        )

    if missing:
        with refuses_old("AccessDenied", 403):
            upload()
        assert not bucket_for(server, bucket).object_exists("big")
    else:
        upload()
        assert bucket_for(server, bucket).get_object("big").read() == source.read_bytes()


def test_a_bucket_policy_comes_back_letter_by_letter(server, bucket, client):
    text = '{ "Version": "1",\n "Statement": [{"Effect":"Allow","Action":["oss:GetObject"],"Principal":["*"],"Resource":["acs:oss:*:*:%s/*"]}] }' % bucket
    with refuses("NoSuchBucketPolicy", 404):
        client.get_bucket_policy(oss.GetBucketPolicyRequest(bucket=bucket))
    status = oss.GetBucketPolicyStatusRequest(bucket=bucket)
    assert client.get_bucket_policy_status(status).policy_status.is_public is False
    client.put_bucket_policy(oss.PutBucketPolicyRequest(bucket=bucket, body=text))
    assert client.get_bucket_policy(oss.GetBucketPolicyRequest(bucket=bucket)).body == text
    assert client.get_bucket_policy_status(status).policy_status.is_public is True
    old = bucket_for(server, bucket)
    assert old.get_bucket_policy().policy == text
    old.put_bucket_policy(document({**allow("oss:GetObject", "*"), "Principal": ["1"]}))
    assert client.get_bucket_policy_status(status).policy_status.is_public is False
    client.delete_bucket_policy(oss.DeleteBucketPolicyRequest(bucket=bucket))
    with refuses("NoSuchBucketPolicy", 404):
        client.get_bucket_policy(oss.GetBucketPolicyRequest(bucket=bucket))
    # It means nobody, and so it opens nothing.
    client.put_bucket_policy(oss.PutBucketPolicyRequest(bucket=bucket, body=document(allow("oss:*", "*"))))
    assert client.get_bucket_policy_status(status).policy_status.is_public is False
    with refuses_old("AccessDenied", 403):
        anonymous(server, bucket).list_objects()
    client.delete_bucket_policy(oss.DeleteBucketPolicyRequest(bucket=bucket))
    for bad in ("{", document(allow("oss:*", "bucket/*")), ""):
        with refuses("MalformedPolicy", 400):
            client.put_bucket_policy(oss.PutBucketPolicyRequest(bucket=bucket, body=bad))


def test_a_bucket_policy_allows_and_denies_principals(server, bucket):
    owner, user, other = bucket_for(server, bucket), Somebody(server), Somebody(server)
    role = make_role(server)
    owner.put_object("k", b"x")
    everything = [f"acs:oss:*:*:{bucket}", f"acs:oss:*:*:{bucket}/*"]
    session = f"arn:sts::{server.account_id}:assumed-role/{role}/*"
    owner.put_bucket_policy(
        document(
            {**allow(["oss:GetObject", "oss:ListObjects"], everything), "Principal": [user.uid, session]},
            {**deny("oss:DeleteObject", everything), "Principal": ["*"]},
        )
    )
    assert user.bucket(bucket).get_object("k").read() == b"x"
    assert bucket_as(server, assume(server, None, role), bucket).get_object("k").read() == b"x"
    with refuses_old("AccessDenied", 403):
        other.bucket(bucket).get_object("k")
    with refuses_old("AccessDenied", 403):
        anonymous(server, bucket).get_object("k")
    other.allow(allow("oss:*", "*"))
    assert other.bucket(bucket).get_object("k").read() == b"x"
    # What a bucket's policy denies, neither a user's policy nor ownership outweighs…
    for denied in (other.bucket(bucket), owner):
        with refuses_old("AccessDenied", 403) as caught:
            denied.delete_object("k")
        assert caught.error.message == "Access denied by bucket policy."
    # …but the account can always take the policy away.
    owner.put_bucket_policy(document({**deny("*", "*"), "Principal": ["*"]}))
    with refuses_old("AccessDenied", 403):
        owner.get_object("k")
    owner.delete_bucket_policy()
    owner.delete_object("k")


def test_a_bucket_policy_opens_to_everybody_until_it_is_blocked(server, bucket, client):
    owner = bucket_for(server, bucket)
    owner.put_object("open/k", b"x")
    owner.put_bucket_policy(document({**allow("oss:GetObject", f"acs:oss:*:*:{bucket}/open/*"), "Principal": "*"}))
    assert anonymous(server, bucket).get_object("open/k").read() == b"x"
    with refuses_old("AccessDenied", 403):
        anonymous(server, bucket).put_object("open/k", b"y")
    configuration = oss.PublicAccessBlockConfiguration(block_public_access=True)
    client.put_bucket_public_access_block(
        oss.PutBucketPublicAccessBlockRequest(bucket=bucket, public_access_block_configuration=configuration)
    )
    with refuses_old("AccessDenied", 403):
        anonymous(server, bucket).get_object("open/k")
    with refuses_old("AccessDenied", 403):
        owner.put_bucket_acl(oss2.BUCKET_ACL_PUBLIC_READ)
    with refuses_old("AccessDenied", 403):
        owner.put_object("k", b"x", headers={"x-oss-object-acl": "public-read"})
    owner.put_bucket_acl(oss2.BUCKET_ACL_PRIVATE)
    got = client.get_bucket_public_access_block(oss.GetBucketPublicAccessBlockRequest(bucket=bucket))
    assert got.public_access_block_configuration.block_public_access is True
    client.delete_bucket_public_access_block(oss.DeleteBucketPublicAccessBlockRequest(bucket=bucket))
    assert anonymous(server, bucket).get_object("open/k").read() == b"x"


def test_an_account_can_block_public_access_everywhere(own_server):
    client = client_for(own_server)
    owner = bucket_for(own_server, fresh_name())
    owner.create_bucket(oss2.BUCKET_ACL_PUBLIC_READ)
    owner.put_object("k", b"x")
    assert anonymous(own_server, owner.bucket_name).get_object("k").read() == b"x"
    configuration = oss.PublicAccessBlockConfiguration(block_public_access=True)
    client.put_public_access_block(oss.PutPublicAccessBlockRequest(public_access_block_configuration=configuration))
    got = client.get_public_access_block(oss.GetPublicAccessBlockRequest())
    assert got.public_access_block_configuration.block_public_access is True
    with refuses_old("AccessDenied", 403):
        anonymous(own_server, owner.bucket_name).get_object("k")
    with refuses_old("AccessDenied", 403):
        bucket_for(own_server, fresh_name()).create_bucket(oss2.BUCKET_ACL_PUBLIC_READ)
    assert owner.get_object("k").read() == b"x"
    own_server.kill()
    own_server.restart()
    with refuses_old("AccessDenied", 403):
        anonymous(own_server, owner.bucket_name).get_object("k")
    client_for(own_server).delete_public_access_block(oss.DeletePublicAccessBlockRequest())
    assert anonymous(own_server, owner.bucket_name).get_object("k").read() == b"x"


def test_a_denial_says_what_was_missing_and_the_account_can_read_why(server, bucket):
    user = Somebody(server, deny("oss:GetObject", f"acs:oss:*:*:{bucket}/*"), allow("oss:*", "*"))
    with refuses_old("AccessDenied", 403) as caught:
        user.bucket(bucket).get_object("k")
    detail = ElementTree.fromstring(caught.error.body).find("AccessDeniedDetail")
    assert detail.findtext("AuthAction") == "oss:GetObject"
    assert detail.findtext("AuthPrincipalType") == "SubUser"
    assert detail.findtext("AuthPrincipalDisplayName") == user.uid
    assert detail.findtext("NoPermissionType") == "ExplicitDeny"
    # The user does not learn what its policies say…
    assert detail.find("MatchedStatement") is None
    message = detail.findtext("EncodedDiagnosticMessage")
    decoded = call(server, "DecodeDiagnosticMessage", EncodedDiagnosticMessage=message)["DecodedDiagnosticMessage"]
    assert decoded["AuthResource"] == f"acs:oss:{server.region}:{server.account_id}:{bucket}/k"
    assert decoded["ExplicitDeny"] is True
    assert decoded["MatchedPolicies"][0]["StatementNumber"] == 1
    # …and the account does.
    owner = bucket_for(server, bucket)
    owner.put_bucket_policy(document({**deny("oss:GetObject", "*"), "Principal": ["*"]}))
    with refuses_old("AccessDenied", 403) as caught:
        owner.get_object("k")
    detail = ElementTree.fromstring(caught.error.body).find("AccessDeniedDetail")
    assert detail.findtext("MatchedStatement") == "bucket policy, statement 1"
    with refuses_old("AccessDenied", 403) as caught:
        anonymous(server, bucket).get_object("k")
    assert ElementTree.fromstring(caught.error.body).find("AccessDeniedDetail") is None


def test_the_second_client_understands_a_denial(server, bucket):
    user = Somebody(server)
    provider = oss.credentials.StaticCredentialsProvider(user.access_key_id, user.access_key_secret)
    client = client_for(server, credentials_provider=provider)
    with refuses("AccessDenied", 403):
        client.get_object(oss.GetObjectRequest(bucket=bucket, key="k"))
    with pytest.raises(oss.exceptions.OperationError) as caught:
        client.head_object(oss.HeadObjectRequest(bucket=bucket, key="k"))
    assert service_error(caught.value).code == "AccessDenied"


def test_a_presigned_url_is_worth_no_more_than_who_signed_it(server, bucket):
    owner = bucket_for(server, bucket)
    owner.put_object("k", b"x")
    user = Somebody(server)
    url = user.bucket(bucket).sign_url("GET", "k", 600)

    def read():
        try:
            return urllib.request.urlopen(url).read()
        except urllib.error.HTTPError as error:
            return error.code

    assert read() == 403
    name = user.allow(allow("oss:GetObject", f"acs:oss:*:*:{bucket}/k"))
    assert read() == b"x"
    call(server, "DetachPolicyFromUser", PolicyName=name, PolicyType="Custom", UserName=user.name)
    assert read() == 403


def test_disabled_and_unknown_keys_are_refused_as_such(server, bucket):
    user = Somebody(server, allow("oss:*", "*"))
    user.bucket(bucket).get_bucket_info()
    call(server, "UpdateAccessKey", UserName=user.name, UserAccessKeyId=user.access_key_id, Status="Inactive")
    with refuses_old("InvalidAccessKeyId", 403) as caught:
        user.bucket(bucket).get_bucket_info()
    assert caught.error.message == "The OSS Access Key Id you provided is disabled."
    call(server, "DeleteAccessKey", UserName=user.name, UserAccessKeyId=user.access_key_id)
    with refuses_old("InvalidAccessKeyId", 403) as caught:
        user.bucket(bucket).get_bucket_info()
    assert json.dumps(caught.error.details) and "does not exist" in caught.error.message
