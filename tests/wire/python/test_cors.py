# proves oss: PutBucketCors, GetBucketCors, DeleteBucketCors, OptionObject, OptionBucket

import alibabacloud_oss_v2 as oss
import oss2
import pytest
from conftest import refuses, refuses_old
from raw_http import send, signed_v1

PAGE = "http://www.example.com"


def put(client, bucket, *rules, vary=None):
    configuration = oss.CORSConfiguration(cors_rules=list(rules), response_vary=vary)
    client.put_bucket_cors(oss.PutBucketCorsRequest(bucket=bucket, cors_configuration=configuration))


def rule(origins, methods, headers=(), exposed=(), age=None):
    return oss.CORSRule(
        allowed_origins=list(origins),
        allowed_methods=list(methods),
        allowed_headers=list(headers),
        expose_headers=list(exposed),
        max_age_seconds=age,
    )


def test_rules_are_put_got_and_deleted(client, bucket):
    with refuses("NoSuchCORSConfiguration", 404):
        client.get_bucket_cors(oss.GetBucketCorsRequest(bucket=bucket))
    put(client, bucket, rule(["*"], ["GET", "PUT"], ["x-oss-*"], ["ETag"], 60), rule([PAGE], ["POST"]), vary=True)
    got = client.get_bucket_cors(oss.GetBucketCorsRequest(bucket=bucket)).cors_configuration
    assert got.response_vary is True
    assert [found.allowed_origins for found in got.cors_rules] == [["*"], [PAGE]]
    first = got.cors_rules[0]
    assert (first.allowed_methods, first.allowed_headers, first.expose_headers) == (["GET", "PUT"], ["x-oss-*"], ["ETag"])
    assert (first.max_age_seconds, got.cors_rules[1].max_age_seconds) == (60, None)
    client.delete_bucket_cors(oss.DeleteBucketCorsRequest(bucket=bucket))
    with refuses("NoSuchCORSConfiguration", 404):
        client.get_bucket_cors(oss.GetBucketCorsRequest(bucket=bucket))
    client.delete_bucket_cors(oss.DeleteBucketCorsRequest(bucket=bucket))


def test_oss2_keeps_rules(old_bucket):
    rules = [oss2.models.CorsRule(["*.example.com"], ["GET"], ["authorization"], ["x-oss-request-id"], 1000)]
    old_bucket.put_bucket_cors(oss2.models.BucketCors(rules))
    got = old_bucket.get_bucket_cors().rules
    assert [vars(found) for found in got] == [vars(rules[0])]
    old_bucket.delete_bucket_cors()
    rules[0].max_age_seconds = -1
    with refuses_old("InvalidArgument", 400) as caught:
        old_bucket.put_bucket_cors(oss2.models.BucketCors(rules))
    assert (caught.error.name, caught.error.value) == ("MaxAgeSeconds", "-1")


def test_a_client_asks_before_it_sends(client, bucket):
    put(client, bucket, rule([PAGE], ["PUT"], ["*"], ["ETag", "x-oss-meta-a"], 30))
    asked = client.option_object(
        oss.OptionObjectRequest(
            bucket=bucket,
            key="a",
            origin=PAGE,
            access_control_request_method="PUT",
            access_control_request_headers="x-oss-meta-a, content-type",
        )
    )
    assert asked.access_control_allow_origin == PAGE
    assert asked.access_control_allow_methods == "PUT"
    assert asked.access_control_allow_headers == "x-oss-meta-a, content-type"
    assert asked.access_control_expose_headers == "ETag, x-oss-meta-a"
    assert asked.access_control_max_age == 30


def preflight(server, bucket, origin=PAGE, method="PUT", headers=None, key="a", query=""):
    sent = {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers}
    sent = {name: value for name, value in sent.items() if value is not None}
    return send(server, "OPTIONS", f"/{bucket}/{key}{query}", sent)


