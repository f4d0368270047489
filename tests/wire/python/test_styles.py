# proves oss: PutStyle, GetStyle, DeleteStyle, ListStyle

import base64
from email.utils import parsedate_to_datetime

import alibabacloud_oss_v2 as oss
import pytest
from conftest import refuses
from raw_http import send, signed_v1


def put(client, bucket, name, content, category=None):
    client.put_style(
        oss.PutStyleRequest(bucket=bucket, style_name=name, category=category, style=oss.StyleContent(content=content))
    )


@pytest.fixture
def photo(server, client, bucket):
    with open(server.fixture("photo.jpg"), "rb") as file:
        client.put_object(oss.PutObjectRequest(bucket=bucket, key="photo.jpg", body=file.read()))
    return "photo.jpg"


def width_of(client, bucket, key, process=None):
    chain = "image/info" if process is None else f"{process}|image/info"
    got = client.get_object(oss.GetObjectRequest(bucket=bucket, key=key, process=chain))
    import json

    return int(json.loads(got.body.read())["ImageWidth"]["value"])


def test_styles_are_put_got_listed_replaced_and_deleted(client, bucket):
    with refuses("NoSuchStyle", 404):
        client.get_style(oss.GetStyleRequest(bucket=bucket, style_name="small"))
    put(client, bucket, "small", "image/resize,p_50")
    put(client, bucket, "_tiny".lstrip("_"), "image/resize,w_20/quality,q_80", "image")
    got = client.get_style(oss.GetStyleRequest(bucket=bucket, style_name="small")).style
    assert (got.name, got.content, got.category) == ("small", "image/resize,p_50", "image")
    made = parsedate_to_datetime(got.create_time)
    assert made.tzname() == "UTC" and parsedate_to_datetime(got.last_modify_time) >= made
    put(client, bucket, "small", "image/resize,p_40")
    listed = client.list_style(oss.ListStyleRequest(bucket=bucket)).style_list.styles
    assert [(found.name, found.content) for found in listed] == [
        ("small", "image/resize,p_40"),
        ("tiny", "image/resize,w_20/quality,q_80"),
    ]
    for _ in range(2):
        client.delete_style(oss.DeleteStyleRequest(bucket=bucket, style_name="small"))
    with refuses("NoSuchStyle", 404):
        client.get_style(oss.GetStyleRequest(bucket=bucket, style_name="small"))


def test_a_read_by_a_style_is_a_read_by_what_it_holds(client, bucket, photo):
    put(client, bucket, "thumb", "image/resize,w_30")
    assert width_of(client, bucket, photo, "style/thumb") == 30
    put(client, bucket, "thumb", "image/resize,w_40/rotate,180")
    assert width_of(client, bucket, photo, "style/thumb") == 40
    with refuses("NoSuchStyle", 404):
        client.get_object(oss.GetObjectRequest(bucket=bucket, key=photo, process="style/absent"))


def test_what_a_style_makes_can_be_saved(client, bucket, photo):
    put(client, bucket, "thumb", "image/resize,w_30")
    target = base64.urlsafe_b64encode(b"saved.jpg").decode().rstrip("=")
    saved = client.process_object(
        oss.ProcessObjectRequest(bucket=bucket, key=photo, process=f"style/thumb|sys/saveas,o_{target}")
    )
    assert saved.process_status == "OK"
    assert width_of(client, bucket, "saved.jpg") == 30
    with refuses("NoSuchStyle", 404):
        client.process_object(
            oss.ProcessObjectRequest(bucket=bucket, key=photo, process=f"style/absent|sys/saveas,o_{target}")
        )


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bad", "image/resize,w_-1"),
        ("bad", "image/nosuch,w_1"),
        ("bad", "no process"),
        ("bad", ""),
        ("bad", "style/other"),
        ("bad", "image/resize,w_1|sys/saveas,o_YQ"),
        ("not/a/name", "image/resize,w_1"),
        ("x" * 64, "image/resize,w_1"),
    ],
)
def test_a_style_that_cannot_be_used_is_refused(client, bucket, name, content):
    with refuses("InvalidArgument", 400):
        put(client, bucket, name, content)


def test_a_bucket_has_fifty_styles(client, bucket):
    for number in range(50):
        put(client, bucket, f"s{number}", "image/info")
    put(client, bucket, "s7", "image/resize,w_1")
    with refuses("InvalidArgument", 400):
        put(client, bucket, "one-more", "image/info")


def test_a_style_without_a_name_is_refused(server, bucket):
    body = b"<Style><Content>image/info</Content></Style>"
    for query in ("style", "style&styleName"):
        refused = send(server, "PUT", f"/{bucket}/?{query}", signed_v1(server, "PUT", f"/{bucket}/?{query}"), body)
        assert refused.status in (400, 405)
