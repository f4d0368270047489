"""PostObject: what a browser's form stores, what its policy allows, and what is refused with nothing stored."""

# proves oss: PostObject

import time
from xml.etree import ElementTree

import alibabacloud_oss_v2 as oss
import pytest

from conftest import object_or_none
from forms import SIGNERS, code_of, encode, multipart, part, post, post_raw, sign_v1, sign_v4, utc


def keys(client, bucket):
    return [found.key for found in client.list_objects_v2(oss.ListObjectsV2Request(bucket=bucket)).contents or []]


@pytest.fixture(params=SIGNERS)
def sign(request):
    return SIGNERS[request.param]


def test_stores_what_a_signed_form_holds(client, server, bucket, sign):
    fields = {
        **sign(server, [{"bucket": bucket}, ["starts-with", "$key", "up/"], ["content-length-range", 1, 1000]]),
        "key": "up/${filename}",
        "x-oss-meta-author": "中文",
        "Cache-Control": "no-cache",
    }
    answer = post(server, bucket, fields, b"hello", filename="文件.txt")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["ETag"] == '"5D41402ABC4B2A76B9719D911017C592"'
    assert answer.headers["x-oss-hash-crc64ecma"] == "11177612005948864433"
    found = client.get_object(oss.GetObjectRequest(bucket=bucket, key="up/文件.txt"))
    assert found.body.read() == b"hello"
    assert (found.content_type, found.cache_control) == ("text/plain", "no-cache")
    # The client takes headers for Latin-1.
    assert found.metadata["author"].encode("latin-1").decode() == "中文"


def test_streams_a_file_of_any_size(client, server, bucket, sign):
    content = bytes(range(256)) * 40_000 + b"\r\n--"
    assert post(server, bucket, {**sign(server, []), "key": "big"}, content).status_code == 204
    assert object_or_none(client, bucket, "big") == content


@pytest.mark.parametrize(
    "fields,expected",
    [
        ({"x-oss-content-type": "a/a", "Content-Type": "b/b"}, "a/a"),
        ({"content-type": "b/b"}, "b/b"),
        ({}, "text/plain"),
    ],
)
def test_the_most_specific_content_type_wins(client, server, bucket, fields, expected):
    assert post(server, bucket, {**sign_v1(server, []), "key": "k", **fields}, b"x").status_code == 204
    assert client.head_object(oss.HeadObjectRequest(bucket=bucket, key="k")).content_type == expected


def test_answers_as_the_form_asks(server, bucket):
    fields = {**sign_v1(server, []), "key": "a b/c.txt"}
    assert post(server, bucket, {**fields, "success_action_status": "200"}, b"x").status_code == 200
    assert post(server, bucket, {**fields, "success_action_status": "404"}, b"x").status_code == 204
    created = post(server, bucket, {**fields, "success_action_status": "201"}, b"x")
    root = ElementTree.fromstring(created.content)
    assert (created.status_code, root.tag) == (201, "PostResponse")
    assert [child.tag for child in root] == ["Bucket", "Location", "Key", "ETag"]
    assert (root.findtext("Bucket"), root.findtext("Key")) == (bucket, "a b/c.txt")
    assert root.findtext("Location").endswith(f"/{bucket}/a%20b/c.txt")
    moved = post(server, bucket, {**fields, "success_action_redirect": "http://example.com/done?a=1"}, b"x")
    assert moved.status_code == 303
    assert moved.headers["Location"].startswith("http://example.com/done?a=1&bucket=" + bucket + "&key=a+b%2Fc.txt&etag=")
    refused = post(server, bucket, {**fields, "success_action_redirect": "javascript:alert(1)"}, b"x")
    assert code_of(refused)[:2] == (400, "InvalidArgument")


