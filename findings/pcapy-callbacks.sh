#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# pcapy-callbacks.sh: Debian 12's python3-pcapy (0.11.5-3+b2, with Python 3.11) cannot hand a packet to a callback.
#
# Reader.next() reads packets as it should. Reader.loop() with a function of two parameters (header, data) raises a TypeError
# that says that both are missing, as if the program's own function were wrong; with a function that takes anything, and in
# Reader.dispatch() with any, a SystemError comes and the function's own code is not run. The binding makes the arguments by
# a format with '#', which Python since 3.10 refuses in modules built without PY_SSIZE_T_CLEAN, and calls nevertheless.
# Who uses pcapy for live captures has to poll next().
#
# Guess before the run: loop() and dispatch() raise the same SystemError, which names PY_SSIZE_T_CLEAN. Wrong for loop(),
# whose error accuses the caller's function.
# Seen on Debian 12, Python 3.11.2: the four lines at the end.
#
# Needs apt and the machine's /usr/bin/python3. Exit 0: as told here; 1: it has changed; 77: the package cannot be had.
set -eu

version=0.11.5-3+b2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
cd "$work"
apt-get download -q "python3-pcapy=$version" >log 2>&1 || { tail -n 1 log >&2; exit 77; }
dpkg-deb -x python3-pcapy_*.deb unpacked

cat >ask.py <<'EOF'
import struct
import sys
sys.path.insert(0, "unpacked/usr/lib/python3/dist-packages")
import pcapy

with open("two.pcap", "wb") as out:
    out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
    for second in range(2):
        out.write(struct.pack("<IIII", second, 0, 60, 60) + bytes(60))

given = []
print("next", len(pcapy.open_offline("two.pcap").next()[1]))
for name in ("dispatch", "loop"):
    del given[:]
    try:
        getattr(pcapy.open_offline("two.pcap"), name)(-1, lambda *words: given.append(len(words)))
        print(name, "ok", *given)
    except (SystemError, TypeError) as why:
        print(name, type(why).__name__, *given)
try:
    pcapy.open_offline("two.pcap").loop(-1, lambda header, data: None)
    print("loop with two parameters ok")
except TypeError as why:
    print("loop with two parameters:", str(why).split("() ")[-1])
EOF
/usr/bin/python3 ask.py >seen
cat seen
cmp -s seen - <<'EOF'
next 60
dispatch SystemError
loop SystemError
loop with two parameters: missing 2 required positional arguments: 'header' and 'data'
EOF
