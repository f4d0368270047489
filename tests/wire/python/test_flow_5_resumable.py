"""Flow 5: a 200 MB upload in 100 KB parts survives the death of the client and the death of the server."""

# proves oss: UploadPart, ListParts, CompleteMultipartUpload

import hashlib
import random
import subprocess
import sys
from pathlib import Path

import oss2
import pytest
from conftest import bucket_for, fresh_name

PART = 100 * 1024
PARTS = 2000
SIZE = PART * (PARTS - 1) + 4321


@pytest.fixture(scope="module")
def big_file(tmp_path_factory):
    """Its path, the MD5 and the CRC-64 of its bytes."""
    path = tmp_path_factory.mktemp("big") / "big.bin"
    noise, md5, crc = random.Random(5), hashlib.md5(), oss2.utils.Crc64()
    with open(path, "wb") as file:
        left = SIZE
        while left:
            piece = noise.randbytes(min(left, 1 << 20))
            file.write(piece)
            md5.update(piece)
            crc.update(piece)
            left -= len(piece)
    yield path, md5.hexdigest(), crc.crc
    path.unlink()


def start(server, bucket, key, path, store):
    """Starts the uploading program."""
    program = Path(__file__).with_name("resumable_client.py")
    return subprocess.Popen(
        [
            sys.executable,
            str(program),
            server.endpoint,
            server.region,
            server.access_key_id,
            server.access_key_secret,
            bucket,
            key,
            str(path),
            str(store),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def read_until(process, count):
    """Reads what the program says until it has sent so many parts."""
    for line in process.stdout:
        if line == f"sent {count}\n":
            return
    raise AssertionError(f"the client ended early: {process.stderr.read()}")


def finish(process):
    """Lets the program end well; says how many parts it sent."""
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    words = out.strip().splitlines()[-1].split()
    assert words[0] == "done"
    return int(words[1])


def stored_parts(bucket, key):
    """The part numbers the server has, of the one upload under way."""
    uploads = bucket.list_multipart_uploads(prefix=key).upload_list
    assert len(uploads) == 1, "the upload must be there, and only once"
    return {part.part_number: part for part in oss2.PartIterator(bucket, key, uploads[0].upload_id)}


def check_object(bucket, key, md5, crc):
    got, digest = bucket.get_object(key), hashlib.md5()
    for piece in got:
        digest.update(piece)
    assert digest.hexdigest() == md5
    assert got.client_crc == got.server_crc == crc
    head = bucket.head_object(key)
    assert head.content_length == SIZE and head.object_type == "Multipart"
    assert head.headers["x-oss-hash-crc64ecma"] == str(crc)
    assert bucket.list_multipart_uploads(prefix=key).upload_list == []


def test_resumes_after_the_client_was_killed(server, bucket, big_file, tmp_path):
    path, md5, crc = big_file
    remote = bucket_for(server, bucket)
    first = start(server, bucket, "big.bin", path, tmp_path)
    read_until(first, PARTS * 2 // 5)
    first.kill()
    first.communicate()
    before = stored_parts(remote, "big.bin")
    assert PARTS * 2 // 5 <= len(before) < PARTS
    with pytest.raises(oss2.exceptions.NoSuchKey):
        remote.head_object("big.bin")

    sent = finish(start(server, bucket, "big.bin", path, tmp_path))
    # A part whose bytes were still on the way when the client died may arrive after we counted.
    assert PARTS - len(before) - 4 <= sent <= PARTS - len(before), "only what was missing"
    check_object(remote, "big.bin", md5, crc)


@pytest.mark.own_server
def test_resumes_after_the_server_was_killed(own_server, big_file, tmp_path):
    path, md5, crc = big_file
    name = fresh_name()
    remote = bucket_for(own_server, name)
    remote.create_bucket()
    endpoint = own_server.endpoint
    first = start(own_server, name, "big.bin", path, tmp_path)
    acknowledged = PARTS * 2 // 5
    read_until(first, acknowledged)
    own_server.kill("SIGKILL")
    out, err = first.communicate(timeout=120)
    assert first.returncode != 0 and "RequestError" in err, "the client sees a broken connection"
    acknowledged += out.count("sent ")

    own_server.restart()
    assert own_server.endpoint == endpoint
    before = stored_parts(remote, "big.bin")
    assert len(before) >= acknowledged, "every acknowledged part is there"
    assert all(part.size == PART for number, part in before.items() if number < PARTS), "no part is torn"

    sent = finish(start(own_server, name, "big.bin", path, tmp_path))
    assert sent == PARTS - len(before), "only what was missing"
    check_object(remote, "big.bin", md5, crc)


def test_a_finished_upload_sends_nothing_of_the_old_one(server, bucket, tmp_path):
    """A file changed after the interruption is sent anew, whole."""
    path = tmp_path / "small.bin"
    path.write_bytes(b"a" * (PART * 5))
    remote = bucket_for(server, bucket)
    finish(start(server, bucket, "small.bin", path, tmp_path))
    path.write_bytes(b"b" * (PART * 6))
    assert finish(start(server, bucket, "small.bin", path, tmp_path)) == 6
    assert remote.get_object("small.bin").read() == b"b" * (PART * 6)


def test_downloads_resumably(server, bucket, tmp_path):
    remote = bucket_for(server, bucket)
    data = random.Random(7).randbytes(PART * 12 + 77)
    remote.put_object("down.bin", data)
    oss2.resumable_download(
        remote,
        "down.bin",
        str(tmp_path / "down.bin"),
        store=oss2.ResumableDownloadStore(root=str(tmp_path / "store")),
        multiget_threshold=PART,
        part_size=PART,
        num_threads=4,
    )
    assert (tmp_path / "down.bin").read_bytes() == data
