package wire

// proves mns: CreateQueue, SetQueueAttributes, GetQueueAttributes, DeleteQueue, ListQueue, SendMessage, BatchSendMessage
// proves mns: ReceiveMessage, BatchReceiveMessage, PeekMessage, BatchPeekMessage, DeleteMessage, BatchDeleteMessage
// proves mns: ChangeMessageVisibility, CreateTopic, GetTopicAttributes, DeleteTopic, ListTopic, PublishMessage
// proves mns: Subscribe, GetSubscriptionAttributes, SetSubscriptionAttributes, ListSubscriptionByTopic, Unsubscribe

import (
	"fmt"
	"math/rand"
	"net/url"
	"strings"
	"testing"
	"time"

	mns "github.com/aliyun/aliyun-mns-go-sdk"
	"github.com/valyala/fasthttp"
)

// toServer takes requests for the vendor's host names to the server under test: this client accepts no other names.
type toServer struct{ client *fasthttp.HostClient }

func (to toServer) RoundTrip(_ *fasthttp.HostClient, request *fasthttp.Request, response *fasthttp.Response) (bool, error) {
	return false, to.client.Do(request, response)
}

func mnsClient(t *testing.T, secret string) mns.MNSClient {
	where, err := url.Parse(server.Endpoint)
	check(t, err)
	client := mns.NewAliMNSClientWithConfig(mns.AliMNSClientConfig{
		EndPoint:    "http://" + server.AccountId + ".mns." + server.Region + ".aliyuncs.com",
		AccessKeyId: server.AccessKeyId, AccessKeySecret: secret,
	})
	client.SetTransport(toServer{&fasthttp.HostClient{Addr: where.Host}})
	return client
}

func mnsName(kind string) string { return fmt.Sprintf("go-%s-%x", kind, rand.Uint64()) }

// coded expects an error of the client's that names this code.
func coded(t *testing.T, err error, code string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), code) {
		t.Fatalf("expected %s, got %v", code, err)
	}
}

func newMnsQueue(t *testing.T, client mns.MNSClient) (mns.AliQueueManager, mns.AliMNSQueue) {
	t.Helper()
	manager := mns.NewMNSQueueManager(client)
	name := mnsName("queue")
	check(t, manager.CreateQueue(name, 0, 65536, 345600, 30, 0, 1))
	t.Cleanup(func() { check(t, manager.DeleteQueue(name)) })
	return manager, mns.NewMNSQueue(name, client)
}

// received waits for what a receive of the client puts into one of its channels.
func received[T any](t *testing.T, begin func(answers chan T, errors chan error)) (T, error) {
	t.Helper()
	answers, errors := make(chan T, 1), make(chan error, 1)
	begin(answers, errors)
	select {
	case answer := <-answers:
		return answer, nil
	case err := <-errors:
		var none T
		return none, err
	case <-time.After(30 * time.Second):
		t.Fatal("neither an answer nor an error came")
		panic("unreachable")
	}
}

func TestMnsQueuesGoThroughTheirLife(t *testing.T) {
	client := mnsClient(t, server.AccessKeySecret)
	manager, queue := newMnsQueue(t, client)
	coded(t, manager.CreateQueue(queue.Name(), 1, 65536, 345600, 30, 0, 1), "QueueAlreadyExist")
	check(t, manager.SetQueueAttributes(queue.Name(), 0, 2048, 60, 60, 1, 1))
	attributes, err := manager.GetQueueAttributes(queue.Name())
	check(t, err)
	equal(t, "name", attributes.QueueName, queue.Name())
	equal(t, "size", attributes.MaxMessageSize, int32(2048))
	equal(t, "polling", attributes.PollingWaitSeconds, int32(1))
	listed, err := manager.ListQueueDetail("", 10, queue.Name())
	check(t, err)
	equal(t, "listed", len(listed.Attrs), 1)
	equal(t, "visibility", listed.Attrs[0].VisibilityTimeout, int32(60))
	_, err = manager.GetQueueAttributes(mnsName("absent"))
	coded(t, err, "QueueNotExist")
}

