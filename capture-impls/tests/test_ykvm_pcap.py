# SPDX-License-Identifier: GPL-2.0-or-later
"""libykvm-pcap.so without ykvm: however a program comes to libpcap, it gets what libpcap gives, and one sentence for a
device of ykvm's. Each runs in a network namespace of its own. With ykvm: tests/lab/test_ykvm_pcap.py."""

import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
import unittest

TOP = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
SOURCES = os.path.join(TOP, "capture-impls", "tests", "ykvm-pcap")
OURS = os.path.join(TOP, os.environ.get("B", "build"), "libykvm-pcap.so")
MANUAL = os.path.join(TOP, "capture-impls", "ykvm", "pcap", "ykvm-pcap.7")
PYTHON = "/usr/bin/python3"  # Debian's, which has Debian's packages
LIBPCAP = "libpcap.so.0.8"
NO_YKVM = "/dev/ykvm: No such file or directory"
ROOT = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]

def script(name):
    return os.path.join(SOURCES, name)


def cannot_unshare():
    done = subprocess.run(["unshare", *ROOT, "--net", "true"], capture_output=True)
    return done.returncode != 0


def is_sanitized():
    return b"__asan_init" in subprocess.check_output(["nm", "-D", OURS])


def preloaded(*more):
    """What is instrumented wants its run-time library first."""
    first = ["gcc", "-print-file-name=libasan.so"] if is_sanitized() else []
    first = [subprocess.check_output(first, text=True).strip()] if first else []
    return " ".join([*first, *more])