def test_a_preflight_is_answered_by_the_first_rule_that_fits(server, client, bucket):
    put(
        client,
        bucket,
        rule(["http://*.example.com"], ["GET"], age=1),
        rule([PAGE], ["PUT", "POST"], ["x-oss-meta-*"], age=2),
        rule(["*"], ["PUT"], ["*"], age=3),
    )
    assert preflight(server, bucket, method="GET").headers["access-control-max-age"] == "1"
    assert preflight(server, bucket).headers["access-control-max-age"] == "2"
    assert preflight(server, bucket, headers="X-OSS-Meta-Name").headers["access-control-max-age"] == "2"
    other = preflight(server, bucket, headers="x-oss-meta-a, authorization")
    assert (other.headers["access-control-max-age"], other.headers["access-control-allow-origin"]) == ("3", "*")
    # Nobody has to be known, the object need not exist, a signature in the URL is for another request, and the bucket
    # itself may be asked for.
    signed = preflight(server, bucket, key="absent", query="?OSSAccessKeyId=x&Expires=1&Signature=y")
    assert signed.status == 200
    assert preflight(server, bucket, key="", method="POST").status == 200
    # What the URL will mean once it is sent is not asked yet.
    for query in ("?uploads", "?partNumber=1&uploadId=x", "?x-oss-process=image/info", "?acl"):
        assert preflight(server, bucket, method="POST", query=query).status == 200


@pytest.mark.parametrize(
    "asked",
    [
        {"origin": "http://evil.example.org"},
        {"origin": "https://www.example.com"},
        {"method": "DELETE"},
        {"headers": "x-oss-meta-a, authorization"},
    ],
)
def test_a_preflight_that_no_rule_fits_is_refused(server, client, bucket, asked):
    put(client, bucket, rule([PAGE], ["PUT"], ["x-oss-meta-*"]))
    refused = preflight(server, bucket, **asked)
    assert (refused.status, refused.code) == (403, "AccessForbidden")
    assert "access-control-allow-origin" not in refused.headers


def test_a_preflight_is_refused_without_rules_and_when_it_asks_nothing(server, client, bucket):
    refused = preflight(server, bucket)
    assert (refused.status, refused.code) == (403, "AccessForbidden")
    put(client, bucket, rule(["*"], ["PUT"]))
    for missing in ({"origin": None}, {"method": None}):
        refused = preflight(server, bucket, **missing)
        assert (refused.status, refused.code) == (400, "BadRequest")
    refused = preflight(server, f"{bucket}-absent")
    assert (refused.status, refused.code) == (404, "NoSuchBucket")


def test_pages_of_other_origins_may_see_answers_and_errors(server, client, bucket):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=b"a"))
    put(client, bucket, rule([PAGE], ["GET"], exposed=["ETag"]))

    def get(key, origin, signed=True):
        headers = signed_v1(server, "GET", f"/{bucket}/{key}") if signed else {}
        return send(server, "GET", f"/{bucket}/{key}", {**headers, **({"Origin": origin} if origin else {})})

    for key, status, signed in (("a", 200, True), ("absent", 404, True), ("a", 403, False)):
        answer = get(key, PAGE, signed)
        assert answer.status == status
        assert answer.headers["access-control-allow-origin"] == PAGE
        assert answer.headers["access-control-expose-headers"] == "ETag"
        assert "vary" not in answer.headers
        assert "access-control-allow-origin" not in get(key, "http://evil.example.org", signed).headers
    # A signature that is wrong is told before anything is known of the bucket.
    wrong = {**signed_v1(server, "GET", f"/{bucket}/b"), "Origin": PAGE}
    answer = send(server, "GET", f"/{bucket}/a", wrong)
    assert (answer.code, answer.headers["access-control-allow-origin"]) == ("SignatureDoesNotMatch", PAGE)
    # Another method is another rule's matter.
    headers = {**signed_v1(server, "DELETE", f"/{bucket}/a"), "Origin": PAGE}
    assert "access-control-allow-origin" not in send(server, "DELETE", f"/{bucket}/a", headers).headers


def test_answers_say_that_they_vary_if_the_bucket_wants_that(server, client, bucket):
    put(client, bucket, rule([PAGE], ["GET"]), vary=True)
    for origin in ({}, {"Origin": PAGE}, {"Origin": "http://evil.example.org"}):
        assert send(server, "GET", f"/{bucket}/a", origin).headers["vary"] == "Origin"


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ([], "MalformedXML"),
        ([rule(["*"], [])], "MalformedXML"),
        ([rule([], ["GET"])], "MalformedXML"),
        ([rule(["http://*.*"], ["GET"])], "MalformedXML"),
        ([rule(["*"], ["PATCH"])], "MalformedXML"),
        ([rule(["*"], ["GET"], exposed=["x-*"])], "MalformedXML"),
        ([rule(["*"], ["GET"], age=-1)], "InvalidArgument"),
        ([rule(["*"], ["GET"])] * 21, "CORSRuleBeyondLimit"),
    ],
)
def test_rules_that_mean_nothing_are_refused(client, bucket, rules, code):
    with refuses(code, 400):
        put(client, bucket, *rules)
