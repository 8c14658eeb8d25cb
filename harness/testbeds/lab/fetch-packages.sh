#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# fetch-packages.sh CACHE: fetches what the lab runs on and unpacks it below CACHE/packages, installing nothing.
# fetch-packages.sh CACHE NAME PACKAGE...: fetches packages for a test's guest, with all that they depend on, to CACHE/NAME.
#
#   CACHE/packages/qemu/      QEMU with its libraries, firmware and data
#   CACHE/packages/guest/     the guest's libraries and busybox
#   CACHE/packages/kernel/    Debian's stock kernel, its modules and headers
#   CACHE/packages/versions   one "package version" a line
#
# When the folder's list of versions is there, nothing is done.
set -eu

cache=$1
out=$cache/${2:-packages}
tmp=$out.new
[ -s "$out/versions" ] && exit 0
. "$(dirname "$0")/packages.sh"

# What was fetched takes its place, whole.
finish() {
	sort -u "$tmp/versions.new" >"$tmp/versions"
	rm -rf "$tmp/apt" "$tmp/versions.new" "$out"
	mv "$tmp" "$out"
}

release
if [ $# -gt 2 ]; then
	shift 2
	say "fetching $* into $out: a test runs them"
	configure
	fetch root -o Dir::State::status="$tmp/apt/no-status" install "$@"
	finish
	exit 0
fi
say "fetching QEMU ($qemu_suite), Debian's kernel and the guest's libraries into $out: the lab runs on them"
configure
fetch qemu -t "$qemu_suite" install qemu-system-x86 --reinstall
fetch guest -o Dir::State::status="$tmp/apt/no-status" install libc6 libpcap0.8 libjansson4 libmnl0 busybox-static
fetch_kernel kernel
qemu=$tmp/qemu/usr/bin/qemu-system-x86_64
LD_LIBRARY_PATH=$tmp/qemu/usr/lib/x86_64-linux-gnu:$tmp/qemu/lib/x86_64-linux-gnu "$qemu" -device help 2>&1 | grep -q '"igb"' ||
	die "this QEMU has no igb device (Intel 82576): QEMU 8 or newer is needed"
finish