func TestMnsMessagesGoThroughTheirLife(t *testing.T) {
	client := mnsClient(t, server.AccessKeySecret)
	_, queue := newMnsQueue(t, client)
	body := "{\"a\": \"<b> & 你好\"}"
	sent, err := queue.SendMessage(mns.MessageSendRequest{MessageBody: body, Priority: 1})
	check(t, err)
	equal(t, "length of the message id", len(sent.MessageId), 32)
	peeked, err := received(t, queue.PeekMessage)
	check(t, err)
	equal(t, "peeked", peeked.MessageBody, body)
	got, err := received(t, func(a chan mns.MessageReceiveResponse, e chan error) { queue.ReceiveMessage(a, e, 5) })
	check(t, err)
	equal(t, "body", got.MessageBody, body)
	equal(t, "digest", got.MessageBodyMD5, sent.MessageBodyMD5)
	equal(t, "count", got.DequeueCount, int64(1))
	kept, err := queue.ChangeMessageVisibility(got.ReceiptHandle, 60)
	check(t, err)
	check(t, queue.DeleteMessage(kept.ReceiptHandle))
	coded(t, queue.DeleteMessage(kept.ReceiptHandle), "MessageNotExist")
	_, err = received(t, func(a chan mns.MessageReceiveResponse, e chan error) { queue.ReceiveMessage(a, e) })
	coded(t, err, "MessageNotExist")
	delayed, err := queue.SendMessage(mns.MessageSendRequest{MessageBody: "later", DelaySeconds: 60, Priority: 8})
	check(t, err)
	check(t, queue.DeleteMessage(delayed.ReceiptHandle))
}

func TestMnsBatchesStandForEachOfTheirMessages(t *testing.T) {
	client := mnsClient(t, server.AccessKeySecret)
	_, queue := newMnsQueue(t, client)
	sent, err := queue.BatchSendMessage(
		mns.MessageSendRequest{MessageBody: "a", Priority: 8}, mns.MessageSendRequest{MessageBody: "b", Priority: 8})
	check(t, err)
	equal(t, "sent", len(sent.Messages), 2)
	peeked, err := received(t, func(a chan mns.BatchMessageReceiveResponse, e chan error) { queue.BatchPeekMessage(a, e, 16) })
	check(t, err)
	equal(t, "peeked", len(peeked.Messages), 2)
	got, err := received(t, func(a chan mns.BatchMessageReceiveResponse, e chan error) { queue.BatchReceiveMessage(a, e, 16, 5) })
	check(t, err)
	equal(t, "received", len(got.Messages), 2)
	_, err = queue.BatchDeleteMessage(got.Messages[0].ReceiptHandle, got.Messages[1].ReceiptHandle)
	check(t, err)
	failed, err := queue.BatchDeleteMessage(got.Messages[0].ReceiptHandle)
	if err == nil && len(failed.FailedMessages) == 0 {
		t.Fatal("a message was deleted twice")
	}
}

func TestMnsTopicsReachQueues(t *testing.T) {
	client := mnsClient(t, server.AccessKeySecret)
	_, queue := newMnsQueue(t, client)
	topics := mns.NewMNSTopicManager(client)
	topic := mns.NewMNSTopic(mnsName("topic"), client)
	check(t, topics.CreateSimpleTopic(topic.Name()))
	defer func() { check(t, topics.DeleteTopic(topic.Name())) }()
	check(t, topic.Subscribe("s", mns.MessageSubsribeRequest{
		Endpoint: topic.GenerateQueueEndpoint(queue.Name()), FilterTag: "yes", NotifyContentFormat: mns.SIMPLIFIED}))
	check(t, topic.SetSubscriptionAttributes("s", mns.EXPONENTIAL_DECAY_RETRY))
	subscription, err := topic.GetSubscriptionAttributes("s")
	check(t, err)
	equal(t, "strategy", subscription.NotifyStrategy, mns.EXPONENTIAL_DECAY_RETRY)
	equal(t, "tag", subscription.FilterTag, "yes")
	listed, err := topic.ListSubscriptionByTopic("", 10, "")
	check(t, err)
	equal(t, "subscriptions", len(listed.Subscriptions), 1)
	attributes, err := topics.GetTopicAttributes(topic.Name())
	check(t, err)
	equal(t, "topic", attributes.TopicName, topic.Name())
	found, err := topics.ListTopic("", 10, topic.Name())
	check(t, err)
	equal(t, "topics", len(found.Topics), 1)
	for _, tag := range []string{"no", "yes"} {
		_, err = topic.PublishMessage(mns.MessagePublishRequest{MessageBody: "tagged " + tag, MessageTag: tag})
		check(t, err)
	}
	got, err := received(t, func(a chan mns.MessageReceiveResponse, e chan error) { queue.ReceiveMessage(a, e, 10) })
	check(t, err)
	equal(t, "body", got.MessageBody, "tagged yes")
	check(t, topic.Unsubscribe("s"))
	_, err = topic.GetSubscriptionAttributes("s")
	if err == nil {
		t.Fatal("a subscription outlived its end")
	}
}

func TestMnsRefusesAWrongSecret(t *testing.T) {
	manager := mns.NewMNSQueueManager(mnsClient(t, "wrong"))
	coded(t, manager.CreateSimpleQueue(mnsName("queue")), "SignatureDoesNotMatch")
}
