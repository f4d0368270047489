"""Lifecycle rules as they are put and read; what they do is shown where the clock can be moved."""

# proves oss: PutBucketLifecycle, GetBucketLifecycle, DeleteBucketLifecycle

import datetime

import alibabacloud_oss_v2 as oss
import oss2
import pytest
from conftest import refuses, refuses_old
from oss2.models import (
    AbortMultipartUpload,
    BucketLifecycle,
    LifecycleExpiration,
    LifecycleRule,
    StorageTransition,
)


def put(client, bucket, *rules, **more):
    return client.put_bucket_lifecycle(
        oss.PutBucketLifecycleRequest(
            bucket=bucket, lifecycle_configuration=oss.LifecycleConfiguration(rules=list(rules)), **more
        )
    )


def got(client, bucket):
    return client.get_bucket_lifecycle(oss.GetBucketLifecycleRequest(bucket=bucket)).lifecycle_configuration.rules


def rule(prefix="log/", **more):
    more.setdefault("expiration", oss.LifecycleRuleExpiration(days=3))
    return oss.LifecycleRule(prefix=prefix, status="Enabled", **more)


def test_rules_come_back_as_they_were_put(client, bucket):
    put(
        client,
        bucket,
        rule(
            id="r1",
            tags=[oss.Tag(key="k", value="v")],
            transitions=[
                oss.LifecycleRuleTransition(days=1, storage_class="IA"),
                oss.LifecycleRuleTransition(days=2, storage_class="Archive"),
            ],
            filter=oss.LifecycleRuleFilter(
                object_size_greater_than=500,
                object_size_less_than=64_000,
                nots=[oss.LifecycleRuleNot(prefix="log/keep/", tag=oss.Tag(key="a", value="b"))],
            ),
            noncurrent_version_expiration=oss.NoncurrentVersionExpiration(noncurrent_days=10),
            noncurrent_version_transitions=[oss.NoncurrentVersionTransition(noncurrent_days=5, storage_class="IA")],
        ),
        rule("tmp/", abort_multipart_upload=oss.LifecycleRuleAbortMultipartUpload(days=1)),
    )
    first, second = got(client, bucket)
    assert (first.id, first.status, first.prefix, first.tags[0].value) == ("r1", "Enabled", "log/", "v")
    assert [(step.days, step.storage_class) for step in first.transitions] == [(1, "IA"), (2, "Archive")]
    assert [step.is_access_time for step in first.transitions] == [False, False]
    assert first.filter.object_size_greater_than == 500 and first.filter.nots[0].prefix == "log/keep/"
    assert first.noncurrent_version_expiration.noncurrent_days == 10
    assert first.noncurrent_version_transitions[0].storage_class == "IA"
    assert second.id and second.id != first.id and second.abort_multipart_upload.days == 1
    client.delete_bucket_lifecycle(oss.DeleteBucketLifecycleRequest(bucket=bucket))
    with refuses("NoSuchLifecycle", 404):
        got(client, bucket)
    client.delete_bucket_lifecycle(oss.DeleteBucketLifecycleRequest(bucket=bucket))


def test_oss2_puts_and_reads_the_same(old_bucket):
    old_bucket.put_bucket_lifecycle(
        BucketLifecycle(
            [
                LifecycleRule("a", "a/", expiration=LifecycleExpiration(date=datetime.date(2030, 1, 1))),
                LifecycleRule(
                    "b",
                    "b/",
                    expiration=LifecycleExpiration(created_before_date=datetime.date(2020, 1, 1)),
                    abort_multipart_upload=AbortMultipartUpload(days=2),
                ),
                LifecycleRule("c", "c/", storage_transitions=[StorageTransition(days=5, storage_class="IA")]),
            ]
        )
    )
    rules = old_bucket.get_bucket_lifecycle().rules
    assert [each.id for each in rules] == ["a", "b", "c"]
    assert rules[0].expiration.date == datetime.date(2030, 1, 1)
    assert rules[1].expiration.created_before_date == datetime.date(2020, 1, 1)
    assert rules[2].storage_transitions[0].days == 5
    with refuses_old("InvalidArgument", 400):
        twins = [LifecycleRule("a", p, expiration=LifecycleExpiration(days=1)) for p in ("x", "y")]
        old_bucket.put_bucket_lifecycle(BucketLifecycle(twins))
    old_bucket.delete_bucket_lifecycle()
    with pytest.raises(oss2.exceptions.NoSuchLifecycle):
        old_bucket.get_bucket_lifecycle()


