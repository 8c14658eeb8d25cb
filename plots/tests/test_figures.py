# SPDX-License-Identifier: GPL-2.0-or-later
"""Every figure drawn, and what `rxlab plot` says."""
import contextlib
import io
import json
import os
import shutil
import sys
import tempfile
import unittest
from unittest import mock

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from made import Folder, native_campaign, record, wall  # noqa: E402  first: it finds the rest
import draw  # noqa: E402
import fixture  # noqa: E402
import made_tune  # noqa: E402
import mkdat  # noqa: E402
import series  # noqa: E402
from fixture import failed  # noqa: E402


def on_kernel(number, kernel):
    """A trial with a profile."""
    r = record(number, "null", kernel=kernel)
    r["spec"]["seed"] = 1
    r["cpu"]["instructions"] = {"driver": 400000, "softirq": 2000 * number, "tap": 0, "other": 90000}
    return r


@unittest.skipUnless(shutil.which("gnuplot"), "gnuplot is not installed")
class Figures(Folder):
    def drawn(self, records, predictions=()):
        return self.draw(self.folder(records, predictions), "00ff00ff00ff00ff")

    def draw(self, folder, identity):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = draw.main(["draw.py", folder])
        self.assertEqual((status, err.getvalue()), (0, ""))
        names = [os.path.basename(line)[:-4] for line in out.getvalue().split()]
        for name in names:
            with open(os.path.join(folder, "plots", name + ".png"), "rb") as png:
                self.assertEqual(png.read(8), b"\x89PNG\r\n\x1a\n")
            self.assertIn("identity " + identity, self.data(folder, name + ".svg").replace("\u00a0", " "))
            self.assertTrue(self.data(folder, name + ".svg").rstrip().endswith("</svg>"))
        return names

    def test_every_figure_with_all_there_is(self):
        trials, predictions = [], []
        for capture in ("null", "libpcap", "ykvm", "somebody-elses"):
            for frame in (64, 512, 1518):
                for rate, delivered in ((50000, 1000), (200000, 600)):
                    trials.append(record(len(trials), capture, frame, rate, delivered))
        trials += [record(100 + us, "interrupt-coalesced", us=us) for us in (0, 10, 50, 1000)]
        trials += [on_kernel(200 + n, kernel) for n, kernel in enumerate(("6.1.9-56", "6.12.5-deb13"))]
        for r in trials:
            predictions.append((r["id"], "predicted", 90000, 10, 12, 2900, 19000, 2600, 9, 12, 9000, 18000, 2700, 2500,
                                1.1, 0.5, 3, -0.4, r["spec"]["capture"]))
        folder = self.folder(trials, predictions)
        with open(os.path.join(folder, "prediction-curves.tsv"), "w", encoding="utf-8") as out:
            out.write("variant\tframe_bytes\toffered_pps\tdd1k_loss_pct\tmm1k_loss_pct\tdd1k_loss_low_pct"
                      "\tdd1k_loss_high_pct\ttwo_stage_loss_pct\n"
                      "libpcap\t64\t50000\t0\t1\t0\t1\t5\nlibpcap\t64\t200000\t40\t42\t38\t43\t90\n")
        with open(os.path.join(folder, "tune.json"), "w", encoding="utf-8") as out:
            json.dump(made_tune.found([made_tune.point(1, {}, made_tune.values(0, 1, 900, 2000, 9000)),
                                       made_tune.point(2, {"gro": "1"}, made_tune.values(0.1, 1, 90, 2500, 900))]), out)
        self.assertEqual(self.draw(folder, "00ff00ff00ff00ff"), list(mkdat.FIGURES))

    def test_a_campaign_of_many_settings_has_its_front(self):
        folder = self.folder([record(n, delivered=1000 - 10 * (n % 3), us=n, gro=str(n)) for n in range(1, 21)])
        self.assertIn("tune", self.draw(folder, "00ff00ff00ff00ff"))
        rows = [line.split() for line in self.data(folder, "tune.dat").splitlines() if line and line[0] != "#"]
        self.assertEqual(len(rows), 20)
        self.assertEqual(sum(row[4] == "1" for row in rows), 1)  # of equal points the first is on the front

    def test_rows_that_all_spin_are_drawn(self):
        trials = [wall(10 * b + n, capture, b, 500000, spin_usecs="50", **settings) for b in (1, 2)
                  for n, (capture, settings) in enumerate((("recv", {}), ("af-xdp", {}), ("af-xdp", {"frames": "64"})))]
        folder = self.folder(trials)
        self.assertIn("captures", self.draw(folder, "00ff00ff00ff00ff"))

    def test_records_of_the_lab(self):
        predictions = os.path.join(fixture.FOLDER, "predictions.tsv")
        folder = self.folder(fixture.REAL)
        shutil.copy(predictions, folder)
        self.assertEqual(self.draw(folder, fixture.REAL[0]["testbed"]["identity"]),
                         [name for name in mkdat.FIGURES if name not in ("cpu-per-packet", "livelock", "kernels", "tune")])

    def test_no_loss_and_no_prediction(self):
        self.drawn([record(1), record(2, rate=200000)])

    def test_one_point_beside_failures(self):
        self.drawn([record(1), failed(2), failed(3)])

    def test_sweep_only(self):
        trials = [record(n, us=us, delivered=990) for n, us in enumerate((0, 50, 250))]
        self.assertEqual(self.drawn(trials), ["coalescing", "latency"])

    def test_wall_clock(self):
        self.assertEqual(self.drawn(native_campaign()),
                         ["received-vs-offered", "loss-vs-offered", "captures", "latency"])

    def test_twenty_captures(self):
        self.drawn([record(rate + n, f"row-{n}", rate=rate, delivered=1000 - 10 * n) for n in range(20)
                    for rate in (50000, 200000)])

    def test_nothing_measured_draws_nothing(self):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = draw.main(["draw.py", self.folder([failed(1)])])
        self.assertEqual((status, out.getvalue()), (1, ""))
        self.assertIn("nothing to draw: no trial was measured", err.getvalue())

    def test_figures_in_another_folder(self):
        folder, out = self.folder([record(1)]), tempfile.TemporaryDirectory()
        self.addCleanup(out.cleanup)
        with contextlib.redirect_stdout(io.StringIO()):
            self.assertEqual(draw.main(["draw.py", folder, "--out", out.name]), 0)
        self.assertIn("received-vs-offered.svg", os.listdir(out.name))
        self.assertEqual(os.listdir(folder), ["trials.jsonl"])

    def test_long_names_stand_in_the_picture(self):
        """Each name of a key, whole, to the right of the left edge and above the lines of the source."""
        settings = {f"a_setting_{n}": "4096" for n in range(5)}
        folder = self.folder([record(n, f"capture-{n}", rate=50000 + n, **settings, own=str(n)) for n in range(14)]
                             + [record(90 + n, f"capture-{n}", rate=50000, **settings) for n in range(14)])
        self.draw(folder, "00ff00ff00ff00ff")
        svg = self.data(folder, "received-vs-offered.svg")
        names = series.Series(folder).series()
        self.assertEqual([name for name in names if name not in svg], [])

    def test_names_that_gnuplot_would_read_as_its_own(self):
        self.drawn([record(1, capture="a_b"), record(2, capture="c", note="x'y `z` \"$q @a b")])


class Messages(Folder):
    def run_main(self, *words):
        err = io.StringIO()
        with contextlib.redirect_stderr(err), contextlib.redirect_stdout(io.StringIO()):
            return draw.main(["draw.py", *words]), err.getvalue()

    def test_without_gnuplot_the_data_stay(self):
        folder = self.folder([record(1)])
        with mock.patch("shutil.which", return_value=None):
            status, err = self.run_main(folder)
        self.assertEqual((status, "gnuplot is not installed" in err), (77, True))
        self.assertTrue(self.data(folder, "received-vs-offered.dat"))

    def test_bad_folder(self):
        status, err = self.run_main("/nonexistent")
        self.assertEqual((status, "/nonexistent/trials.jsonl" in err), (1, True))
        with self.assertRaises(SystemExit) as end:
            self.run_main()
        self.assertEqual(end.exception.code, 2)


if __name__ == "__main__":
    unittest.main()
