"""Flow 2: a photo is resized and saved, read resized, and opened resized through a presigned address."""

# proves oss: ProcessObject, GetObject

import base64
import struct
import urllib.error
import urllib.request

import alibabacloud_oss_v2 as oss
import pytest
from conftest import bucket_for, client_for, object_or_none, refuses


def jpeg_size(data):
    """Width and height from the frame header."""
    assert data[:2] == b"\xff\xd8" and data[-2:] == b"\xff\xd9", "not a whole JPEG"
    at = 2
    while True:
        marker, length = struct.unpack(">xBH", data[at : at + 4])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + length


@pytest.fixture
def photo(server, client, bucket):
    with open(server.fixture("photo.jpg"), "rb") as body:
        client.put_object(oss.PutObjectRequest(bucket=bucket, key="photo.jpg", body=body, content_type="image/jpeg"))
    return "photo.jpg"


def test_resizes_a_photo_and_saves_it(client, bucket, photo):
    style = "image/resize,m_fixed,w_100,h_100"
    target_bucket_base64 = base64.b64encode(bucket.encode()).decode()
    target_key_base64 = base64.b64encode("small.jpg".encode()).decode()
    process = f"{style}|sys/saveas,o_{target_key_base64},b_{target_bucket_base64}"
    result = client.process_object(oss.ProcessObjectRequest(bucket=bucket, key=photo, process=process))
    assert result.status_code == 200
    assert (result.bucket, result.key, result.process_status) == (bucket, "small.jpg", "OK")
    saved = object_or_none(client, bucket, "small.jpg")
    assert result.file_size == len(saved)
    assert jpeg_size(saved) == (100, 100)
    assert client.head_object(oss.HeadObjectRequest(bucket=bucket, key="small.jpg")).content_type == "image/jpeg"


def test_an_answer_without_target_bucket_names_none(client, bucket, photo):
    target = base64.b64encode(b"small.jpg").decode()
    result = client.process_object(
        oss.ProcessObjectRequest(bucket=bucket, key=photo, process=f"image/resize,w_50|sys/saveas,o_{target}")
    )
    assert result.bucket == ""
    assert jpeg_size(object_or_none(client, bucket, "small.jpg"))[0] == 50


def test_reads_a_photo_resized(client, bucket, photo):
    result = client.get_object(
        oss.GetObjectRequest(bucket=bucket, key=photo, process="image/resize,m_fixed,w_100,h_100")
    )
    assert result.content_type == "image/jpeg"
    assert jpeg_size(result.body.read()) == (100, 100)
    assert "x-oss-hash-crc64ecma" not in {name.lower() for name in result.headers}


def test_reads_the_same_bytes_again_from_the_cache(client, bucket, photo):
    request = oss.GetObjectRequest(bucket=bucket, key=photo, process="image/resize,w_120/rotate,90/format,png")
    first, second = client.get_object(request), client.get_object(request)
    assert first.body.read() == second.body.read()
    assert first.content_type == second.content_type == "image/png"
    assert (first.headers.get("x-millrace-cache"), second.headers.get("x-millrace-cache")) == ("miss", "hit")


def test_a_changed_photo_is_processed_anew(client, bucket, photo):
    request = oss.GetObjectRequest(bucket=bucket, key=photo, process="image/resize,m_fixed,w_60,h_40")
    before = client.get_object(request).body.read()
    target = base64.b64encode(photo.encode()).decode()
    client.process_object(
        oss.ProcessObjectRequest(bucket=bucket, key=photo, process=f"image/rotate,180|sys/saveas,o_{target}")
    )
    after = client.get_object(request)
    assert after.headers.get("x-millrace-cache") == "miss"
    assert after.body.read() != before


@pytest.mark.parametrize("version", ["v4", "v1"])
def test_a_presigned_address_opens_in_a_plain_client(server, bucket, photo, version):
    # The V2 client leaves x-oss-process out of V1 signatures, so that the V1 case is signed by oss2.
    if version == "v4":
        request = oss.GetObjectRequest(bucket=bucket, key=photo, process="image/resize,m_fixed,w_100,h_100")
        address = client_for(server).presign(request).url
    else:
        address = bucket_for(server, bucket, "v1").sign_url(
            "GET", photo, 600, params={"x-oss-process": "image/resize,m_fixed,w_100,h_100"}
        )
    with urllib.request.urlopen(address) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert jpeg_size(answer.read()) == (100, 100)
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(address.replace("w_100", "w_900"))
    assert caught.value.code == 403 and b"<Code>SignatureDoesNotMatch</Code>" in caught.value.read()


def test_image_info_is_json_of_strings(client, bucket, photo):
    import json

    result = client.get_object(oss.GetObjectRequest(bucket=bucket, key=photo, process="image/info"))
    assert result.content_type.startswith("application/json")
    info = json.loads(result.body.read())
    assert info["ImageWidth"] == {"value": "2000"} and info["ImageHeight"] == {"value": "1333"}
    assert info["Format"] == {"value": "jpg"}
    assert (
        int(info["FileSize"]["value"])
        == client.head_object(oss.HeadObjectRequest(bucket=bucket, key=photo)).content_length
    )


@pytest.mark.parametrize(
    "process, width, height",
    [
        ("image/resize,w_400", 400, 267),
        ("image/resize,m_lfit,w_300,h_300", 300, 200),
        ("image/resize,m_fill,w_200,h_200", 200, 200),
        ("image/resize,m_pad,w_200,h_200", 200, 200),
        ("image/resize,p_10", 200, 133),
        ("image/crop,x_100,y_50,w_300,h_200", 300, 200),
        ("image/resize,w_400/rotate,90", 267, 400),
        ("image/resize,w_400/quality,q_30", 400, 267),
    ],
)
def test_sizes(client, bucket, photo, process, width, height):
    data = client.get_object(oss.GetObjectRequest(bucket=bucket, key=photo, process=process)).body.read()
    assert jpeg_size(data) == (width, height)


def test_a_bad_operation_names_what_to_change(client, bucket, photo):
    with refuses("InvalidArgument", 400) as caught:
        client.get_object(oss.GetObjectRequest(bucket=bucket, key=photo, process="image/resize,w_99999999"))
    assert "99999999" in caught.error.message
    with refuses("InvalidArgument", 400):
        client.get_object(oss.GetObjectRequest(bucket=bucket, key=photo, process="image/embiggen,w_1"))
    with refuses("NoSuchKey", 404):
        client.get_object(oss.GetObjectRequest(bucket=bucket, key="absent.jpg", process="image/resize,w_10"))


def test_what_is_not_a_picture_is_refused(client, bucket):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="text.jpg", body=b"not a picture at all"))
    with pytest.raises(oss.exceptions.OperationError) as caught:
        client.get_object(oss.GetObjectRequest(bucket=bucket, key="text.jpg", process="image/resize,w_10"))
    assert 400 <= caught.value.unwrap().status_code < 500
