"""The control plane of MNS with its own client: queues with tags, limits and dead letters, topics, subscriptions."""

# proves mnsopen: CreateQueue, SetQueueAttributes, GetQueueAttributes, DeleteQueue, ListQueue
# proves mnsopen: CreateTopic, SetTopicAttributes, GetTopicAttributes, DeleteTopic, ListTopic
# proves mnsopen: GetAccountAttributes, SetAccountAttributes
# proves mnsopen: EnableEndpoint, DisableEndpoint, GetEndpointAttribute, AuthorizeEndpointAcl, RevokeEndpointAcl
# proves mnsopen: Subscribe, SetSubscriptionAttributes, GetSubscriptionAttributes, Unsubscribe, ListSubscriptionByTopic

import pytest
from alibabacloud_mns_open20220119 import models
from alibabacloud_mns_open20220119.client import Client
from alibabacloud_tea_openapi.models import Config
from conftest import fresh_name
from imm_client import refuses_imm as refuses
from mns.queue import Message
from mns.topic import TopicMessage


def client_for(server, key=None, secret=None):
    return Client(
        Config(
            access_key_id=key or server.access_key_id,
            access_key_secret=secret or server.access_key_secret,
            endpoint=server.endpoint.removeprefix("http://"),
            protocol="http",
            region_id=server.region,
        )
    )


@pytest.fixture
def control(server):
    return client_for(server)


@pytest.fixture
def queue_name(control):
    """Makes queues, and deletes them afterwards."""
    made = []

    def make(**settings):
        name = settings.pop("queue_name", None) or fresh_name("queue")
        body = control.create_queue(models.CreateQueueRequest(queue_name=name, **settings)).body
        assert (body.code, body.status, body.success, body.data.code) == (200, "Success", True, 200)
        made.append(name)
        return name

    yield make
    for name in dict.fromkeys(made):
        control.delete_queue(models.DeleteQueueRequest(queue_name=name))


@pytest.fixture
def topic_name(control):
    name = fresh_name("topic")
    tag = models.CreateTopicRequestTag(key="team", value="a")
    control.create_topic(models.CreateTopicRequest(topic_name=name, max_message_size=2048, tag=[tag]))
    yield name
    control.delete_topic(models.DeleteTopicRequest(topic_name=name))


def attributes(control, name):
    return control.get_queue_attributes(models.GetQueueAttributesRequest(queue_name=name)).body.data


def test_a_queue_has_what_only_the_control_plane_has_words_for(control, queue_name):
    dead = queue_name()
    name = queue_name(
        delay_seconds=1,
        visibility_timeout=1,
        dlq_policy=models.CreateQueueRequestDlqPolicy(
            enabled=True, dead_letter_target_queue=dead, max_receive_count=1
        ),
        tenant_rate_limit_policy=models.CreateQueueRequestTenantRateLimitPolicy(
            enabled=True, max_receives_per_second=100
        ),
        tag=[models.CreateQueueRequestTag(key="team", value="a"), models.CreateQueueRequestTag(key="only-a-key")],
    )
    found = attributes(control, name)
    assert (found.queue_name, found.queue_type, found.delay_seconds, found.visibility_timeout) == (name, "normal", 1, 1)
    assert (found.dlq_policy.enabled, found.dlq_policy.dead_letter_target_queue) == (True, dead)
    assert found.dlq_policy.max_receive_count == 1
    assert found.tenant_rate_limit_policy.max_receives_per_second == 100
    assert {tag.tag_key: tag.tag_value for tag in found.tags} == {"team": "a", "only-a-key": ""}
    # What is left out of a change stays.
    off = models.SetQueueAttributesRequestDlqPolicy(enabled=False)
    control.set_queue_attributes(models.SetQueueAttributesRequest(queue_name=name, delay_seconds=0, dlq_policy=off))
    found = attributes(control, name)
    assert (found.delay_seconds, found.visibility_timeout) == (0, 1)
    assert (found.dlq_policy.enabled, found.dlq_policy.dead_letter_target_queue) == (False, dead)


def test_messages_that_nobody_deletes_end_where_the_policy_says(control, queue_name, account):
    dead = queue_name()
    policy = models.CreateQueueRequestDlqPolicy(enabled=True, dead_letter_target_queue=dead, max_receive_count=1)
    name = queue_name(visibility_timeout=1, dlq_policy=policy)
    account.get_queue(name).send_message(Message("poison"))
    assert account.get_queue(name).receive_message().message_body == b"poison"
    assert account.get_queue(dead).receive_message(10).message_body == b"poison"


