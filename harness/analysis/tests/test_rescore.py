# SPDX-License-Identifier: GPL-2.0-or-later
"""Seven meanings of no loss, on records whose loss lies between them."""

import json
import os
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..")]
import fixture  # noqa: E402
import records as rec  # noqa: E402
import rescore  # noqa: E402

RESULTS = os.path.join(HERE, "..", "..", "..", "results")
REFERENCE = os.path.join(RESULTS, "reference")
NOLOSS = os.path.join(RESULTS, "noloss")
FRAMES = 200000


def record(number, rate, lost, capture="libpcap", **keys):
    """A trial of 200,000 frames, so that one frame is half of the strictest allowance."""
    r = fixture.record(number, capture, rate=rate, **keys)
    r["generator"]["sent"] = r["spec"]["count"] = FRAMES
    r["ledger"] = {"offered": FRAMES, "delivered": FRAMES - lost, "dropped": lost, "unaccounted": 0}
    return r


class Rescore(unittest.TestCase):
    def scores(self, records):
        return self.found(records)["scores"]

    def folder(self, records):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        with open(os.path.join(holder.name, "trials.jsonl"), "w", encoding="utf-8") as out:
            out.write(fixture.lines(records))
        return holder.name

    def found(self, records):
        return rescore.rescore(self.folder(records))

    def rates(self, records, key="loss_free_pps"):
        return {name: limits[key] for name, limits in self.scores(records)[0]["meanings"].items()}

    def test_each_meaning_stops_at_its_own_loss(self):
        # 2 of 200,000 are 0.001 %, 200 are 0.1 %, 1,900 are 0.95 %: below the 0.990 % of a margin of 1.01.
        steps = [(10000, 0), (20000, 2), (30000, 200), (40000, 1900), (50000, 2000)]
        self.assertEqual(self.rates([record(n, *step) for n, step in enumerate(steps)]),
                         {"rfc2544": 10000, "csit_ndr": 10000, "nfvbench_ndr": 20000, "trex_ndr": 30000,
                          "moongen": 30000, "pktgen_dpdk": 30000, "npf_zlt": 40000})

    def test_one_frame_more_than_allowed_is_refused(self):
        for lost, key, passes in ((1, "rfc2544", False), (2, "nfvbench_ndr", True), (3, "nfvbench_ndr", False),
                                  (200, "trex_ndr", True), (201, "trex_ndr", False), (1980, "npf_zlt", True),
                                  (1981, "npf_zlt", False)):
            with self.subTest(f"{lost} {key}"):
                rates = self.rates([record(1, 10000, 0), record(2, 20000, lost)])
                self.assertEqual(rates[key], 20000 if passes else 10000)

    def test_half_of_the_trials_may_fail_for_one_of_them(self):
        trials = [record(n, 10000, 0) for n in range(4)] + [record(10 + n, 20000, 50 * (n < 2)) for n in range(4)]
        rates = self.rates(trials)
        self.assertEqual((rates["rfc2544"], rates["csit_ndr"]), (10000, 20000))
        rates = self.rates(trials + [record(20, 20000, 50)])
        self.assertEqual(rates["csit_ndr"], 10000)

    def test_margin_takes_the_mean_and_the_rate_that_was_asked(self):
        trials = [record(1, 10000, 0), record(2, 20000, 3800), record(3, 20000, 0)]
        self.assertEqual(self.rates(trials)["npf_zlt"], 20000)
        trials[2]["generator"]["achieved_pps"] = 19900  # a slow sender counts as loss there, and nowhere else
        rates = self.rates(trials)
        self.assertEqual((rates["npf_zlt"], rates["csit_ndr"]), (10000, 19950))

    def test_a_rate_above_a_bad_one_does_not_count_and_is_said(self):
        trials = [record(1, 10000, 0), record(2, 20000, 500), record(3, 30000, 0)]
        limits = self.scores(trials)[0]["meanings"]["rfc2544"]
        self.assertEqual(limits, {"loss_free_pps": 10000, "loss_at_pps": 20000, "inversion": True,
                                  "between_pps": 10000})
        self.assertIn("10000~", self.table(trials))

    def test_ends_of_the_ladder(self):
        none, all_of_it = self.scores([record(1, 10000, 9), record(2, 20000, 99), record(3, 10000, 0, "ykvm"),
                                       record(4, 20000, 0, "ykvm")])
        self.assertEqual((none["meanings"]["rfc2544"]["loss_free_pps"], none["spread_pct"]), (None, None))
        self.assertEqual(all_of_it["meanings"]["rfc2544"]["loss_at_pps"], None)
        self.assertEqual((all_of_it["spread_pct"], all_of_it["spread_between_pct"]), (0, None))
        text = self.table([record(1, 10000, 9), record(2, 20000, 99), record(3, 10000, 0, "ykvm"),
                           record(4, 20000, 0, "ykvm")])
        self.assertIn(" none ", text)
        self.assertIn(" 20000+ ", text)

    def test_spread(self):
        row = self.scores([record(1, 10000, 0), record(2, 11000, 150), record(3, 20000, 10000)])[0]
        self.assertEqual(row["spread_pct"], 10.0)
        # 0.075 % at 11,000 and 5 % at 20,000: 0.1 % at 11,046, 0.990 % at 12,672; NFVbench's 0.001 % at 10,013.
        between = {key: limits["between_pps"] for key, limits in row["meanings"].items()}
        self.assertEqual((between["rfc2544"], between["nfvbench_ndr"], between["moongen"], between["npf_zlt"]),
                         (10000, 10013, 11046, 12672))
        self.assertEqual(row["spread_between_pct"], 26.72)

    def test_what_is_no_measurement_is_in_no_score(self):
        found = self.found([record(1, 10000, 0), record(2, 20000, 0), record(3, 15000, 900, status="invalid"),
                            fixture.failed(4), record(5, 10000, 0, "ykvm")])
        self.assertEqual((found["trials"], found["not_ok"], found["of_one_rate"]), (5, 2, 1))
        self.assertEqual([row["capture"] for row in found["scores"]], ["libpcap"])
        self.assertEqual(found["scores"][0]["rates"], 2)

    def test_settings_and_frames_are_rows_of_their_own(self):
        trials = [record(n, rate, 0, frame=frame, **settings) for n, (rate, frame, settings) in enumerate(
            (rate, frame, settings) for rate in (10000, 20000) for frame, settings in (
                (64, {}), (1518, {}), (64, {"rx_usecs": "9", "knobs": {"rx_usecs": "9"}}),
                (64, {"buffer_bytes": "65536"})))]
        self.assertEqual([(row["frame_bytes"], row["settings"]) for row in self.scores(trials)],
                         [(64, "rx_usecs=9"), (64, ""), (1518, ""), (64, "buffer_bytes=65536")])

    def table(self, records):
        return "\n".join(rescore.report(self.found(records)))

    def test_resolution_is_stated(self):
        trials = [fixture.record(1, rate=10000), fixture.record(2, rate=20000, delivered=990)]
        self.assertIn("one frame is 0.1 %. NFVbench NDR: no different from 0 there.", self.table(trials))

    def main(self, *words):
        return fixture.main(rescore, *words)

    def test_reference_is_scored(self):
        status, out, err = self.main(REFERENCE, "--json")
        self.assertEqual((status, err), (0, ""))
        found = json.loads(out)
        self.assertEqual(len(found["meanings"]), 7)
        for row in found["scores"]:
            rates = [limits["loss_free_pps"] or 0 for limits in row["meanings"].values()]
            self.assertEqual(min(rates), rates[0], row)  # RFC 2544 is the strictest
        status, out, err = self.main(REFERENCE)
        self.assertEqual((status, err), (0, ""))
        self.assertIn("RFC 2544", out)

    def test_messages(self):
        self.assertEqual(self.main()[0], 2)
        self.assertEqual(self.main("a", "b")[0], 2)
        self.assertEqual(self.main("--help")[0], 0)
        status, out, err = self.main("/nonexistent")
        self.assertEqual((status, out), (1, ""))
        self.assertIn("/nonexistent/trials.jsonl", err)
        self.assertIn("no capture was tried at two rates", self.main(self.folder([record(1, 1000, 0)]))[2])


