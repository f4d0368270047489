"""Starts one Millrace for the whole run, or uses the one that MILLRACE_TEST_ENDPOINT names, and hands out clients."""

import contextlib
import json
import os
import subprocess
import time
import uuid
from pathlib import Path

import alibabacloud_oss_v2 as oss
import oss2
import pytest
from mns.account import Account

ROOT = Path(__file__).resolve().parents[3]
NODE = os.environ.get("MILLRACE_TEST_NODE") or str(ROOT / "node_modules" / ".bin" / "node")

# oss2 shares one pool between all buckets; resumable uploads with several threads want a place for each.
oss2.defaults.connection_pool_size = 16


class Server:
    """A server in a process of its own, driven through the testkit."""

    def __init__(self, **settings):
        self._process = subprocess.Popen(
            [
                NODE,
                str(ROOT / "packages" / "testkit" / "src" / "serve.ts"),
                *(f"{name}={value}" for name, value in settings.items()),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._take(self._read())

    def _read(self):
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the server helper ended with {self._process.wait()}: see its messages above")
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer

    def _ask(self, line):
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self._read()

    def _take(self, facts):
        self.endpoint = facts["endpoint"]
        self.console = facts["console"]
        self.access_key_id = facts["accessKeyId"]
        self.access_key_secret = facts["accessKeySecret"]
        self.account_id = facts["accountId"]
        self.region = facts["region"]
        self.ready_ms = facts["readyMs"]
        self.data_folder = Path(facts["dataFolder"])

    def _record(self):
        """The counters end with the process."""
        test = os.environ.get("PYTEST_CURRENT_TEST", "")
        with contextlib.suppress(RuntimeError):  # One that was killed tells nothing.
            self.served(f"tests/wire/python/{Path(test.split('::')[0]).name}" if test else "")

    def kill(self, signal="SIGKILL"):
        self._record()
        return self._ask(f"kill {signal}")

    def restart(self):
        self._take(self._ask("restart"))

    def fixture(self, name):
        return self._ask(f"fixture {name}")["path"]

    def served(self, file=""):
        """Records for `file` what was served since the last time: see docs/coverage.md."""
        self._ask(f"served {file}")

    def close(self):
        if self._process.poll() is None:
            self._record()
            self._process.stdin.close()
            self._process.wait(timeout=30)


class OtherServer:
    """Any endpoint that speaks the protocols: another Millrace, or the vendor's own service."""

    def __init__(self):
        self.endpoint = os.environ["MILLRACE_TEST_ENDPOINT"]
        self.access_key_id = os.environ["MILLRACE_TEST_ACCESS_KEY_ID"]
        self.access_key_secret = os.environ["MILLRACE_TEST_ACCESS_KEY_SECRET"]
        self.account_id = os.environ.get("MILLRACE_TEST_ACCOUNT_ID", "")
        self.region = os.environ.get("MILLRACE_TEST_REGION", "cn-hangzhou")

    def fixture(self, name):
        return subprocess.run(
            [
                NODE,
                "-e",
                "import(process.argv[1]).then(async (kit) => console.log(await kit.fixture(process.argv[2])))",
                str(ROOT / "packages" / "testkit" / "src" / "fixtures.ts"),
                name,
            ],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()

    def served(self, file=""):
        pass

    def close(self):
        pass


def pytest_collection_modifyitems(config, items):
    if "MILLRACE_TEST_ENDPOINT" not in os.environ:
        return
    own = [item for item in items if item.get_closest_marker("own_server")]
    if own:
        config.hook.pytest_deselected(items=own)
        items[:] = [item for item in items if item not in own]


@pytest.fixture(scope="session")
def server():
    running = OtherServer() if "MILLRACE_TEST_ENDPOINT" in os.environ else Server()
    yield running
    running.close()


@pytest.fixture(scope="module", autouse=True)
def recorded(request, server):
    """Keeps what the server says it served to the tests of one file."""
    server.served()
    yield
    server.served(request.path.relative_to(ROOT))


@pytest.fixture
def own_server():
    """A server that the test may kill."""
    running = Server()
    yield running
    running.close()


def client_for(server, **settings):
    """The official V2 client, configured as its users do it."""
    cfg = oss.config.load_default()
    cfg.credentials_provider = oss.credentials.StaticCredentialsProvider(server.access_key_id, server.access_key_secret)
    cfg.region = server.region
    cfg.endpoint = server.endpoint
    for name, value in settings.items():
        setattr(cfg, name, value)
    return oss.Client(cfg)


def bucket_for(server, name, version="v4"):
    """The official V1 client's bucket, with either signature."""
    if version == "v4":
        auth = oss2.AuthV4(server.access_key_id, server.access_key_secret)
        return oss2.Bucket(auth, server.endpoint, name, region=server.region)
    return oss2.Bucket(oss2.Auth(server.access_key_id, server.access_key_secret), server.endpoint, name)


@pytest.fixture
def client(server):
    return client_for(server)


def fresh_name(prefix="wire"):
    return f"{prefix}-{uuid.uuid4().hex[:16]}"


def empty_and_delete(client, name):
    """Removes a bucket with all it holds, and with what a task under way may still put there meanwhile."""

    def deleted():
        empty(client, name)
        try:
            client.delete_bucket(oss.DeleteBucketRequest(bucket=name))
        except oss.exceptions.OperationError as error:
            if service_error(error).code != "BucketNotEmpty":
                raise
            return False
        return True

    until(f"{name} to be empty", deleted)


def empty(client, name):
    # Also of a bucket that never had versions: then each object is its version `null`.
    for page in client.list_object_versions_paginator().iter_page(oss.ListObjectVersionsRequest(bucket=name)):
        for found in [*(page.version or []), *(page.delete_marker or [])]:
            client.delete_object(oss.DeleteObjectRequest(bucket=name, key=found.key, version_id=found.version_id))
    for page in client.list_multipart_uploads_paginator().iter_page(oss.ListMultipartUploadsRequest(bucket=name)):
        for upload in page.uploads or []:
            client.abort_multipart_upload(
                oss.AbortMultipartUploadRequest(bucket=name, key=upload.key, upload_id=upload.upload_id)
            )


@pytest.fixture
def bucket(client):
    """The name of a new, empty bucket, removed with all it holds when the test ends."""
    name = fresh_name()
    client.put_bucket(oss.PutBucketRequest(bucket=name))
    yield name
    empty_and_delete(client, name)


def set_versioning(client, name, status):
    configuration = oss.VersioningConfiguration(status=status)
    client.put_bucket_versioning(oss.PutBucketVersioningRequest(bucket=name, versioning_configuration=configuration))


@pytest.fixture
def versioned(client, bucket):
    """A bucket that keeps versions."""
    set_versioning(client, bucket, "Enabled")
    return bucket


@pytest.fixture(params=["v4", "v1"])
def old_bucket(request, server, bucket):
    """The same bucket through oss2, once with each signature."""
    return bucket_for(server, bucket, request.param)


@pytest.fixture
def account(server):
    return Account(server.endpoint, server.access_key_id, server.access_key_secret)


def until(what, condition, timeout=60):
    """Asks `condition` until it answers with something true, and returns that."""
    deadline = time.monotonic() + timeout
    wait = 0.01
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout} s in vain for {what}")
        time.sleep(wait)
        wait = min(wait * 1.5, 0.2)


def object_or_none(client, bucket, key):
    """The bytes of an object, or None while there is none."""
    try:
        return client.get_object(oss.GetObjectRequest(bucket=bucket, key=key)).body.read()
    except oss.exceptions.OperationError as error:
        if service_error(error).code != "NoSuchKey":
            raise
        return None


def service_error(error):
    """What the server said, out of the V2 client's exception."""
    cause = error.unwrap()
    assert isinstance(cause, oss.exceptions.ServiceError), f"not an answer of the server: {cause!r}"
    return cause


class refuses:
    """`with refuses("NoSuchKey", 404) as caught:` expects the V2 client to report this code and status."""

    request_id_length = 24

    def __init__(self, code, status):
        self.code, self.status, self.error = code, status, None

    def __enter__(self):
        return self

    def __exit__(self, kind, raised, trace):
        assert raised is not None, f"expected {self.code}, but the request was accepted"
        said = self.said_by(raised)
        if said is None:
            return False
        self.error, status = said
        assert (self.error.code, status) == (self.code, self.status), self.error
        assert len(self.error.request_id) == self.request_id_length
        return True

    def said_by(self, raised):
        """What the server said and with which status; None when it is not the server that said it."""
        if not isinstance(raised, oss.exceptions.OperationError):
            return None
        error = service_error(raised)
        return error, error.status_code


class refuses_old(refuses):
    """The same for oss2."""

    def said_by(self, raised):
        return (raised, raised.status) if isinstance(raised, oss2.exceptions.ServerError) else None
