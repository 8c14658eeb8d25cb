# SPDX-License-Identifier: GPL-2.0-or-later
"""`rxlab model predict` and `simulate` from outside: known answers, bad input, specs.

$RXLAB names another program than the one at the top of the tree.
"""

import json
import math
import os
import subprocess
import tempfile
import unittest

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
RXLAB = os.environ.get("RXLAB") or os.path.join(TOP, "rxlab")

KNOWN = (
    ("mm1k --arrival-rate 5 --service-rate 5.714 --capacity 15",
     {"loss": 0.0191344280, "L": 4.85888762, "W": 0.990734665, "X": 4.90432786, "p0": 0.141699709}),
    ("md1k --arrival-rate 0.9 --service-time 1 --capacity 10", {"loss": 0.0166317478, "L": 3.47147901}),
    ("md1k --arrival-rate 0.5 --service-time 1 --capacity 64", {"loss": 1.38841309e-35}),
    ("dm1k --arrival-rate 0.8 --service-time 1 --capacity 10", {"loss": 0.00208159424, "W": 2.59044415}),
    ("mg1k --arrival-rate 2.5e5 --service-mix 0.75:2e-6,0.25:10e-6 --capacity 8",
     {"loss": 0.101309477, "L": 4.02617314, "X": 224672.631}),
    ("mg1k --arrival-rate 1e5 --service-mix 1:5e-6", {"Wq": 2.5e-6, "loss": 0.0, "p0": 0.5}),
    ("dd1k --gap 3e-6 --service-time 4e-6 --capacity 256 --count 10000",
     {"first_drop": 1021, "accepted": 7755, "loss": 0.2245}),
    ("dd1k --gap 672 --service-time 900 --capacity 4096 --count 100000", {"first_drop": 16165, "accepted": 78761}),
    ("coalesce-gap --arrival-rate 2e4 --gap 50e-6", {"f": 14621.1716, "delay": 1.82764645e-5}),
    ("coalesce-timer --arrival-rate 1e5 --timer 100e-6",
     {"f": 9090.90909, "delay": 5.45454545e-5, "packets_per_interrupt": 11, "p_count": 0}),
    ("coalesce-timer --arrival-rate 1e5 --timer 100e-6 --frames 16",
     {"f": 9177.24080, "delay": 5.34459421e-5, "packets_per_interrupt": 10.8965213, "p_count": 0.0834584729}),
    ("coalesce-restart --arrival-rate 1e5 --timer 20e-6 --cap 60e-6", {"f": 18392.3987, "delay": None}),
    ("ring-overflow --arrival-rate 1e6 --gap 200e-6 --ring 256", {"loss": 1.28262555e-6}),
    ("napi-setup --arrival-rate 1.8e5 --service-time 5e-6 --setup 3e-6 --capacity 32",
     {"X": 179969.667, "f": 11706.0386, "loss": 1.68514737e-4, "L": 5.34765361, "W": 2.97141940e-5}),
    ("two-stage --arrival-rate 2e5 --interrupt-rate 5e5 --service-rate 2e5 --ring 16 --backlog 8",
     {"X": 115690.366, "ring_drops": 0.0515396164, "backlog_drops": 84309.5828, "U": 0.399999897}),
    ("livelock --arrival-rate 2.5e5 --interrupt-time 2e-6 --service-time 5e-6",
     {"X_each": 1e5, "X_merged": 133333.333333, "X_latched": 109627.448, "saturation_each": 142857.142857}),
    ("tandem --arrival-rate 1 --first-rate 1.5 --second-rate 1.2 --first-ring 4 --second-ring 3",
     {"loss": 0.213962210, "loss_second": 0.149466802}),
    ("overwrite --arrival-rate 1.2 --service-rate 1 --capacity 8", {"wait_oldest": 3.27826458}),
    ("blocks --arrival-rate 1e5 --timeout 1e-3 --packets 100", {"wakeups": 1038.91906, "delay": 4.82999789e-4}),
    ("same-core --arrival-rate 8e5 --kernel-time 1e-6 --user-time 0.6e-6", {"X_strict": 333333.333, "X_fair": 625000}),
    # What follows can be checked by hand.
    ("mm1k --arrival-rate 5 --service-rate 7", {"W": 0.5, "p0": 2 / 7, "W_p99": math.log(100) / 2}),
    ("md1k --arrival-rate 5 --service-time 0.1", {"W": 0.15, "p1": 0.5 * (math.exp(0.5) - 1)}),
    ("gim1 --gap 5e-6 --service-time 4e-6", {"sigma": 0.628629796, "W": 4e-6 / (1 - 0.628629796), "p0": 0.2}),
    ("gg1 --arrival-rate 2e5 --service-time 4e-6 --gap-scv 1 --service-scv 0",
     {"Wq": 8e-6, "Wq_bound": 1.25e-5, "klb_factor": 1}),
    ("batch --batch-rate 1e4 --sizes 0.5:1,0.5:4 --service-time 5e-6", {"p0": 0.875, "packets_per_batch": 2.5}),
    ("batch --batch-rate 1e5 --sizes 1:1 --service-time 5e-6 --capacity 8",
     {"loss": 0.5**8 * 0.5 / (1 - 0.5**9), "p0": 0.5 / (1 - 0.5**9)}),
    ("polling --rule gated --arrival-rate 1e5 --service-time 4e-6 --pause 1e-5 --poll-time 1e-6 --ring 256",
     {"cycle": 1e-5 / 0.6, "cpu_share": 0.46, "longest_cycle": 2.56e-3}),
    ("polling-queues --rule exhaustive --queues 2 --arrival-rate 5e4 --service-time 4e-6 --switch-time 1e-6",
     {"Wq": 8e-6 / 3}),
    ("napi-markov --arrival-rate 1.8e5 --service-rate 2e5 --setup-rate 3e5 --ring 32 --budget 4 --resume-rate 1e6",
     {"saturation": 4 / (4 / 2e5 + 1e-6)}),
    ("napi-constant --gap 10 --service-time 7 --setup 20", {"packets_per_interrupt": 7}),
    ("napi-cost --service-time 1e-6 --poll-time 6.4e-7 --interrupt-time 2e-6 --round-time 3e-6 --weight 64 --budget 300",
     {"idle": 3.64e-6, "full": 1.02e-6}),
    ("backlog-bound --burst 64 --arrival-rate 1e5 --latency 1e-4", {"packets": 74}),
    ("longest-gap --arrival-rate 1e5 --ring 256 --wait 1e-5", {"gap": 2.55e-3}),
    ("coalesce-saturation --service-time 1e-6 --interrupt-time 2e-6 --frames 8 --gap 5e-5",
     {"by_count": 800000, "by_gap": 960000}),
    ("e1000e-itr --interrupts 20000", {"register": 195, "gap": 195 * 256e-9}),
    ("igb-itr --register 200", {"gap": 5e-5}),
)

