package wire

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
)

// callback asks for one to url, as the client's users write it.
func callback(t *testing.T, url string) *string {
	document, err := json.Marshal(map[string]string{
		"callbackUrl":      url,
		"callbackBody":     `{"object":${object},"size":${size},"mine":${x:mine}}`,
		"callbackBodyType": "application/json",
	})
	check(t, err)
	return oss.Ptr(base64.StdEncoding.EncodeToString(document))
}

var callbackVar = oss.Ptr(base64.StdEncoding.EncodeToString([]byte(`{"x:mine":"a\"b"}`)))

func TestCallbacksAnswerForTheStore(t *testing.T) {
	told := make(chan string, 10)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		told <- string(body)
		io.WriteString(w, `{"answered":"yes"}`)
	}))
	defer receiver.Close()
	inEachWay(t, func(t *testing.T, client *oss.Client, bucket string) {
		result, err := client.PutObject(context.Background(), &oss.PutObjectRequest{
			Bucket: oss.Ptr(bucket), Key: oss.Ptr("a b"), Body: strings.NewReader("hello"),
			Callback: callback(t, receiver.URL), CallbackVar: callbackVar})
		check(t, err)
		equal(t, "answer", result.CallbackResult["answered"], any("yes"))
		equal(t, "told", <-told, `{"object":"a b","size":5,"mine":"a\"b"}`)

		initiated, err := client.InitiateMultipartUpload(context.Background(), &oss.InitiateMultipartUploadRequest{
			Bucket: oss.Ptr(bucket), Key: oss.Ptr("parts")})
		check(t, err)
		part, err := client.UploadPart(context.Background(), &oss.UploadPartRequest{
			Bucket: oss.Ptr(bucket), Key: oss.Ptr("parts"), UploadId: initiated.UploadId, PartNumber: 1,
			Body: strings.NewReader("part")})
		check(t, err)
		completed, err := client.CompleteMultipartUpload(context.Background(), &oss.CompleteMultipartUploadRequest{
			Bucket: oss.Ptr(bucket), Key: oss.Ptr("parts"), UploadId: initiated.UploadId,
			CompleteMultipartUpload: &oss.CompleteMultipartUpload{
				Parts: []oss.UploadPart{{PartNumber: 1, ETag: part.ETag}}},
			Callback: callback(t, receiver.URL), CallbackVar: callbackVar})
		check(t, err)
		equal(t, "answer", completed.CallbackResult["answered"], any("yes"))
		equal(t, "told", <-told, `{"object":"parts","size":4,"mine":"a\"b"}`)
	})
}

func TestACallbackThatFailsIsToldAlthoughTheObjectIsThere(t *testing.T) {
	receiver := httptest.NewServer(http.NotFoundHandler())
	defer receiver.Close()
	inEachWay(t, func(t *testing.T, client *oss.Client, bucket string) {
		_, err := client.PutObject(context.Background(), &oss.PutObjectRequest{
			Bucket: oss.Ptr(bucket), Key: oss.Ptr("k"), Body: strings.NewReader("hello"),
			Callback: callback(t, receiver.URL)})
		refused(t, err, "CallbackFailed", 203)
		equal(t, "object", get(t, client, bucket, "k"), "hello")
	})
}
