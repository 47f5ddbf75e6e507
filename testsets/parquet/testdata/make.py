"""Writes the files of this folder, by three writers: pyarrow, polars, duckdb.

Every same-*.parquet holds the same 300 rows, which parquet_test.go knows.
"""
import datetime, json
import duckdb, polars as pl, pyarrow as pa, pyarrow.parquet as pq

N = 300
rows = {
    "id": [i for i in range(N)],
    "text": [f"row {i}: where is my parcel" for i in range(N)],
    "label": [i % 3 for i in range(N)],
    "note": [None if i % 5 == 0 else ["ä", "", "zwei"][i % 3] for i in range(N)],
    "score": [i / 4 for i in range(N)],
    "flag": [None if i % 7 == 0 else i % 2 == 0 for i in range(N)],
    "day": [datetime.date(2024, 1, 1) + datetime.timedelta(days=i) for i in range(N)],
    "at": [datetime.datetime(2024, 1, 1) + datetime.timedelta(milliseconds=i) for i in range(N)],
}
schema = pa.schema([
    ("id", pa.int64()), ("text", pa.string()), ("label", pa.int32()), ("note", pa.string()),
    ("score", pa.float64()), ("flag", pa.bool_()), ("day", pa.date32()), ("at", pa.timestamp("us")),
])
t = pa.table(rows, schema=schema)

def arrow(name, table=t, **kw):
    pq.write_table(table, f"{name}.parquet", **kw)

arrow("same-arrow-snappy", compression="snappy")
arrow("same-arrow-gzip-groups", compression="gzip", row_group_size=70)
arrow("same-arrow-v2-pages", compression="zstd", data_page_version="2.0", data_page_size=512, use_dictionary=False)
arrow("same-arrow-plain", compression="none", use_dictionary=False)
arrow("same-arrow-dictionary-pages", compression="snappy", data_page_size=256, write_batch_size=32, dictionary_pagesize_limit=600)
pl.from_arrow(t).write_parquet("same-polars-zstd.parquet")
duckdb.sql("COPY (SELECT * FROM t) TO 'same-duckdb-snappy.parquet' (FORMAT parquet)")

features = {"info": {"features": {"text": {"dtype": "string", "_type": "Value"},
    "label": {"names": ["track_order", "refund", "oos"], "_type": "ClassLabel"}}}}
small = pa.table({"text": ["where is my parcel", "money back", "sing", "hidden"], "label": pa.array([0, 1, 2, -1], pa.int64()),
                  "spans": [[{"a": 1}], [], None, [{"a": 2}]]})
arrow("labels", small.replace_schema_metadata({"huggingface": json.dumps(features)}))

odd = pa.table({"u64": pa.array([2**64 - 1], pa.uint64()), "u8": pa.array([255], pa.uint8()), "i16": pa.array([-5], pa.int16()),
                "f32": pa.array([0.1], pa.float32()), "nan": [float("nan")], "inf": [float("inf")], "nothing": pa.array([None], pa.string()),
                "bytes": pa.array([b"\xff"], pa.binary()), "list": [["a", "b"]], "pair": [{"x": 1, "y": "z"}],
                "after": ["still read"], "ns": pa.array([1], pa.timestamp("ns")), "price": pa.array([1], pa.decimal128(5, 2))})
arrow("odd", odd)
arrow("brotli", t.slice(0, 3), compression="brotli")
arrow("delta", t.slice(0, 3), use_dictionary=False, column_encoding={"text": "DELTA_BYTE_ARRAY"})
arrow("no-rows", t.slice(0, 0))
