"""Logs of requests, which become objects of the target bucket."""

# proves oss: PutBucketLogging, GetBucketLogging, DeleteBucketLogging, PutUserDefinedLogFieldsConfig
# proves oss: GetUserDefinedLogFieldsConfig, DeleteUserDefinedLogFieldsConfig

import base64
import json
import re

import alibabacloud_oss_v2 as oss
import oss2
import pytest
from conftest import Server, client_for, empty_and_delete, fresh_name, refuses, until
from raw_http import send


def enable(client, source, target, prefix="", role=None):
    enabled = oss.LoggingEnabled(target_bucket=target, target_prefix=prefix, logging_role=role)
    client.put_bucket_logging(
        oss.PutBucketLoggingRequest(
            bucket=source, bucket_logging_status=oss.BucketLoggingStatus(logging_enabled=enabled)
        )
    )


def test_logging_is_put_got_and_deleted(client, bucket):
    get = oss.GetBucketLoggingRequest(bucket=bucket)
    assert client.get_bucket_logging(get).bucket_logging_status.logging_enabled is None
    enable(client, bucket, bucket, "TargetPrefix", "AliyunOSSLoggingDefaultRole")
    got = client.get_bucket_logging(get).bucket_logging_status.logging_enabled
    assert (got.target_bucket, got.target_prefix, got.logging_role) == (
        bucket,
        "TargetPrefix",
        "AliyunOSSLoggingDefaultRole",
    )
    info = client.get_bucket_info(oss.GetBucketInfoRequest(bucket=bucket)).bucket_info
    assert (info.bucket_policy.log_bucket, info.bucket_policy.log_prefix) == (bucket, "TargetPrefix")
    client.delete_bucket_logging(oss.DeleteBucketLoggingRequest(bucket=bucket))
    assert client.get_bucket_logging(get).bucket_logging_status.logging_enabled is None


def test_a_target_must_be_a_bucket_of_the_same_owner(client, bucket):
    with refuses("InvalidTargetBucketForLogging", 400):
        enable(client, bucket, fresh_name("absent"))
    enable(client, bucket, bucket, "日志+/")
    for prefix in ("1st", "x" * 33, "a b"):
        with refuses("InvalidArgument", 400):
            enable(client, bucket, bucket, prefix)


def test_oss2_keeps_logging(old_bucket):
    old_bucket.put_bucket_logging(oss2.models.BucketLogging(old_bucket.bucket_name, "logging/"))
    got = old_bucket.get_bucket_logging()
    assert (got.target_bucket, got.target_prefix) == (old_bucket.bucket_name, "logging/")
    # This is how it is switched off by clients that know no deletion.
    old_bucket.put_bucket_logging(oss2.models.BucketLogging("", ""))
    assert not old_bucket.get_bucket_logging().target_bucket
    old_bucket.delete_bucket_logging()


def fields(client, bucket, headers, parameters):
    configuration = oss.UserDefinedLogFieldsConfiguration(
        header_set=oss.LoggingHeaderSet(headers=headers), param_set=oss.LoggingParamSet(parameters=parameters)
    )
    client.put_user_defined_log_fields_config(
        oss.PutUserDefinedLogFieldsConfigRequest(bucket=bucket, user_defined_log_fields_configuration=configuration)
    )


def test_fields_of_ones_own_are_put_got_and_deleted(client, bucket):
    get = oss.GetUserDefinedLogFieldsConfigRequest(bucket=bucket)
    with refuses("NoSuchUserDefinedLogFieldsConfig", 404):
        client.get_user_defined_log_fields_config(get)
    fields(client, bucket, ["header1", "header2", "header3"], ["param1", "param2"])
    got = client.get_user_defined_log_fields_config(get).user_defined_log_fields_configuration
    assert got.header_set.headers == ["header1", "header2", "header3"]
    assert got.param_set.parameters == ["param1", "param2"]
    client.delete_user_defined_log_fields_config(oss.DeleteUserDefinedLogFieldsConfigRequest(bucket=bucket))
    with refuses("NoSuchUserDefinedLogFieldsConfig", 404):
        client.get_user_defined_log_fields_config(get)


@pytest.fixture
def logging():
    """A server that stores its logs every few seconds, and two buckets on it."""
    running = Server(MILLRACE_ACCESS_LOG_INTERVAL=3)
    client = client_for(running)
    source, target = fresh_name("source"), fresh_name("target")
    for name in (source, target):
        client.put_bucket(oss.PutBucketRequest(bucket=name))
    yield running, client, source, target
    client = client_for(running)
    for name in (source, target):
        empty_and_delete(client, name)
    running.close()