class Stored(unittest.TestCase):
    """results/noloss: rates close enough for the meanings to differ."""

    @classmethod
    def setUpClass(cls):
        cls.found = rescore.rescore(NOLOSS)

    def test_every_trial_counts(self):
        self.assertEqual((self.found["not_ok"], self.found["of_one_rate"]), (0, 0))

    def test_steps_are_below_one_per_cent(self):
        trials = rec.load(NOLOSS)
        for name in {r["spec"]["capture"] for r in trials}:
            rates = sorted({r["spec"]["rate_pps"] for r in trials if r["spec"]["capture"] == name})
            self.assertLess(max(high / low for low, high in zip(rates, rates[1:])), 1.01, name)

    def test_the_meanings_part(self):
        """Each row has the knee in it; 0 and 1 % are two rates in one of them at least."""
        parted, spreads = [], []
        for row in self.found["scores"]:
            with self.subTest(row["capture"]):
                rates = {key: limits["loss_free_pps"] for key, limits in row["meanings"].items()}
                self.assertTrue(all(limits["loss_at_pps"] for limits in row["meanings"].values()), row)
                self.assertEqual(rates["trex_ndr"], rates["moongen"])
                self.assertEqual(rates["trex_ndr"], rates["pktgen_dpdk"])
                for stricter, laxer in (("rfc2544", "csit_ndr"), ("rfc2544", "nfvbench_ndr"),
                                        ("nfvbench_ndr", "trex_ndr"), ("csit_ndr", "trex_ndr"),
                                        ("trex_ndr", "npf_zlt")):
                    self.assertLessEqual(rates[stricter], rates[laxer], (stricter, laxer))
                spreads.append(row["spread_pct"])
                self.assertAlmostEqual(row["spread_pct"], 100 * (max(rates.values()) / min(rates.values()) - 1), delta=0.01)
                self.assertLess(row["spread_pct"], 3)
                if len(set(rates.values())) == 1:  # the first rate that loses loses too much for all of them
                    self.assertEqual(len({limits["loss_at_pps"] for limits in row["meanings"].values()}), 1)
                parted.append(len(set(rates.values())))
        self.assertGreaterEqual(max(parted), 2)
        self.assertGreater(max(spreads), 0.1)


if __name__ == "__main__":
    unittest.main()
