package wire

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
)

// keepVersions turns versioning on and has all that is kept removed when the test ends.
func keepVersions(t *testing.T, client *oss.Client, bucket string) {
	t.Helper()
	_, err := client.PutBucketVersioning(context.Background(), &oss.PutBucketVersioningRequest{
		Bucket:                  oss.Ptr(bucket),
		VersioningConfiguration: &oss.VersioningConfiguration{Status: oss.VersionEnabled},
	})
	check(t, err)
	t.Cleanup(func() {
		for _, found := range mixedVersions(t, client, bucket, 1000) {
			_, err := client.DeleteObject(context.Background(), &oss.DeleteObjectRequest{
				Bucket: oss.Ptr(bucket), Key: found.Key, VersionId: found.VersionId})
			check(t, err)
		}
	})
}

// mixedVersions lists versions and delete markers in the one order that the document has them in.
func mixedVersions(t *testing.T, client *oss.Client, bucket string, maxKeys int32) []oss.ObjectMixProperties {
	t.Helper()
	var listed []oss.ObjectMixProperties
	request := &oss.ListObjectVersionsRequest{Bucket: oss.Ptr(bucket), MaxKeys: maxKeys, IsMix: true}
	for {
		page, err := client.ListObjectVersions(context.Background(), request)
		check(t, err)
		listed = append(listed, page.ObjectVersionsDeleteMarkers...)
		if !page.IsTruncated {
			return listed
		}
		request.KeyMarker, request.VersionIdMarker = page.NextKeyMarker, page.NextVersionIdMarker
	}
}

func TestVersionsAndMarkersAreListedInOneOrder(t *testing.T) {
	inEachWay(t, func(t *testing.T, client *oss.Client, bucket string) {
		keepVersions(t, client, bucket)
		key := "dir/文 件+1"
		var want []string
		add := func(version *string, marker bool) {
			want = append([]string{fmt.Sprintf("%s %v", *version, marker)}, want...)
		}
		for n := 0; n < 3; n++ {
			written, err := client.PutObject(context.Background(), &oss.PutObjectRequest{
				Bucket: oss.Ptr(bucket), Key: oss.Ptr(key), Body: strings.NewReader(fmt.Sprint(n))})
			check(t, err)
			add(written.VersionId, false)
			deleted, err := client.DeleteObject(context.Background(), &oss.DeleteObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr(key)})
			check(t, err)
			equal(t, "delete marker", deleted.DeleteMarker, true)
			add(deleted.VersionId, true)
		}
		for _, maxKeys := range []int32{1, 2, 4, 1000} {
			var got []string
			for at, found := range mixedVersions(t, client, bucket, maxKeys) {
				equal(t, "key", *found.Key, key)
				equal(t, "latest", found.IsLatest, at == 0)
				got = append(got, fmt.Sprintf("%s %v", *found.VersionId, found.IsDeleteMarker()))
			}
			equal(t, "versions", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}

func TestVersionsAreReadCopiedTaggedAndRemoved(t *testing.T) {
	inEachWay(t, func(t *testing.T, client *oss.Client, bucket string) {
		keepVersions(t, client, bucket)
		put := func(body string) *string {
			written, err := client.PutObject(context.Background(), &oss.PutObjectRequest{
				Bucket: oss.Ptr(bucket), Key: oss.Ptr("a"), Body: strings.NewReader(body), Tagging: oss.Ptr("n=" + body)})
			check(t, err)
			return written.VersionId
		}
		old, latest := put("old"), put("new")
		head, err := client.HeadObject(context.Background(), &oss.HeadObjectRequest{
			Bucket: oss.Ptr(bucket), Key: oss.Ptr("a"), VersionId: old})
		check(t, err)
		equal(t, "version", *head.VersionId, *old)
		equal(t, "tags", head.TaggingCount, int32(1))
		copied, err := client.CopyObject(context.Background(), &oss.CopyObjectRequest{
			Bucket: oss.Ptr(bucket), Key: oss.Ptr("copy"), SourceKey: oss.Ptr("a"), SourceVersionId: old})
		check(t, err)
		equal(t, "source", *copied.SourceVersionId, *old)
		equal(t, "copy", get(t, client, bucket, "copy"), "old")
		tags, err := client.GetObjectTagging(context.Background(), &oss.GetObjectTaggingRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("copy")})
		check(t, err)
		equal(t, "tag", *tags.Tags[0].Value, "old")
		deleted, err := client.DeleteMultipleObjects(context.Background(), &oss.DeleteMultipleObjectsRequest{
			Bucket: oss.Ptr(bucket), Objects: []oss.DeleteObject{{Key: oss.Ptr("a"), VersionId: latest}}})
		check(t, err)
		equal(t, "deleted", *deleted.DeletedObjects[0].VersionId, *latest)
		equal(t, "current", get(t, client, bucket, "a"), "old")
		_, err = client.GetObject(context.Background(), &oss.GetObjectRequest{
			Bucket: oss.Ptr(bucket), Key: oss.Ptr("a"), VersionId: latest})
		refused(t, err, "NoSuchVersion", 404)
	})
}

func TestLinksGoRoundInEachWay(t *testing.T) {
	inEachWay(t, func(t *testing.T, client *oss.Client, bucket string) {
		put(t, client, bucket, "target", "content")
		_, err := client.PutSymlink(context.Background(), &oss.PutSymlinkRequest{
			Bucket: oss.Ptr(bucket), Key: oss.Ptr("link"), Target: oss.Ptr("target")})
		check(t, err)
		equal(t, "content", get(t, client, bucket, "link"), "content")
		link, err := client.GetSymlink(context.Background(), &oss.GetSymlinkRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("link")})
		check(t, err)
		equal(t, "target", *link.Target, "target")
	})
}
