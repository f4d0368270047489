"""What the tests of media tasks share: a topic that tells of their ends, sources, and ffprobe as the judge."""

import base64
import json
import subprocess

import alibabacloud_oss_v2 as oss
import pytest
from conftest import fresh_name
from mns.queue import QueueMeta
from mns.subscription import SubscriptionMeta
from mns.topic import TopicMeta


def b64(text):
    return base64.b64encode(text.encode()).decode()


@pytest.fixture
def told(server, account):
    """A topic with a subscribed queue: the topic's name, and a function that gives the notification of one task."""
    topic_name, queue_name = fresh_name("topic"), fresh_name("queue")
    topic, queue = account.get_topic(topic_name), account.get_queue(queue_name)
    topic.create(TopicMeta())
    queue.create(QueueMeta(vis_timeout=60))
    subscription = topic.get_subscription("to-queue")
    subscription.subscribe(
        SubscriptionMeta(
            f"acs:mns:{server.region}:{server.account_id}:queues/{queue_name}", "BACKOFF_RETRY", "SIMPLIFIED"
        )
    )
    queue.set_encoding(False)
    heard = {}

    def wait_for(task_id):
        while task_id not in heard:
            message = queue.receive_message(30)
            queue.delete_message(message.receipt_handle)
            event = json.loads(message.message_body)
            content = json.loads(event["content"])
            heard[content["TaskId"]] = (event, content)
        return heard[task_id]

    yield topic_name, wait_for
    subscription.unsubscribe()
    queue.delete()
    topic.delete()


@pytest.fixture
def media(server, client, bucket):
    for name in ("clip.mp4", "song.wav"):
        with open(server.fixture(name), "rb") as body:
            client.put_object(oss.PutObjectRequest(bucket=bucket, key=name, body=body))
    return bucket


def submit(client, bucket, key, action, target, topic):
    process = f"{action}|sys/saveas,o_{b64(target)},b_{b64(bucket)}/notify,topic_{b64(topic)}"
    return client.async_process_object(oss.AsyncProcessObjectRequest(bucket=bucket, key=key, process=process))


def probe(data, tmp_path):
    """What ffprobe sees in these bytes; decoding them whole must raise no complaint."""
    path = tmp_path / "output"
    path.write_bytes(data)
    decoded = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", str(path), "-f", "null", "-"], capture_output=True, text=True
    )
    assert decoded.returncode == 0 and decoded.stderr == "", decoded.stderr
    shown = subprocess.run(
        ["ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", str(path)],
        capture_output=True,
        check=True,
        text=True,
    )
    found = json.loads(shown.stdout)
    return {stream["codec_type"]: stream for stream in found["streams"]}, found["format"]


def succeeded(event, content, result):
    assert event["source"] == "acs.imm" and event["type"] == "imm:Task:MediaConvert"
    assert event["subject"].endswith("imm:Task:MediaConvert")
    assert isinstance(event["time"], str) and len(event["time"]) == 13
    assert content["TaskId"] == result.task_id and content["TaskType"] == "MediaConvert"
    assert content["RequestId"] == result.process_request_id
    assert (content["Status"], content["Code"], content["Message"]) == ("Succeeded", "", "")
