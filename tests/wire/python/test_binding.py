"""Strict binding: a bucket is attached to an IMM project before IMM works on what is in it."""

# proves oss: AsyncProcessObject

import alibabacloud_oss_v2 as oss
import pytest
from alibabacloud_imm20200930 import models
from conftest import Server, client_for, fresh_name
from media_tasks import b64
from test_imm_2020 import ended, imm_client

pytestmark = pytest.mark.own_server

UNBOUND = (400, "Imm Client", "ResourceNotFound, The specified resource Attachment is not found")


@pytest.fixture(scope="module")
def strict():
    running = Server(MILLRACE_BINDING="strict")
    yield running
    running.close()


@pytest.fixture
def filled(strict):
    client, bucket = client_for(strict), fresh_name("strict")
    client.put_bucket(oss.PutBucketRequest(bucket=bucket))
    with open(strict.fixture("song.wav"), "rb") as body:
        client.put_object(oss.PutObjectRequest(bucket=bucket, key="song.wav", body=body))
    with open(strict.fixture("photo.jpg"), "rb") as body:
        client.put_object(oss.PutObjectRequest(bucket=bucket, key="photo.jpg", body=body))
    with open(strict.fixture("clip.mp4"), "rb") as body:
        client.put_object(oss.PutObjectRequest(bucket=bucket, key="clip.mp4", body=body))
    return client, bucket


def refused(work):
    with pytest.raises(oss.exceptions.OperationError) as caught:
        work()
    return caught.value.unwrap()


def submit(client, bucket, process):
    return client.async_process_object(oss.AsyncProcessObjectRequest(bucket=bucket, key="song.wav", process=process))


def test_a_bucket_without_a_project_is_told_so(filled):
    client, bucket = filled
    for process in (f"audio/convert,f_mp3|sys/saveas,o_{b64('x.mp3')}", "image/resize,w_100"):
        error = refused(lambda process=process: submit(client, bucket, process))
        assert (error.status_code, error.code) == UNBOUND[:2]
        assert UNBOUND[2] in error.message
    info = oss.GetObjectRequest(bucket=bucket, key="song.wav", process="audio/info")
    assert refused(lambda: client.get_object(info)).code == UNBOUND[1]


def test_what_is_done_at_once_only_is_no_task(client, bucket):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="song.wav", body=b"no picture"))
    error = refused(lambda: submit(client, bucket, f"image/resize,w_100|sys/saveas,o_{b64('x.jpg')}"))
    assert (error.status_code, error.code) == (400, "Imm Client")
    assert "image/resize" in error.message and "x-oss-process" in error.message


def test_what_the_storage_does_by_itself_needs_no_project(filled):
    client, bucket = filled
    for key, process in (("photo.jpg", "image/resize,w_100"), ("clip.mp4", "video/snapshot,t_500,f_jpg")):
        answer = client.get_object(oss.GetObjectRequest(bucket=bucket, key=key, process=process))
        assert answer.status_code == 200 and answer.content_type == "image/jpeg"


def test_a_bucket_works_while_it_is_attached_and_its_tasks_are_of_that_project(strict, filled):
    client, bucket = filled
    imm = imm_client(strict)
    project = fresh_name("project_").replace("-", "_")
    imm.create_project(models.CreateProjectRequest(project_name=project))
    imm.attach_ossbucket(models.AttachOSSBucketRequest(project_name=project, ossbucket=bucket))
    process = f"audio/convert,f_mp3|sys/saveas,o_{b64('song.mp3')}"
    task = submit(client, bucket, process)
    assert ended(imm, project, task.task_id, "MediaConvert").status == "Succeeded"
    imm.detach_ossbucket(models.DetachOSSBucketRequest(ossbucket=bucket))
    assert refused(lambda: submit(client, bucket, process)).code == UNBOUND[1]


def test_requests_to_imm_name_their_project_themselves(strict, filled):
    _, bucket = filled
    imm = imm_client(strict)
    project = fresh_name("project_").replace("-", "_")
    imm.create_project(models.CreateProjectRequest(project_name=project))
    request = models.DetectMediaMetaRequest(project_name=project, source_uri=f"oss://{bucket}/song.wav")
    assert imm.detect_media_meta(request).body.audio_streams[0].codec_name == "pcm_s16le"
