package wire

// proves oss: PutObject, GetObject, ListObjectsV2, CopyObject, AppendObject, ProcessObject, GetBucketInfo, GetBucketAcl

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"image/jpeg"
	"io"
	"math/rand"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
)

var oddKeys = []string{"plain", "dir/文 件+1", "a//b", "dots/../x", "q?a=b&c#d", "percent%41", "😀", "line\nbreak", "<&>'\""}

func TestObjectsGoRoundInEachWay(t *testing.T) {
	inEachWay(t, func(t *testing.T, client *oss.Client, bucket string) {
		for _, key := range oddKeys {
			put(t, client, bucket, key, "body of "+key)
			equal(t, key, get(t, client, bucket, key), "body of "+key)
		}
		head, err := client.HeadObject(context.Background(), &oss.HeadObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("plain")})
		check(t, err)
		equal(t, "length", head.ContentLength, int64(len("body of plain")))
		_, err = client.HeadObject(context.Background(), &oss.HeadObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("absent")})
		refused(t, err, "NoSuchKey", 404)
		_, err = client.GetObject(context.Background(), &oss.GetObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("absent")})
		refused(t, err, "NoSuchKey", 404)
		copied, err := client.CopyObject(context.Background(), &oss.CopyObjectRequest{
			Bucket: oss.Ptr(bucket), Key: oss.Ptr("copy"), SourceKey: oss.Ptr("dir/文 件+1")})
		check(t, err)
		if copied.ETag == nil || !strings.HasPrefix(*copied.ETag, `"`) {
			t.Fatal("a copy answers its quoted ETag")
		}
		equal(t, "copy", get(t, client, bucket, "copy"), "body of dir/文 件+1")
		for _, object := range append([]string{"absent"}, oddKeys...) {
			deleted, err := client.DeleteObject(context.Background(), &oss.DeleteObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr(object)})
			check(t, err)
			equal(t, "status", deleted.StatusCode, 204)
		}
	})
}

func TestListsInPagesAndFolds(t *testing.T) {
	inEachWay(t, func(t *testing.T, client *oss.Client, bucket string) {
		for _, key := range oddKeys {
			put(t, client, bucket, key, key)
		}
		seen := map[string]bool{}
		pages := client.NewListObjectsV2Paginator(&oss.ListObjectsV2Request{Bucket: oss.Ptr(bucket), MaxKeys: 2})
		for pages.HasNext() {
			page, err := pages.NextPage(context.Background())
			check(t, err)
			for _, object := range page.Contents {
				seen[*object.Key] = true
			}
		}
		for _, key := range oddKeys {
			if !seen[key] {
				t.Fatalf("%q is not listed; there are %v", key, seen)
			}
		}
		folded, err := client.ListObjects(context.Background(), &oss.ListObjectsRequest{Bucket: oss.Ptr(bucket), Delimiter: oss.Ptr("/")})
		check(t, err)
		prefixes := []string{}
		for _, prefix := range folded.CommonPrefixes {
			prefixes = append(prefixes, *prefix.Prefix)
		}
		equal(t, "prefixes", strings.Join(prefixes, " "), "a/ dir/ dots/")
	})
}

func TestAppendsWithARunningChecksum(t *testing.T) {
	client := oss.NewClient(config())
	bucket := newBucket(t, client)
	log, err := client.AppendFile(context.Background(), bucket, "log")
	check(t, err)
	for number := 0; number < 5; number++ {
		_, err := fmt.Fprintf(log, "line %d\n", number)
		check(t, err)
	}
	check(t, log.Close())
	equal(t, "log", get(t, client, bucket, "log"), "line 0\nline 1\nline 2\nline 3\nline 4\n")
	_, err = client.AppendObject(context.Background(), &oss.AppendObjectRequest{
		Bucket: oss.Ptr(bucket), Key: oss.Ptr("log"), Position: oss.Ptr(int64(3)), Body: strings.NewReader("x")})
	refused(t, err, "PositionNotEqualToLength", 409)
}