def test_queues_are_listed_in_pages_by_name_and_tag(control, queue_name):
    prefix = fresh_name("list")
    for number in range(12):
        tag = models.CreateQueueRequestTag(key="even", value=str(number % 2 == 0))
        queue_name(queue_name=f"{prefix}-{number:02}", tag=[tag])

    def page(**query):
        return control.list_queue(models.ListQueueRequest(queue_name=prefix, **query)).body.data

    first, second = page(page_num=1, page_size=10), page(page_num=2, page_size=10)
    assert (first.total, first.pages, first.size, second.size) == (12, 2, 10, 2)
    assert [each.queue_name for each in second.page_data] == [f"{prefix}-10", f"{prefix}-11"]
    assert page(page_num=3).page_data in (None, [])
    assert page(tag=[models.ListQueueRequestTag(key="even", value="True")]).total == 6
    assert page(tag=[models.ListQueueRequestTag(key="even")]).total == 12
    with refuses("InvalidParameter.PageSize", 400):
        page(page_size=51)


def test_a_topic_tells_its_attributes(control, topic_name):
    def told():
        return control.get_topic_attributes(models.GetTopicAttributesRequest(topic_name=topic_name)).body.data

    assert (told().topic_name, told().max_message_size, told().message_retention_period) == (topic_name, 2048, 86400)
    assert told().topic_url.endswith(f"/topics/{topic_name}")
    assert [(tag.tag_key, tag.tag_value) for tag in told().tags] == [("team", "a")]
    control.set_topic_attributes(
        models.SetTopicAttributesRequest(topic_name=topic_name, max_message_size=4096, enable_logging=True)
    )
    assert (told().max_message_size, told().logging_enabled) == (4096, True)
    listed = control.list_topic(models.ListTopicRequest(topic_name=topic_name)).body.data
    assert (listed.total, listed.page_data[0].topic_name) == (1, topic_name)


def test_a_queue_is_subscribed_by_its_bare_name(control, topic_name, queue_name, account):
    name, dead = queue_name(), queue_name()
    control.subscribe(
        models.SubscribeRequest(
            topic_name=topic_name,
            subscription_name="s",
            push_type="queue",
            endpoint=name,
            message_tag="yes",
            notify_content_format="SIMPLIFIED",
            dlq_policy=models.SubscribeRequestDlqPolicy(enabled=True, dead_letter_target_queue=dead),
        )
    )
    request = models.GetSubscriptionAttributesRequest(topic_name=topic_name, subscription_name="s")
    found = control.get_subscription_attributes(request).body.data
    assert found.endpoint.endswith(f":queues/{name}")
    assert (found.filter_tag, found.notify_strategy, found.notify_content_format) == ("yes", "BACKOFF_RETRY", "SIMPLIFIED")
    assert found.dlq_policy.dead_letter_target_queue == dead
    control.set_subscription_attributes(
        models.SetSubscriptionAttributesRequest(
            topic_name=topic_name, subscription_name="s", notify_strategy="EXPONENTIAL_DECAY_RETRY"
        )
    )
    listed = control.list_subscription_by_topic(
        models.ListSubscriptionByTopicRequest(topic_name=topic_name, endpoint_type="queue")
    ).body.data
    assert (listed.total, listed.page_data[0].notify_strategy) == (1, "EXPONENTIAL_DECAY_RETRY")
    account.get_topic(topic_name).publish_message(TopicMessage("heard", "yes"))
    queue = account.get_queue(name)
    queue.set_encoding(False)
    assert queue.receive_message(10).message_body == "heard"
    control.unsubscribe(models.UnsubscribeRequest(topic_name=topic_name, subscription_name="s"))
    with refuses("SubscriptionNotExist", 404):
        control.get_subscription_attributes(request)