REFUSED = (
    ("mm1k --arrival-rate -5 --service-rate 5 --capacity 15", "arrival-rate must be a number above 0"),
    ("mm1k --arrival-rate 5 --service-rate 0 --capacity 15", "service-rate must be a number above 0"),
    ("mm1k --arrival-rate 5 --service-rate 5 --capacity 0", "capacity must be a whole number from 1"),
    ("mm1k --arrival-rate 5 --service-rate 5 --capacity 1e9", "capacity must be a whole number from 1"),
    ("md1k --arrival-rate nan --service-time 1 --capacity 5", "--arrival-rate must be a number"),
    ("md1k --arrival-rate inf --service-time 1 --capacity 5", "--arrival-rate must be a number"),
    ("dm1k --arrival-rate 1 --service-time -1 --capacity 5", "service-time must be a number above 0"),
    ("mg1k --arrival-rate 1 --service-mix 0.5:1,0.4:2 --capacity 5", "service-mix: the shares must add up to 1"),
    ("mg1k --arrival-rate 1 --service-mix 0.5:1,0.6:2", "service-mix: the shares must add up to 1"),
    ("mg1k --arrival-rate 1 --service-mix 1:1", "arrival-rate is too high: the load is 1"),
    ("mg1k --arrival-rate 1 --service-mix one", "service-mix must be share:time"),
    ("mg1k --arrival-rate 1 --capacity 5", "--service-mix is missing"),
    ("dd1k --gap 0 --service-time 1 --capacity 5 --count 5", "gap must be a number above 0"),
    ("dd1k --gap 1 --service-time 1 --capacity 5 --count 0", "count must be a whole number"),
    ("coalesce-gap --arrival-rate 0 --gap 1", "arrival-rate must be a number above 0"),
    ("coalesce-timer --arrival-rate 1 --timer -1", "timer must be a number, 0 or more"),
    ("coalesce-timer --arrival-rate 1 --timer 1 --frames 0", "frames must be a whole number"),
    ("coalesce-timer --arrival-rate 1 --timer 1 --frames 4 --arrivals constant", "--arrivals must be poisson"),
    ("ring-overflow --arrival-rate 1 --gap 1 --ring 0", "ring must be a whole number"),
    ("napi-setup --arrival-rate 1 --service-time 1 --setup -1 --capacity 4", "setup must be a number, 0 or more"),
    ("two-stage --arrival-rate 1 --interrupt-rate 0 --service-rate 1 --ring 1 --backlog 1", "interrupt-rate"),
    ("two-stage --arrival-rate 1 --interrupt-rate 1 --service-rate 1 --ring 1 --backlog 1e9", "backlog"),
    ("batch --batch-rate 1 --sizes 0.5:1 --service-time 1", "the shares add up to 0.5"),
    ("batch --batch-rate 1 --sizes 1:0 --service-time 1", "--sizes must be shares and sizes"),
    ("batch --batch-rate 1 --sizes 1:1 --service-time 0.1 --rule some", "--rule must be partly or whole, not 'some'"),
    ("polling --rule none --arrival-rate 1 --service-time 0.1 --pause 1 --poll-time 0", "--rule must be exhaustive"),
    ("gg1 --arrival-rate 2 --service-time 1 --gap-scv 1 --service-scv 1", "must be below 1, not 2"),
    ("napi-markov --arrival-rate 1 --service-rate 2 --setup-rate 3 --ring 4 --budget 5", "go together"),
    ("napi-constant --gap 1 --service-time 1 --setup 1", "service-time must be below gap"),
    ("coalesce-saturation --service-time 1 --interrupt-time 1", "which rule?"),
)

