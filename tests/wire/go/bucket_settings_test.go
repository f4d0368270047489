package wire

import (
	"context"
	"reflect"
	"testing"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
)

func TestBucketTagsAreTakenAwayByName(t *testing.T) {
	inEachWay(t, func(t *testing.T, client *oss.Client, bucket string) {
		name := oss.Ptr(bucket)
		tags := []oss.Tag{}
		for _, key := range []string{"key1", "key2", "key3"} {
			tags = append(tags, oss.Tag{Key: oss.Ptr(key), Value: oss.Ptr("value of " + key)})
		}
		_, err := client.PutBucketTags(context.Background(), &oss.PutBucketTagsRequest{
			Bucket: name, Tagging: &oss.Tagging{TagSet: &oss.TagSet{Tags: tags}}})
		check(t, err)
		_, err = client.DeleteBucketTags(context.Background(), &oss.DeleteBucketTagsRequest{
			Bucket: name, Tagging: oss.Ptr("key1,key3")})
		check(t, err)
		left, err := client.GetBucketTags(context.Background(), &oss.GetBucketTagsRequest{Bucket: name})
		check(t, err)
		equal(t, "tags", len(left.Tagging.TagSet.Tags), 1)
		equal(t, "value", *left.Tagging.TagSet.Tags[0].Value, "value of key2")
	})
}

func TestAWebsiteComesBackAsItWasPut(t *testing.T) {
	inEachWay(t, func(t *testing.T, client *oss.Client, bucket string) {
		site := &oss.WebsiteConfiguration{
			IndexDocument: &oss.IndexDocument{
				Suffix: oss.Ptr("index.html"), SupportSubDir: oss.Ptr(true), Type: oss.Ptr(int64(0))},
			ErrorDocument: &oss.ErrorDocument{Key: oss.Ptr("error.html"), HttpStatus: oss.Ptr(int64(404))},
			RoutingRules: &oss.RoutingRules{RoutingRules: []oss.RoutingRule{{
				RuleNumber: oss.Ptr(int64(1)),
				Condition: &oss.RoutingRuleCondition{
					KeyPrefixEquals: oss.Ptr("abc/"), HttpErrorCodeReturnedEquals: oss.Ptr(int64(404))},
				Redirect: &oss.RoutingRuleRedirect{
					RedirectType: oss.Ptr("Mirror"), MirrorURL: oss.Ptr("http://example.com/"),
					MirrorHeaders:   &oss.MirrorHeaders{PassAll: oss.Ptr(true), Passes: []string{"a", "b"}},
					MirrorTaggings:  &oss.MirrorTaggings{Taggings: []oss.MirrorTagging{{Key: oss.Ptr("k"), Value: oss.Ptr("v")}}},
					MirrorProxyPass: oss.Ptr(false)},
			}}},
		}
		_, err := client.PutBucketWebsite(context.Background(), &oss.PutBucketWebsiteRequest{
			Bucket: oss.Ptr(bucket), WebsiteConfiguration: site})
		check(t, err)
		got, err := client.GetBucketWebsite(context.Background(), &oss.GetBucketWebsiteRequest{Bucket: oss.Ptr(bucket)})
		check(t, err)
		if !reflect.DeepEqual(got.WebsiteConfiguration, site) {
			t.Fatalf("got %+v", got.WebsiteConfiguration)
		}
		_, err = client.DeleteBucketWebsite(context.Background(), &oss.DeleteBucketWebsiteRequest{Bucket: oss.Ptr(bucket)})
		check(t, err)
		_, err = client.GetBucketWebsite(context.Background(), &oss.GetBucketWebsiteRequest{Bucket: oss.Ptr(bucket)})
		refused(t, err, "NoSuchWebsiteConfiguration", 404)
	})
}

func TestAPreflightIsAnswered(t *testing.T) {
	inEachWay(t, func(t *testing.T, client *oss.Client, bucket string) {
		_, err := client.PutBucketCors(context.Background(), &oss.PutBucketCorsRequest{
			Bucket: oss.Ptr(bucket),
			CORSConfiguration: &oss.CORSConfiguration{CORSRules: []oss.CORSRule{{
				AllowedOrigins: []string{"*"}, AllowedMethods: []string{"PUT", "GET"}}}}})
		check(t, err)
		ask := &oss.OptionObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("a"),
			Origin: oss.Ptr("http://www.example.com"), AccessControlRequestMethod: oss.Ptr("PUT")}
		answer, err := client.OptionObject(context.Background(), ask)
		check(t, err)
		equal(t, "origin", *answer.AccessControlAllowOrigin, "*")
		equal(t, "methods", *answer.AccessControlAllowMethods, "PUT, GET")
		ask.AccessControlRequestMethod = oss.Ptr("DELETE")
		_, err = client.OptionObject(context.Background(), ask)
		refused(t, err, "AccessForbidden", 403)
	})
}

func TestStylesComeBack(t *testing.T) {
	inEachWay(t, func(t *testing.T, client *oss.Client, bucket string) {
		name := oss.Ptr(bucket)
		_, err := client.PutStyle(context.Background(), &oss.PutStyleRequest{
			Bucket: name, StyleName: oss.Ptr("demo"), Category: oss.Ptr("image"),
			Style: &oss.StyleContent{Content: oss.Ptr("image/resize,p_50")}})
		check(t, err)
		got, err := client.GetStyle(context.Background(), &oss.GetStyleRequest{Bucket: name, StyleName: oss.Ptr("demo")})
		check(t, err)
		equal(t, "content", *got.Style.Content, "image/resize,p_50")
		listed, err := client.ListStyle(context.Background(), &oss.ListStyleRequest{Bucket: name})
		check(t, err)
		equal(t, "styles", len(listed.StyleList.Styles), 1)
		_, err = client.DeleteStyle(context.Background(), &oss.DeleteStyleRequest{Bucket: name, StyleName: oss.Ptr("demo")})
		check(t, err)
		_, err = client.GetStyle(context.Background(), &oss.GetStyleRequest{Bucket: name, StyleName: oss.Ptr("demo")})
		refused(t, err, "NoSuchStyle", 404)
	})
}
