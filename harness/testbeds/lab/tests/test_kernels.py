# SPDX-License-Identifier: GPL-2.0-or-later
"""kernels.sh: a kernel is fetched whole or not at all; from packages made here, in the old and the new packaging."""

import hashlib
import os
import shutil
import subprocess
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPT = os.path.join(HERE, "..", "kernels.sh")
KERNEL = "lib/modules/9.1.2/kernel"
PKTGEN = "net/core/pktgen.ko"


@unittest.skipUnless(shutil.which("dpkg-deb") and os.access("/usr/lib/apt/apt-helper", os.X_OK), "no dpkg or no apt here")
class Fetch(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rxlab-test-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.cache = os.path.join(self.folder, "cache")
        os.makedirs(os.path.join(self.cache, "kernels", "other"))

    def package(self, name, *files):
        """A line of the parts, for a package with these files."""
        root = os.path.join(self.folder, name)
        for path in ("DEBIAN/control", *files):
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as out:
                out.write(f"Package: {name}\nVersion: 1\nArchitecture: amd64\nMaintainer: m <m@m>\nDescription: d\n")
        deb = f"{root}.deb"
        subprocess.run(["dpkg-deb", "-b", root, deb], check=True, capture_output=True)
        with open(deb, "rb") as data:
            digest = hashlib.sha256(data.read()).hexdigest()
        kind = "headers" if "headers" in name else "run"
        return f"{kind} file://{deb} {os.path.getsize(deb)} {digest} {name} 1"

    def fetch(self, *lines):
        parts = os.path.join(self.folder, "parts")
        with open(parts, "w", encoding="utf-8") as out:
            out.write("".join(f"{line}\n" for line in lines))
        return subprocess.run(["sh", SCRIPT, "fetch", self.cache, "k", parts], capture_output=True, text=True, check=False)

    def has(self, done):
        self.assertEqual(done.returncode, 0, done.stderr)
        root = os.path.join(self.cache, "kernels", "k")
        return sorted(os.path.relpath(os.path.join(at, name), root) for at, _, names in os.walk(root) for name in names)

    def left(self):
        return sorted(os.listdir(os.path.join(self.cache, "kernels")))

    def refused(self, done, said):
        self.assertEqual(done.returncode, 1)
        self.assertIn(said, done.stderr)
        self.assertEqual(self.left(), ["other"])

    def test_one_package_and_only_the_modules_that_are_used(self):
        done = self.fetch(self.package("linux-image-9.1.2", "boot/vmlinuz-9.1.2", "boot/config-9.1.2", f"{KERNEL}/{PKTGEN}.xz",
                                       f"{KERNEL}/net/other/other.ko.xz"),
                          self.package("linux-headers-9.1.2", "usr/src/a"))
        self.assertEqual(self.has(done), ["headers/linux-headers-9.1.2.deb", f"modules/{PKTGEN}.xz", "versions", "vmlinuz"])

    def test_a_shell_with_its_parts(self):
        done = self.fetch(self.package("linux-image-9.1.2", "usr/share/doc"),
                          self.package("linux-binary-9.1.2", "usr/lib/modules/9.1.2/vmlinuz"),
                          self.package("linux-modules-9.1.2", f"usr/{KERNEL}/{PKTGEN}.zst"))
        self.assertEqual(self.has(done), [f"modules/{PKTGEN}.zst", "versions", "vmlinuz"])

    def test_a_damaged_package_leaves_nothing(self):
        line = self.package("linux-image-9.1.2", "boot/vmlinuz-9.1.2", f"{KERNEL}/{PKTGEN}")
        with open(os.path.join(self.folder, "linux-image-9.1.2.deb"), "r+b") as deb:
            deb.seek(200)
            deb.write(b"damage")
        self.refused(self.fetch(line), "linux-image-9.1.2.deb cannot be fetched, or is damaged: E: ")

    def test_a_mirror_that_vanishes_half_way_leaves_nothing(self):
        first = self.package("linux-image-9.1.2", "boot/vmlinuz-9.1.2", f"{KERNEL}/{PKTGEN}")
        second = self.package("linux-headers-9.1.2", "usr/src/a")
        os.unlink(os.path.join(self.folder, "linux-headers-9.1.2.deb"))
        self.refused(self.fetch(first, second), "kernel k: linux-headers-9.1.2.deb cannot be fetched")

    def test_packages_without_a_kernel(self):
        self.refused(self.fetch(self.package("linux-image-9.1.2", "usr/share/doc")),
                     "kernel k: no vmlinuz or no modules in its packages")


@unittest.skipUnless(shutil.which("readelf") and shutil.which("ldd"), "no readelf or no ldd here")
class OwnLibraries(unittest.TestCase):
    """A fetched program, with the loader and the libraries that were fetched with it: for this machine's may be too old."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rxlab-test-")
        self.addCleanup(folder.cleanup)
        self.new, self.there = (os.path.join(folder.name, name) for name in ("tree.new", "tree"))
        self.library = os.path.join(self.new, "usr/lib/x86_64-linux-gnu")
        os.makedirs(os.path.join(self.new, "usr/bin"))
        os.makedirs(self.library)
        shutil.copy(shutil.which("readelf"), os.path.join(self.new, "usr/bin/tool"))
        os.symlink("tool", os.path.join(self.new, "usr/bin/called"))
        said = subprocess.run(["ldd", shutil.which("readelf")], capture_output=True, text=True, check=True).stdout
        for word in said.split():
            if word.startswith("/"):
                shutil.copy(word, self.library)

    def sh(self, text):
        script = os.path.join(HERE, "..", "kernels.sh")  # $0: own_libraries.sh lies beside it
        done = subprocess.run(["sh", "-euc", f'. "$(dirname "$0")/own_libraries.sh"; tmp={self.new} out={self.there}; {text}', script],
                              capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_a_program_runs_with_its_own_libraries_by_a_link_too(self):
        self.sh('own_loader "$tmp" "$out"; run_by_own "$tmp" "$out/run"')
        os.rename(self.new, self.there)
        for name in ("tool", "called"):
            done = subprocess.run([os.path.join(self.there, "usr/bin", name), "--version"], capture_output=True, text=True, check=False)
            self.assertEqual((done.returncode, "readelf" in done.stdout), (0, True), done.stderr)
        os.unlink(os.path.join(self.there, "usr/lib/x86_64-linux-gnu/libc.so.6"))
        with open(os.path.join(self.there, "usr/lib/x86_64-linux-gnu/libc.so.6"), "w", encoding="utf-8") as broken:
            broken.write("no library")
        done = subprocess.run([os.path.join(self.there, "usr/bin/tool"), "--version"], capture_output=True, text=True, check=False)
        self.assertNotEqual(done.returncode, 0, "it was run with this machine's C library")


if __name__ == "__main__":
    unittest.main()