def test_what_cannot_be_is_refused_by_name(control, queue_name, topic_name):
    name = queue_name()
    with refuses("QueueAlreadyExist", 409):
        control.create_queue(models.CreateQueueRequest(queue_name=name, delay_seconds=5))
    with refuses("QueueNotExist", 404):
        attributes(control, fresh_name("absent"))
    with refuses("TopicAlreadyExist", 409):
        control.create_topic(models.CreateTopicRequest(topic_name=topic_name, max_message_size=1024))
    with refuses("TopicNotExist", 404):
        control.delete_topic(models.DeleteTopicRequest(topic_name=fresh_name("absent")))
    with refuses("InvalidParameter.VisibilityTimeout", 400):
        control.set_queue_attributes(models.SetQueueAttributesRequest(queue_name=name, visibility_timeout=0))
    with refuses("InvalidParameter.QueueName", 400):
        control.create_queue(models.CreateQueueRequest(queue_name="-a"))
    with refuses("MissingQueueName", 400):
        control.create_queue(models.CreateQueueRequest())
    own = models.SetQueueAttributesRequestDlqPolicy(enabled=True, dead_letter_target_queue=name)
    with refuses("InvalidParameter.DeadLetterTargetQueue", 400):
        control.set_queue_attributes(models.SetQueueAttributesRequest(queue_name=name, dlq_policy=own))
    with refuses("UnsupportedOperation", 400):
        control.create_queue(models.CreateQueueRequest(queue_name=fresh_name("queue"), queue_type="fifo"))
    with refuses("UnsupportedOperation", 400):
        control.create_queue(models.CreateQueueRequest(queue_name=fresh_name("queue"), enable_sse=True))

    def subscribing(kind, endpoint):
        return models.SubscribeRequest(topic_name=topic_name, subscription_name="s", push_type=kind, endpoint=endpoint)

    for kind, endpoint, code, status in [
        ("queue", fresh_name("absent"), "QueueNotExist", 404),
        ("http", "ftp://example.com/", "InvalidParameter.Endpoint", 400),
        ("http", "http://10.0.0.1/", "InvalidParameter.Endpoint", 400),
        ("alisms", "anonymous", "UnsupportedOperation", 400),
    ]:
        with refuses(code, status):
            control.subscribe(subscribing(kind, endpoint))
    with refuses("NotImplemented", 501):
        control.get_event_rule(models.GetEventRuleRequest(product_name="oss", rule_name="a"))


def test_what_is_set_on_the_account_is_one_for_both_planes(control, account):
    def told():
        return control.get_account_attributes(models.GetAccountAttributesRequest()).body.data

    def change(**settings):
        answer = control.set_account_attributes(models.SetAccountAttributesRequest(**settings)).body
        assert (answer.code, answer.status, answer.success) == (200, "Success", True)

    before = told()
    try:
        change(message_trace_enabled=True, project_name="a-project", log_store_name="a-store")
        found = told()
        assert (found.message_trace_enabled, found.log_enabled) == (True, False)
        assert (found.project_name, found.log_store_name) == ("a-project", "a-store")
        change(log_enabled=False)
        assert (told().message_trace_enabled, told().project_name) == (True, "a-project")
        with refuses("UnsupportedOperation", 400):
            change(log_enabled=True)
    finally:
        change(message_trace_enabled=before.message_trace_enabled)


def test_the_public_endpoint_is_closed_and_opened_to_networks(control, account, queue_name):
    public = {"endpoint_type": "public"}

    def told():
        found = control.get_endpoint_attribute(models.GetEndpointAttributeRequest(**public)).body.data
        return found.endpoint_enabled, [entry.cidr for entry in found.cidr_list or []]

    def networks(kind, *cidrs, **more):
        request = getattr(models, f"{kind}EndpointAclRequest")
        call = {"Authorize": control.authorize_endpoint_acl, "Revoke": control.revoke_endpoint_acl}[kind]
        return call(request(**{**public, "acl_strategy": "allow", "cidr_list": list(cidrs), **more})).body

    assert told() == (True, [])
    name = queue_name()
    try:
        assert networks("Authorize", "203.0.113.0/24", "198.51.100.7").success
        networks("Authorize", "203.0.113.0/24")
        assert told() == (True, ["203.0.113.0/24", "198.51.100.7"])
        control.disable_endpoint(models.DisableEndpointRequest(**public))
        assert told()[0] is False
        # Whoever is on this machine comes by what the vendor calls the internal endpoint.
        account.get_queue(name).send_message(Message("from within"))
        networks("Revoke", "203.0.113.0/24", "192.0.2.0/24")
        assert told() == (False, ["198.51.100.7"])
        for wrong in ["203.0.113.0/33", "example.com", "203.0.113.0/24,"]:
            with refuses("InvalidParameter.CidrList", 400):
                networks("Authorize", wrong)
        with refuses("InvalidParameter.AclStrategy", 400):
            networks("Authorize", "203.0.113.0/24", acl_strategy="deny")
        with refuses("InvalidParameter.EndpointType", 400):
            control.enable_endpoint(models.EnableEndpointRequest(endpoint_type="vpc"))
    finally:
        control.enable_endpoint(models.EnableEndpointRequest(**public))
        networks("Revoke", "203.0.113.0/24", "198.51.100.7")
    assert told() == (True, [])


def test_a_wrong_secret_is_told(server):
    with refuses("SignatureDoesNotMatch", 400):
        client_for(server, secret="wrong").list_queue(models.ListQueueRequest())
