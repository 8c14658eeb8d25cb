# SPDX-License-Identifier: GPL-2.0-or-later
"""Data of the figures, from records with and without loss, predictions and measurements."""
import os
import re
import sys
import unittest
from unittest import mock

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from made import Folder, native_campaign, record, wall  # noqa: E402  first: it finds the rest
import fixture  # noqa: E402
import lists  # noqa: E402
import mkdat  # noqa: E402
import series  # noqa: E402
from fixture import failed  # noqa: E402


class Names(Folder):
    def names(self, *records):
        return series.Series(self.folder(records)).series()

    def test_a_law_of_arrivals_says_who_sends(self):
        trials = [record(1), record(2), record(3, buffers="64", **{"gen.arrivals": "poisson"}), record(4, buffers="64")]
        for r in trials[2:]:
            r["spec"]["generator"] = "txring"
        self.assertEqual(self.names(*trials),
                         ["libpcap", "libpcap:generator=txring,buffers=64", "libpcap:poisson,buffers=64"])

    def test_a_knob_that_differs_is_in_the_name(self):
        """As read back, whoever set it: two curves never differ in a knob that the key does not show."""
        trials = [fixture.record(n, capture, knobs={"gro": gro, "new_knob": new}) for n, (capture, gro, new) in enumerate(
            (("libpcap", "1", "0"), ("null", "1", "0"), ("ykvm", "0", "0"), ("kcap", "1", "5")))]
        self.assertEqual(self.names(*trials), ["null", "libpcap", "ykvm:gro=0", "kcap:new_knob=5"])

    def test_what_nobody_read_is_not_the_common_ground(self):
        ground = {"gro": "1", "rx_ring": "256", "threaded": "0", "netdev_budget": "300"}
        dpdk = fixture.record(3, "dpdk")
        dpdk["knobs"] = {"driver": "uio_pci_generic", "netdev_budget": "300"}
        self.assertEqual(self.names(fixture.record(1, knobs=ground), fixture.record(2, "null", knobs=ground), dpdk),
                         ["null", "libpcap", "dpdk:knobs=?"])

    def test_a_file_is_named_by_its_first_digits(self):
        trials = [record(1), record(2), record(3, **{"gen.pcap": "0123456789abcdef" * 4})]
        self.assertEqual(self.names(*trials)[1], "libpcap:gen.pcap=0123456789ab")


