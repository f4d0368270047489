"""Operators list, show, cancel and retry tasks on the admin port, and metrics tell how tasks fare."""

# proves oss: AsyncProcessObject

import base64
import json
import subprocess
import urllib.error
import urllib.request

import alibabacloud_oss_v2 as oss
import pytest
from conftest import object_or_none, until
from media_tasks import media, submit, succeeded, told  # noqa: F401

pytestmark = pytest.mark.own_server


@pytest.fixture
def admin(server):
    def ask(path, method="GET", key=None):
        pair = key or f"{server.access_key_id}:{server.access_key_secret}"
        request = urllib.request.Request(server.console + path, method=method)
        request.add_header("Authorization", "Basic " + base64.b64encode(pair.encode()).decode())
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    return ask


@pytest.fixture
def film(client, bucket, tmp_path):
    """A video whose conversion takes far longer than any test waits."""
    path = tmp_path / "film.mp4"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=25:duration=20"]
        + ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", str(path)],
        check=True,
    )
    with open(path, "rb") as body:
        client.put_object(oss.PutObjectRequest(bucket=bucket, key="film.mp4", body=body))
    return bucket


def test_only_keys_of_operators_open_the_tasks(admin, server):
    assert admin("/-/tasks", key="nobody:x")[0] == 401
    assert admin("/-/tasks", key=f"{server.access_key_id}:wrong")[0] == 401
    assert admin("/-/tasks")[0] == 200


def test_a_task_is_listed_shown_cancelled_and_tried_again(client, film, told, admin):
    topic, wait_for = told
    action = "video/convert,f_mp4,vcodec_h265,s_1920x1080"
    result = submit(client, film, "film.mp4", action, "slow.mp4", topic)
    path = f"/-/tasks/{result.task_id}"
    shown = until("progress", lambda: (admin(path)[1]["progress"] > 0) and admin(path)[1])
    assert (shown["state"], shown["kind"], shown["tenant"]) == ("Running", "media-convert", film)
    assert result.task_id in [one["id"] for one in admin("/-/tasks?state=Running")[1]["tasks"]]

    assert admin(f"{path}/cancel", "POST")[0] == 200
    _, content = wait_for(result.task_id)
    assert (content["Status"], content["Code"]) == ("Failed", "TaskCanceled")
    assert admin(f"{path}/cancel", "POST")[0] == 409
    assert object_or_none(client, film, "slow.mp4") is None

    assert admin(f"{path}/retry", "POST")[1]["state"] == "Running"
    until("the second attempt", lambda: admin(path)[1]["progress"] > 0)
    assert admin(f"{path}/cancel", "POST")[1]["state"] == "Failed"
    client.delete_object(oss.DeleteObjectRequest(bucket=film, key="film.mp4"))
    assert admin(f"{path}/retry", "POST")[0] == 404


def test_metrics_tell_of_tasks(client, media, told, server):
    topic, wait_for = told
    result = submit(client, media, "song.wav", "audio/convert,f_mp3,t_500", "told.mp3", topic)
    succeeded(*wait_for(result.task_id), result)
    with urllib.request.urlopen(server.console + "/metrics") as answer:
        text = answer.read().decode()
    for line in (
        'millrace_task_run_seconds_count{kind="media-convert",state="Succeeded"}',
        'millrace_task_wait_seconds_count{kind="media-convert"}',
        'millrace_engine_starts{engine="document"}',
    ):
        assert line in text