BEFORE = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
SENSELESS = {
    "no action": ("MalformedXML", [rule(expiration=oss.LifecycleRuleExpiration())]),
    "days below one": ("MalformedXML", [rule(expiration=oss.LifecycleRuleExpiration(days=0))]),
    "tags of no object": ("InvalidArgument", [rule(tags=[oss.Tag(key="%&", value="v")])]),
    "to Standard": (
        "InvalidArgument",
        [rule(transitions=[oss.LifecycleRuleTransition(days=1, storage_class="Standard")])],
    ),
    "days and a date": (
        "InvalidRequest",
        [
            rule(
                expiration=oss.LifecycleRuleExpiration(created_before_date=BEFORE),
                transitions=[oss.LifecycleRuleTransition(days=1, storage_class="IA")],
            )
        ],
    ),
    "two dates": ("InvalidRequest", [rule(expiration=oss.LifecycleRuleExpiration(days=1, created_before_date=BEFORE))]),
    "colder first": (
        "InvalidArgument",
        [
            rule(
                transitions=[
                    oss.LifecycleRuleTransition(days=2, storage_class="IA"),
                    oss.LifecycleRuleTransition(days=1, storage_class="Archive"),
                ]
            )
        ],
    ),
    "expires before it moves": (
        "InvalidArgument",
        [rule(transitions=[oss.LifecycleRuleTransition(days=3, storage_class="IA")])],
    ),
    "no such class": ("MalformedXML", [rule(transitions=[oss.LifecycleRuleTransition(days=1, storage_class="Warm")])]),
    "one prefix in another": ("InvalidArgument", [rule("a"), rule("a/b")]),
    "excludes all": (
        "MalformedXML",
        [rule(filter=oss.LifecycleRuleFilter(nots=[oss.LifecycleRuleNot(prefix="log/")]))],
    ),
    "no rule": ("MalformedXML", []),
}


@pytest.mark.parametrize("what", SENSELESS)
def test_rules_that_make_no_sense_are_refused(client, bucket, what):
    code, rules = SENSELESS[what]
    with refuses(code, 400) as caught:
        put(client, bucket, *rules)
    assert what != "two dates" or caught.error.ec == "0014-00000080"


def test_overlap_is_allowed_to_who_asks_for_it_and_where_tags_tell_rules_apart(client, bucket):
    put(client, bucket, rule("a"), rule("a/b"), allow_same_action_overlap="true")
    assert len(got(client, bucket)) == 2
    put(client, bucket, rule("a", tags=[oss.Tag(key="k", value="1")]), rule("a", tags=[oss.Tag(key="k", value="2")]))


def test_a_read_tells_when_its_object_will_expire(client, bucket):
    put(client, bucket, rule(id="gone soon"))
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="log/a", body=b"a"))
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="other", body=b"a"))
    head = client.head_object(oss.HeadObjectRequest(bucket=bucket, key="log/a"))
    assert head.headers["x-oss-expiration"].endswith('00:00:00 GMT", rule-id="gone%20soon"')
    assert "x-oss-expiration" in client.get_object(oss.GetObjectRequest(bucket=bucket, key="log/a")).headers
    assert "x-oss-expiration" not in client.head_object(oss.HeadObjectRequest(bucket=bucket, key="other")).headers
