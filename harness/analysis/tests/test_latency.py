# SPDX-License-Identifier: GPL-2.0-or-later
"""Histograms from records: merged, as quantiles and as HdrHistogram's text; and the sender's part of a delay."""

import json
import os
import random
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, "..", "..", "..")
sys.path[:0] = [HERE, os.path.join(HERE, "..")]
import fixture  # noqa: E402
import latency  # noqa: E402
import records as rec  # noqa: E402

STORED = os.path.join(TOP, "results", "audit")


def index_of(value):
    """By definition: the first bucket whose edge is not below the value."""
    return next(i for i in range(latency.BUCKETS) if latency.edge(i) >= value)


def part(values):
    """latency_ns of a record that timed these."""
    counts = {}
    for v in values:
        counts[index_of(v)] = counts.get(index_of(v), 0) + 1
    whole = latency.Histogram()
    whole.counts, whole.n, whole.sum, whole.max = counts, len(values), sum(values), max(values)
    return {**whole.summary(), "buckets": " ".join(f"{i}:{c}" for i, c in sorted(counts.items()))}


def timed(number, values, **keys):
    r = fixture.record(number, **keys)
    r["latency_ns"] = part(values)
    return r


class Buckets(unittest.TestCase):
    def test_edges(self):
        self.assertEqual([latency.edge(i) for i in (0, 1, 63, 64, 65, 95, 96)], [0, 1, 63, 65, 67, 127, 131])
        self.assertEqual(latency.edge(latency.BUCKETS - 1), 2 ** 64 - 1)
        for i in range(latency.BUCKETS - 1):
            self.assertLess(latency.edge(i), latency.edge(i + 1))

    def test_quantiles(self):
        numbers = random.Random(1)
        for size in (1, 2, 10, 999, 1000, 1001):
            values = sorted(numbers.randrange(1 << numbers.randrange(1, 40)) for _ in range(size))
            whole = latency.Histogram()
            whole.add(part(values))
            for q in latency.QUANTILES.values():
                exact = values[-(-round(q * 1000) * size // 1000) - 1]
                self.assertGreaterEqual(whole.quantile(q), exact)
                self.assertLessEqual(whole.quantile(q), exact + exact // 32)
            self.assertEqual(whole.quantile(1), values[-1])

    def test_merged_is_as_if_timed_together(self):
        parts = [[100, 200, 300000], [5, 100], [10 ** 9]]
        merged, together = latency.Histogram(), latency.Histogram()
        for values in parts:
            merged.add(part(values))
        together.add(part(sum(parts, [])))
        self.assertEqual((merged.counts, merged.n, merged.max), (together.counts, together.n, together.max))
        self.assertLess(abs(merged.sum - together.sum), merged.n + together.n)

    def test_what_is_no_histogram_of_the_record(self):
        for change, wanted in (({"n": 4}, "not the 4 frames"), ({"buckets": "1920:3"}, "no bucket is 1920")):
            with self.assertRaisesRegex(rec.BadRecord, wanted):
                latency.Histogram().add({**part([1, 2, 3]), **change})

    def test_the_guests_quantiles_are_ours(self):
        """C made both, the quantiles and the buckets, of the same frames."""
        seen = 0
        for r in rec.load(STORED):
            if r["latency_ns"]:
                whole = latency.Histogram()
                whole.add(r["latency_ns"])
                self.assertEqual(whole.summary(), {k: v for k, v in r["latency_ns"].items() if k != "buckets"})
                seen += 1
        self.assertGreater(seen, 10)


class Lead(unittest.TestCase):
    def lead(self, rate=20000, senders=1, generator="pktgen", **settings):
        r = fixture.record(1, rate=rate, **settings)
        r["spec"].update(senders=senders, generator=generator)
        return rec.stamp_lead_ns(r)

    def test_a_gap_less_what_comes_between(self):
        self.assertEqual(self.lead(), 48000)
        self.assertEqual(self.lead(senders=2), 98000)
        self.assertEqual(self.lead(rate=500000), rec.STAMP_UNPACED_NS)  # asked, whatever can be reached
        self.assertEqual(self.lead(rate=None), rec.STAMP_UNPACED_NS)

    def test_unknown_where_it_was_not_measured(self):
        self.assertIsNone(self.lead(**{"gen.burst": "8"}))
        self.assertIsNone(self.lead(generator="null"))
        self.assertEqual(self.lead(**{"gen.flows": "8"}), 48000)


class Command(unittest.TestCase):
    def folder(self, records):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        with open(os.path.join(holder.name, "trials.jsonl"), "w", encoding="utf-8") as out:
            out.write(fixture.lines(records))
        return holder.name

    def main(self, *words):
        return fixture.main(latency, *words)

    def rows(self, *words):
        status, out, err = self.main(*words, "--json")
        self.assertEqual((status, err), (0, ""))
        return json.loads(out)

    def test_seeds_are_merged_and_nothing_else(self):
        folder = self.folder([timed(1, [1000]), timed(2, [5000]), timed(3, [9000], frame=128),
                              timed(4, [9000], rate=50000), timed(5, [9000], buffer_bytes="65536")])
        rows = self.rows(folder)
        self.assertEqual([(r["frame_bytes"], r["rate_pps"], r["trials"], r["n"], r["max"]) for r in rows],
                         [(64, 50000, 1, 1, 9000), (64, 100000, 2, 2, 5000), (128, 100000, 1, 1, 9000),
                          (64, 100000, 1, 1, 9000)])
        self.assertEqual(rows[1]["buckets"], {str(index_of(1000)): 1, str(index_of(5000)): 1})

    def test_folders_are_merged_too(self):
        rows = self.rows(self.folder([timed(1, [1000])]), self.folder([timed(2, [3000, 4000])]))
        self.assertEqual([(r["trials"], r["n"], r["mean"]) for r in rows], [(2, 3, 2666)])

    def test_records_without_histograms(self):
        old = [fixture.record(1), fixture.record(2, rate=50000), fixture.record(3, rate=50000)]
        for r in old:
            r["latency_ns"].pop("buckets", None)
        folder = self.folder(old)
        alone, two = sorted(self.rows(folder), key=lambda r: r["trials"])
        self.assertEqual((alone["p99"], alone["buckets"]), (25000, None))
        self.assertEqual((two["p99"], two["n"], two["buckets"]), (None, None, None))
        self.assertIn("no histograms", self.main(folder)[1])

    def test_percentile_text(self):
        folder = self.folder([timed(1, [1000] * 9 + [2000000])])
        out = os.path.join(folder, "text")
        self.assertEqual(self.main(folder, "--hgrm", out)[0], 0)
        self.assertEqual(os.listdir(out), ["libpcap-64-100000.hgrm"])
        with open(os.path.join(out, "libpcap-64-100000.hgrm"), encoding="utf-8") as text:
            lines = text.read().splitlines()
        self.assertEqual(lines[0].split(), ["Value", "Percentile", "TotalCount", "1/(1-Percentile)"])
        self.assertEqual([line.split() for line in lines[2:4]],
                         [["1.007", "0.900000000000", "9", "10.00"], ["2000.000", "1.000000000000", "10", "inf"]])
        self.assertIn("Total count    =           10]", lines[5])

    def test_messages(self):
        self.assertEqual(self.main("--help")[0], 0)
        self.assertEqual(self.main()[0], 2)
        status, out, err = self.main("/nonexistent")
        self.assertEqual((status, out), (1, ""))
        self.assertIn("/nonexistent/trials.jsonl", err)
        self.assertIn("no trial timed its frames", self.main(self.folder([fixture.failed(1)]))[2])


if __name__ == "__main__":
    unittest.main()
