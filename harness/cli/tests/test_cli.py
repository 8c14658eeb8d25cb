# SPDX-License-Identifier: GPL-2.0-or-later
# runs first: it takes longest
"""The rxlab program from outside: exit statuses, where output goes, what messages name. Runs no trial.

$RXLAB names another program than the one at the top of the tree.
"""

import json
import os
import subprocess
import tempfile
import unittest

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
RXLAB = os.environ.get("RXLAB") or os.path.join(TOP, "rxlab")
GOOD = "name: t\nsweeps:\n  - {capture: null, frame_bytes: [64, 1518], rate_pps: [1000, max]}\n"
ADAPTIVE = GOOD.replace("sweeps", "adaptive_rates: 3\nsweeps").replace("null", "libpcap").replace("[64, 1518]", "64")
TRIAL = ("trial", "--capture", "null", "--frame", "64", "--rate", "max")


def run(*words, **options):
    return subprocess.run([RXLAB, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, **options)


@unittest.skipUnless(os.access(RXLAB, os.X_OK), "rxlab is not built")
class Cli(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def campaign(self, text):
        path = os.path.join(self.folder, "c.yaml")
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return path

    def refused(self, words, *wanted, status=2):
        done = run(*words, cwd=self.folder)
        self.assertEqual(done.returncode, status, done)
        self.assertEqual(done.stdout, "")
        for text in wanted:
            self.assertIn(text, done.stderr)

    def test_help_goes_to_stdout(self):
        for words in ((), ("list",), ("run",), ("trial",), ("compare",), ("model",), ("plot",), ("report",), ("lab",),
                      ("doctor",), ("profile",), ("audit",), ("rescore",), ("latency",), ("meters",), ("search",), ("restore",),
                      ("kernels",), ("bisect",), ("bisect-step",), ("tune",)):
            done = run(*words, "--help")
            self.assertEqual((done.returncode, done.stderr), (0, ""), words)
            self.assertTrue(done.stdout.startswith("usage: rxlab"), words)

    def test_help_anywhere_on_the_line(self):
        page = run("trial", "--help").stdout
        for words in (("trial", "--capture", "tpacket3", "--help"), ("trial", "--help", "--nosuch"), ("help", "trial")):
            done = run(*words)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, page, ""), words)
        page = run("model", "--help").stdout
        self.assertEqual(run("help", "model").stdout, page)
        self.assertEqual(run("model", "predict", "mm1k", "--capacity", "3", "--help").stdout, page)
        self.assertIn("usage: rxlab COMMAND", run("help").stdout)
        self.refused(("help", "nosuch"), "unknown command 'nosuch'\n")

    def test_what_was_meant(self):
        self.refused(("trail",), "unknown command 'trail', did you mean 'trial'?")
        self.refused(("help", "serach"), "unknown command 'serach', did you mean 'search'?")
        for option, word, meant in (("capture", "tpacket33", "tpacket3"), ("generator", "pktgne", "pktgen"),
                                    ("testbed", "nets", "netns")):
            words = {"capture": "null", "generator": "null", "testbed": "netns", option: word}
            self.refused(("trial", *(f"--{key}={value}" for key, value in words.items()), "--frame=64", "--rate=max"),
                         f"unknown {option} '{word}', did you mean '{meant}'?")

    def test_which_option_was_meant(self):
        for words, wanted in (
            ("trial --capture null --frme 64", "rxlab trial: unrecognized option '--frme', did you mean '--frame'?\n"),
            ("trial --frme=64", "rxlab trial: unrecognized option '--frme', did you mean '--frame'?\n"),
            ("run c.yaml --rezume", "rxlab run: unrecognized option '--rezume', did you mean '--resume'?\n"),
            ("search --no-modle", "rxlab search: unrecognized option '--no-modle', did you mean '--no-model'?\n"),
            ("doctor --jsno", "unexpected '--jsno', did you mean '--json'?\n"),
            ("list capturs", "no table 'capturs', did you mean 'captures'?"),
            ("list captures --jsom", "unexpected '--jsom', did you mean '--json'?\n"),
            ("lab biuld", "unknown verb 'biuld', did you mean 'build'?\n"),
            ("model predcit", "unknown verb 'predcit', did you mean 'predict'?\n"),
            ("model predict mm1", "no model 'mm1', did you mean 'mm1k'?"),
            ("model predict mm1k --capcity 3", "mm1k has no option --capcity, did you mean 'capacity'?\n"),
            ("model validate --no-plot x", "unexpected '--no-plot', did you mean '--no-plots'?\n"),
            ("model simulate --sed 3", "unexpected '--sed', did you mean '--seed'?\n"),
            ("report --markdwon x", "unexpected '--markdwon', did you mean '--markdown'?\n"),
            ("plot --ou x", "unexpected '--ou', did you mean '--out'?\n"),
            ("rescore --jsno x", "unexpected '--jsno', did you mean '--json'?\n"),
            # No option is near; and other mistakes with options.
            ("trial --colour", "rxlab trial: unrecognized option '--colour'\n"),
            ("trial -x", "rxlab trial: unrecognized option '-x'\n"),
            ("trial --s 1", "rxlab trial: option '--s' is ambiguous\n"),
            ("trial --frame", "rxlab trial: option '--frame' needs a value\n"),
            ("search --json=1", "rxlab search: option '--json' takes no value\n"),
        ):
            with self.subTest(words):
                self.refused(tuple(words.split()), wanted)

    def test_doctor(self):
        done = run("doctor", "--json")
        self.assertIn(done.returncode, (0, 1))
        rows = json.loads(done.stdout)
        self.assertLessEqual({"tool", "testbed", "capture", "generator", "kernel", "cpu", "setting"},
                             {row["section"] for row in rows})
        for row in rows:
            self.assertEqual(set(row), {"section", "name", "state", "text", "action"})
            self.assertIn(row["state"], ("ok", "missing", "cannot", "better"))
            self.assertTrue(row["text"], row)
        named = {row["name"] for row in rows if row["section"] == "capture"}
        self.assertLessEqual({"recv", "dpdk", "netmap", "pf-ring"}, named)
        lines = run("doctor").stdout.splitlines()
        self.assertEqual(len(lines), len(rows))
        self.refused(("doctor", "--jsn"), "unexpected '--jsn'")

    def test_doctor_tries_the_cache(self):
        """A testbed without room for its files cannot work; one that needs no files still may."""
        with tempfile.NamedTemporaryFile() as file:
            env = dict(os.environ, RXLAB_CACHE=os.path.join(file.name, "cache"))
            done = subprocess.run([RXLAB, "doctor", "--json"], capture_output=True, text=True, env=env)
            beds = subprocess.run([RXLAB, "list", "testbeds", "--json"], capture_output=True, text=True, env=env)
        rows = {(row["section"], row["name"]): row for row in json.loads(done.stdout)}
        self.assertEqual(rows["cache", "folder"]["state"], "cannot")
        self.assertIn("cannot be written", rows["testbed", "lab"]["text"])
        self.assertEqual(rows["testbed", "lab"]["state"], "cannot")
        self.assertEqual(done.returncode, 0 if rows["testbed", "netns"]["state"] == "ok" else 1)
        self.assertFalse(next(row for row in json.loads(beds.stdout) if row["name"] == "lab")["runnable"])

    def test_doctor_says_how_much_room_is_left(self):
        with tempfile.TemporaryDirectory() as folder:
            env = dict(os.environ, RXLAB_CACHE=os.path.join(folder, "not", "yet"))
            done = subprocess.run([RXLAB, "doctor", "--json"], capture_output=True, text=True, env=env)
            self.assertEqual(os.listdir(folder), [])
        row = next(row for row in json.loads(done.stdout) if row["section"] == "cache")
        self.assertRegex(row["text"], r"not/yet, \d+\.\d GB left")

    def test_captures_that_were_not_built_say_so(self):
        for name, variable in (("netmap", "NETMAP_DIR"), ("pf-ring", "PFRING_DIR")):
            row = next(r for r in json.loads(run("list", "captures", "--json").stdout) if r["name"] == name)
            if "lab" in row["testbeds"]:
                self.skipTest(f"built with {variable}")
            self.assertIn(variable, row["cannot"]["netns"])
            if "built without" in row["cannot"]["lab"]:
                self.assertIn(variable, row["cannot"]["lab"])

    def test_paths_that_would_end_an_option_of_qemu(self):
        for name in ("a,b", 'a"b', "a\\b"):
            done = run("lab", "status", env={**os.environ, "RXLAB_CACHE": os.path.join(self.folder, name)})
            self.assertEqual(done.returncode, 1, done)
            self.assertIn("no path with a comma or a quotation mark", done.stdout + done.stderr)

    def test_stored_records_are_scored(self):
        results = os.path.join(TOP, "results")
        done = run("rescore", os.path.join(results, "reference"), "--json")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(len(json.loads(done.stdout)["scores"][0]["meanings"]), 7)
        done = run("audit", os.path.join(results, "audit"), "--markdown")
        with open(os.path.join(TOP, "docs", "audit.md"), encoding="utf-8") as text:
            self.assertEqual((done.returncode, done.stdout), (0, text.read()), done.stderr)
        done = run("latency", os.path.join(results, "audit"), "--hgrm", self.folder)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertTrue(all(name.endswith(".hgrm") for name in os.listdir(self.folder)))
        for command in ("rescore", "audit", "latency"):
            self.refused((command, "nosuch"), "nosuch/trials.jsonl", status=1)
            self.refused((command, "--colour"), "colour")

    def test_instruments(self):
        self.refused((*TRIAL, "--instruments=all"), "--instruments=all", "memory")
        self.refused(("profile", "--frame", "64"), "option --capture is missing")
        self.refused(("profile", "--capture", "null", "--copies", "--frame", "64"), "--copies has its own frame sizes")

    def test_every_part_of_model_has_help(self):
        for words in (("model", "predict"), ("model", "validate"), ("model", "calibrate")):
            done = run(*words, "--help")
            self.assertEqual((done.returncode, done.stderr), (0, ""), words)

    def test_usage_errors(self):
        self.refused((), "usage: rxlab COMMAND")
        self.refused(("seek",), "unknown command 'seek'")
        self.refused(("list",), "list what?")
        self.refused(("list", "birds"), "no table 'birds'")
        self.refused(("run",), "which campaign?")
        self.refused(("run", "a", "b"), "one campaign at a time")
        self.refused(("run", "a", "--colour"), "--colour")
        self.refused(("run", "a", "--jobs", "0"), "--jobs 0: must be 1 to 64")
        self.refused(("run", "nosuch.yaml"), "nosuch.yaml: No such file")
        self.refused(("compare", "a"), "two results folders")
        self.refused(("plot",), "which results folder?")
        self.refused(("lab", "explode"), "unknown verb 'explode'")
        self.refused(("compare", "a", "b"), "a/trials.jsonl: No such file", status=1)
        self.refused(("plot", "nosuch"), "nosuch: no results folder", status=1)

    def test_trial_options_are_named(self):
        self.refused(TRIAL[:5], "option --rate is missing")
        self.refused((*TRIAL, "--frame", "63"), "--frame: frame 63: must be 64 to 1518")
        self.refused((*TRIAL, "--frame", "1519"), "--frame: frame 1519: must be 64 to 1518")
        self.refused((*TRIAL, "--rate", "-5"), "--rate: rate -5: must be")
        self.refused((*TRIAL, "--count", "many"), "--count: count 'many': not a whole number")
        self.refused((*TRIAL, "--capture", "nosuch"), "unknown capture 'nosuch'")
        self.refused((*TRIAL, "--testbed", "moon"), "unknown testbed 'moon'")
        self.refused((*TRIAL, "--set", "novalue"), "--set novalue")
        self.refused((*TRIAL, "--set", "a=1", "--set", "a=2"), "a is set twice")
        self.refused((*TRIAL, "--set", "nosuch=1"), "nosuch")
        self.refused((*TRIAL, "--set", "gen.nosuch=1"), "nosuch")

    def test_search_options_are_named(self):
        search = ("search", "--capture", "libpcap", "--frame", "64")
        for words, *wanted in (
            (("search", "--frame", "64"), "option --capture is missing"),
            (("search", "--capture", "libpcap"), "option --frame is missing"),
            (("search", "--capture", "nosuch", "--frame", "64"), "unknown capture 'nosuch'"),
            ((*search, "--goal", "speed=1"), "--goal speed=1: unknown key 'speed'"),
            ((*search, "--goal", "loss=2"), "--goal loss=2", "must be a share"),
            ((*search, "--goal", "width=0"), "width=0: must be at least"),
            ((*search, "--goal", "final=1s,initial=2s"), "initial=2: more than final=1"),
            ((*search, "--goal", "final=10000001"), "final=10000001: at most 10000000 frames"),
            ((*search, "--goal", "loss=0,final=1s", "--count", "5"), "frames and times do not mix"),
            ((*search, *["--goal", "loss=0"] * 9), "--goal: at most 8"),
            ((*search, "--count", "5", "--duration", "1"), "--count and --duration"),
            ((*search, "--duration", "soon"), "--duration soon: ", "not a number"),
            ((*search, "--duration", "1h"), "--duration 1h: ", "a time, as 0.2s"),
            ((*search, "--min-rate", "5", "--max-rate", "5"), "--min-rate 5 is not below --max-rate 5"),
            ((*search, "--max-rate", "0"), "--max-rate 0: must be 1 to 100000000"),
            ((*search, "--max-rate", "100000001"), "--max-rate 100000001: must be 1 to 100000000"),
            ((*search, "--seeds", "0"), "--seeds 0: must be 1 to 100"),
            ((*search, "--generator", "null"), "--generator null: sends nothing"),
            ((*search, "--seed", "4294967295"), "--seed 4294967295"),
            ((*search, "--rate", "5"), "--rate"),
            ((*search, "--no-model", "--model"), "--no-model and --model"),
            ((*search, "--testbed", "netns", "--generator", "txring", "--jobs", "2"), "would disturb each other"),
            ((*search, "more"), "unexpected 'more'"),
        ):
            with self.subTest(" ".join(words)):
                self.refused(words, *wanted)
        self.refused((*search, "--calibrated", "nosuch"), "nosuch/trials.jsonl: No such file", status=1)
        self.refused(("search", "--capture", "recv", "--frame", "64", "--model"), "no calibration for 'recv'", status=1)

    def test_tune_options_are_named(self):
        tune = ("tune", "--capture", "libpcap", "--frame", "64", "--rate", "100000")
        for case in (
            (("tune", "--frame", "64", "--rate", "5"), "option --capture is missing"),
            (("tune", "--capture", "libpcap", "--frame", "64"), "option --rate is missing"),
            ((*tune, "--rate", "100000"), "--rate 100000 stands twice"),
            ((*tune, "--frame", "64:0,128:1"), "--frame: frame '64:0,128:1': weight '0' must be 1 to 1000"),
            ((*tune, "--over", "rx_usec=1,2"), "did you mean rx_usecs?"),
            ((*tune, "--over", "rx_usecs"), "not of the form KNOB=VALUE"),
            ((*tune, "--over", "rx_frames=1,2"), "no knob is left to explore", "82576"),
            ((*tune, "--over", "rx_usecs=0,10", "--set", "rx_usecs=3"), "rx_usecs is set by --set, too"),
            ((*tune, "--over", "rx_usecs=0,10", "--over", "rx_usecs=50"), "rx_usecs stands twice"),
            ((*tune, "--want", "loss>=1"), "not of the form MEASURE<=VALUE"),
            ((*tune, "--want", "speed<=1"), "nothing that is measured is called 'speed'"),
            ((*tune, "--want", "loss<=0", "--least", "loss"), "contradict each other"),
            ((*tune, "--want", "p50<=2ms,p99<=1ms"), "contradict each other"),
            ((*tune, "--least", "power"), "--least: nothing that is measured is called 'power'"),
            ((*tune, "--trials", "12"), "--trials 12: 12 knobs need at least"),
            ((*tune, "--trials", "0"), "--trials 0: must be 1 to"),
            ((*tune, "--confirm", "99"), "--confirm 99: must be 0 to"),
            ((*tune, "--generator", "null"), "--generator null: sends nothing"),
            ((*tune, "--no-model", "--calibrated", "x"), "--no-model and --calibrated"),
            ((*tune, "--seed", "4294967295"), "--seed 4294967295"),
            ((*tune, "--testbed", "netns", "--generator", "txring", "--jobs", "2"), "would disturb each other"),
            ((*tune, "more"), "unexpected 'more'"),
        ):
            with self.subTest(words=case[0]):
                self.refused(*case)

    def test_tune_dry_run_names_knobs_and_what_is_left_out(self):
        done = run("tune", "--capture", "libpcap", "--frame", "64", "--rate", "100000", "--dry-run")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("rx_usecs               0 10 25 50 100 250\n", done.stdout)
        self.assertIn("left out: rx_frames: ", done.stdout)

    def test_search_dry_run_says_what_is_first_and_why(self):
        search = ("search", "--capture", "libpcap", "--frame", "64", "--dry-run")
        done = run(*search, cwd=self.folder)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"^testbed=lab capture=libpcap .* rate=1\d{5} .*\n  goal 1 .*: the model says to start at 1\d{5} ")
        done = run(*search, "--no-model", cwd=self.folder)
        self.assertRegex(done.stdout, r" rate=max count=20000 seed=1 .*\n  goal 1 \(loss 0 %\): unpaced: ")
        done = run(*search, "--no-model", "--max-rate", "300000", "--duration", "0.1", "--seed", "7", cwd=self.folder)
        self.assertRegex(done.stdout, r" rate=300000 count=30000 seed=7 .*\n  goal 1 \(loss 0 %\): overload: ")
        self.assertEqual(os.listdir(self.folder), [])

    def test_adaptive_rates_and_the_model_go_together(self):
        path = self.campaign(ADAPTIVE)
        self.refused(("run", path, "--dry-run"), "--model DIR is missing")
        reference = os.path.join(TOP, "results", "reference")
        self.refused(("run", self.campaign(GOOD), "--model", reference, "--dry-run"), "has no adaptive_rates")
        path = self.campaign(ADAPTIVE)
        self.refused(("run", path, "--model", "nosuch", "--dry-run"), "nosuch/trials.jsonl", status=1)
        done = run("run", path, "--model", reference, "--dry-run")
        self.assertEqual((done.returncode, done.stderr), (0, "rxlab run: 5 trials\n"))
        lines = done.stdout.splitlines()
        self.assertEqual(len(lines), 5)
        self.assertEqual(sum(" # the model says no loss up to 1" in line for line in lines), 3)
        self.assertEqual(run("run", path, "--model", reference, "--dry-run").stdout, done.stdout)
        path = self.campaign(ADAPTIVE.replace("rates: 3", "rates: 101"))
        self.refused(("run", path, "--dry-run"), f"{path}:2: adaptive_rates '101': must be 1 to 100")

    def test_campaign_errors_name_file_and_line(self):
        path = self.campaign(GOOD.replace("64, 1518", "63, 1518"))
        self.refused(("run", path), f"{path}:3: frame 63: must be 64 to 1518")
        self.refused(("run", path, "--dry-run"), f"{path}:3: frame 63")
        self.assertEqual(os.listdir(self.folder), ["c.yaml"])

    def test_dry_run_prints_the_plan_and_writes_nothing(self):
        done = run("run", self.campaign(GOOD), "--dry-run", cwd=self.folder)
        self.assertEqual((done.returncode, done.stderr), (0, "rxlab run: 4 trials\n"))
        lines = done.stdout.splitlines()
        self.assertEqual(len(lines), 4)
        for line in lines:
            self.assertRegex(line, r"^[0-9a-f]{16} testbed=lab capture=null generator=pktgen frame=\d+ rate=(1000|max) ")
        self.assertEqual(os.listdir(self.folder), ["c.yaml"])

    def test_records_do_not_go_among_somebody_s_files(self):
        path = self.campaign(GOOD)
        before = os.listdir(self.folder)
        self.refused(("run", path, "--out", self.folder), "is neither empty nor a results folder: use another --out", status=1)
        self.refused(("run", path, "--out", path), f"{path}: Not a directory", status=1)
        self.assertEqual(os.listdir(self.folder), before)

    def test_a_shell_needs_a_terminal(self):
        self.refused(("lab", "shell"), "a shell needs a terminal; stdin is none", status=1)

    def test_lists(self):
        for table in ("captures", "generators", "testbeds", "meters", "models"):
            rows = json.loads(run("list", table, "--json").stdout)
            self.assertGreater(len(rows), 0, table)
            for row in rows:
                self.assertIsInstance(row["runnable"], bool)
                self.assertEqual(row["reason"] is None, row["runnable"], row)
            plain = run("list", table).stdout
            for row in rows:
                self.assertIn(row["name"], plain)

    def test_each_meter_says_where_it_is_not(self):
        testbeds = {row["name"] for row in json.loads(run("list", "testbeds", "--json").stdout)}
        rows = {row["name"]: row for row in json.loads(run("list", "meters", "--json").stdout)}
        for name in ("irq.hard", "time", "softnet", "interrupts", "softirqs", "threads", "perf.cycles"):
            self.assertEqual({*rows[name]["testbeds"], *rows[name]["cannot"]}, testbeds, name)
        self.assertIn("virtual", rows["time"]["cannot"]["lab"])
        self.assertIn("veth", rows["irq.hard"]["cannot"].get("netns", "veth"))

    def test_perf_is_the_wall_clocks(self):
        done = run("trial", "--capture", "null", "--frame", "64", "--rate", "max", "--set", "perf=off")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("perf=off: on the virtual clock there are no such counters", done.stderr)
        done = run("trial", "--testbed", "netns", "--capture", "null", "--frame", "64", "--rate", "max",
                   "--set", "perf=maybe")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("perf=maybe: must be on or off", done.stderr)

    def test_output_that_does_not_arrive_is_an_error(self):
        with open("/dev/full", "w", encoding="ascii") as full:
            done = subprocess.run([RXLAB, "list", "models"], stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot write to stdout", done.stderr)


if __name__ == "__main__":
    unittest.main()