func TestUploadsAndDownloadsInParts(t *testing.T) {
	inEachWay(t, func(t *testing.T, client *oss.Client, bucket string) {
		folder := t.TempDir()
		data := make([]byte, 3_000_017)
		rand.New(rand.NewSource(3)).Read(data)
		check(t, os.WriteFile(filepath.Join(folder, "up"), data, 0o600))
		up := client.NewUploader(func(options *oss.UploaderOptions) { options.PartSize, options.ParallelNum = 400*1024, 3 })
		uploaded, err := up.UploadFile(context.Background(),
			&oss.PutObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("big 文")}, filepath.Join(folder, "up"))
		check(t, err)
		if uploaded.UploadId == nil || uploaded.HashCRC64 == nil {
			t.Fatal("the object was not sent in parts, or has no CRC-64")
		}
		down := client.NewDownloader(func(options *oss.DownloaderOptions) { options.PartSize, options.ParallelNum = 300*1024, 3 })
		_, err = down.DownloadFile(context.Background(),
			&oss.GetObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("big 文")}, filepath.Join(folder, "down"))
		check(t, err)
		got, err := os.ReadFile(filepath.Join(folder, "down"))
		check(t, err)
		if !bytes.Equal(got, data) {
			t.Fatal("other bytes came back")
		}
		copier := client.NewCopier()
		_, err = copier.Copy(context.Background(), &oss.CopyObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("copy"), SourceKey: oss.Ptr("big 文")})
		check(t, err)
		file, err := client.OpenFile(context.Background(), bucket, "copy")
		check(t, err)
		defer file.Close()
		_, err = file.Seek(2_000_000, io.SeekStart)
		check(t, err)
		piece := make([]byte, 1000)
		_, err = io.ReadFull(file, piece)
		check(t, err)
		if !bytes.Equal(piece, data[2_000_000:2_001_000]) {
			t.Fatal("other bytes at an offset")
		}
	})
}

// The client takes only `application/json` spelt exactly so, and reads bucket, size, object and status.
func TestProcessesAPhotoInEachWay(t *testing.T) {
	inEachWay(t, func(t *testing.T, client *oss.Client, bucket string) {
		_, err := client.PutObjectFromFile(context.Background(),
			&oss.PutObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("photo.jpg")}, fixture(t, "photo.jpg"))
		check(t, err)
		target := base64.URLEncoding.EncodeToString([]byte("small 文.jpg"))
		result, err := client.ProcessObject(context.Background(), &oss.ProcessObjectRequest{
			Bucket: oss.Ptr(bucket), Key: oss.Ptr("photo.jpg"),
			Process: oss.Ptr("image/resize,m_fixed,w_100,h_100|sys/saveas,o_" + target)})
		check(t, err)
		saved := get(t, client, bucket, "small 文.jpg")
		equal(t, "bucket", result.Bucket, "")
		equal(t, "object", result.Object, "small 文.jpg")
		equal(t, "status", result.ProcessStatus, "OK")
		equal(t, "size", result.FileSize, len(saved))
		picture, err := jpeg.Decode(strings.NewReader(saved))
		check(t, err)
		equal(t, "width", picture.Bounds().Dx(), 100)
		equal(t, "height", picture.Bounds().Dy(), 100)
	})
}

func TestPresignedURLs(t *testing.T) {
	for name, version := range map[string]oss.SignatureVersionType{"V4": oss.SignatureVersionV4, "V1": oss.SignatureVersionV1} {
		t.Run(name, func(t *testing.T) {
			client := oss.NewClient(config().WithSignatureVersion(version))
			bucket := newBucket(t, client)
			sent, err := client.Presign(context.Background(), &oss.PutObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("a b/文")}, oss.PresignExpires(time.Minute))
			check(t, err)
			request, err := http.NewRequest(sent.Method, sent.URL, strings.NewReader("by url"))
			check(t, err)
			for name, value := range sent.SignedHeaders {
				request.Header.Set(name, value)
			}
			answer, err := http.DefaultClient.Do(request)
			check(t, err)
			answer.Body.Close()
			equal(t, "status", answer.StatusCode, 200)
			read, err := client.Presign(context.Background(), &oss.GetObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("a b/文")})
			check(t, err)
			answer, err = http.Get(read.URL)
			check(t, err)
			body, err := io.ReadAll(answer.Body)
			answer.Body.Close()
			check(t, err)
			equal(t, "body", string(body), "by url")
			answer, err = http.Get(read.URL + "&x-oss-process=image/resize,w_1")
			check(t, err)
			answer.Body.Close()
			equal(t, "status of a changed address", answer.StatusCode, 403)
		})
	}
}

func TestBucketsAreDescribed(t *testing.T) {
	client := oss.NewClient(config())
	bucket := newBucket(t, client)
	info, err := client.GetBucketInfo(context.Background(), &oss.GetBucketInfoRequest{Bucket: oss.Ptr(bucket)})
	check(t, err)
	equal(t, "name", *info.BucketInfo.Name, bucket)
	equal(t, "location", *info.BucketInfo.Location, "oss-"+server.Region)
	there, err := client.IsBucketExist(context.Background(), bucket+"-not")
	check(t, err)
	equal(t, "existence", there, false)
	_, err = client.GetBucketAcl(context.Background(), &oss.GetBucketAclRequest{Bucket: oss.Ptr(bucket)})
	check(t, err)
	found := false
	pages := client.NewListBucketsPaginator(&oss.ListBucketsRequest{Prefix: oss.Ptr(bucket)})
	for pages.HasNext() {
		page, err := pages.NextPage(context.Background())
		check(t, err)
		for _, one := range page.Buckets {
			found = found || *one.Name == bucket
		}
	}
	equal(t, "listed", found, true)
}
