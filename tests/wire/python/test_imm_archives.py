"""Archives by IMM of 2020: packing objects without compression, unpacking, looking inside; Python's zipfile is the judge."""

# proves imm: CreateFileCompressionTask, CreateFileUncompressionTask, CreateArchiveFileInspectionTask

import io
import json
import struct
import subprocess
import zipfile
import zlib

import alibabacloud_oss_v2 as oss
import pytest
from alibabacloud_imm20200930 import models
from conftest import client_for, fresh_name, object_or_none, until
from imm_client import ended, imm, imm_client, project, refuses_imm, succeeded  # noqa: F401
from media_tasks import told  # noqa: F401
from ram_client import Somebody, allow, call, deny, refuses_rpc

BIG = bytes(range(256)) * 20_000


def put(client, bucket, key, body):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key=key, body=body))


def keys(client, bucket, prefix=""):
    found = client.list_objects_v2(oss.ListObjectsV2Request(bucket=bucket, prefix=prefix)).contents or []
    return [one.key for one in found]


@pytest.fixture
def files(client, bucket):
    put(client, bucket, "in/a.txt", b"first")
    put(client, bucket, "in/deep/b.bin", BIG)
    put(client, bucket, "in/deep/空.txt", b"")
    put(client, bucket, "other/c.txt", b"third")
    return bucket


def compress(imm, project, bucket, rules, target="out/all.zip", **more):
    sources = [models.CreateFileCompressionTaskRequestSources(**rule) for rule in rules]
    return imm.create_file_compression_task(
        models.CreateFileCompressionTaskRequest(
            project_name=project, sources=sources or None, target_uri=f"oss://{bucket}/{target}", **more
        )
    )


def uncompress(imm, project, bucket, source, target="un/", **more):
    return imm.create_file_uncompression_task(
        models.CreateFileUncompressionTaskRequest(
            project_name=project,
            source_uri=f"oss://{bucket}/{source}",
            target_uri=f"oss://{bucket}/{target}",
            **more,
        )
    )


def opened(client, bucket, key="out/all.zip"):
    return zipfile.ZipFile(io.BytesIO(object_or_none(client, bucket, key)))


def test_files_are_packed_as_they_are_and_the_topic_is_told(imm, client, files, project, told, tmp_path):  # noqa: F811
    topic, wait_for = told
    rules = [{"uri": f"oss://{files}/in/"}, {"uri": f"oss://{files}/other/c.txt", "mode": "fullname"}]
    notification = models.Notification(mns=models.MNS(topic_name=topic))
    made = compress(imm, project, files, rules, notification=notification, user_data="mine", compressed_format="zip")
    event, content = wait_for(made.body.task_id)
    assert event["type"] == "imm:Task:FileCompression" and content["UserData"] == "mine"
    assert (content["Status"], content["FileCount"]) == ("Succeeded", 4)
    assert content["FileSize"] == len(BIG) + 10
    assert content["TargetURI"] == f"oss://{files}/out/all.zip"
    succeeded(imm, project, made, "FileCompression")
    packed = opened(client, files)
    assert packed.testzip() is None
    assert packed.namelist() == ["in/a.txt", "in/deep/b.bin", "in/deep/空.txt", "other/c.txt"]
    assert {one.compress_type for one in packed.infolist()} == {zipfile.ZIP_STORED}
    assert packed.read("in/deep/b.bin") == BIG
    # Sizes stand in front of each file, for readers that stream.
    assert all(not one.flag_bits & 8 for one in packed.infolist())
    (tmp_path / "all.zip").write_bytes(object_or_none(client, files, "out/all.zip"))
    checked = subprocess.run(["unzip", "-tqq", str(tmp_path / "all.zip")], capture_output=True) if has_unzip() else None
    assert checked is None or checked.returncode == 0, checked


def has_unzip():
    return subprocess.run(["sh", "-c", "command -v unzip"], capture_output=True).returncode == 0


