# SPDX-License-Identifier: GPL-2.0-or-later
"""`rxlab model calibrate` and `validate` from outside, over folders whose costs and queue are known.

$RXLAB names another program than the one at the top of the tree.
"""

import json
import os
import re
import subprocess
import tempfile
import unittest

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
RXLAB = os.environ.get("RXLAB") or os.path.join(TOP, "rxlab")

FRAME, BYTE, CYCLE, SPEED, RING, COUNT = 2000, 0.2, 1500, 0.25, 256, 20000
# Interrupts vanish at saturation; a quarter of a cycle is the poll, of 64 frames: assumed without dedicated trials.
POLL = CYCLE / 4 / 64


def model(*words):
    return subprocess.run([RXLAB, "model", *words], capture_output=True, text=True, timeout=120, check=False)


def accepted(rate, service, ring, count):
    """Of a burst at even gaps, served one by one: packet by packet."""
    free, done, kept = 0.0, [], 0
    for n in range(count):
        now = n / rate
        done = [t for t in done if t > now + 1e-15]
        if len(done) < ring:
            free = max(free, now) + service
            done.append(free)
            kept += 1
    return kept


def record(number, frame, rate, count, kept, interrupts, busy, **settings):
    """A trial of libpcap on a testbed with no rules of its own; rx_usecs 50."""
    return {
        "schema": 1, "id": f"{number:016x}", "testbed": {"name": "bench", "clock": "virtual", "identity": "00"},
        "spec": {"capture": settings.get("capture", "libpcap"), "generator": "pktgen", "frame_bytes": frame,
                 "pkt_size": frame - 4, "rate_pps": rate, "count": count, "seed": 1, "senders": 1, "reader_cpu": 1,
                 "set": settings.get("set", {})},
        "status": "ok", "reason": None,
        "generator": {"name": "pktgen", "sent": count, "achieved_pps": rate, "duration_ns": round(count / rate * 1e9)},
        "ledger": {"offered": count, "delivered": kept, "dropped": count - kept, "unaccounted": 0},
        "drops": {"nic_no_descriptor": settings.get("at_nic", count - kept)},
        "cpu": {"busy_ns": round(busy), "total_ns": round(count / rate * 1e9), "dut_share": SPEED},
        "irq": {"hard": interrupts, "polls": interrupts, "switches": 0}, "latency_ns": None,
        "knobs": {"rx_usecs": "50", "rx_ring": str(RING)}}


def calibration():
    trials = []
    for frame in (64, 1518):
        for ratio in (0.04, 0.1, 0.2, 0.3):
            for noise in (-6, 6):
                count, n = 3000, len(trials)
                busy = count * (FRAME + BYTE * frame + noise) + CYCLE * ratio * count
                trials.append(record(n, frame, 12500, count, count, round(ratio * count), busy))
    return trials


def service(frame):
    return (FRAME + BYTE * frame + POLL) / SPEED / 1e9


def loads(first, frames=(64, 512, 1518), rates=(60000, 90000, 105000, 113000, 119000, 125000, 160000, 250000)):
    trials = []
    for frame in frames:
        for rate in rates:
            kept = accepted(rate, service(frame), RING - 1, COUNT)
            trials.append(record(first + len(trials), frame, rate, COUNT, kept, 100, 1e7))
    return trials


