"""Flow 6: a topic, a queue and a subscription made through MNS carry the ends of tasks; and queues by themselves."""

# proves mns: CreateQueue, GetQueueAttributes, DeleteQueue, CreateTopic, DeleteTopic, Subscribe, Unsubscribe
# proves mns: GetSubscriptionAttributes, PublishMessage, SendMessage, ReceiveMessage, BatchReceiveMessage
# proves mns: DeleteMessage, BatchDeleteMessage

import base64
import json
import threading
import time

import alibabacloud_oss_v2 as oss
import pytest
from conftest import fresh_name
from mns.mns_exception import MNSServerException
from mns.queue import Message, QueueMeta
from mns.subscription import SubscriptionMeta
from mns.topic import TopicMessage, TopicMeta


class refuses_mns:
    """Expects the MNS client to report this error type."""

    def __init__(self, kind):
        self.kind = kind

    def __enter__(self):
        return self

    def __exit__(self, kind, raised, trace):
        assert raised is not None, f"expected {self.kind}, but the request was accepted"
        if not isinstance(raised, MNSServerException):
            return False
        assert raised.type == self.kind, raised
        return True


@pytest.fixture
def queue(account):
    made = account.get_queue(fresh_name("queue"))
    made.create(QueueMeta())
    made.set_encoding(False)
    yield made
    try:
        made.delete()
    except MNSServerException as error:
        assert error.type == "QueueNotExist"


@pytest.fixture
def topic(account):
    made = account.get_topic(fresh_name("topic"))
    made.create(TopicMeta())
    yield made
    made.delete()


def subscribe(server, topic, queue, name="to-queue", content="JSON"):
    subscription = topic.get_subscription(name)
    endpoint = f"acs:mns:{server.region}:{server.account_id}:queues/{queue.queue_name}"
    subscription.subscribe(SubscriptionMeta(endpoint, "BACKOFF_RETRY", content))
    return subscription


def test_the_end_of_a_task_arrives_in_a_queue(server, client, bucket, topic, queue):
    subscribe(server, topic, queue)
    with open(server.fixture("song.wav"), "rb") as body:
        client.put_object(oss.PutObjectRequest(bucket=bucket, key="song.wav", body=body))
    encoded = base64.b64encode(topic.topic_name.encode()).decode()

    def submit(number):
        target = base64.b64encode(f"out/{number}.mp3".encode()).decode()
        process = f"audio/convert,f_mp3,t_500|sys/saveas,o_{target}/notify,topic_{encoded}"
        return client.async_process_object(
            oss.AsyncProcessObjectRequest(bucket=bucket, key="song.wav", process=process)
        ).task_id

    one = submit(0)
    message = queue.receive_message(30)
    envelope = json.loads(message.message_body)
    assert envelope["TopicName"] == topic.topic_name and envelope["SubscriptionName"] == "to-queue"
    assert envelope["TopicOwner"] == envelope["Subscriber"] and envelope["TopicOwner"]
    assert isinstance(envelope["Message"], str)
    assert len(envelope["MessageMD5"]) == 32 and envelope["PublishTime"].isdigit()
    content = json.loads(json.loads(envelope["Message"])["content"])
    assert (content["TaskId"], content["Status"]) == (one, "Succeeded")
    queue.delete_message(message.receipt_handle)

    several = {submit(number) for number in range(1, 4)}
    heard = set()
    while heard != several:
        batch = queue.batch_receive_message(16, 30)
        assert batch
        for message in batch:
            event = json.loads(json.loads(message.message_body)["Message"])
            heard.add(json.loads(event["content"])["TaskId"])
        queue.batch_delete_message([message.receipt_handle for message in batch])
    with refuses_mns("MessageNotExist"):
        queue.receive_message(0)


def test_batch_receive_yields_several(queue):
    for number in range(5):
        queue.send_message(Message(f"message {number}"))
    batch = queue.batch_receive_message(16)
    assert sorted(message.message_body for message in batch) == [f"message {number}" for number in range(5)]
    assert len({message.receipt_handle for message in batch}) == 5
    queue.batch_delete_message([message.receipt_handle for message in batch])
    with refuses_mns("MessageNotExist"):
        queue.batch_receive_message(16)