@pytest.mark.parametrize(
    "condition,fields",
    [
        (["eq", "$success_action_status", "200"], {"success_action_status": "201"}),
        ({"x-oss-meta-a": "1"}, {"x-oss-meta-a": "2"}),
        (["starts-with", "$key", "other/"], {}),
        (["in", "$content-type", ["image/jpeg", "image/png"]], {"Content-Type": "text/html"}),
        (["not-in", "$cache-control", ["no-cache"]], {"Cache-Control": "no-cache"}),
        (["eq", "$bucket", "some-other-bucket"], {}),
        ({"key": "another"}, {}),
    ],
)
def test_a_condition_that_does_not_hold_refuses_the_form(client, server, bucket, sign, condition, fields):
    answer = post(server, bucket, {**sign(server, [condition]), "key": "k", **fields}, b"x")
    status, code, message = code_of(answer)
    assert (status, code) == (403, "AccessDenied")
    assert message.startswith("Invalid according to Policy: Policy Condition failed: [")
    assert keys(client, bucket) == []


@pytest.mark.parametrize(
    "condition,fields",
    [
        (["eq", "$key", "k"], {}),
        (["EQ", "$Key", "k"], {}),
        (["starts-with", "$key", ""], {}),
        (["in", "$content-type", ["image/jpeg", "text/html"]], {"Content-Type": "text/html"}),
        (["not-in", "$cache-control", ["no-cache"]], {"Cache-Control": "max-age=1"}),
        ({"X-OSS-Meta-A": "1"}, {"x-oss-meta-a": "1"}),
        (["content-length-range", 1, 1], {}),
        (["starts-with", "$x-oss-meta-b", ""], {"x-oss-meta-not-in-the-policy": "1"}),
    ],
)
def test_a_condition_that_holds_lets_the_form_through(server, bucket, sign, condition, fields):
    assert post(server, bucket, {**sign(server, [condition]), "key": "k", **fields}, b"x").status_code == 204


def test_conditions_look_at_the_key_before_the_file_name_is_put_in(server, bucket):
    fields = {**sign_v1(server, [["eq", "$key", "a/${filename}"]]), "key": "a/${filename}"}
    assert post(server, bucket, fields, b"x", filename="n").status_code == 204


@pytest.mark.parametrize("size", [100, 4 * 1024 * 1024])
def test_a_file_past_the_policys_maximum_is_refused_and_nothing_stored(client, server, bucket, size):
    fields = {**sign_v1(server, [["content-length-range", 1, size - 1]]), "key": "k"}
    assert code_of(post(server, bucket, fields, b"x" * size))[:2] == (400, "EntityTooLarge")
    assert keys(client, bucket) == []
    fields = {**sign_v1(server, [["content-length-range", size + 1, size * 2]]), "key": "k"}
    assert code_of(post(server, bucket, fields, b"x" * size))[:2] == (400, "EntityTooSmall")
    assert keys(client, bucket) == []


def test_a_policy_ends(server, bucket, sign):
    answer = post(server, bucket, {**sign(server, [], expires=utc(-5)), "key": "k"}, b"x")
    assert code_of(answer) == (403, "AccessDenied", "Invalid according to Policy: Policy expired.")


@pytest.mark.parametrize(
    "policy",
    [
        "not json",
        "[]",
        '{"conditions": []}',
        '{"expiration": "2099-01-01T00:00:00Z"}',
        '{"expiration": "tomorrow", "conditions": []}',
        '{"expiration": "2099-01-01T00:00:00Z", "conditions": 1}',
        '{"expiration": "2099-01-01T00:00:00Z", "conditions": [1]}',
        '{"expiration": "2099-01-01T00:00:00Z", "conditions": [["$key"]]}',
        '{"expiration": "2099-01-01T00:00:00Z", "conditions": [["eq", "$key", "a", "b"]]}',
        '{"expiration": "2099-01-01T00:00:00Z", "conditions": [["in", "$key", "a"]]}',
        '{"expiration": "2099-01-01T00:00:00Z", "conditions": [["content-length-range", 2, 1]]}',
        '{"expiration": "2099-01-01T00:00:00Z", "conditions": [["content-length-range", -1, 1]]}',
        '{"expiration": "2099-01-01T00:00:00Z", "conditions": [{"key": 1}]}',
        '{"expiration": "2099-01-01T00:00:00Z", "conditions": [], "test": "test"}',
    ],
)
def test_a_policy_that_cannot_be_read_is_refused(server, bucket, policy):
    import base64
    import hashlib
    import hmac

    text = base64.b64encode(policy.encode()).decode()
    signature = hmac.new(server.access_key_secret.encode(), text.encode(), hashlib.sha1).digest()
    fields = {
        "OSSAccessKeyId": server.access_key_id,
        "policy": text,
        "Signature": base64.b64encode(signature).decode(),
        "key": "k",
    }
    assert code_of(post(server, bucket, fields, b"x"))[:2] == (400, "InvalidPolicyDocument")


