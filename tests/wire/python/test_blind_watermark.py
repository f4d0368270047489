"""A text is hidden in a photo, and found again by a task whose notification tells it."""

# proves oss: ProcessObject, AsyncProcessObject

import alibabacloud_oss_v2 as oss
import pytest
from conftest import object_or_none, refuses
from media_tasks import b64, told  # noqa: F401

TEXT = "© Example Studio 图片"


def hide(client, bucket, key, target, more=""):
    process = f"image/blindwatermark,content_{b64(TEXT)}{more}|sys/saveas,o_{b64(target)},b_{b64(bucket)}"
    return client.process_object(oss.ProcessObjectRequest(bucket=bucket, key=key, process=process))


def find(client, bucket, key, topic):
    process = f"image/deblindwatermark,s_low,t_text|sys/notify,topic_{b64(topic)}"
    return client.async_process_object(oss.AsyncProcessObjectRequest(bucket=bucket, key=key, process=process))


@pytest.fixture
def photo(server, client, bucket):
    with open(server.fixture("photo.jpg"), "rb") as body:
        client.put_object(oss.PutObjectRequest(bucket=bucket, key="photo.jpg", body=body))
    return "photo.jpg"


def saved_as(client, bucket, key, process, target):
    client.process_object(
        oss.ProcessObjectRequest(bucket=bucket, key=key, process=f"{process}|sys/saveas,o_{b64(target)}")
    )


@pytest.mark.parametrize(
    "change",
    ["image/quality,Q_75", "image/resize,p_70/quality,Q_75", "image/crop,x_200,y_133,w_1601,h_1067", "image/format,webp"],
)
def test_a_hidden_text_is_found_in_what_became_of_the_picture(client, bucket, photo, told, change):  # noqa: F811
    topic, wait_for = told
    result = hide(client, bucket, photo, "marked.jpg", ",s_low,q_90")
    assert (result.bucket, result.key, result.process_status) == (bucket, "marked.jpg", "OK")
    saved_as(client, bucket, "marked.jpg", change, "changed.jpg")
    task = find(client, bucket, "changed.jpg", topic)
    event, content = wait_for(task.task_id)
    assert event["type"] == "imm:Task:DecodeBlindWatermark"
    assert (content["TaskType"], content["Status"], content["Code"]) == ("DecodeBlindWatermark", "Succeeded", "")
    assert content["SourceURI"] == f"oss://{bucket}/changed.jpg"
    assert content["Content"] == TEXT


def test_a_picture_without_a_text_has_none(client, bucket, photo, told):  # noqa: F811
    topic, wait_for = told
    saved_as(client, bucket, photo, "image/resize,w_400", "small.jpg")
    _, content = wait_for(find(client, bucket, "small.jpg", topic).task_id)
    assert (content["Status"], content["Content"]) == ("Succeeded", "")


@pytest.mark.parametrize("form", ["png", "webp", "bmp", "tiff"])
def test_other_formats_keep_theirs(client, bucket, photo, told, form):  # noqa: F811
    topic, wait_for = told
    saved_as(client, bucket, photo, f"image/resize,w_480/format,{form}", f"in.{form}")
    hide(client, bucket, f"in.{form}", f"out.{form}")
    starts = {"png": b"\x89PNG", "webp": b"RIFF", "bmp": b"BM", "tiff": b"II"}
    assert object_or_none(client, bucket, f"out.{form}").startswith(starts[form])
    _, content = wait_for(find(client, bucket, f"out.{form}", topic).task_id)
    assert content["Content"] == TEXT


def test_says_what_cannot_be_marked(client, bucket, photo):
    saved_as(client, bucket, photo, "image/resize,w_100", "tiny.jpg")
    with refuses("InvalidArgument", 400):
        hide(client, bucket, "tiny.jpg", "out.jpg")
    with refuses("InvalidArgument", 400):
        hide(client, bucket, photo, "out.jpg", ",s_lowest")
    assert object_or_none(client, bucket, "out.jpg") is None
    # A read would have to give a picture that nobody keeps.
    with refuses("InvalidArgument", 400):
        client.get_object(
            oss.GetObjectRequest(bucket=bucket, key=photo, process=f"image/blindwatermark,content_{b64(TEXT)}")
        )
    with refuses("InvalidArgument", 400):
        long = b64("x" * 257)
        client.process_object(
            oss.ProcessObjectRequest(
                bucket=bucket, key=photo, process=f"image/blindwatermark,content_{long}|sys/saveas,o_{b64('out.jpg')}"
            )
        )


def test_finding_is_for_tasks_only_and_stores_nothing(client, bucket, photo):
    with refuses("InvalidArgument", 400):
        client.get_object(oss.GetObjectRequest(bucket=bucket, key=photo, process="image/deblindwatermark,s_low"))
    with refuses("InvalidArgument", 400):
        client.async_process_object(
            oss.AsyncProcessObjectRequest(
                bucket=bucket, key=photo, process=f"image/deblindwatermark,s_low|sys/saveas,o_{b64('out.jpg')}"
            )
        )
