# SPDX-License-Identifier: GPL-2.0-or-later
"""A sender's waiting is counted and not executed, and no byte of a record tells.

Each trial runs both ways, on one image; the plugin's own file says that the first one left something out.
"""

import concurrent.futures
import glob
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab import AT_ONCE, LabTest, run, trial  # noqa: E402

WANTED = (
    trial("libpcap", 64, 20000, 3000),
    trial("libpcap", 64, 60000, 3000),
    trial("ykvm", 1518, 90000, 3000),
    trial("libpcap", 64, 60000, 3000, rx_usecs=50),
    (*trial("ykvm", 64, 60000, 2000), "--senders", "2"),
    (*trial("tpacket3", 64, 60000, 3000), "--reader-cpu", "2"),
    (*trial("libpcap", 64, 20000, 3000, gen_arrivals="poisson"), "--generator", "txring"),
    (*trial("libpcap", 64, 30000, 3000, gen_arrivals="on-off"), "--generator", "txring"),
)


def plugin_file(side):
    path, = glob.glob(os.path.join(side, "*", "plugin"))
    with open(path, encoding="utf-8") as lines:
        return dict(line.rstrip("\n").split("=", 1) for line in lines)


@unittest.skipUnless(os.environ.get("RXLAB_WAITING") == "skipped", "an experiment, off: RXLAB_WAITING=skipped asks for it")
class Waiting(LabTest):
    def both(self, words):
        done = []
        for how in ("skipped", "executed"):
            side = self.folder()
            one = run(*words, "--side", side, env={**os.environ, "RXLAB_WAITING": how})
            self.assertEqual(one.returncode, 0, one.stdout + one.stderr)
            done.append((one.stdout, plugin_file(side)))
        return done

    def test_nothing_tells_counted_from_executed(self):
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            for words, (counted, executed) in zip(WANTED, pool.map(self.both, WANTED)):
                with self.subTest(" ".join(words)):
                    self.assertEqual(counted[0], executed[0])
                    self.assertGreater(int(counted[1].pop("skipped")), 0)
                    self.assertEqual(executed[1].pop("skipped"), "0")
                    self.assertEqual(counted[1], executed[1])

    def test_most_of_a_slow_sender_is_not_executed(self):
        side = self.folder()
        done = run(*WANTED[0], "--side", side)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        counts = plugin_file(side)
        self.assertGreater(int(counts["skipped"]), 0.7 * int(counts["vcpu0.instructions"]))


if __name__ == "__main__":
    unittest.main()
