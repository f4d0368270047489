"""Blind watermarks by IMM: a text is hidden in a picture and found again by a task."""

# proves imm: EncodeBlindWatermark, CreateDecodeBlindWatermarkTask, GetDecodeBlindWatermarkResult

import alibabacloud_oss_v2 as oss
import pytest
from alibabacloud_imm20200930 import models
from conftest import object_or_none
from imm_client import ended, imm, project, refuses_imm  # noqa: F401
from media_tasks import told  # noqa: F401
from ram_client import Somebody, allow, call, refuses_rpc

TEXT = "© 出品 2026, all rights"


@pytest.fixture
def photo(server, client, bucket):
    with open(server.fixture("photo.jpg"), "rb") as body:
        client.put_object(oss.PutObjectRequest(bucket=bucket, key="photo.jpg", body=body))
    return bucket


def encode(imm, project, bucket, target="marked.jpg", **more):
    words = {"source_uri": f"oss://{bucket}/photo.jpg", "content": TEXT, **more}
    request = models.EncodeBlindWatermarkRequest(project_name=project, target_uri=f"oss://{bucket}/{target}", **words)
    return imm.encode_blind_watermark(request)


def decode(imm, project, bucket, key="marked.jpg", **more):
    request = models.CreateDecodeBlindWatermarkTaskRequest(project_name=project, source_uri=f"oss://{bucket}/{key}", **more)
    return imm.create_decode_blind_watermark_task(request).body


def result(imm, project, task_id):
    ask = models.GetDecodeBlindWatermarkResultRequest(project_name=project, task_id=task_id, task_type="DecodeBlindWatermark")
    return imm.get_decode_blind_watermark_result(ask).body


def test_a_hidden_text_is_found_and_told(imm, client, photo, project, told):  # noqa: F811
    topic, wait_for = told
    encode(imm, project, photo, strength_level="medium", image_quality=95)
    assert object_or_none(client, photo, "marked.jpg")[:2] == b"\xff\xd8"
    notification = models.Notification(mns=models.MNS(topic_name=topic))
    made = decode(imm, project, photo, strength_level="medium", notification=notification)
    assert made.task_id.startswith("DecodeBlindWatermark-") and made.event_id
    event, content = wait_for(made.task_id)
    assert event["type"] == "imm:Task:DecodeBlindWatermark" and content["Status"] == "Succeeded"
    found = result(imm, project, made.task_id)
    assert (found.content, found.status, found.task_type) == (TEXT, "Succeeded", "DecodeBlindWatermark")
    assert ended(imm, project, made.task_id, "DecodeBlindWatermark").status == "Succeeded"
    none = decode(imm, project, photo, "photo.jpg")
    ended(imm, project, none.task_id, "DecodeBlindWatermark")
    assert not result(imm, project, none.task_id).content


def test_what_cannot_be_hidden_or_found_is_refused(server, imm, photo, project):  # noqa: F811
    for more, code in (
        ({"content": "x" * 257}, "InvalidContent"),
        ({"content": ""}, "MissingContent"),
        ({"strength_level": "extreme"}, "InvalidStrengthLevel"),
        ({"image_quality": 69}, "InvalidImageQuality"),
        ({"source_uri": "photo.jpg"}, "InvalidSourceURI"),
    ):
        with refuses_imm(code, 400):
            encode(imm, project, photo, **more)
    with refuses_imm("ResourceNotFound", 404):
        encode(imm, project, photo, source_uri=f"oss://{photo}/absent.jpg")
    with refuses_imm("ResourceNotFound", 404):
        decode(imm, project, photo, "absent.jpg")
    with refuses_imm("UnsupportedOperation", 400):
        decode(imm, project, photo, "photo.jpg", model="FFT")
    with refuses_imm("InvalidWatermarkType", 400):
        decode(imm, project, photo, "photo.jpg", watermark_type="image")
    with refuses_imm("ResourceNotFound", 404):
        result(imm, project, "DecodeBlindWatermark-nobody")
    user = Somebody(server, allow("imm:*", "*"), allow("oss:PutObject", f"acs:oss:*:*:{photo}/*"))
    with refuses_rpc("NoPermission", 403):
        words = {"ProjectName": project, "SourceURI": f"oss://{photo}/photo.jpg", "Content": "x", "TargetURI": f"oss://{photo}/x.jpg"}
        call(server, "EncodeBlindWatermark", user, product="imm", version="2020-09-30", **words)
