"""`x-oss-traffic-limit`: transfers take the time that was asked for, both ways, and others are not held up."""

import time

import alibabacloud_oss_v2 as oss
import oss2
import pytest
import requests

from conftest import bucket_for, refuses
from forms import code_of, post, sign_v1

# 100 KiB a second, the least that may be asked for; this much takes two seconds.
LIMIT = 819_200
CONTENT = b"x" * 204_800


class takes:
    """`with takes(2):` expects what happens inside to take about this many seconds, on a busy machine perhaps more."""

    def __init__(self, seconds):
        self.seconds = seconds

    def __enter__(self):
        self.began = time.monotonic()

    def __exit__(self, kind, *_):
        if kind is None:
            assert self.seconds * 0.85 <= time.monotonic() - self.began <= self.seconds * 1.5 + 3


def test_uploads_and_downloads_take_their_time(client, bucket):
    with takes(2):
        client.put_object(oss.PutObjectRequest(bucket=bucket, key="k", body=CONTENT, traffic_limit=LIMIT))
    with takes(2):
        found = client.get_object(oss.GetObjectRequest(bucket=bucket, key="k", traffic_limit=LIMIT))
        assert found.body.read() == CONTENT
    with takes(2):
        client.append_object(
            oss.AppendObjectRequest(bucket=bucket, key="a", position=0, body=CONTENT, traffic_limit=LIMIT)
        )
    upload = client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(bucket=bucket, key="m"))
    with takes(2):
        client.upload_part(
            oss.UploadPartRequest(
                bucket=bucket, key="m", upload_id=upload.upload_id, part_number=1, body=CONTENT, traffic_limit=LIMIT
            )
        )
    copied = client.copy_object(
        oss.CopyObjectRequest(bucket=bucket, key="copy", source_key="k", source_bucket=bucket, traffic_limit=LIMIT)
    )
    assert copied.status_code == 200


def test_a_range_takes_as_long_as_it_is(client, bucket):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="k", body=CONTENT))
    with takes(1):
        found = client.get_object(
            oss.GetObjectRequest(bucket=bucket, key="k", range_header="bytes=0-102399", traffic_limit=LIMIT)
        )
        assert len(found.body.read()) == 102_400


@pytest.mark.parametrize("version", ["v1", "v4"])
def test_the_query_form_limits_as_well(server, bucket, version):
    old = bucket_for(server, bucket, version)
    params = {oss2.models.OSS_TRAFFIC_LIMIT: str(LIMIT)}
    with takes(2):
        url = old.sign_url("PUT", "k", 60, params=dict(params))
        assert requests.put(url, data=CONTENT, timeout=60).status_code == 200
    with takes(2):
        assert requests.get(old.sign_url("GET", "k", 60, params=dict(params)), timeout=60).content == CONTENT


def test_a_form_may_be_limited(server, bucket):
    with takes(2):
        fields = {**sign_v1(server, []), "key": "k", "x-oss-traffic-limit": str(LIMIT)}
        assert post(server, bucket, fields, CONTENT).status_code == 204


@pytest.mark.parametrize("limit", ["819199", "838860801", "0", "-1", "fast", "1e6"])
def test_bounds_are_checked(client, server, bucket, limit):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="k", body=b"x"))
    for send in (
        lambda: client.put_object(
            oss.PutObjectRequest(bucket=bucket, key="k", body=b"y", headers={"x-oss-traffic-limit": limit})
        ),
        lambda: client.get_object(
            oss.GetObjectRequest(bucket=bucket, key="k", headers={"x-oss-traffic-limit": limit})
        ),
    ):
        with refuses("InvalidArgument", 400):
            send()
    fields = {**sign_v1(server, []), "key": "k", "x-oss-traffic-limit": limit}
    assert code_of(post(server, bucket, fields, b"x"))[:2] == (400, "InvalidArgument")
