# SPDX-License-Identifier: GPL-2.0-or-later
"""The arithmetic of `rxlab profile` and its chart: copies are counted as defined, widths add up."""

import os
import re
import sys
import unittest
import xml.etree.ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import profile_trial as work  # noqa: E402
import profile_svg  # noqa: E402


def profile(frame, owners, frames=1000, delivered=None, name="x"):
    """owners: (owner, stage, instructions, bytes loaded, bytes stored), each a frame."""
    rows = [{"owner": owner, "stage": stage, "instructions": i * frames, "loaded": load * frames,
             "stored": store * frames} for owner, stage, i, load, store in owners]
    stages = {}
    for stage in ("driver", "softirq", "copy", "other"):
        stages[stage] = sum(row["instructions"] for row in rows if row["stage"] == stage)
    record = {"spec": {"capture": name, "frame_bytes": frame, "rate_pps": None}, "nic": {"accepted": frames},
              "ledger": {"delivered": frames if delivered is None else delivered},
              "cpu": {"busy_ns": sum(stages.values()), "instructions": stages}}
    return work.profile_of(record, rows)


SMALL = profile(64, [("memcpy", "copy", 20, 64, 64), ("inline [m]", "other", 9, 70, 70), ("clear", "other", 4, 0, 64),
                     ("check", "softirq", 5, 64, 0), ("poll", "driver", 50, 200, 100)])
LARGE = profile(1518, [("memcpy", "copy", 200, 1518, 1518), ("inline [m]", "other", 99, 1524, 1524),
                       ("clear", "other", 40, 0, 1518), ("check", "softirq", 50, 1518, 0),
                       ("poll", "driver", 50, 201, 101)], delivered=900)


class Copies(unittest.TestCase):
    def test_a_copy_loads_and_stores(self):
        found = work.copies_of(SMALL, LARGE)
        self.assertEqual([row["owner"] for row in found["owners"]], ["inline [m]", "memcpy"])
        self.assertEqual(found["copies_per_frame"], 2.0)
        self.assertEqual(found["stored"]["copy"], 1.0)
        self.assertAlmostEqual(found["stored"]["all"], 3.0, places=2)
        self.assertEqual(found["lost_behind_the_nic"], [0, 100])

    def test_text_names_who_copies_and_what_was_lost(self):
        text = "\n".join(work.copies_text(work.copies_of(SMALL, LARGE)))
        self.assertIn("x: 2.00 copies a frame", text)
        self.assertIn("1.00 bytes stored and 1.00 loaded for each byte by inline [m]", text)
        self.assertIn("0 and 100 frames were lost", text)
        self.assertNotIn("clear", text)

    def test_what_was_lost_may_be_unknown(self):
        small, large = (profile(size, [("memcpy", "copy", 20, size, size)]) for size in work.SIZES)
        small["record"]["ledger"]["delivered"] = None
        found = work.copies_of(small, large)
        self.assertEqual(found["lost_behind_the_nic"], [None, 0])
        self.assertIn("lost behind the NIC, copied or not, is unknown", "\n".join(work.copies_text(found)))

    def test_nobody_copies(self):
        found = work.copies_of(*(profile(size, [("poll", "driver", 50, 10, 10)]) for size in work.SIZES))
        self.assertEqual((found["copies_per_frame"], found["owners"]), (0, []))
        self.assertNotIn("-0.00", "\n".join(work.copies_text(found)))

    def test_an_owner_of_one_size_only(self):
        large = profile(1518, [("memcpy", "copy", 20, 1454, 1454)])
        self.assertEqual(work.copies_of(profile(64, [("poll", "driver", 1, 0, 0)]), large)["copies_per_frame"], 1.0)


class Table(unittest.TestCase):
    def test_shares_are_of_all_instructions(self):
        lines = list(work.table(SMALL, 2))
        self.assertIn("88.0 instructions a frame", lines[0])
        self.assertTrue(any(re.fullmatch(r" +50\.0 +56\.82% +200\.0 +100\.0  driver", line) for line in lines), lines)
        self.assertEqual(len(lines), 2 + 4 + 1 + 2)

    def test_no_frame_is_no_profile(self):
        with self.assertRaisesRegex(work.Failed, "no frame reached"):
            profile(64, [("poll", "driver", 1, 0, 0)], frames=0)


class Chart(unittest.TestCase):
    def boxes(self, *profiles):
        """(x, y, width) of each box of the bands."""
        root = xml.etree.ElementTree.fromstring(profile_svg.chart([(p["capture"], p) for p in profiles]))
        space = "{http://www.w3.org/2000/svg}"
        return [tuple(float(box.get(key)) for key in ("x", "y", "width"))
                for group in root.iter(space + "g") for box in group.iter(space + "rect")]

    def rows(self, boxes):
        rows = {}
        for x, y, width in boxes:
            rows.setdefault(y, []).append((x, width))
        return rows

    def test_rows_are_as_wide_as_the_whole_and_do_not_overlap(self):
        rows = self.rows(self.boxes(SMALL, LARGE))
        self.assertEqual(len(rows), 6)
        widths = [sum(width for _, width in row) for _, row in sorted(rows.items())]
        for band in (widths[:3], widths[3:]):
            self.assertAlmostEqual(min(band), max(band), delta=0.2)
        for row in rows.values():
            for (x, width), (following, _) in zip(row, row[1:]):
                self.assertAlmostEqual(x + width, following, delta=0.05)

    def test_bands_share_one_scale(self):
        widths = [max(width for _, width in row) for _, row in sorted(self.rows(self.boxes(SMALL, LARGE)).items())]
        self.assertAlmostEqual(widths[5] / widths[2], 439 / 88, places=2)

    def test_source_and_differences_stand_below(self):
        for p in (SMALL, LARGE):
            p["record"].update(testbed={"name": "lab", "clock": "virtual", "identity": "00ff"}, knobs={"gro": "1"})
            p["record"]["spec"].update(generator="pktgen", senders=1, reader_cpu=1, set={}, count=1000)
        other = {**LARGE, "record": {**LARGE["record"], "knobs": {"gro": "0"}}}
        text = profile_svg.chart([(work.title(p), p) for p in (SMALL, other)], work.source([SMALL, other]))
        xml.etree.ElementTree.fromstring(text)
        said = " ".join(re.findall(r">([^<]+)</text>", text))
        self.assertIn("testbed lab, virtual clock, identity 00ff", said)
        self.assertIn("ground: generator pktgen, gro 1", said)
        self.assertIn("x: gro=0", said)
        self.assertIn("+180.0", said)  # of the stage copy
        self.assertIn("unpaced", said)

    def test_names_are_escaped(self):
        text = profile_svg.chart([("<a>", profile(64, [("f<&>\"", "other", 5, 0, 0)], name="<a>"))])
        xml.etree.ElementTree.fromstring(text)
        self.assertIn("f&lt;&amp;&gt;", text)

    def test_the_narrow_ones_are_one_box(self):
        many = [(f"f{i}", "other", 1, 0, 0) for i in range(3000)] + [("big", "other", 5000, 0, 0)]
        owners = self.rows(self.boxes(profile(64, many)))
        self.assertEqual(len(owners[min(owners)]), 2)


if __name__ == "__main__":
    unittest.main()