def test_signatures_are_checked(server, bucket, sign):
    fields = {**sign(server, []), "key": "k"}
    forged = {**fields, "policy": encode({"expiration": utc(), "conditions": [{"key": "k"}]})}
    assert code_of(post(server, bucket, forged, b"x"))[:2] == (403, "SignatureDoesNotMatch")
    for missing in [name for name in fields if name != "key" and name != "x-oss-date"]:
        partial = {name: value for name, value in fields.items() if name != missing}
        assert code_of(post(server, bucket, partial, b"x"))[:2] == (400, "InvalidArgument"), missing
    unknown = {
        name: value.replace(server.access_key_id, "NobodyKnowsThisKey") if name != "policy" else value
        for name, value in fields.items()
    }
    assert code_of(post(server, bucket, unknown, b"x"))[:2] == (403, "InvalidAccessKeyId")
    token = {**fields, "x-oss-security-token": "made-up"}
    assert code_of(post(server, bucket, token, b"x"))[:2] == (403, "InvalidSecurityToken")
    stripped = {name: value for name, value in fields.items() if name == "key"}
    assert code_of(post(server, bucket, stripped, b"x"))[:2] == (403, "AccessDenied")


def test_a_v4_form_may_be_a_week_old_and_not_more(server, bucket):
    week = 7 * 24 * 3600
    fresh = sign_v4(server, [], date=utc(60 - week, "%Y%m%dT%H%M%SZ"))
    assert post(server, bucket, {**fresh, "key": "k"}, b"x").status_code == 204
    stale = sign_v4(server, [], date=utc(-week - 60, "%Y%m%dT%H%M%SZ"))
    assert code_of(post(server, bucket, {**stale, "key": "k"}, b"x"))[:2] == (403, "AccessDenied")
    early = sign_v4(server, [], date=utc(3600, "%Y%m%dT%H%M%SZ"))
    assert code_of(post(server, bucket, {**early, "key": "k"}, b"x"))[:2] == (403, "RequestTimeTooSkewed")


def test_what_headers_or_url_claim_is_not_looked_at(server, bucket):
    fields = {**sign_v1(server, []), "key": "k"}
    answer = post(server, bucket, fields, b"x", headers={"Authorization": "OSS nobody:nothing"})
    assert answer.status_code == 204


def test_anybody_may_post_into_a_public_bucket(client, server, bucket):
    client.put_bucket_acl(oss.PutBucketAclRequest(bucket=bucket, acl="public-read-write"))
    assert post(server, bucket, {"key": "k"}, b"x").status_code == 204
    fields = {"key": "k", "x-oss-forbid-overwrite": "true"}
    assert code_of(post(server, bucket, fields, b"y"))[:2] == (409, "FileAlreadyExists")
    assert object_or_none(client, bucket, "k") == b"x"


def test_a_digest_in_the_form_is_checked(server, bucket):
    fields = {**sign_v1(server, []), "key": "k"}
    assert post(server, bucket, {**fields, "Content-MD5": "XUFAKrxLKna5cZ2REBfFkg=="}, b"hello").status_code == 204
    refused = post(server, bucket, {**fields, "Content-MD5": "XUFAKrxLKna5cZ2REBfFkg=="}, b"hallo")
    assert code_of(refused)[:2] == (400, "InvalidDigest")


