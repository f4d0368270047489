package wire

// proves oss: AsyncProcessObject

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"image/png"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
)

// Flow 3: the vendor's sample for Go, with unpadded URL-safe base64, the bucket first and a notification without a topic.
func TestConvertsADocumentAsTheSampleDoes(t *testing.T) {
	inEachWay(t, func(t *testing.T, client *oss.Client, bucketName string) {
		objectName := "report.docx"
		_, err := client.PutObjectFromFile(context.Background(),
			&oss.PutObjectRequest{Bucket: oss.Ptr(bucketName), Key: oss.Ptr(objectName)}, fixture(t, "report.docx"))
		check(t, err)
		targetKey := "dest.png"
		animationStyle := "doc/convert,target_png,source_docx"
		bucketNameEncoded := strings.TrimRight(base64.URLEncoding.EncodeToString([]byte(bucketName)), "=")
		targetKeyEncoded := strings.TrimRight(base64.URLEncoding.EncodeToString([]byte(targetKey)), "=")
		process := fmt.Sprintf("%s|sys/saveas,b_%v,o_%v/notify", animationStyle, bucketNameEncoded, targetKeyEncoded)
		request := &oss.AsyncProcessObjectRequest{
			Bucket:       oss.Ptr(bucketName),
			Key:          oss.Ptr(objectName),
			AsyncProcess: oss.Ptr(process),
		}
		result, err := client.AsyncProcessObject(context.Background(), request)
		check(t, err)
		for what, pair := range map[string][2]string{
			"EventId":   {result.EventId, `^[0-9A-F]{3}-[0-9A-Za-z]{27}$`},
			"RequestId": {result.RequestId, `^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$`},
			"TaskId":    {result.TaskId, `^[A-Za-z]+-[0-9a-f-]{36}$`},
		} {
			if !regexp.MustCompile(pair[1]).MatchString(pair[0]) {
				t.Fatalf("%s %q does not look like %s", what, pair[0], pair[1])
			}
		}
		until(t, "dest.png", 2*time.Minute, func() bool {
			there, err := client.IsObjectExist(context.Background(), bucketName, targetKey)
			check(t, err)
			return there
		})
		picture, err := png.Decode(bytes.NewReader([]byte(get(t, client, bucketName, targetKey))))
		check(t, err)
		if size := picture.Bounds().Size(); size.X < 500 || size.Y < size.X {
			t.Fatalf("%v is no upright page", size)
		}
	})
}

func TestRefusesABadProcessBeforeQueueing(t *testing.T) {
	client := oss.NewClient(config())
	bucket := newBucket(t, client)
	put(t, client, bucket, "a.docx", "x")
	for _, process := range []string{"doc/convert,target_png", "doc/unknown|sys/saveas,o_YQ", "|", "doc/convert,target_png|sys/saveas,o_*"} {
		_, err := client.AsyncProcessObject(context.Background(), &oss.AsyncProcessObjectRequest{
			Bucket: oss.Ptr(bucket), Key: oss.Ptr("a.docx"), AsyncProcess: oss.Ptr(process)})
		refused(t, err, "InvalidArgument", 400)
	}
	_, err := client.AsyncProcessObject(context.Background(), &oss.AsyncProcessObjectRequest{
		Bucket: oss.Ptr(bucket), Key: oss.Ptr("absent.docx"), AsyncProcess: oss.Ptr("doc/convert,target_png|sys/saveas,o_YQ")})
	refused(t, err, "NoSuchKey", 404)
}