class Data(Folder):
    def test_blocks_hold_measured_and_predicted(self):
        p = (f"{1:016x}", "predicted", 76000, 24, 25, 3100, "nan", "nan", 22, 27)
        folder = self.folder([record(1, delivered=750), record(2, frame=1518)], [p])
        self.assertEqual(mkdat.make(folder), (["received-vs-offered", "loss-vs-offered", "cpu-per-packet", "latency"], []))
        self.assertEqual(self.data(folder, "received-vs-offered.dat"),
                         "# libpcap@64@\n100 75 75 75\n\n\n# model@libpcap@64@\n100 76 75 78 73\n\n\n"
                         "# libpcap@1518@\n100 100 100 100\n\n\n")
        self.assertIn("# model@libpcap@64@\n100 24 25 22 27\n", self.data(folder, "loss-vs-offered.dat"))
        self.assertIn("# libpcap@high@\n64 4000 4000 4000 3100\n1518 3000 3000 3000 nan\n",
                      self.data(folder, "cpu-per-packet.dat"))

    def test_finer_curve_is_taken_when_there_is_one(self):
        folder = self.folder([record(1)], [(f"{1:016x}", "predicted", 1, 2, 3, 4, 5, 6)])
        with open(os.path.join(folder, "predictions.tsv"), "w", encoding="utf-8") as out:
            out.write(f"id\tvariant\trole\tdd1k_loss_pct\n{1:016x}\tlibpcap\tpredicted\t9\n")
        with open(os.path.join(folder, "prediction-curves.tsv"), "w", encoding="utf-8") as out:
            out.write("variant\tframe_bytes\toffered_pps\tdd1k_loss_pct\tmm1k_loss_pct\ttwo_stage_loss_pct\n"
                      "libpcap\t64\t50000\t0\t1\tnan\nlibpcap\t64\t100000\t20\t25\t60\n"
                      "libpcap\t512\t50000\t7\t7\t8\n")
        mkdat.make(folder)
        self.assertIn("# model@libpcap@64@\n50 50 49.5 nan nan\n100 80 75 nan nan\n\n\n",
                      self.data(folder, "received-vs-offered.dat"))
        self.assertIn("# stages@libpcap@\n100 40\n\n\n", self.data(folder, "livelock.dat"))

    def test_residuals_are_of_what_was_predicted(self):
        rest = (24, 25, 3100, "nan", "nan", 22, 27, 1, 2, 3, 4, 1.25, -0.5, 2, 0.25)
        folder = self.folder([record(1), record(2, rate=12500)], [(f"{1:016x}", "predicted", 76000, *rest),
                                                                  (f"{2:016x}", "calibration", 76000, *rest)])
        self.assertIn("residuals", mkdat.make(folder)[0])
        self.assertEqual(self.data(folder, "residuals.dat"), "# libpcap@\n1.25 -0.5 2 0.25\n\n\n")

    def test_calibration_and_failures_are_left_out(self):
        p = (f"{1:016x}", "calibration", "nan", "nan", "nan", "nan", "nan", "nan")
        folder = self.folder([record(1, rate=5000), record(2), failed(3)], [p])
        mkdat.make(folder)
        self.assertEqual(self.data(folder, "received-vs-offered.dat"), "# libpcap@64@\n100 100 100 100\n\n\n")

    def test_seeds_give_a_mean_and_a_range(self):
        folder = self.folder([record(1, delivered=700), record(2, delivered=900)])
        mkdat.make(folder)
        self.assertIn("\n100 20 10 30\n", self.data(folder, "loss-vs-offered.dat"))
        self.assertIn("2 trials a point", self.data(folder, "loss-vs-offered.lists").replace("\u00a0", " "))

    def test_sweep_is_a_figure_of_its_own(self):
        folder = self.folder([record(n, us=us) for n, us in enumerate((1000, 0, 50))] + [record(9, rate=200000)])
        self.assertIn("coalescing", mkdat.make(folder)[0])
        self.assertEqual(self.data(folder, "coalescing.dat").splitlines()[:4],
                         ["# @1@"] + [f"{us} {step} 20000 nan 0 nan 2.5" + 5 * " nan" + " 3000 nan"
                                      for step, us in enumerate((0, 50, 1000))])
        self.assertNotIn("\n100 ", self.data(folder, "received-vs-offered.dat"))

    def test_each_sweep_of_the_commonest_frame_is_a_series(self):
        trials = [record(100 * n + us, "interrupt-coalesced", frame, rate, delivered, us, base="ykvm", **ring)
                  for n, (frame, rate, delivered, ring) in enumerate(((64, 90000, 990, {"rx_ring": "80"}),
                                                                      (64, 20000, 1000, {}), (512, 20000, 1000, {})))
                  for us in (0, 10, 50)]
        for r in trials:
            r["knobs"]["base"] = "ykvm"
        folder = self.folder(trials)
        mkdat.make(folder)
        told = self.data(folder, "coalescing.lists").replace("\u00a0", "_")
        self.assertIn("sweep_titles = 'ykvm,_20,000_pps ykvm,_90,000_pps,_rx_ring=80'", told)
        self.assertIn("sweep_lossy = '2'", told)

    def test_cost_is_without_the_trials_own_where_that_is_known(self):
        folder = self.folder([record(1), record(2, frame=512)])
        with open(os.path.join(folder, "predictions.tsv"), "w", encoding="utf-8") as out:
            out.write(f"id\trole\tmeas_cost\n{1:016x}\tpredicted\t2500\n")
        mkdat.make(folder)
        self.assertIn("# libpcap@low@\n64 2500 2500 2500 nan\n512 3000 3000 3000 nan\n",
                      self.data(folder, "cpu-per-packet.dat"))

    def test_limits_of_logarithmic_axes(self):
        self.assertEqual(lists.log_limits([75.5, None, 11252]), (50, 20000))
        self.assertEqual(lists.log_limits([100, 1000]), (50, 2000))
        self.assertEqual(lists.log_limits([0, None]), (1, 10))

    def test_ticks_of_logarithmic_axes(self):
        self.assertEqual(lists.log_ticks(50, 20000), "100 1000 10000")
        self.assertEqual(lists.log_ticks(5000, 20000), "5000 10000 20000")

    def test_steps_of_linear_axes(self):
        for top, step in ((500, 100), (550, 100), (650, 200), (19250, 5000)):
            self.assertEqual(lists.tick_step(top), step)

    def test_a_key_is_wide_enough_for_each_name(self):
        names = ["a" * 60, "b" * 120, "c" * 60, "d", "e"]
        found = lists.key(names)
        places = list(zip(found["key_x"].split(), found["key_row"].split()))
        self.assertEqual([row for _, row in places], ["1", "2", "3", "3", "3"])
        self.assertEqual((places[3][0], found["key_rows"]), (f"{58 + 60 * 6.7:.0f}", 3))
        self.assertEqual((found["key_wide"], lists.key(["a" * 300])["key_wide"]), (1155, 58 + 300 * 6.7))

    def test_settings_make_curves_of_their_own(self):
        folder = self.folder([record(1), record(2, budget="32"), record(3, capture="ykvm")])
        mkdat.make(folder)
        self.assertIn("captures = 'libpcap libpcap:budget=32 ykvm'", self.data(folder, "loss-vs-offered.lists"))

    def test_source_names_testbed_clock_n_and_ground(self):
        folder = self.folder([record(1)])
        mkdat.make(folder)
        told = self.data(folder, "loss-vs-offered.lists").replace("\u00a0", "_")
        self.assertIn("source = 'testbed_lab,_virtual_clock,_identity_00ff00ff00ff00ff_·_1,000_frames_a_trial,"
                      "_1_trial_a_point common_ground:_generator_pktgen,_rx_usecs_50;_a_name_says_what_differs'", told)

    def test_lines_below_a_figure_are_no_wider_than_it(self):
        ground = {name: "1234567890" for name in ("gro", "rx_ring", "threaded", "netdev_budget", "gro_flush_timeout",
                                                  "napi_defer_hard_irqs")}
        folder = self.folder([fixture.record(n, knobs=ground) for n in (1, 2)])
        mkdat.make(folder)
        told = re.search("^source = '(.*)'$", self.data(folder, "loss-vs-offered.lists"), re.M).group(1).split(" ")
        self.assertEqual(len(told), 3)
        self.assertLessEqual(max(map(len, told)), lists.LINE_LETTERS)

    def test_rows_of_unlike_sizes_of_frames_are_drawn(self):
        """One capture at 64 bytes, another at 1518 only."""
        folder = self.folder([record(10 * n + k, capture, frame, rate) for n, (capture, frame) in enumerate(
            (("libpcap", 64), ("ykvm", 1518), ("kcap", 64))) for k, rate in enumerate((20000, 30000))])
        drawn, troubles = mkdat.make(folder)
        self.assertEqual((troubles, "captures" in drawn), ([], True))
        self.assertNotIn("ykvm", self.data(folder, "captures.dat"))

    def test_a_fault_in_one_figure_loses_none_of_the_others(self):
        folder = self.folder([record(1), record(2, frame=512)])
        self.assertIn("cpu-per-packet", mkdat.make(folder)[0])
        with mock.patch.dict(mkdat.FIGURES, {"cpu-per-packet": lambda f: [][1]}):
            drawn, troubles = mkdat.make(folder)
        self.assertEqual(drawn, ["received-vs-offered", "loss-vs-offered", "latency"])
        self.assertEqual(troubles, ["cpu-per-packet: a fault of rxlab: IndexError: list index out of range"])
        self.assertFalse(os.path.exists(os.path.join(folder, "plots", "cpu-per-packet.dat")))

    def test_bars_are_brackets_and_say_another_rate(self):
        trials = [record(1, rate=20000), record(2, rate=30000), record(3, rate=40000, delivered=900),
                  record(4, "ykvm", rate=20000), record(5, "ykvm", rate=30000), record(6, "ykvm", rate=40000),
                  record(7, "null", rate=20000), record(8, "null", rate=30000),
                  record(9, "recv", rate=25000, delivered=900)]
        folder = self.folder(trials)
        mkdat.make(folder)
        rows = [line for line in self.data(folder, "captures.dat").splitlines() if line and line[0] != "#"]
        self.assertEqual(rows, ['ykvm 40 40 40 "≥ 40" 3000 3000 3000 3,000 1',
                                'libpcap 30 30 40 "30 to 40" 3000 3000 3000 3,000 1',
                                'null 30 30 30 "≥ 30" 3000 3000 3000 3,000 1',
                                'recv 0 0 25 "below 25" 3333.33333 3333.33333 3333.33333 "3,333, at 25,000 pps" 0'])
        self.assertIn("usual = '30,000 pps'", self.data(folder, "captures.lists"))

    def test_the_line_rate_is_told_for_each_size(self):
        folder = self.folder([record(1), record(2, frame=1518)])
        mkdat.make(folder)
        self.assertIn("line_kpps = '1488.1 81.2744'", self.data(folder, "received-vs-offered.lists"))

    def test_arrivals_and_other_senders_stand_below_the_rest(self):
        trials = [record(10 * n + k, capture, rate=rate, **settings)
                  for n, (capture, settings, top) in enumerate((("libpcap", {}, 30000), ("ykvm", {}, 30000),
                                                                ("ykvm", {"gen.arrivals": "constant"}, 90000)))
                  for k, rate in enumerate((20000, top))]
        folder = self.folder(trials)
        mkdat.make(folder)
        names = [line.split()[0] for line in self.data(folder, "captures.dat").splitlines()[1:] if line]
        self.assertEqual(names[-1], "ykvm:constant")

    def test_order_of_records_does_not_matter(self):
        trials = [record(n, capture=c, rate=r) for n, (c, r) in enumerate(
            (c, r) for c in ("ykvm", "null", "other") for r in (50000, 100000))]
        texts = []
        for order in (trials, trials[::-1]):
            folder = self.folder(order)
            texts.append([self.data(folder, name + ".dat") for name in mkdat.make(folder)[0]])
        self.assertEqual(*texts)


