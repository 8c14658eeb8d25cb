# SPDX-License-Identifier: GPL-2.0-or-later
# runs alone: trials at this machine's own speed want both of its CPUs
"""docs/adding-a-capture.md, followed by the letter: its own commands, in a copy of the tree, for captures that are not there yet."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from netns import LATE, TOP, NetnsTest  # noqa: E402

DOC = os.path.join(TOP, "docs", "adding-a-capture.md")
BODY = os.path.join(TOP, "tests", "netns", "mycap.c")
NAME = "mycap"
OTHER = "my-cap.2"  # no name in C
OF_FRAMES = {"budget", "wait", "frames", "vlan", "snaplen", "filter", "order", "full"}
LAB_ONLY = ("one-cpu", "of 200 frames came")

# What is wrong in mycap.c, by what the doc's table has the suite say of it.
MISTAKES = {
    ("no-interface", "opens an interface that is not there"): [("!to.sll_ifindex || bind(", "bind(")],
    ("no-interface", "a file of somebody else is closed"): [
        ("\tif (m->opened)\n\t\tclose(m->fd);", "\tclose(m->fd);"),
        ("\tm->fd = socket(", '\tif (!if_nametoindex(c->ifname))\n\t\treturn err_sys(&c->err, "none");\n\tm->fd = socket(')],
    ("wait", "a signal came: error -4"): [("0 && errno != EINTR)", "0)")],
    ("vlan", "came without its tag"): [(" | CAPTURE_LOSES_VLAN", "")],
    ("full", "dropped fell from"): [("m->dropped += stats.tp_drops", "m->dropped = stats.tp_drops")],
    ("budget", "poll(1) handed out 2 frames"): [("done < budget", "done <= budget")],
}


def sections():
    with open(DOC, encoding="utf-8") as text:
        parts = re.split(r"^## (\d+)\. .*\n", text.read(), flags=re.MULTILINE)
    return dict(zip(map(int, parts[1::2]), parts[2::2]))


def blocks(section, language=""):
    return re.findall(rf"^```{language}\n(.*?)^```$", sections()[section], flags=re.MULTILINE | re.DOTALL)


def table(section):
    """(check, what it says) of each row of the section's table."""
    return set(re.findall(r"^\| `(.+?)` \| `(.+?)` \|", sections()[section], flags=re.MULTILINE))


def copy_tree(to):
    """Files of git and new ones, with their times, so that what is built in the tree counts as built in the copy."""
    done = subprocess.run(["git", "-C", TOP, "ls-files", "-coz", "--exclude-standard"], capture_output=True, text=True, check=True)
    for path in filter(None, done.stdout.split("\0")):
        if os.path.lexists(os.path.join(TOP, path)):
            os.makedirs(os.path.dirname(os.path.join(to, path)), exist_ok=True)
            shutil.copy2(os.path.join(TOP, path), os.path.join(to, path), follow_symlinks=False)
    shutil.copytree(os.path.join(TOP, "build"), os.path.join(to, "build"))
    shutil.copy2(os.path.join(TOP, "rxlab"), to)


def replaced(text, pairs):
    for old, new in pairs:
        assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
        text = text.replace(old, new)
    return text