def rubbish(server):
    """Bodies that are no forms, with what they are refused with."""
    key, file = part("key", "k"), part("file", b"x", "f")
    signed = [part(name, value) for name, value in sign_v1(server, []).items()]
    whole, form_type = multipart([*signed, key, file])
    boundary = form_type.split("=")[1]

    def form(*parts):
        body, this_type = multipart(parts)
        return body.replace(this_type.split("=")[1].encode(), boundary.encode()), form_type

    malformed, files = (400, "MalformedPOSTRequest"), (400, "IncorrectNumberOfFilesInPOSTRequest")
    yield "no boundary named", (whole, "multipart/form-data"), malformed
    yield "another boundary", (whole, form_type + "x"), malformed
    yield "a boundary too long", (whole, "multipart/form-data; boundary=" + "b" * 71), malformed
    yield "nothing", (b"", form_type), malformed
    yield "cut off in the file", (whole[:-20], form_type), malformed
    yield "cut off before the last line", (whole[: whole.rindex(b"--" + boundary.encode())], form_type), malformed
    yield "the last boundary without its dashes", (whole[:-4] + b"\r\n", form_type), malformed
    yield "a part without a name", form(*signed, key, b"Content-Disposition: form-data\r\n\r\nx", file), malformed
    yield "a part of another kind", form(*signed, b'Content-Disposition: attachment; name="a"\r\n\r\nx', file), malformed
    yield "a part without a head", form(*signed, key, b"\r\nx", file), malformed
    yield "a head of no header lines", form(*signed, key, b"what is this\r\n\r\nx", file), malformed
    yield "a value that is not UTF-8", form(*signed, part("key", b"\xff\xfe"), file), malformed
    yield "no file", form(*signed, key), files
    yield "two files", form(*signed, key, file, file), files
    yield "no key", form(*signed, file), (400, "UserKeyMustBeSpecified")
    yield "a name too long", form(*signed, part("n" * 9000, "v"), key, file), (400, "FieldItemTooLong")
    yield "a value too long", form(*signed, part("v", "v" * 2_100_000), key, file), (400, "FieldItemTooLong")
    many = [part(f"v{number}", "v" * 2_000_000) for number in range(5)]
    yield "values too long together", form(*signed, *many, key, file), (400, "MaxPOSTPreDataLengthExceededError")
    yield "a key that is none", form(*signed, part("key", "/k"), file), (400, "InvalidObjectName")
    yield "a key too long", form(*signed, part("key", "k" * 1024), file), (400, "InvalidObjectName")


def test_rubbish_is_refused_with_nothing_stored(client, server, bucket):
    for what, (body, form_type), expected in rubbish(server):
        answer = post_raw(server, bucket, body, form_type)
        assert code_of(answer)[:2] == expected, f"{what}: {answer.content[:300]}"
        assert keys(client, bucket) == [], what


def test_what_is_posted_without_a_form_is_told_so(server, bucket):
    for form_type in ("text/plain", "application/x-www-form-urlencoded"):
        assert code_of(post_raw(server, bucket, b"key=k", form_type))[:2] == (400, "RequestIsNotMultiPartContent")


def test_fields_after_the_file_are_read_over(client, server, bucket):
    pieces = [part(name, value) for name, value in {**sign_v1(server, []), "key": "k"}.items()]
    body, form_type = multipart([*pieces, part("file", b"x", "f"), part("submit", "Upload")])
    assert post_raw(server, bucket, body, form_type).status_code == 204
    assert object_or_none(client, bucket, "k") == b"x"


def test_line_breaks_dashes_and_half_boundaries_belong_to_the_file(client, server, bucket):
    for number, content in enumerate([b"", b"\r\n", b"--", b"\r\n--", b"\r\n------Form", b"-" * 70_000 + b"\r\n"]):
        fields = {**sign_v1(server, []), "key": f"k{number}"}
        assert post(server, bucket, fields, content).status_code == 204
        assert object_or_none(client, bucket, f"k{number}") == content


def test_a_form_may_come_byte_by_byte(client, server, bucket):
    pieces = [part(name, value) for name, value in {**sign_v1(server, []), "key": "slow"}.items()]
    body, form_type = multipart([*pieces, part("file", b"ab\r\n-\r\n--c", "f")])

    def drip():
        for at in range(len(body)):
            yield body[at : at + 1]
            if at % 97 == 0:
                time.sleep(0.001)

    assert post_raw(server, bucket, drip(), form_type).status_code == 204
    assert object_or_none(client, bucket, "slow") == b"ab\r\n-\r\n--c"