SPEC = """packets: 20000
arrivals: {law: poisson, rate: 1.5e5}
ring: {slots: 256}
interrupt: {mode: napi, coalesce: gap, time: 50e-6, cost: exponential 1e-6}
softirq: {service: "mix 0.75:2e-6,0.25:4e-6", poll: 0.5e-6, weight: 64, budget: 300}
capture: {kind: blocks, blocks: 8, frames: 64, timeout: 1e-3}
reader: {service: exponential 2e-6, sleeps: yes, wake: 5e-6}
"""

BAD_SPECS = (
    ("arrivals: {law: poisson, rate: 1}\nsoftirq: {service: 1, sevrice: 2}\n", ":2: unknown key 'sevrice' in softirq"),
    ("packet: 5\n", ":1: unknown key 'packet'"),
    ("arrivals: {law: bursty}\n", ":1: law must be one of constant, poisson, on-off, trace, not 'bursty'"),
    ("arrivals:\n  law: poisson\n  rate: -1\n", ":3: rate must be a number, 0 or more, not '-1'"),
    ("arrivals:\n  law: poisson\n  rate: nan\n", ":3: rate must be a number"),
    ("arrivals:\n  law: poisson\n  law: constant\n", ":3: key 'law' stands twice"),
    ("arrivals: 5\n", ":1: arrivals must be a mapping"),
    ("arrivals: {law: [poisson]}\n", ":1: law must be one value"),
    ("softirq: {service: mix 0.5:1}\n", "the shares must add up to 1"),
    ("ring: {slots: 1e9}\n", ":1: slots must be a whole number from 1 to"),
    ("ring: {slots: 0}\n", ":1: slots must be a whole number from 1 to"),
    ("packets: 0\narrivals: {law: poisson, rate: 1}\nsoftirq: {service: 1}\n", "packets must be 1 or more"),
    ("arrivals: {law: poisson, rate: 1}\nsoftirq: {service: 1}\nring: {slots: 4, refill: 16}\n", "ring.refill must be"),
    ("ring: {slots: 2.5}\n", ":1: slots must be a whole number"),
    ("arrivals: {law: poisson, rate: 1}\n", "softirq: service is missing"),
    ("softirq: {service: 1}\n", "arrivals: law is missing"),
    ("arrivals: {law: poisson}\nsoftirq: {service: 1}\n", "rate must be a number above 0"),
    ("arrivals: {law: trace}\nsoftirq: {service: 1}\n", "arrivals: trace is missing"),
    ("arrivals: {law: poisson, rate: 1}\nsoftirq: {service: 1}\ninterrupt: {coalesce: gap}\n", "needs interrupt.mode"),
    ("[1, 2]\n", ":1: the file must be a mapping"),
    ("a: &x 1\nb: *x\n", "anchors"),
)


def model(*words, **options):
    return subprocess.run([RXLAB, "model", *words], capture_output=True, text=True, timeout=60, **options)