class Validate(unittest.TestCase):
    def folder(self, records):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        with open(os.path.join(holder.name, "trials.jsonl"), "w", encoding="utf-8") as out:
            out.writelines(json.dumps(r) + "\n" for r in records)
        return holder.name

    def validate(self, records):
        folder = self.folder(records)
        done = model("validate", folder, "--no-plots")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        with open(os.path.join(folder, "predictions.tsv"), encoding="utf-8") as text:
            head, *rows = (line.rstrip("\n").split("\t") for line in text)
        return done.stdout, {row[0]: dict(zip(head, row)) for row in rows}

    def verdict(self, text, capture, title):
        return re.search(rf"^{capture} +{re.escape(title)} +(holds outside the knee|holds|refuted|untried)", text,
                         re.M).group(1)

    def test_a_d_d_1_k_is_found_to_be_one(self):
        low, high = calibration(), loads(100)
        text, rows = self.validate(low + high)
        self.assertEqual(self.verdict(text, "libpcap", "D/D/1/K"), "holds")
        self.assertEqual(self.verdict(text, "libpcap", "M/D/1/K"), "refuted")
        self.assertEqual(self.verdict(text, "libpcap", "2-stage"), "refuted")
        self.assertEqual(self.verdict(text, "libpcap", "loss-free"), "holds")
        self.assertIn("it livelocks, and NAPI does not", text)
        self.assertIn("a long run; of this burst the ring holds the first frames", text)
        for r in low:
            self.assertEqual(rows[r["id"]]["role"], "calibration")
        for r in high:
            row = rows[r["id"]]
            self.assertEqual(row["role"], "predicted")
            self.assertLess(abs(float(row["err_dd1k_loss_pp"])), 0.5, row)
            self.assertLessEqual(float(row["dd1k_loss_low_pct"]), float(row["meas_loss_pct"]))
            self.assertGreaterEqual(float(row["dd1k_loss_high_pct"]), float(row["meas_loss_pct"]))

    def test_another_queue_is_refuted_and_the_place_is_named(self):
        high = [record(200 + n, 64, rate, COUNT, COUNT * 7 // 10, 100, 1e7, at_nic=0)
                for n, rate in enumerate((60000, 119000, 125000, 160000))]
        text, _ = self.validate(calibration() + high)
        self.assertEqual(self.verdict(text, "libpcap", "D/D/1/K"), "refuted")
        self.assertIn("lost behind the NIC, where the model has no buffer to fill", text)

    def test_arrivals_that_are_not_even_stand_by_themselves(self):
        high = loads(100, frames=(64,)) + [
            record(200 + n, 64, rate, COUNT, COUNT - 300, 100, 1e7, set={"gen.arrivals": "poisson"})
            for n, rate in enumerate((105000, 113000))]
        text, rows = self.validate(calibration() + high)
        self.assertEqual(rows[f"{200:016x}"]["role"], "predicted")
        self.assertEqual(self.verdict(text, "libpcap", "D/D/1/K"), "holds")
        self.assertEqual(self.verdict(text, "libpcap poisson", "D/D/1/K"), "refuted")
        self.assertIn("it takes arrivals as even; these are not", text)

    def test_no_model_is_blamed_for_what_it_does_not_assume(self):
        """Where a gap between interrupts overruns a small ring, D/D/1/K is not wrong for taking arrivals as random."""
        def bench(r, ring, gap):
            r["testbed"]["name"] = "lab"
            r["knobs"].update(rx_ring=str(ring), rx_usecs=str(gap))
            return r

        high = [bench(record(300 + n, 64, 60000, COUNT, COUNT * 9 // 10, 100, 1e7), 32, gap)
                for n, gap in enumerate((2000, 3000, 4000))]
        stock = calibration() + loads(100, frames=(64,), rates=(160000, 250000))
        text, rows = self.validate([bench(r, RING, 50) for r in stock] + high)
        self.assertLess(float(rows[f"{300:016x}"]["rho"]), 1)
        self.assertGreater(float(rows[f"{300:016x}"]["dd1k_loss_pct"]), 10)
        blame = {line[24:34].strip(): text[text.index(line):].splitlines()[2].strip()
                 for line in text[text.index("verdicts"):].splitlines() if line.startswith("libpcap ") and "refuted" in line}
        self.assertIn("the ring is too small for a gap between interrupts, but less so", blame["D/D/1/K"])
        self.assertIn("the ring is too small for a gap between interrupts, which the model does not have",
                      blame["null"])

    def test_the_labs_nic_is_the_one_that_the_record_says(self):
        """rx_usecs 50 at 20,000 packets a second: the chip, QEMU's model of it, and a record of before the choice."""
        wanted = {"chip": 20000, "as-is": 2 * 20000 / 5, None: 2 * 20000 / 5}
        high = [record(300 + n, 64, 20000, COUNT, COUNT, 100, 1e7) for n in range(len(wanted))]
        for one, nic in zip(high, wanted):
            one["testbed"]["name"] = "lab"
            one["knobs"].update({"nic": nic} if nic else {})
        _, rows = self.validate(calibration() + high)
        for one, (nic, interrupts) in zip(high, wanted.items()):
            with self.subTest(nic):
                self.assertAlmostEqual(float(rows[one["id"]]["irq_per_s"]), interrupts, delta=1)

    def test_without_load_there_is_no_verdict(self):
        text, _ = self.validate(calibration() + loads(100, rates=(50000, 60000)))
        self.assertEqual(self.verdict(text, "libpcap", "D/D/1/K"), "untried")

    def test_costs_and_their_uncertainty_are_printed(self):
        done = model("calibrate", self.folder(calibration()))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        cycle = re.search(r"interrupt, poll, out of idle +([\d.e+]+) \+- ([\d.]+)", done.stdout)
        self.assertLess(abs(float(cycle.group(1)) - CYCLE), 4 * float(cycle.group(2)) + 1)
        self.assertIn("the same, not measured", done.stdout)

    def test_nothing_to_learn_from(self):
        for verb in ("validate", "calibrate"):
            done = model(verb, self.folder(loads(1, rates=(60000, 125000), frames=(64,))))
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn("no trial calibrates: none was asked for at most 15000 pps (--max-rate)", done.stderr)

    def test_bad_words(self):
        folder = self.folder(calibration())
        for words, message in ((("--max-rate", "nan"), "--max-rate must be a number"),
                               (("--max-rate", "0"), "--max-rate must be above 0"),
                               (("--max-utilisation", "-1"), "--max-utilisation must be above 0"),
                               (("--nonsense",), "unexpected '--nonsense'")):
            done = model("validate", folder, *words)
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)
            self.assertIn(message, done.stderr)

    def test_numbers_that_are_none(self):
        low = calibration()
        text = "\n".join(json.dumps(r) for r in low).replace('"busy_ns": ', '"busy_ns": NaN, "was": ', 1)
        folder = self.folder(low)
        with open(os.path.join(folder, "trials.jsonl"), "w", encoding="utf-8") as out:
            out.write(text + "\n")
        done = model("validate", folder, "--no-plots")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("trials.jsonl:1: ", done.stderr)

    def test_two_hundred_points(self):
        """In two seconds of CPU, where speed is asked for: make speed."""
        rates = [50000 + 3000 * n for n in range(67)]
        folder = self.folder(calibration() + [record(1000 + n, frame, rate, COUNT, COUNT, 100, 1e7)
                                              for n, (frame, rate) in enumerate(
                                                  (f, r) for f in (64, 512, 1518) for r in rates)])
        began = os.times().children_user
        done = model("validate", folder, "--no-plots")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        if os.environ.get("RXLAB_SPEED"):
            self.assertLess(os.times().children_user - began, 2.0)


if __name__ == "__main__":
    unittest.main()
