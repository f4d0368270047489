"""Bodies that move no faster than their client wants."""

import time
import urllib.parse

import alibabacloud_oss_v2 as oss
import pytest
from conftest import refuses
from raw_http import send

LEAST = 819_200
BODY = bytes(150 * 1024)


def seconds(work):
    began = time.monotonic()
    result = work()
    return time.monotonic() - began, result


def test_uploads_and_downloads_are_held_to_it(client, bucket):
    """150 KiB at 100 KiB/s: a second at least, with one move of bytes before the first pause."""
    took, _ = seconds(
        lambda: client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=BODY, traffic_limit=LEAST))
    )
    assert took > 1.2
    took, body = seconds(
        lambda: client.get_object(oss.GetObjectRequest(bucket=bucket, key="a", traffic_limit=LEAST)).body.read()
    )
    assert took > 1.2 and body == BODY
    took, _ = seconds(lambda: client.get_object(oss.GetObjectRequest(bucket=bucket, key="a")).body.read())
    assert took < 1


def test_the_limit_may_stand_in_an_url(server, old_bucket):
    old_bucket.put_object("a", BODY)
    url = old_bucket.sign_url("GET", "a", 60, params={"x-oss-traffic-limit": str(LEAST)})
    where = urllib.parse.urlsplit(url)
    took, answer = seconds(lambda: send(server, "GET", f"{where.path}?{where.query}"))
    assert answer.status == 200 and answer.body == BODY and took > 1.2


@pytest.mark.parametrize("limit", [1, LEAST - 1, 838_860_801])
def test_a_limit_out_of_bounds_is_refused(client, bucket, limit):
    with refuses("InvalidArgument", 400):
        client.put_object(oss.PutObjectRequest(bucket=bucket, key="a", body=b"x", traffic_limit=limit))
