# SPDX-License-Identifier: GPL-2.0-or-later
"""What differs from the common ground is named, whoever changed it, and two unlike trials never have the same name."""
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
RESULTS = os.path.join(HERE, "..", "..", "..", "results")
sys.path[:0] = [HERE, os.path.join(HERE, "..")]
import records as rec  # noqa: E402
from conditions import KNOBS, NETDEV, Conditions, base, yardstick  # noqa: E402
from fixture import failed, record  # noqa: E402

STORED = ("reference", "captures", "models", "noloss", "audit", "native")


class Words(unittest.TestCase):
    def words(self, *trials, but=()):
        found = Conditions(list(trials))
        return [found.words(r, but) for r in trials]

    def test_the_common_ground_needs_no_words(self):
        self.assertEqual(self.words(record(1), record(2, "ykvm"), record(3, buffers="64")), ["", "", "buffers=64"])

    def test_a_knob_as_it_was_read_back_and_not_as_it_was_asked_for(self):
        asked = record(3, rx_usecs="10", knobs={"rx_usecs": "9"})
        self.assertEqual(self.words(record(1), record(2), asked), ["", "", "rx_usecs=9"])
        self.assertEqual(self.words(record(1), record(2), asked, but=("rx_usecs",)), ["", "", ""])

    def test_a_knob_that_nobody_read_is_as_asked_for(self):
        self.assertEqual(self.words(record(1), record(2, busy_poll="50")), ["", "busy_poll=50"])

    def test_trials_that_set_a_knob_do_not_make_the_ground(self):
        swept = [record(n, rx_usecs="250", knobs={"rx_usecs": "250"}) for n in range(5)]
        self.assertEqual(self.words(record(9), *swept)[:2], ["", "rx_usecs=250"])

    def test_a_base_is_named_where_there_are_several(self):
        def derived(number, under):
            return record(number, "interrupt-coalesced", knobs={"base": under})
        self.assertEqual(self.words(derived(1, "libpcap"), derived(2, "libpcap")), ["", ""])
        self.assertEqual(self.words(derived(1, "libpcap"), derived(2, "ykvm")), ["base=libpcap", "base=ykvm"])

    def test_a_trial_without_knobs_has_none_to_name(self):
        self.assertEqual(self.words(record(1), failed(2))[1], "")

    def test_a_capture_without_the_kernels_nic_has_one_word_for_the_knobs_that_it_lacks(self):
        ground = {**dict.fromkeys(NETDEV, "0"), "channels": "1", "netdev_budget": "300"}
        lacks = {**dict.fromkeys((*NETDEV, "channels")), "netdev_budget": "300"}
        stock = [record(n, capture, knobs=ground) for n, capture in enumerate(("null", "libpcap", "ykvm"))]
        self.assertEqual(self.words(*stock, record(3, "dpdk", knobs=lacks))[3], "no-kernel-NIC")
        self.assertEqual(self.words(*stock, record(3, "dpdk", knobs={**lacks, "netdev_budget": "64"}))[3],
                         "no-kernel-NIC netdev_budget=64")
        half = record(3, "dpdk", knobs={**lacks, "gro": "0"})
        self.assertIn("rx_usecs=none", self.words(*stock, half)[3])
        self.assertEqual(self.words(record(1, "dpdk", knobs=lacks)), [""])

    def test_what_is_of_the_trial_comes_first(self):
        other = record(3, buffers="64", work="touch", knobs={"rx_usecs": "9"}, **{"gen.burst": "8"})
        other["spec"].update(senders=2, generator="txring")
        self.assertEqual(self.words(record(1), record(2), other)[2],
                         "generator=txring senders=2 gen.burst=8 work=touch buffers=64 rx_usecs=9")


    def test_the_kernel_is_named_where_it_is_not_the_labs_own(self):
        self.assertEqual(self.words(record(1), record(2), record(3, kernel="7.3.4-deb13")),
                         ["", "", "kernel=7.3.4-deb13"])


class Rows(unittest.TestCase):
    def test_rows_of_two_kernels_are_not_of_one_table(self):
        found = Conditions([record(1), record(2, kernel="7.3.4-deb13", buffers="64")])
        self.assertEqual([(found.row(r), found.around(r)) for r in found.records],
                         [("libpcap", ""), ("libpcap buffers=64", "kernel=7.3.4-deb13")])

    def test_a_row_is_the_capture_and_what_surrounds_it_the_rest(self):
        found = Conditions([record(1), record(2)])
        r = record(3, "interrupt-coalesced", knobs={"base": "ykvm", "rx_usecs": "0"}, base="ykvm", rx_usecs="0",
                   buffers="64", work="touch")
        self.assertEqual((found.row(r), found.around(r)),
                         ("ykvm buffers=64 (interrupt-coalesced)", "work=touch rx_usecs=0"))

    def test_a_yardstick_is_the_plain_row_or_the_first(self):
        self.assertEqual(yardstick(["libpcap buffers=64", "libpcap"], "libpcap"), "libpcap")
        self.assertEqual(yardstick(["ykvm", "libpcap (napi-tuned)"], "libpcap"), "libpcap (napi-tuned)")
        self.assertIsNone(yardstick(["libpcap-immediate"], "libpcap"))


class Stored(unittest.TestCase):
    """The records that are kept."""

    def test_equal_names_are_equal_conditions(self):
        """Trials of one name, capture, frame and rate differ in nothing that a testbed was told or read back."""
        for folder in STORED:
            trials = rec.load(os.path.join(RESULTS, folder))
            found, groups = Conditions(trials), {}
            for r in trials:
                spec, knobs = r["spec"], r["knobs"]
                told = {k: v for k, v in spec["set"].items() if k not in ("base", *KNOBS)}
                full = (spec["generator"], spec["senders"], spec["reader_cpu"], base(r), *sorted(told.items()),
                        *((k, knobs.get(k)) for k in KNOBS))
                groups.setdefault((spec["capture"], found.words(r)), set()).add(full)
            self.assertEqual({k: v for k, v in groups.items() if len(v) > 1}, {}, folder)

    def test_gro_parts_rows_of_the_captures(self):
        trials = rec.load(os.path.join(RESULTS, "captures"))
        found = Conditions(trials)
        around = {r["spec"]["capture"]: found.around(r) for r in trials}
        for r in trials:
            gro = {t["knobs"].get("gro") for t in trials if around[t["spec"]["capture"]] == around[r["spec"]["capture"]]}
            self.assertEqual(len(gro), 1, r["spec"]["capture"])


if __name__ == "__main__":
    unittest.main()