class AddingACapture(NetnsTest):
    tree = None
    copied = {}

    def setUp(self):
        super().setUp()
        if not AddingACapture.tree:
            self.walk()

    @classmethod
    def tearDownClass(cls):
        if cls.tree:
            shutil.rmtree(cls.tree)
            cls.tree, cls.copied = None, {}

    def walk(self):
        """Section 1, for both names."""
        if subprocess.run(["git", "-C", TOP, "rev-parse"], capture_output=True, check=False).returncode:
            self.skipTest("the tree is no git checkout: what belongs to it is not known")
        AddingACapture.tree = tempfile.mkdtemp(prefix="rxlab-adding-")
        copy_tree(self.tree)
        (commands,) = blocks(1)
        self.assertTrue(commands.startswith(f"NAME={NAME}\n"), commands)
        for name in (OTHER, NAME):
            AddingACapture.copied[name] = self.sh(commands.replace(f"NAME={NAME}\n", f"NAME={name}\n", 1))

    def sh(self, commands):
        """Typed at the top of the copy; a command that fails ends it."""
        words = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
        return subprocess.run(["sh", "-ec", commands], cwd=self.tree, env=words, capture_output=True, text=True, timeout=240)

    def put(self, path, text):
        with open(os.path.join(self.tree, path), "w", encoding="utf-8") as file:
            file.write(text)

    def fill(self, mistakes=()):
        with open(BODY, encoding="utf-8") as text:
            self.put(f"capture-impls/{NAME}/{NAME}.c", replaced(text.read(), mistakes))

    def suite(self, *options):
        """Section 6's commands for NAME, as they are or with options: status, the suite's lines."""
        commands = blocks(6)[0]
        if options:
            commands = commands.replace("build/conformance \"", f"build/conformance {' '.join(options)} \"")
        done = self.sh(f"NAME={NAME}\n{commands}")
        self.assertIn(f"# group {NAME}\n", done.stdout, done.stderr)
        return done.returncode, done.stdout[done.stdout.index("# group "):].splitlines()

    def test_a_copy_has_a_life_and_no_frames(self):
        for name, done in self.copied.items():
            with self.subTest(name):
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                self.assertIn(f"\n{name} ", done.stdout)  # in the list
                lines = [line for line in done.stdout.splitlines() if line.startswith(f"ok - netns {name} ")]
                none = {line.split()[4] for line in lines if line.endswith(" # SKIP delivers nothing, as its row says")}
                self.assertEqual(none, OF_FRAMES)
                self.assertEqual([line.split()[4] for line in lines if "SKIP" in line and line.split()[4] not in none], ["no-interface"])
                (promised,) = re.findall(r"`(\d+ passed, \d+ failed, \d+ skipped)`", sections()[1])
                self.assertEqual(done.stdout.splitlines()[-1], promised)

    def test_the_names_are_its_own(self):
        rows = {row["name"] for row in json.loads(self.sh("./rxlab list captures --json").stdout)}
        self.assertLessEqual({OTHER, NAME, "skeleton"}, rows)
        for name in (OTHER, NAME):
            self.assertEqual(sorted(os.listdir(os.path.join(self.tree, "capture-impls", name))), ["README.md", f"{name}.c"])
        self.assertEqual(self.sh(f"grep -rn skeleton 'capture-impls/{OTHER}' || true").stdout, "")

    def test_a_filled_one_passes_everything(self):
        self.fill()
        status, lines = self.suite()
        self.assertEqual(([line for line in lines if line.startswith("not ok ")], status), ([], 0))
        self.assertEqual([line for line in lines if "# SKIP" in line],
                         [f"ok - netns {NAME} snaplen # SKIP has no setting snaplen", f"ok - netns {NAME} filter # SKIP cannot filter"])
        self.assertTrue(OF_FRAMES - {"snaplen", "filter"} <= {line.split()[4] for line in lines[1:-1] if "SKIP" not in line})

    def test_mistakes_fail_as_the_doc_says(self):
        self.assertEqual(table(6), {*MISTAKES, LAB_ONLY})
        for (check, says), pairs in MISTAKES.items():
            with self.subTest(check=check, says=says):
                self.fill(pairs)
                status, lines = self.suite("--check", check)
                self.assertEqual((status, lines[-1]), (1, "0 passed, 1 failed, 0 skipped"), lines)
                self.assertTrue(lines[1].startswith(f"not ok - netns {NAME} {check}: "), lines)
                self.assertIn(says, lines[1])

    def test_one_mistake_fails_the_whole(self):
        self.fill(MISTAKES["vlan", "came without its tag"])
        status, lines = self.suite()
        self.assertEqual(status, 1)
        self.assertEqual([line.split(":")[0] for line in lines if line.startswith("not ok ")], [f"not ok - netns {NAME} vlan"])

    def test_its_counters_are_to_be_explained(self):
        ask = "make build/tests/harness/instruments/fates_test && build/tests/harness/instruments/fates_test"
        with open(os.path.join(TOP, "harness", "instruments", "counter_semantics.c"), encoding="utf-8") as text:
            sources = text.read()
        self.addCleanup(self.put, "harness/instruments/counter_semantics.c", sources)
        self.fill()
        done = self.sh(ask)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(f"{NAME}: its counters are in no row of harness/instruments/counter_semantics.c", done.stdout + done.stderr)
        (rows,) = blocks(4, "c")
        head = "const struct source sources[] = {\n"
        self.put("harness/instruments/counter_semantics.c", replaced(sources, [(head, head + rows)]))
        done = self.sh(ask)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_a_trial_delivers_every_frame(self):
        self.fill()
        self.assertEqual(self.sh("make -j2 all").returncode, 0)
        done = self.sh(f"NAME={NAME}\n{blocks(7)[0]}")
        record = json.loads(done.stdout)
        self.assertEqual(record["capture"]["name"], NAME)
        if record["status"] != "ok":  # only a busy machine may spoil it, and loses nothing by that
            self.assertEqual((done.returncode, record["status"]), (1, "invalid"), record["reason"])
            self.assertTrue(record["reason"].startswith(LATE), record["reason"])
        self.assertEqual(record["ledger"], {"offered": 2000, "delivered": 2000, "dropped": 0, "unaccounted": 0})
        self.assertEqual(record["capture"]["own"], {"received": 2000, "dropped": 0, "if_dropped": None})


if __name__ == "__main__":
    unittest.main()
