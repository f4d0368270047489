"""What flow 6 leaves out of MNS: listings, attributes that change, batches and looking without taking."""

# proves mns: ListQueue, SetQueueAttributes, BatchSendMessage, PeekMessage, BatchPeekMessage
# proves mns: ListTopic, SetTopicAttributes, GetTopicAttributes
# proves mns: ListSubscriptionByTopic, SetSubscriptionAttributes

import pytest
from conftest import fresh_name
from mns.account import Account
from mns.mns_exception import MNSServerException
from mns.queue import Message, QueueMeta
from mns.subscription import SubscriptionMeta
from mns.topic import TopicMeta
from ram_client import Somebody, allow


@pytest.fixture
def queue(account):
    made = account.get_queue(fresh_name("queue"))
    made.create(QueueMeta())
    yield made
    made.delete()


@pytest.fixture
def topic(account):
    made = account.get_topic(fresh_name("topic"))
    made.create(TopicMeta())
    yield made
    made.delete()


def pages(ask):
    """Everything that `ask(marker)` lists, page by page."""
    found, marker = [], ""
    while True:
        urls, marker = ask(marker)[:2]
        found += [url.rsplit("/", 1)[1] for url in urls]
        if not marker:
            return found


def test_queues_are_listed_in_pages(account):
    prefix = fresh_name("listed")
    names = [f"{prefix}-{letter}" for letter in "abc"]
    for name in names:
        account.get_queue(name).create(QueueMeta())
    assert pages(lambda marker: account.list_queue(prefix, 2, marker)) == names
    for name in names:
        account.get_queue(name).delete()


def test_queue_attributes_change(queue):
    meta = QueueMeta()
    meta.set_visibilitytimeout(7)
    meta.set_delay_seconds(3)
    queue.set_attributes(meta)
    told = queue.get_attributes()
    assert (told.visibility_timeout, told.delay_seconds) == (7, 3)


def test_batches_are_sent_and_looked_at_without_being_taken(queue):
    bodies = [f"message {number}" for number in range(4)]
    sent = queue.batch_send_message([Message(body) for body in bodies])
    assert len({message.message_id for message in sent}) == 4
    for _ in range(2):
        assert queue.peek_message_with_str_body().message_body in bodies
        assert {message.message_body for message in queue.batch_peek_message_with_str_body(10)} == set(bodies)
    assert queue.get_attributes().active_messages == 4


def test_topics_are_listed_and_changed(account):
    prefix = fresh_name("listed")
    names = [f"{prefix}-{letter}" for letter in "abc"]
    for name in names:
        account.get_topic(name).create(TopicMeta())
    assert pages(lambda marker: account.list_topic(prefix, 2, marker)) == names
    topic = account.get_topic(names[0])
    topic.set_attributes(TopicMeta(maximum_message_size=2048))
    assert topic.get_attributes().maximum_message_size == 2048
    for name in names:
        account.get_topic(name).delete()


def test_subscriptions_are_listed_and_changed(server, topic, queue):
    endpoint = f"acs:mns:{server.region}:{server.account_id}:queues/{queue.queue_name}"
    for name in ("a", "b", "c"):
        topic.get_subscription(name).subscribe(SubscriptionMeta(endpoint, "BACKOFF_RETRY", "JSON"))
    assert pages(lambda marker: topic.list_subscription("", 2, marker)) == ["a", "b", "c"]
    subscription = topic.get_subscription("b")
    subscription.set_attributes(SubscriptionMeta(notify_strategy="EXPONENTIAL_DECAY_RETRY"))
    assert subscription.get_attributes().notify_strategy == "EXPONENTIAL_DECAY_RETRY"


def test_subscribing_takes_the_right_to_send_to_the_queue(server, topic, queue):
    user = Somebody(server, allow("mns:Subscribe", f"acs:mns:*:*:/topics/{topic.topic_name}/*"))
    account = Account(server.endpoint, user.access_key_id, user.access_key_secret)
    subscription = account.get_topic(topic.topic_name).get_subscription("mine")
    endpoint = f"acs:mns:{server.region}:{server.account_id}:queues/{queue.queue_name}"
    with pytest.raises(MNSServerException) as caught:
        subscription.subscribe(SubscriptionMeta(endpoint))
    assert caught.value.type == "AccessDenied"
    user.allow(allow("mns:SendMessage", f"acs:mns:*:*:/queues/{queue.queue_name}/messages"))
    subscription.subscribe(SubscriptionMeta(endpoint))
