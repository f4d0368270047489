// Package wire holds the tests that speak to Millrace with the official Go client.
package wire

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
)

// server is the one under test: started through the testkit, or named by MILLRACE_TEST_ENDPOINT.
var server struct {
	Endpoint        string `json:"endpoint"`
	AccessKeyId     string `json:"accessKeyId"`
	AccessKeySecret string `json:"accessKeySecret"`
	Region          string `json:"region"`
	AccountId       string `json:"accountId"`
}

// root is the checkout, two folders above tests/wire.
var root, _ = filepath.Abs("../../..")

func node() string {
	if path := os.Getenv("MILLRACE_TEST_NODE"); path != "" {
		return path
	}
	return filepath.Join(root, "node_modules", ".bin", "node")
}

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	if endpoint := os.Getenv("MILLRACE_TEST_ENDPOINT"); endpoint != "" {
		server.Endpoint = endpoint
		server.AccessKeyId = os.Getenv("MILLRACE_TEST_ACCESS_KEY_ID")
		server.AccessKeySecret = os.Getenv("MILLRACE_TEST_ACCESS_KEY_SECRET")
		server.Region = os.Getenv("MILLRACE_TEST_REGION")
		if server.Region == "" {
			server.Region = "cn-hangzhou"
		}
		server.AccountId = os.Getenv("MILLRACE_TEST_ACCOUNT_ID")
		return m.Run()
	}
	command := exec.Command(node(), filepath.Join(root, "packages", "testkit", "src", "serve.ts"))
	command.Stderr = os.Stderr
	stdin, err := command.StdinPipe()
	if err != nil {
		panic(err)
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		panic(err)
	}
	if err := command.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "could not start the server:", err)
		return 1
	}
	defer func() {
		stdin.Close()
		command.Wait()
	}()
	answers := bufio.NewReader(stdout)
	line, err := answers.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &server)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "the server did not start:", err)
		return 1
	}
	code := m.Run()
	// What the server says it served is kept for docs/coverage.md; all files of the package share one server.
	fmt.Fprintln(stdin, "served tests/wire/go")
	if _, err := answers.ReadBytes('\n'); err != nil {
		fmt.Fprintln(os.Stderr, "the server ended early:", err)
		return 1
	}
	return code
}

// config is what a user of the client writes.
func config() *oss.Config {
	return oss.LoadDefaultConfig().
		WithCredentialsProvider(credentials.NewStaticCredentialsProvider(server.AccessKeyId, server.AccessKeySecret)).
		WithRegion(server.Region).
		WithEndpoint(server.Endpoint)
}

// clients are the ways to address and to sign, by name.
func clients(t *testing.T) map[string]*oss.Client {
	where, err := url.Parse(server.Endpoint)
	check(t, err)
	// bucket.localhost has no address on many machines: every connection goes to the server, the name stays in Host.
	toServer := &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, where.Host)
		},
	}}
	virtual := "http://localhost:" + where.Port()
	return map[string]*oss.Client{
		"path style, V4":     oss.NewClient(config()),
		"path style, V1":     oss.NewClient(config().WithSignatureVersion(oss.SignatureVersionV1)),
		"virtual hosted, V4": oss.NewClient(config().WithEndpoint(virtual).WithHttpClient(toServer)),
		"virtual hosted, V1": oss.NewClient(
			config().WithEndpoint(virtual).WithHttpClient(toServer).WithSignatureVersion(oss.SignatureVersionV1)),
		"vendor's host, V4": oss.NewClient(
			config().WithEndpoint("http://oss-cn-hangzhou.aliyuncs.com").WithHttpClient(toServer)),
	}
}

// inEachWay runs a test once for each way to address and to sign, each in a bucket of its own.
func inEachWay(t *testing.T, test func(t *testing.T, client *oss.Client, bucket string)) {
	for name, client := range clients(t) {
		t.Run(name, func(t *testing.T) { test(t, client, newBucket(t, client)) })
	}
}

func newBucket(t *testing.T, client *oss.Client) string {
	t.Helper()
	name := fmt.Sprintf("go-%x", rand.Uint64())
	_, err := client.PutBucket(context.Background(), &oss.PutBucketRequest{Bucket: oss.Ptr(name)})
	check(t, err)
	t.Cleanup(func() {
		// A task under way may still put something there: then it is emptied once more.
		until(t, name+" to be empty", time.Minute, func() bool {
			pages := client.NewListObjectsV2Paginator(&oss.ListObjectsV2Request{Bucket: oss.Ptr(name)})
			for pages.HasNext() {
				page, err := pages.NextPage(context.Background())
				check(t, err)
				for _, object := range page.Contents {
					_, err := client.DeleteObject(context.Background(), &oss.DeleteObjectRequest{Bucket: oss.Ptr(name), Key: object.Key})
					check(t, err)
				}
			}
			_, err := client.DeleteBucket(context.Background(), &oss.DeleteBucketRequest{Bucket: oss.Ptr(name)})
			var service *oss.ServiceError
			if errors.As(err, &service) && service.Code == "BucketNotEmpty" {
				return false
			}
			check(t, err)
			return true
		})
	})
	return name
}

func put(t *testing.T, client *oss.Client, bucket, key, body string) {
	t.Helper()
	_, err := client.PutObject(context.Background(), &oss.PutObjectRequest{
		Bucket: oss.Ptr(bucket), Key: oss.Ptr(key), Body: strings.NewReader(body)})
	check(t, err)
}

func get(t *testing.T, client *oss.Client, bucket, key string) string {
	t.Helper()
	result, err := client.GetObject(context.Background(), &oss.GetObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr(key)})
	check(t, err)
	defer result.Body.Close()
	body, err := io.ReadAll(result.Body)
	check(t, err)
	return string(body)
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("%s: got %v, want %v", what, got, want)
	}
}

// refused expects an error with this code and status.
func refused(t *testing.T, err error, code string, status int) {
	t.Helper()
	var service *oss.ServiceError
	if !errors.As(err, &service) {
		t.Fatalf("expected %s, got %v", code, err)
	}
	equal(t, "code", service.Code, code)
	equal(t, "status", service.StatusCode, status)
	equal(t, "length of the request id", len(service.RequestID), 24)
}

// fixture gives the path of a made file.
func fixture(t *testing.T, name string) string {
	t.Helper()
	command := exec.Command(node(), "-e",
		"import(process.argv[1]).then(async (kit) => console.log(await kit.fixture(process.argv[2])))",
		filepath.Join(root, "packages", "testkit", "src", "fixtures.ts"), name)
	command.Stderr = os.Stderr
	out, err := command.Output()
	check(t, err)
	return strings.TrimSpace(string(out))
}

// until asks again and again until the answer is true.
func until(t *testing.T, what string, timeout time.Duration, condition func() bool) {
	t.Helper()
	deadline := time.Now().Add(timeout)
	for !condition() {
		if time.Now().After(deadline) {
			t.Fatalf("waited %s in vain for %s", timeout, what)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