def logged(client, target, prefix="logs/"):
    """All lines of all log objects, split into their fields."""
    lines = []
    listed = client.list_objects_v2(oss.ListObjectsV2Request(bucket=target, prefix=prefix))
    for found in listed.contents or []:
        text = client.get_object(oss.GetObjectRequest(bucket=target, key=found.key)).body.read().decode()
        assert text.endswith("\n")
        lines += [re.findall(r'\[[^]]*\]|"[^"]*"|\S+', line) for line in text.splitlines()]
    return [[word.strip('"') for word in line] for line in lines], [found.key for found in listed.contents or []]


@pytest.mark.own_server
def test_each_request_is_a_line_of_a_log_object(logging):
    server, client, source, target = logging
    client.put_object(oss.PutObjectRequest(bucket=source, key="before", body=b"x"))
    enable(client, source, target, "logs/")
    fields(client, source, ["X-Trace", "absent"], ["who"])
    put = client.put_object(oss.PutObjectRequest(bucket=source, key="文 1", body=b"hello"))
    client.get_object(oss.GetObjectRequest(bucket=source, key="文 1", range_header="bytes=1-2"))
    headers = {"Referer": "http://a.example.com/", "User-Agent": 'odd "agent"\t', "X-Trace": "t1"}
    refused = send(server, "GET", f"/{source}/absent?who=me", headers)
    assert refused.status == 403

    def three():
        lines, keys = logged(client, target)
        lines = [line for line in lines if line[14] in ("PutObject", "GetObject")]
        return (lines, keys) if len(lines) == 3 else None

    lines, keys = until("three lines to be stored", three, timeout=30)
    assert all(re.fullmatch(rf"logs/{source}\d{{4}}-\d\d-\d\d-\d\d-\d\d-\d\d-\w+", key) for key in keys)
    first, second, third = lines
    assert len(first) == 29
    assert first[:3] == ["127.0.0.1", "-", "-"]
    assert re.fullmatch(r"\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000\]", first[3])
    assert first[4].startswith(f"PUT /{source}/%E6%96%87%201 HTTP/1.1") and first[5:7] == ["200", "0"]
    assert first[10] == server.endpoint.removeprefix("http://") and first[11] == put.request_id
    assert first[12:18] == ["true", server.account_id, "PutObject", source, "%E6%96%87%201", "5"]
    assert first[19] == "-" and int(first[20]) > 100 and first[21] == server.account_id
    assert first[24] == "standard" and first[27] == server.access_key_id
    assert second[5:7] == ["206", "2"] and second[17] == "5"
    assert third[5] == "403" and int(third[6]) == len(refused.body)
    assert third[8:10] == ["http://a.example.com/", "odd %22agent%22"]
    assert third[13:15] == ["-", "GetObject"] and third[19] == "AccessDenied" and third[27] == "-"
    own = json.loads(base64.b64decode(third[28]))
    assert own == {"headers": {"X-Trace": "t1"}, "params": {"who": "me"}}


@pytest.mark.own_server
@pytest.mark.parametrize("signal", ["SIGTERM", "SIGKILL"])
def test_lines_outlive_the_server(signal):
    running = Server(MILLRACE_ACCESS_LOG_INTERVAL=3600)
    try:
        client = client_for(running)
        source = fresh_name("source")
        client.put_bucket(oss.PutBucketRequest(bucket=source))
        enable(client, source, source, "logs/")
        for number in range(20):
            client.put_object(oss.PutObjectRequest(bucket=source, key=f"k{number}", body=b"x"))
        if signal == "SIGKILL":
            # What is older than the promised second is on disk.
            import time

            time.sleep(2.5)
        running.kill(signal)
        running.restart()
        client = client_for(running)

        def twenty():
            lines, keys = logged(client, source)
            puts = [line[16] for line in lines if line[14] == "PutObject"]
            return (puts, keys) if puts else None

        puts, keys = until("the lines of the earlier run", twenty, timeout=30)
        assert puts == [f"k{number}" for number in range(20)]
        assert len(keys) == 1
    finally:
        running.close()


@pytest.mark.own_server
def test_a_log_whose_bucket_is_gone_goes_with_it(logging):
    server, client, source, target = logging
    other = fresh_name("gone")
    client.put_bucket(oss.PutBucketRequest(bucket=other))
    enable(client, source, other, "logs/")
    client.put_object(oss.PutObjectRequest(bucket=source, key="a", body=b"x"))
    client.delete_bucket(oss.DeleteBucketRequest(bucket=other))
    enable(client, source, target, "logs/")
    client.put_object(oss.PutObjectRequest(bucket=source, key="b", body=b"x"))
    until("the later line", lambda: [line for line in logged(client, target)[0] if line[16] == "b"], timeout=30)
