// Moves one file up and down with the official Go client's uploader and downloader, as they are, and prints the
// milliseconds of both. Arguments: endpoint, region, key id, secret, bucket, file, target.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
)

func main() {
	endpoint, region, id, secret := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	bucket, file, target := os.Args[5], os.Args[6], os.Args[7]
	client := oss.NewClient(oss.LoadDefaultConfig().
		WithCredentialsProvider(credentials.NewStaticCredentialsProvider(id, secret)).
		WithRegion(region).WithEndpoint(endpoint).WithUsePathStyle(true))
	started := time.Now()
	put := &oss.PutObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("go")}
	if _, err := client.NewUploader().UploadFile(context.Background(), put, file); err != nil {
		panic(err)
	}
	stored := time.Now()
	get := &oss.GetObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr("go")}
	if _, err := client.NewDownloader().DownloadFile(context.Background(), get, target); err != nil {
		panic(err)
	}
	fmt.Printf(`{"up": %d, "down": %d}`, stored.Sub(started).Milliseconds(), time.Since(stored).Milliseconds())
}
