#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kernel.sh CACHE VERSION: fetches another of Debian's kernels, with modules and headers, for what is tested on several, and
# unpacks it below CACHE/kernel-VERSION as fetch-packages.sh does the lab's own. VERSION: 6.12, or 7 for the newest 7.x. Where
# this machine lacks the compiler of the headers, it and its libraries are in CACHE/kernel-VERSION/tools, to be put in front of
# PATH. When its file versions is there, nothing is done.
set -eu

cache=$1
version=$2
out=$cache/kernel-$version
tmp=$out.new

[ -s "$out/versions" ] && exit 0
. "$(dirname "$0")/packages.sh"

# The first of these suites that has one. With sid's headers goes sid's compiler; so backports come before it.
find_kernel() {
	for other_suite in "$qemu_suite" trixie-backports sid; do
		configure
		image=$(first_dependency linux-image-amd64 'linux-image-.*' -o "APT::Default-Release=$other_suite")
		case $image in linux-image-"$version".*) return 0 ;; esac
		seen="${seen:-} $other_suite: ${image:-none}"
	done
	die "no Linux $version:$seen"
}

release
find_kernel
say "fetching Debian's kernel $version ($other_suite) into $out"
fetch_kernel . -o "APT::Default-Release=$other_suite"
if ! command -v "x86_64-linux-gnu-${compiler%-for-host}" >/dev/null; then
	say "fetching its compiler, ${compiler%-for-host}"
	fetch tools -t "$other_suite" -o Dir::State::status="$tmp/apt/no-status" install "${compiler%-for-host}" "$kbuild"
	rm -rf "$tmp/tools/usr/lib/linux-kbuild"* "$tmp/tools/usr/share"
	own_loader "$tmp/tools" "$out/tools"
	run_by_own "$tmp/tools" "$out/tools/run"
	run_by_own "$tmp/usr/lib/$kbuild" "$out/tools/run"
fi
mv "$tmp/versions.new" "$tmp/versions"
rm -rf "$tmp/apt" "$out"
mv "$tmp" "$out"
