"""Uploads a file with the vendor's client as its users do: in parts, some at once. Arguments: endpoint, region, key id,
secret, bucket, key, file."""

import sys

import oss2

endpoint, region, key_id, secret, bucket_name, key, file = sys.argv[1:]
auth = oss2.AuthV4(key_id, secret)
bucket = oss2.Bucket(auth, endpoint, bucket_name, region=region, is_path_style=True)
store = oss2.ResumableStore(root=file + ".resume")
oss2.resumable_upload(
    bucket, key, file, store=store, multipart_threshold=1, part_size=32 * 1024 * 1024, num_threads=3
)

print(bucket.head_object(key).content_length)