class WallClock(Folder):
    def rows(self, folder, name):
        return [line.split(" ") for line in self.data(folder, name + ".dat").splitlines() if line and line[0] != "#"]

    def test_bars_are_medians_with_intervals(self):
        folder = self.folder(native_campaign())
        self.assertIn("captures", mkdat.make(folder)[0])
        rows = self.rows(folder, "captures")
        # rate and limits, in words, cost and limits: five blocks have no interval, six have all six
        self.assertEqual(rows[0], ["ykvm-xdp", "903", "901", "905", '"≥', '903"', "400", "200", "600", "400", "1"])
        self.assertEqual(rows[1][:5], ["af-xdp", "503.5", "501", "506", "504"])
        self.assertEqual(rows[2][:5], ["af-xdp+spin", "0", "0", "0", "0"])
        self.assertEqual(len(rows), 3)

    def test_points_are_medians_of_undisturbed_trials(self):
        folder = self.folder(native_campaign())
        mkdat.make(folder)
        text = self.data(folder, "received-vs-offered.dat")
        self.assertIn("# ykvm-xdp@64@\n503.5 503.5 501 506\n903 903 901 905\n", text)
        self.assertNotIn("label", text)
        told = self.data(folder, "received-vs-offered.lists")
        self.assertIn("wall = 1", told)
        self.assertIn("medians of 5 to 6 blocks", told.replace("\u00a0", " "))

    def test_a_point_without_loss_lies_on_the_line_of_no_loss(self):
        trials = [wall(b, "xdp-count", b, 900000) for b in range(1, 7)]
        trials[5]["generator"].update(achieved_pps=2000000)
        folder = self.folder(trials + [wall(7, "xdp-count", 1, 500000)])
        mkdat.make(folder)
        offered, received = self.rows(folder, "received-vs-offered")[-1][:2]
        self.assertEqual((offered, received), ("903.5", "903.5"))

    def test_trials_that_differ_are_curves_of_their_own(self):
        def names(*all_settings):
            folder = self.folder([wall(10 * n + b, "af-xdp", b, 500000, **settings)
                                  for b in (1, 2) for n, settings in enumerate(all_settings)])
            mkdat.make(folder)
            return series.Series(folder).series()

        self.assertEqual(names({"frames": "32768"}, {"frames": "32768", "spin_usecs": "50"}), ["af-xdp", "af-xdp+spin"])
        self.assertEqual(names({"frames": "32768"}, {"frames": "4096"}), ["af-xdp:frames=32768", "af-xdp:frames=4096"])
        self.assertEqual(names({"spin_usecs": "0"}, {"spin_usecs": "50"}, {"spin_usecs": "900"}),
                         ["af-xdp", "af-xdp+spin=50", "af-xdp+spin=900"])
        self.assertEqual(names({}, {"work": "touch"}, {"work": "touch", "spin_usecs": "50"}),
                         ["af-xdp", "af-xdp+spin:work=touch", "af-xdp:work=touch"])

    def test_two_clocks_share_no_axis(self):
        folder = self.folder([record(1), wall(2, "af-xdp", 1, 500000)])
        with self.assertRaisesRegex(mkdat.rec.BadRecord, "virtual and of the wall clock"):
            mkdat.make(folder)

if __name__ == "__main__":
    unittest.main()