def test_a_message_goes_through_its_life(queue):
    sent = queue.send_message(Message('你好, <MNS> & "friends"'))
    assert len(sent.message_id) == 32
    got = queue.receive_message()
    assert got.message_id == sent.message_id and got.message_body == '你好, <MNS> & "friends"'
    assert got.message_body_md5 == sent.message_body_md5
    assert got.dequeue_count == 1 and got.priority == 8
    assert got.next_visible_time - got.first_dequeue_time == 30_000
    assert abs(got.enqueue_time / 1000 - time.time()) < 300
    with refuses_mns("MessageNotExist"):
        queue.receive_message()
    queue.delete_message(got.receipt_handle)
    with refuses_mns("MessageNotExist"):
        queue.delete_message(got.receipt_handle)


def test_the_client_encodes_by_itself_when_told_to(queue):
    queue.set_encoding(True)
    queue.send_message(Message("二进制"))
    assert queue.receive_message().message_body == "二进制".encode()


def test_a_message_not_deleted_comes_back(account):
    queue = account.get_queue(fresh_name("queue"))
    queue.create(QueueMeta(vis_timeout=1))
    queue.set_encoding(False)
    queue.send_message(Message("again"))
    first = queue.receive_message()
    second = queue.receive_message(10)
    assert second.message_id == first.message_id and second.dequeue_count == 2
    assert second.receipt_handle != first.receipt_handle
    with refuses_mns("MessageNotExist"):
        queue.delete_message(first.receipt_handle)
    queue.delete_message(second.receipt_handle)
    queue.delete()


def test_a_waiting_receive_wakes_when_a_message_comes(account, queue):
    got = []
    waiting = threading.Event()

    def receive():
        # A connection of its own: the client keeps one per account.
        from mns.account import Account

        other = Account(f"http://{account.mns_client.host}", *keys).get_queue(queue.queue_name)
        other.set_encoding(False)
        waiting.set()
        began = time.monotonic()
        got.append((other.receive_message(20).message_body, time.monotonic() - began))

    credentials = account.credentials_provider.get_credentials()
    keys = (credentials.get_access_key_id(), credentials.get_access_key_secret())
    receiver = threading.Thread(target=receive)
    receiver.start()
    waiting.wait()
    queue.send_message(Message("wake up"))
    receiver.join(timeout=30)
    assert got and got[0][0] == "wake up" and got[0][1] < 10


def test_priority_goes_first_and_delay_waits(queue):
    queue.send_message(Message("low", priority=16))
    queue.send_message(Message("high", priority=1))
    queue.send_message(Message("later", delay_seconds=1, priority=1))
    assert queue.get_attributes().delay_messages in (0, 1)
    bodies = [message.message_body for message in (queue.receive_message(), queue.receive_message())]
    assert bodies == ["high", "low"]
    assert queue.receive_message(10).message_body == "later"


def test_queue_attributes(account, queue):
    queue.send_message(Message("counted"))
    meta = queue.get_attributes()
    assert meta.queue_name == queue.queue_name
    assert (meta.visibility_timeout, meta.maximum_message_size, meta.delay_seconds) == (30, 65536, 0)
    assert (meta.active_messages, meta.inactive_messages, meta.delay_messages) == (1, 0, 0)
    queue.receive_message()
    meta = queue.get_attributes()
    assert (meta.active_messages, meta.inactive_messages) == (0, 1)
    assert queue.create(QueueMeta()).endswith(f"/queues/{queue.queue_name}"), "the same attributes again are no error"
    with refuses_mns("QueueAlreadyExist"):
        queue.create(QueueMeta(vis_timeout=77))