@unittest.skipIf(shutil.which("unshare") is None or cannot_unshare(), "no network namespace to be had here")
@unittest.skipIf(shutil.which("gcc") is None, "no gcc here")
class Preloaded(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        cls.build("linked", "ways.c", "-lpcap")
        cls.build("by-name", "ways.c", "-DBY_NAME")
        cls.build("host", "ways.c", "-DHOST")
        cls.build("linked-host", "ways.c", "-DHOST", "-Wl,--no-as-needed", "-lpcap")
        cls.build("plugin.so", "ways.c", "-shared", "-fPIC", "-lpcap")
        cls.build("next.so", "next.c", "-shared", "-fPIC")
        cls.build("answers", "answers.c", "-lpcap")
        cls.own_libpcap()

    @classmethod
    def build(cls, name, source, *words):
        subprocess.run(["gcc", "-std=gnu17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-o",
                        os.path.join(cls.folder, name), os.path.join(SOURCES, source), *words], check=True)

    @classmethod
    def own_libpcap(cls):
        """A plug-in with a libpcap of its own, of another name, that speaks differently."""
        find = "import ctypes, sys; ctypes.CDLL(sys.argv[1]); print(open('/proc/self/maps').read())"
        maps = subprocess.check_output([PYTHON, "-c", find, LIBPCAP], text=True)
        with open(re.search(r"/\S*libpcap\S*", maps).group(), "rb") as f:
            text = f.read()
        with open(os.path.join(cls.folder, "libpcap.so.0.9"), "wb") as f:
            f.write(text.replace(LIBPCAP.encode(), b"libpcap.so.0.9").replace(b"No such device exists", b"NO SUCH DEVICE EXISTS"))
        cls.build("own.so", "ways.c", "-shared", "-fPIC", f"-Wl,-rpath,{cls.folder}",
                  os.path.join(cls.folder, "libpcap.so.0.9"))

    def run_in_namespace(self, preload, *words, **environment):
        env = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0", "XDG_CACHE_HOME": self.folder, "HOME": self.folder, **environment}
        env.pop("YKVM_PCAP", None) if "YKVM_PCAP" not in environment else None
        inside = 'ip link set lo up && LD_PRELOAD=$0 exec "$@"'
        return subprocess.run(["unshare", *ROOT, "--net", "sh", "-c", inside, preload, *words], env=env, cwd=self.folder,
                              capture_output=True, text=True, timeout=120)

    def said(self, *words, preload=None, **environment):
        done = self.run_in_namespace(preloaded(OURS) if preload is None else preload, *words, **environment)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        return done.stdout

    def alike(self, *words):
        """With us as without."""
        words = [word.replace("{device}", "lo") for word in words]
        plain = self.said(*words, preload="")
        self.assertEqual(self.said(*words), plain)
        self.assertRegex(plain, "^5 frames")
        return plain

    def test_linked(self):
        self.assertEqual(self.alike("./linked", "{device}"), "5 frames, counted\n")
        self.assertEqual(self.said("./linked", "ykvm-tap:lo"), f"refused: ykvm-tap:lo: {NO_YKVM}\n")

    def test_loaded_for_itself_alone(self):
        self.alike("./by-name", "{device}", LIBPCAP)
        self.assertEqual(self.said("./by-name", "ykvm-tap:lo", LIBPCAP), f"refused: ykvm-tap:lo: {NO_YKVM}\n")

    def test_loaded_for_all(self):
        self.alike("./by-name", "{device}", LIBPCAP, "global")
        self.assertEqual(self.said("./by-name", "ykvm-tap:lo", LIBPCAP, "global"), f"refused: ykvm-tap:lo: {NO_YKVM}\n")

    def test_deepbind(self):
        if is_sanitized():
            self.skipTest("a sanitizer refuses RTLD_DEEPBIND")
        self.deepbind()

    def deepbind(self):
        """By name it comes to us even so. A plug-in that is linked asks for no name, and gets libpcap's own words."""
        self.alike("./by-name", "{device}", LIBPCAP, "deepbind")
        self.assertEqual(self.said("./by-name", "ykvm-tap:lo", LIBPCAP, "deepbind"), f"refused: ykvm-tap:lo: {NO_YKVM}\n")
        plain = self.said("./host", "lo", "./plugin.so", preload="", DEEPBIND="1")
        self.assertEqual(self.said("./host", "lo", "./plugin.so", DEEPBIND="1"), plain)
        self.assertRegex(self.said("./host", "ykvm-tap:lo", "./plugin.so", DEEPBIND="1"), "^refused: ykvm-tap:lo: .*No such device")

    def test_a_plug_in_that_is_linked_to_it(self):
        self.alike("./host", "{device}", "./plugin.so")
        self.assertEqual(self.said("./host", "ykvm-tap:lo", "./plugin.so"), f"refused: ykvm-tap:lo: {NO_YKVM}\n")

    def test_two_libpcaps(self):
        """Each plug-in gets its own, whoever comes first; libpcap's own words tell which."""
        for plugins in (["./plugin.so", "./own.so"], ["./own.so", "./plugin.so"]):
            with self.subTest(plugins):
                plain = self.said("./host", "lo", *plugins, preload="")
                self.assertEqual(self.said("./host", "lo", *plugins), plain)
                said = self.said("./host", "nosuch", *plugins)
                self.assertEqual(said, self.said("./host", "nosuch", *plugins, preload=""))
                self.assertEqual(["NO SUCH" in line for line in said.splitlines()], ["own" in name for name in plugins])
                self.assertEqual(self.said("./host", "ykvm:lo", *plugins), f"refused: ykvm:lo: {NO_YKVM}\n" * 2)

    def test_a_second_libpcap_by_name_keeps_its_own_functions(self):
        words = ("./by-name", "{device}", LIBPCAP, os.path.join(self.folder, "libpcap.so.0.9"))
        self.alike(*words)
        said = self.said(*[word.replace("{device}", "ykvm-tap:lo") for word in words]).splitlines()
        self.assertEqual(said[0], f"refused: ykvm-tap:lo: {NO_YKVM}")
        self.assertIn("not for this program: it calls " + words[-1] + " past libykvm-pcap.so", said[1])

    def test_two_libpcaps_in_a_program_that_is_linked(self):
        plain = self.said("./linked-host", "nosuch", "./plugin.so", "./own.so", preload="")
        self.assertEqual(self.said("./linked-host", "nosuch", "./plugin.so", "./own.so"), plain)

    def test_others_that_are_preloaded(self):
        """Who asks for the next one gets the next one, before us and behind."""
        for order in ([OURS, "./next.so"], ["./next.so", OURS]):
            self.assertEqual(self.said("./linked", "lo", preload=preloaded(*order)), "next: 5 frames, counted\n")

    def test_ctypes(self):
        code = ("import ctypes,sys; l=ctypes.CDLL('libpcap.so.0.8'); e=ctypes.create_string_buffer(256);"
                "l.pcap_open_live.restype=ctypes.c_void_p; p=l.pcap_open_live(sys.argv[1].encode(),65535,0,100,e);"
                "print('opened' if p else 'refused', e.value.decode())")
        self.assertEqual(self.said(PYTHON, "-c", code, "lo"), "opened \n")
        self.assertEqual(self.said(PYTHON, "-c", code, "ykvm:lo"), f"refused ykvm:lo: {NO_YKVM}\n")

    def test_found_where_there_is_no_libpcap_yet(self):
        """Who asks the whole process for a function of libpcap's finds ours, and then there is a libpcap."""
        code = ("import ctypes; e=ctypes.create_string_buffer(256); l=ctypes.CDLL(None);"
                "l.pcap_open_live.restype=ctypes.c_void_p; print(bool(l.pcap_open_live(b'lo',65535,0,100,e)), e.value)")
        self.assertEqual(self.said(PYTHON, "-c", code), "True b''\n")

    @unittest.skipUnless(importlib.util.find_spec("scapy") or os.path.exists("/usr/lib/python3/dist-packages/scapy"),
                         "no python3-scapy here")
    def test_scapy(self):
        for how in ("socket", "pcap"):
            with self.subTest(how):
                plain = self.run_in_namespace("", PYTHON, script("scapy_count.py"), "lo", how)
                done = self.run_in_namespace(preloaded(OURS), PYTHON, script("scapy_count.py"), "lo", how)
                self.assertEqual((done.returncode, done.stdout), (0, plain.stdout), done.stderr)
                self.assertEqual(done.stdout, "5 frames\n")
        done = self.run_in_namespace(preloaded(OURS), PYTHON, "-c", "from scapy.all import sniff; print(sniff(iface='lo', timeout=1))")
        self.assertEqual((done.returncode, done.stdout), (0, "<Sniffed: TCP:0 UDP:0 ICMP:0 Other:0>\n"), done.stderr)

    @unittest.skipUnless(os.path.exists("/usr/share/doc/python3-pcapy"), "no python3-pcapy here")
    def test_pcapy(self):
        self.alike(PYTHON, script("pcapy_count.py"), "{device}")
        done = self.run_in_namespace(preloaded(OURS), PYTHON, script("pcapy_count.py"), "ykvm-tap:lo")
        self.assertIn(f"pcapy.PcapError: ykvm-tap:lo: {NO_YKVM}", done.stderr)

    @unittest.skipUnless(os.path.exists("/usr/share/doc/libnet-pcap-perl"), "no libnet-pcap-perl here")
    def test_perl(self):
        self.alike("perl", script("count.pl"), "{device}")
        self.assertEqual(self.said("perl", script("count.pl"), "ykvm-tap:lo"), f"refused: ykvm-tap:lo: {NO_YKVM}\n")

    @unittest.skipUnless(os.path.exists("/usr/share/doc/ruby-pcaprub"), "no ruby-pcaprub here")
    def test_ruby(self):
        self.alike("ruby", script("count.rb"), "{device}")
        done = self.run_in_namespace(preloaded(OURS), "ruby", script("count.rb"), "ykvm-tap:lo")
        self.assertIn(f"ykvm-tap:lo: {NO_YKVM}", done.stderr)

    def test_names_are_never_cut(self):
        """15 characters are all that an interface's name has: the one whose name they begin with must not be taken."""
        make = 'ip link add veth0123456789a type veth peer name p && ip link set veth0123456789a up && ./linked "$0"'
        for name in ("ykvm:veth0123456789abcdef", "ykvm-tap:veth0123456789ab", "ykvm-zc:" + "x" * 300):
            done = self.run_in_namespace(preloaded(OURS), "sh", "-c", make, name)
            self.assertEqual(done.stdout, f"refused: {name}: No such device exists\n"[:len(done.stdout) - 1] + "\n", done.stderr)

    def test_the_environment_gives_interfaces_to_ykvm(self):
        for words in ("lo=ykvm-tap", "eth9=ykvm  lo=ykvm-tap", "lo=ykvm-zc\teth9=ykvm\nlo=ykvm-tap "):
            self.assertEqual(self.said("./linked", "lo", YKVM_PCAP=words), f"refused: lo: {NO_YKVM}\n")
        for words in ("", " ", "eth1=ykvm l=ykvm loo=ykvm", "a=b=ykvm"):
            self.assertEqual(self.said("./linked", "lo", YKVM_PCAP=words), "5 frames, counted\n")

    def test_what_the_environment_says_is_understood_or_refused(self):
        for word in ("lo", "lo=", "=ykvm", "lo=kcap", "lo=ykvm-tap,eth1=ykvm", "ykvm:lo", "interface1234567=ykvm"):
            self.assertEqual(self.said("./linked", "lo", YKVM_PCAP="eth9=ykvm " + word),
                             f"refused: YKVM_PCAP: '{word}' is not INTERFACE=ykvm, =ykvm-tap or =ykvm-zc\n")

    def test_before_activation_each_call_answers_as_libpcaps(self):
        plain = self.said("./answers", "created", "lo")
        self.assertGreater(len(plain.splitlines()), 40)
        self.assertEqual(self.said("./answers", "created", "ykvm-tap:lo"), plain)
        self.assertEqual(self.said("./answers", "created", "lo", preload=""), plain)


def exported(library):
    lines = subprocess.check_output(["nm", "-D", "--defined-only", library], text=True).splitlines()
    return {line.split()[-1].partition("@")[0] for line in lines}


@unittest.skipIf(shutil.which("nm") is None, "no nm here")
class Table(unittest.TestCase):
    """The manual's table has each function of libpcap's, and says of each who answers."""

    @classmethod
    def setUpClass(cls):
        with open(MANUAL, encoding="utf-8") as f:
            text = f.read()
        cls.rows = {}
        for names, answer in re.findall(r"^\.It (.+?) Ta (.+)$", text.partition(".Sh CALLS")[2], re.M):
            for name in re.findall(r"\w+", names):
                cls.assertNotIn(cls(), name, cls.rows, "twice in the table")
                cls.rows[name] = answer
        cls.libpcap = subprocess.check_output(["gcc", "-print-file-name=libpcap.so"], text=True).strip()

    def test_each_function_is_in_the_table(self):
        self.assertEqual(exported(self.libpcap) - set(self.rows), set())

    def test_it_brings_no_libpcap_of_its_own(self):
        """The program's is the one that counts; and who has none gets none."""
        self.assertNotIn("libpcap", subprocess.check_output(["readelf", "-d", OURS], text=True))

    def test_ours_are_exported_and_no_more(self):
        ours = {name for name, answer in self.rows.items() if not answer.startswith("libpcap's")}
        self.assertEqual(exported(OURS) - {"dlsym"}, ours)

    def test_each_that_takes_a_device_is_ours(self):
        """But for those that need nothing of it: the manual says what they answer."""
        with open("/usr/include/pcap/pcap.h", encoding="utf-8") as f:
            header = f.read()
        takes = set(re.findall(r"^\s*PCAP_API[^(;]*?\b(pcap_\w+)\(pcap_t \*", header, re.M)) & exported(self.libpcap)
        theirs = {name for name in takes if self.rows[name].startswith("libpcap's")}
        self.assertEqual(theirs, {"pcap_file", "pcap_get_required_select_timeout"})


if __name__ == "__main__":
    unittest.main()
