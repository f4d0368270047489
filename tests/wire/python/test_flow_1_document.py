"""Flow 1: a Word document becomes pictures, out of band, as in the vendor's sample for Python."""

# proves oss: AsyncProcessObject

import base64
import io
import re
import struct

import alibabacloud_oss_v2 as oss
from conftest import object_or_none, refuses, until


def png_size(data):
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert data[-12:] == b"\x00\x00\x00\x00IEND\xaeB`\x82", "the picture is cut off"
    return struct.unpack(">II", data[16:24])


def put_report(server, client, bucket, key="report.docx"):
    with open(server.fixture("report.docx"), "rb") as body:
        client.put_object(oss.PutObjectRequest(bucket=bucket, key=key, body=body))


def test_converts_a_chinese_word_document_to_png(server, client, bucket):
    put_report(server, client, bucket)
    style = "doc/convert,target_png,source_docx"
    target_bucket_base64 = base64.b64encode(bucket.encode()).decode()
    target_key_base64 = base64.b64encode("dest.png".encode()).decode()
    assert target_key_base64.endswith("="), "the sample's base64 is padded"
    process = f"{style}|sys/saveas,o_{target_key_base64},b_{target_bucket_base64}"
    result = client.async_process_object(
        oss.AsyncProcessObjectRequest(bucket=bucket, key="report.docx", process=process)
    )
    assert result.status_code == 200
    assert len(result.request_id) == 24
    assert re.fullmatch(r"[0-9A-F]{3}-[0-9A-Za-z]{27}", result.event_id)
    assert re.fullmatch(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", result.process_request_id)
    assert re.fullmatch(r"[A-Za-z]+-[0-9a-f-]{36}", result.task_id)

    picture = until("dest.png", lambda: object_or_none(client, bucket, "dest.png"), timeout=120)
    width, height = png_size(picture)
    assert 500 < width < 3000 and 1.3 < height / width < 1.5, "one page of A4 or Letter, upright"
    head = client.head_object(oss.HeadObjectRequest(bucket=bucket, key="dest.png"))
    assert head.content_type == "image/png"


def test_a_variable_in_the_target_name_gives_one_picture_per_page(server, client, bucket):
    put_report(server, client, bucket)
    target = base64.b64encode(b"pages/{index}.{autoext}").decode()
    client.async_process_object(
        oss.AsyncProcessObjectRequest(
            bucket=bucket, key="report.docx", process=f"doc/convert,target_jpg,source_docx|sys/saveas,o_{target}"
        )
    )

    def all_pages():
        listed = client.list_objects_v2(oss.ListObjectsV2Request(bucket=bucket, prefix="pages/")).contents or []
        return len(listed) == 4 and [found.key for found in listed]

    assert until("four pages", all_pages, timeout=120) == [f"pages/{page}.jpg" for page in range(1, 5)]
    for page in range(1, 5):
        data = object_or_none(client, bucket, f"pages/{page}.jpg")
        assert data[:2] == b"\xff\xd8" and data[-2:] == b"\xff\xd9"


def test_a_standard_base64_name_with_slash_and_plus_survives(server, client, bucket):
    put_report(server, client, bucket)
    # In standard base64 this name holds both characters that the process string and forms give a meaning to.
    key = "文件ab?cd>.pdf"
    assert {"+", "/"} <= set(base64.b64encode(key.encode()).decode())
    target = base64.b64encode(key.encode()).decode()
    client.async_process_object(
        oss.AsyncProcessObjectRequest(
            bucket=bucket, key="report.docx", process=f"doc/convert,target_pdf,source_docx|sys/saveas,o_{target}"
        )
    )
    document = until(key, lambda: object_or_none(client, bucket, key), timeout=120)
    assert document[:5] == b"%PDF-" and b"%%EOF" in document[-64:]


def test_bad_requests_are_refused_before_anything_is_queued(server, client, bucket):
    put_report(server, client, bucket)
    target = base64.b64encode(b"out.png").decode()

    def submit(process, key="report.docx"):
        client.async_process_object(oss.AsyncProcessObjectRequest(bucket=bucket, key=key, process=process))

    with refuses("NoSuchKey", 404):
        submit(f"doc/convert,target_png,source_docx|sys/saveas,o_{target}", key="absent.docx")
    with refuses("InvalidArgument", 400) as caught:
        submit(f"doc/convert,target_tiff,source_docx|sys/saveas,o_{target}")
    assert "target" in caught.error.message and "tiff" in caught.error.message
    with refuses("InvalidArgument", 400):
        submit(f"doc/shred,target_png|sys/saveas,o_{target}")
    with refuses("InvalidArgument", 400):
        submit("doc/convert,target_png,source_docx|sys/saveas,o_!!!")
    with refuses("InvalidArgument", 400):
        submit("doc/convert,target_png,source_docx")
    with refuses("NoSuchBucket", 404):
        absent = base64.b64encode(b"absent-bucket-of-nobody").decode()
        submit(f"doc/convert,target_png,source_docx|sys/saveas,o_{target},b_{absent}")


def test_a_document_put_from_a_stream_converts_as_well(server, client, bucket):
    with open(server.fixture("report.docx"), "rb") as source:
        client.put_object(oss.PutObjectRequest(bucket=bucket, key="in/report.docx", body=io.BytesIO(source.read())))
    target = base64.b64encode(b"out/{barename}.pdf").decode()
    client.async_process_object(
        oss.AsyncProcessObjectRequest(
            bucket=bucket, key="in/report.docx", process=f"doc/convert,target_pdf|sys/saveas,o_{target}"
        )
    )
    document = until("out/report.pdf", lambda: object_or_none(client, bucket, "out/report.pdf"), timeout=120)
    assert document[:5] == b"%PDF-"