@unittest.skipUnless(os.access(RXLAB, os.X_OK), "rxlab is not built")
class Predict(unittest.TestCase):
    def test_known_answers(self):
        for words, wanted in KNOWN:
            done = model("predict", *words.split(), "--json")
            self.assertEqual((done.returncode, done.stderr), (0, ""), words)
            got = json.loads(done.stdout)
            for name, value in wanted.items():
                if value is None:
                    self.assertIsNone(got[name], words)
                else:
                    self.assertLessEqual(abs(got[name] - value), 1e-8 * abs(value), (words, name, got))

    def test_text_has_the_fields_of_json(self):
        for words, _ in KNOWN:
            text = model("predict", *words.split()).stdout
            names = list(json.loads(model("predict", *words.split(), "--json").stdout))
            self.assertEqual([line.split()[0] for line in text.splitlines()], names)

    def test_bad_input_names_parameter_and_condition(self):
        for words, message in REFUSED:
            done = model("predict", *words.split())
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)
            self.assertIn(message, done.stderr)


@unittest.skipUnless(os.access(RXLAB, os.X_OK), "rxlab is not built")
class Simulate(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def spec(self, text):
        path = os.path.join(self.folder, "spec.yaml")
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return path

    def test_whole_path(self):
        path = self.spec(SPEC)
        first = model("simulate", path, "--seed", "3", "--json")
        self.assertEqual((first.returncode, first.stderr), (0, ""))
        self.assertEqual(first.stdout, model("simulate", path, "--seed", "3", "--json").stdout)
        self.assertNotEqual(first.stdout, model("simulate", path, "--seed", "4", "--json").stdout)
        got = json.loads(first.stdout)
        self.assertEqual(got["offered"], got["delivered"] + sum(got["drops"].values()) + got["in_system"])
        self.assertGreater(got["wakeups"], 0)
        self.assertLess(abs(got["X"] - 1.5e5), 5e3)
        self.assertGreater(got["half_99"]["X"], 0)

    def test_examples(self):
        folder = os.path.join(TOP, "models", "examples")
        for name in os.listdir(folder):
            done = model("simulate", os.path.join(folder, name), "--json")
            self.assertEqual((done.returncode, done.stderr), (0, ""), name)
            self.assertGreater(json.loads(done.stdout)["X"], 1e4)

    def test_burst_to_the_packet(self):
        got = json.loads(model("simulate", self.spec(
            "packets: 10000\nburst: yes\narrivals: {law: constant, rate: 333333.333333333}\n"
            "ring: {slots: 256}\nsoftirq: {service: 4e-6}\n"), "--json").stdout)
        self.assertEqual((got["first_drop"], got["delivered"], got["drops"]["nic_no_descriptor"], got["in_system"]),
                         (1021, 7755, 2245, 0))

    def test_trace_is_found_beside_its_spec(self):
        with open(os.path.join(self.folder, "times.txt"), "w", encoding="utf-8") as out:
            out.write("0\n1e-6\n2e-6\n9e-6\n")
        done = model("simulate", self.spec(
            "packets: 4\nburst: yes\narrivals: {law: trace, trace: times.txt}\n"
            "ring: {slots: 2}\nsoftirq: {service: 4e-6}\n"), "--json", cwd="/")
        got = json.loads(done.stdout)
        self.assertEqual((got["delivered"], got["first_drop"]), (3, 2))

    def test_bad_spec_names_file_and_line(self):
        for text, message in BAD_SPECS:
            path = self.spec(text)
            done = model("simulate", path)
            self.assertEqual((done.returncode, done.stdout), (2, ""), text)
            self.assertIn(message, done.stderr)
            if message.startswith(":"):
                self.assertIn(path + message, done.stderr)

    def test_no_steady_state(self):
        done = model("simulate", self.spec(
            "packets: 6e6\narrivals: {law: poisson, rate: 1e6}\nsoftirq: {service: 1e-3}\n"))
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("no steady state", done.stderr)

    def test_words(self):
        for words, status, message in (((), 2, "which SPEC.yaml"), (("a", "b"), 2, "unexpected 'b'"),
                                       (("a", "--seed", "x"), 2, "--seed must be"),
                                       (("/nonexistent.yaml",), 1, "/nonexistent.yaml")):
            done = model("simulate", *words)
            self.assertEqual((done.returncode, done.stdout), (status, ""), words)
            self.assertIn(message, done.stderr)


if __name__ == "__main__":
    unittest.main()
