# proves oss: PutBucketProcessConfiguration, GetBucketProcessConfiguration

import io
import re

import alibabacloud_oss_v2 as oss
import pytest
from raw_http import send, signed_v1


def configure(server, bucket, **elements):
    """As the vendor's Java client spells it; no Python client has it."""
    inside = "".join(f"<{name}>{value}</{name}>" for name, value in elements.items())
    body = f"<BucketProcessConfiguration>{inside}</BucketProcessConfiguration>".encode()
    target = f"/{bucket}/?processConfiguration"
    return send(server, "PUT", target, signed_v1(server, "PUT", target), body)


def configuration(server, bucket):
    target = f"/{bucket}/?processConfiguration"
    answer = send(server, "GET", target, signed_v1(server, "GET", target))
    assert answer.status == 200
    return dict(re.findall(r"<(\w+)>([^<]*)</", answer.body.decode()))


@pytest.fixture
def photo(server, client, bucket):
    with open(server.fixture("photo.jpg"), "rb") as file:
        client.put_object(oss.PutObjectRequest(bucket=bucket, key="photo.jpg", body=file.read()))
    style = oss.StyleContent(content="image/resize,w_40")
    client.put_style(oss.PutStyleRequest(bucket=bucket, style_name="small", style=style))
    return "photo.jpg"


def test_a_bucket_without_it_protects_nothing_and_separates_no_styles(server, bucket):
    assert configuration(server, bucket)["SourceFileProtect"] == "Disabled"


def test_what_is_put_is_got(server, bucket):
    put = {
        "CompliedHost": "Public",
        "SourceFileProtect": "Enabled",
        "SourceFileProtectSuffix": "jpg,png",
        "StyleDelimiters": "-,_,/,!",
        "OssDomainSupportAtProcess": "Enabled",
    }
    assert configure(server, bucket, **put).status == 200
    got = configuration(server, bucket)
    assert {name: got[name] for name in put} == put
    assert configure(server, bucket, StyleDelimiters="#").code == "InvalidArgument"
    assert configure(server, bucket, SourceFileProtect="Perhaps").code == "MalformedXML"


def test_clients_read_a_picture_by_its_key_and_a_style(server, client, bucket, photo):
    with pytest.raises(oss.exceptions.OperationError):
        client.get_object(oss.GetObjectRequest(bucket=bucket, key=f"{photo}!small"))
    configure(server, bucket, StyleDelimiters="!")
    small = client.get_object(oss.GetObjectRequest(bucket=bucket, key=f"{photo}!small"))
    assert small.content_type == "image/jpeg"
    whole = client.get_object(oss.GetObjectRequest(bucket=bucket, key=photo))
    assert len(io.BytesIO(small.body.read()).getvalue()) < whole.content_length / 10
    head = client.head_object(oss.HeadObjectRequest(bucket=bucket, key=f"{photo}!small"))
    assert head.content_length == small.content_length
    # No style of that name: a key like any other.
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="a!b", body=b"plain"))
    assert client.get_object(oss.GetObjectRequest(bucket=bucket, key="a!b")).body.read() == b"plain"
