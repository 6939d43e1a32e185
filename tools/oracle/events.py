"""Writes fixtures/train-events.json: TensorBoard's own bytes for a few events, and what its reader makes of them.

    python3 tools/oracle/events.py        (needs tensorboard)

The events are built from TensorBoard's message classes and framed by its record writer; the file is then read again
with its EventAccumulator, so that the fixture holds only what the real reader understands.
"""

import base64
import io
import json
import math
import pathlib
import tempfile

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary
from tensorboard.summary.writer.record_writer import RecordWriter

TIME, BUCKETS = 1700000000.25, 4
VALUES = [-1.0, -0.5, 0.0, 0.25, 0.25, 2.0, 3.0]


def scalar(step, tag, value):
    return Event(wall_time=TIME, step=step, summary=Summary(value=[Summary.Value(tag=tag, simple_value=value)]))


low, high = min(VALUES), max(VALUES)
width = (high - low) / BUCKETS
counts = [0.0] * BUCKETS
for v in VALUES:
    counts[min(BUCKETS - 1, math.floor((v - low) / width))] += 1
histogram = HistogramProto(
    min=low, max=high, num=len(VALUES), sum=sum(VALUES), sum_squares=sum(v * v for v in VALUES),
    bucket_limit=[high if i == BUCKETS - 1 else low + (i + 1) * width for i in range(BUCKETS)], bucket=counts)
events = [
    Event(wall_time=TIME, file_version="brain.Event:2"),
    Event(wall_time=TIME, step=300, session_log=SessionLog(status=SessionLog.START)),
    scalar(300, "train/loss", 0.625),
    scalar(301, "train/loss", 0.0),
    scalar(70000, "train/größe", -1.5),
    Event(wall_time=TIME, step=301, summary=Summary(value=[Summary.Value(tag="weight", histo=histogram)])),
]
buffer = io.BytesIO()
writer = RecordWriter(buffer)
for event in events:
    writer.write(event.SerializeToString())
data = buffer.getvalue()

with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder) / "events.out.tfevents.1700000000.host.1"
    path.write_bytes(data)
    read = EventAccumulator(str(path)).Reload()
    assert [(e.step, e.value) for e in read.Scalars("train/loss")] == [(300, 0.625), (301, 0.0)]
    assert read.Scalars("train/größe")[0].value == -1.5
    found = read.Histograms("weight")[0].histogram_value
    assert (found.num, found.min, found.max, found.sum) == (7, -1, 3, sum(VALUES))

out = pathlib.Path(__file__).parent / "fixtures" / "train-events.json"
out.write_text(json.dumps({"time": TIME, "buckets": BUCKETS, "values": VALUES,
                           "data": base64.b64encode(data).decode()}, indent=1) + "\n")
print(out.name, len(data))
