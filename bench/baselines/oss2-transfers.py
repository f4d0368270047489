"""Moves one file up and down with oss2 as its users do, four parts at once, and prints the milliseconds of both.

Arguments: endpoint, region, key id, secret, bucket, file, target.
"""

import json
import sys
import time

import oss2

endpoint, region, key_id, secret, bucket_name, file, target = sys.argv[1:]
bucket = oss2.Bucket(oss2.AuthV4(key_id, secret), endpoint, bucket_name, region=region, is_path_style=True)
store = {"store": oss2.ResumableStore(root=file + ".oss2"), "num_threads": 4}
started = time.monotonic()
oss2.resumable_upload(bucket, "oss2", file, **store)
stored = time.monotonic()
oss2.resumable_download(
    bucket, "oss2", target, store=oss2.ResumableDownloadStore(root=file + ".oss2"), num_threads=4
)
print(json.dumps({"up": (stored - started) * 1000, "down": (time.monotonic() - stored) * 1000}))