@pytest.mark.parametrize(
    ("uri", "mode", "alias", "names"),
    [
        ("in/", "prefix", "/", ["a.txt", "b.bin", "空.txt"]),
        ("in/", "prefix", "/new/", ["new/a.txt", "new/deep/b.bin", "new/deep/空.txt"]),
        ("in/deep/b", "prefix", "", ["in/deep/b.bin"]),
        ("in/a.txt", "fullname", "renamed.txt", ["renamed.txt"]),
        ("in/a.txt", "fullname", "/dir/", ["dir/a.txt"]),
        ("in/a.txt", "fullname", "", ["in/a.txt"]),
    ],
)
def test_an_alias_says_where_files_go_in_the_archive(imm, client, files, project, uri, mode, alias, names):  # noqa: F811
    rule = {"uri": f"oss://{files}/{uri}", "mode": mode, "alias": alias}
    succeeded(imm, project, compress(imm, project, files, [rule]), "FileCompression")
    assert opened(client, files).namelist() == names


def test_a_manifest_names_the_files(imm, client, files, project):  # noqa: F811
    rules = [{"URI": f"oss://{files}/in/a.txt", "Mode": "fullname", "Alias": "x.txt"}, {"URI": f"oss://{files}/other/"}]
    put(client, files, "list.json", json.dumps(rules).encode())
    made = compress(imm, project, files, [], source_manifest_uri=f"oss://{files}/list.json")
    succeeded(imm, project, made, "FileCompression")
    assert opened(client, files).namelist() == ["x.txt", "other/c.txt"]


def test_what_cannot_be_packed_is_said_and_nothing_is_written(imm, client, files, project):  # noqa: F811
    rule = {"uri": f"oss://{files}/in/a.txt", "mode": "fullname"}
    with refuses_imm("InvalidSources", 400):
        compress(imm, project, files, [])
    with refuses_imm("InvalidSources", 400):
        compress(imm, project, files, [rule], source_manifest_uri=f"oss://{files}/list.json")
    with refuses_imm("InvalidArgument", 400):
        compress(imm, project, files, [{**rule, "mode": "suffix"}])
    with refuses_imm("InvalidTargetURI", 400):
        request = models.CreateFileCompressionTaskRequest(
            project_name=project,
            sources=[models.CreateFileCompressionTaskRequestSources(**rule)],
            target_uri="out.zip",
        )
        imm.create_file_compression_task(request)
    with refuses_imm("InvalidCompressedFormat", 400):
        compress(imm, project, files, [rule], compressed_format="rar")
    with refuses_imm("ResourceNotFound", 404):
        compress(imm, project, files, [{**rule, "uri": f"oss://{files}/absent"}])
    with refuses_imm("ResourceNotFound", 404):
        compress(imm, "no_project", files, [rule])
    put(client, files, "list.json", b"{}")
    for made in (
        compress(imm, project, files, [rule, rule]),
        compress(imm, project, files, [{"uri": f"oss://{files}/nothing/"}]),
        compress(imm, project, files, [{**rule, "alias": "/../a.txt"}]),
        compress(imm, project, files, [], source_manifest_uri=f"oss://{files}/list.json"),
    ):
        task = ended(imm, project, made.body.task_id, "FileCompression")
        assert task.status == "Failed" and task.code in ("InvalidArgument", "ResourceNotFound"), task
    assert object_or_none(client, files, "out/all.zip") is None


def zipped(entries, **more):
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED, **more) as archive:
        for name, body in entries.items():
            archive.writestr(name, body)
    return written.getvalue()