def test_an_absent_queue_is_named_so(account):
    absent = account.get_queue(fresh_name("absent"))
    for attempt in (
        lambda: absent.get_attributes(),
        lambda: absent.send_message(Message("x")),
        lambda: absent.receive_message(5),
        lambda: absent.batch_receive_message(4),
    ):
        with refuses_mns("QueueNotExist"):
            attempt()


def test_deleting_a_queue_takes_its_messages(queue):
    queue.send_message(Message("gone"))
    queue.delete()
    with refuses_mns("QueueNotExist"):
        queue.receive_message()
    queue.create(QueueMeta())
    with refuses_mns("MessageNotExist"):
        queue.receive_message()


@pytest.mark.parametrize("content", ["SIMPLIFIED", "JSON", "XML"])
def test_a_topic_delivers_to_its_queues(server, topic, queue, content):
    subscription = subscribe(server, topic, queue, content=content)
    meta = subscription.get_attributes()
    assert (meta.topic_name, meta.notify_content_format) == (topic.topic_name, content)
    published = topic.publish_message(TopicMessage('{"text":"中文 & <tags>"}'))
    body = queue.receive_message(20).message_body
    if content == "SIMPLIFIED":
        assert body == '{"text":"中文 & <tags>"}'
    elif content == "JSON":
        envelope = json.loads(body)
        assert envelope["Message"] == '{"text":"中文 & <tags>"}'
        assert envelope["MessageId"] == published.message_id
        assert envelope["MessageMD5"] == published.message_body_md5
    else:
        assert "<Notification" in body and published.message_id in body
    subscription.unsubscribe()


def test_a_topic_fans_out_and_forgets(server, account, topic, queue):
    second = account.get_queue(fresh_name("queue"))
    second.create(QueueMeta())
    second.set_encoding(False)
    topic.publish_message(TopicMessage("before anybody listened"))
    subscribe(server, topic, queue, "one", "SIMPLIFIED")
    subscribe(server, topic, second, "two", "SIMPLIFIED")
    topic.publish_message(TopicMessage("to both"))
    assert queue.receive_message(20).message_body == "to both"
    assert second.receive_message(20).message_body == "to both"
    topic.get_subscription("one").unsubscribe()
    topic.publish_message(TopicMessage("to the second"))
    assert second.receive_message(20).message_body == "to the second"
    with refuses_mns("MessageNotExist"):
        queue.receive_message(0)
    second.delete()


def test_an_absent_topic_is_named_so(account):
    with refuses_mns("TopicNotExist"):
        account.get_topic(fresh_name("absent")).publish_message(TopicMessage("x"))


def test_a_wrong_key_or_secret_is_refused(server):
    from mns.account import Account

    with refuses_mns("SignatureDoesNotMatch"):
        Account(server.endpoint, server.access_key_id, "wrong").get_queue("any").get_attributes()
    with refuses_mns("InvalidAccessKeyId"):
        Account(server.endpoint, "NobodysKey", "wrong").get_queue("any").get_attributes()


@pytest.mark.own_server
def test_messages_and_subscriptions_survive_a_crash(own_server):
    from mns.account import Account

    def connect():
        return Account(own_server.endpoint, own_server.access_key_id, own_server.access_key_secret)

    account = connect()
    queue, topic = account.get_queue("kept"), account.get_topic("kept")
    queue.create(QueueMeta(vis_timeout=1))
    topic.create(TopicMeta())
    queue.set_encoding(False)
    subscribe(own_server, topic, queue, content="SIMPLIFIED")
    queue.send_message(Message("sent"))
    queue.send_message(Message("deleted"))
    batch = queue.batch_receive_message(16)
    queue.delete_message(next(message.receipt_handle for message in batch if message.message_body == "deleted"))
    own_server.kill("SIGKILL")
    own_server.restart()
    queue, topic = connect().get_queue("kept"), connect().get_topic("kept")
    queue.set_encoding(False)
    topic.publish_message(TopicMessage("published"))
    bodies = set()
    while len(bodies) < 2:
        message = queue.receive_message(10)
        bodies.add(message.message_body)
        queue.delete_message(message.receipt_handle)
    assert bodies == {"sent", "published"}