def test_an_archive_is_unpacked_whole_or_in_part(imm, client, bucket, project, told):  # noqa: F811
    topic, wait_for = told
    put(client, bucket, "in.zip", zipped({"a.txt": b"one", "dir/": b"", "dir/b.html": b"<p>", "dir/大.bin": BIG}))
    notification = models.Notification(mns=models.MNS(topic_name=topic))
    made = uncompress(imm, project, bucket, "in.zip", target="un", notification=notification)
    event, content = wait_for(made.body.task_id)
    assert event["type"] == "imm:Task:FileUncompression"
    assert (content["Status"], content["FileCount"]) == ("Succeeded", 3)
    assert keys(client, bucket, "un/") == ["un/a.txt", "un/dir/b.html", "un/dir/大.bin"]
    assert object_or_none(client, bucket, "un/dir/大.bin") == BIG
    head = client.head_object(oss.HeadObjectRequest(bucket=bucket, key="un/dir/b.html"))
    assert head.content_type == "text/html"
    some = uncompress(imm, project, bucket, "in.zip", target="some/", selected_files=["a.txt", "dir/b.html"])
    succeeded(imm, project, some, "FileUncompression")
    assert keys(client, bucket, "some/") == ["some/a.txt", "some/dir/b.html"]


def encrypted(tmp_path):
    """One file in ZipCrypto, as Python cannot write it."""
    body, password = b"secret text", b"word"
    keys_ = [0x12345678, 0x23456789, 0x34567890]

    def update(byte):
        keys_[0] = zlib.crc32(bytes([byte]), keys_[0] ^ 0xFFFFFFFF) ^ 0xFFFFFFFF
        keys_[1] = ((keys_[1] + (keys_[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys_[2] = zlib.crc32(bytes([keys_[1] >> 24]), keys_[2] ^ 0xFFFFFFFF) ^ 0xFFFFFFFF

    def encrypt(byte):
        temp = (keys_[2] | 2) & 0xFFFF
        cipher = byte ^ ((temp * (temp ^ 1)) >> 8 & 0xFF)
        update(byte)
        return cipher

    for byte in password:
        update(byte)
    checksum = zlib.crc32(body)
    data = bytes(encrypt(byte) for byte in bytes(11) + bytes([checksum >> 24]) + body)
    facts = struct.pack("<HHHHHIII", 10, 1, 0, 0, 0x5821, checksum, len(data), len(body))
    local = b"PK\3\4" + facts + struct.pack("<HH", 5, 0) + b"a.txt" + data
    central = b"PK\1\2" + struct.pack("<H", 20) + facts + struct.pack("<HHHHHII", 5, 0, 0, 0, 0, 0, 0) + b"a.txt"
    return local + central + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)


def test_an_encrypted_archive_takes_its_password_and_tells_nobody(imm, client, bucket, project, tmp_path):  # noqa: F811
    put(client, bucket, "locked.zip", encrypted(tmp_path))
    with zipfile.ZipFile(io.BytesIO(encrypted(tmp_path))) as checked:
        assert checked.read("a.txt", b"word") == b"secret text"
    for given, code in ((None, "InvalidArgument"), ("wrong", "InvalidArgument")):
        task = ended(imm, project, uncompress(imm, project, bucket, "locked.zip", password=given).body.task_id, "FileUncompression")
        assert (task.status, task.code) == ("Failed", code) and "assword" in task.message, task
    task = succeeded(imm, project, uncompress(imm, project, bucket, "locked.zip", password="word"), "FileUncompression")
    assert object_or_none(client, bucket, "un/a.txt") == b"secret text"
    assert "word" not in task.task_request_definition.replace("Password", "")


def overlapping():
    """Many files of one and the same megabyte of zeros: 'a better zip bomb'."""
    body = zlib.compress(bytes(1 << 20), 9)[2:-4]
    checksum = zlib.crc32(bytes(1 << 20))
    facts = struct.pack("<HHHHHIII", 20, 0, 8, 0, 0x5821, checksum, len(body), 1 << 20)
    local = b"PK\3\4" + facts + struct.pack("<HH", 4, 0) + b"f000" + body
    central = b"".join(
        b"PK\1\2" + struct.pack("<H", 20) + facts + struct.pack("<HHHHHII", 4, 0, 0, 0, 0, 0, 0) + b"f%03d" % number
        for number in range(200)
    )
    return local + central + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 200, 200, len(central), len(local), 0)


@pytest.mark.parametrize(
    ("name", "body", "says"),
    [
        ("up.zip", zipped({"../up.txt": b"x"}), "../up.txt"),
        ("root.zip", zipped({"/etc/passwd": b"x"}), "/etc/passwd"),
        ("windows.zip", zipped({"..\\up.txt": b"x"}), "up.txt"),
        ("drive.zip", zipped({"C:/up.txt": b"x"}), "up.txt"),
        ("none.zip", b"this is no archive at all", "cannot be read"),
        ("empty.zip", b"", "cannot be read"),
        ("cut.zip", zipped({"a.txt": BIG})[:-40], "cannot be read"),
        ("flipped.zip", zipped({"a.txt": BIG}).replace(b"a.txt", b"b.txt", 1)[:60] + b"\xff" * 30 + zipped({"a.txt": BIG})[90:], ""),
        ("seven.7z", b"7z\xbc\xaf\x27\x1c" + bytes(60), "7z"),
        ("old.rar", b"Rar!\x1a\x07\x00" + bytes(60), "RAR"),
        ("bomb.zip", overlapping(), ""),
    ],
)
def test_archives_that_are_wrong_or_want_to_do_harm_give_nothing(imm, client, bucket, project, name, body, says):  # noqa: F811
    put(client, bucket, name, body)
    task = ended(imm, project, uncompress(imm, project, bucket, name, target="x/").body.task_id, "FileUncompression")
    assert (task.status, task.code) == ("Failed", "InvalidArgument"), task
    assert says in task.message, task.message
    assert len(keys(client, bucket, "x/")) <= (1 if name == "bomb.zip" else 0)
    assert [key for key in keys(client, bucket) if "up" in key or "passwd" in key] == [name for name in [name] if "up" in name]


def test_an_inspection_lists_what_there_is(imm, client, bucket, project, told):  # noqa: F811
    topic, wait_for = told
    put(client, bucket, "in.zip", zipped({f"dir/{number:04}.txt": b"x" * number for number in range(600)}))
    made = imm.create_archive_file_inspection_task(
        models.CreateArchiveFileInspectionTaskRequest(
            project_name=project,
            source_uri=f"oss://{bucket}/in.zip",
            notification=models.Notification(
                mns=models.MNS(topic_name=topic), extended_message_uri=f"oss://{bucket}/listing.json"
            ),
        )
    )
    event, content = wait_for(made.body.task_id)
    assert event["type"] == "imm:Task:ArchiveFileInspection" and content["FileCount"] == 600
    assert content["Files"][1]["FullName"] == "dir/0001.txt" and content["Files"][1]["Size"] == 1
    assert len(content["Files"]) < 600
    listing = json.loads(object_or_none(client, bucket, "listing.json"))
    assert len(listing["Files"]) == 600 and listing["FileSize"] == sum(range(600))


def test_work_of_every_kind_is_done_after_a_kill(own_server):
    bucket, name = fresh_name("killed"), fresh_name("kept_").replace("-", "_")
    client, client_of_imm = client_for(own_server), imm_client(own_server)
    client.put_bucket(oss.PutBucketRequest(bucket=bucket))
    client_of_imm.create_project(models.CreateProjectRequest(project_name=name))
    client_of_imm.create_dataset(models.CreateDatasetRequest(project_name=name, dataset_name="files"))
    for number in range(10):
        put(client, bucket, f"in/{number:02}.bin", BIG)
    put(client, bucket, "in.zip", zipped({"a.txt": b"one", "大.bin": BIG}))
    with open(own_server.fixture("photo.jpg"), "rb") as body:
        put(client, bucket, "photo.jpg", body.read())
    uri, ask = f"oss://{bucket}/photo.jpg", {"project_name": name}
    zip_uri = f"oss://{bucket}/in.zip"
    pages = [models.CreateImageToPDFTaskRequestSources(uri=uri)] * 3
    shots = [models.CreateImageSplicingTaskRequestSources(uri=uri)] * 2
    made_ = {
        "FileCompression": compress(client_of_imm, name, bucket, [{"uri": f"oss://{bucket}/in/"}]),
        "FileUncompression": uncompress(client_of_imm, name, bucket, "in.zip"),
        "ArchiveFileInspection": client_of_imm.create_archive_file_inspection_task(
            models.CreateArchiveFileInspectionTaskRequest(**ask, source_uri=zip_uri)
        ),
        "ImageToPDF": client_of_imm.create_image_to_pdftask(
            models.CreateImageToPDFTaskRequest(**ask, sources=pages, target_uri=f"oss://{bucket}/out.pdf")
        ),
        "ImageSplicing": client_of_imm.create_image_splicing_task(
            models.CreateImageSplicingTaskRequest(**ask, sources=shots, target_uri=f"oss://{bucket}/long.jpg")
        ),
    }
    file = models.InputFile(uri=uri)
    client_of_imm.index_file_meta(models.IndexFileMetaRequest(**ask, dataset_name="files", file=file))
    own_server.kill()
    own_server.restart()
    client, client_of_imm = client_for(own_server), imm_client(own_server)
    for kind, accepted in made_.items():
        succeeded(client_of_imm, name, accepted, kind)
    packed = opened(client, bucket)
    assert len(packed.namelist()) == 10 and packed.testzip() is None
    assert object_or_none(client, bucket, "un/大.bin") == BIG
    assert object_or_none(client, bucket, "out.pdf")[-6:] == b"%%EOF\n"
    assert object_or_none(client, bucket, "long.jpg")[-2:] == b"\xff\xd9"
    known = models.SimpleQueryRequest(**ask, dataset_name="files")
    until("the file to be known", lambda: client_of_imm.simple_query(known).body.total_hits == 1, timeout=60)


def test_every_file_is_authorised_by_itself(server, client, files, project):  # noqa: F811
    put(client, files, "in.zip", zipped({"a.txt": b"1", "secret/b.txt": b"2"}))

    def imm_as(user, action, **parameters):
        return call(server, action, user, product="imm", version="2020-09-30", ProjectName=project, **parameters)

    def end(answer, kind):
        ask = {"TaskId": answer["TaskId"], "TaskType": kind}
        until("an end", lambda: imm_as(None, "GetTask", **ask)["Status"] != "Running")
        return imm_as(None, "GetTask", **ask)

    acting, listing = allow("imm:*", "*"), allow("oss:ListObjects", f"acs:oss:*:*:{files}")
    everything = [acting, listing, allow(["oss:GetObject", "oss:PutObject"], f"acs:oss:*:*:{files}/*")]
    pack = {"Sources": json.dumps([{"URI": f"oss://{files}/in/"}]), "TargetURI": f"oss://{files}/mine.zip"}
    unpack = {"SourceURI": f"oss://{files}/in.zip", "TargetURI": f"oss://{files}/mine/"}
    for missing in (everything[1:], [acting, everything[2]], everything[:2]):
        with refuses_rpc("NoPermission", 403):
            imm_as(Somebody(server, *missing), "CreateFileCompressionTask", **pack)
    # What is denied below the prefix is found when its turn comes.
    reader = Somebody(server, *everything, deny("oss:GetObject", f"acs:oss:*:*:{files}/in/deep/*"))
    task = end(imm_as(reader, "CreateFileCompressionTask", **pack), "FileCompression")
    assert (task["Status"], task["Code"]) == ("Failed", "File access forbidden")
    assert object_or_none(client, files, "mine.zip") is None
    writer = Somebody(server, *everything, deny("oss:PutObject", f"acs:oss:*:*:{files}/mine/secret/*"))
    task = end(imm_as(writer, "CreateFileUncompressionTask", **unpack), "FileUncompression")
    assert (task["Status"], task["Code"]) == ("Failed", "File access forbidden")
    assert keys(client, files, "mine/") == ["mine/a.txt"]
    with refuses_rpc("NoPermission", 403):
        imm_as(Somebody(server, *everything[:2]), "CreateFileUncompressionTask", **unpack)
