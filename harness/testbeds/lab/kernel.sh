#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kernel.sh CACHE VERSION: fetches another of Debian's kernels, with modules and headers, for what is tested on several, and
# unpacks it below CACHE/kernel-VERSION as fetch-packages.sh does the lab's own. When its file versions is there, nothing is done.
set -eu

cache=$1
version=$2
out=$cache/kernel-$version
tmp=$out.new

[ -s "$out/versions" ] && exit 0
. "$(dirname "$0")/packages.sh"

release
configure
image=$(first_dependency linux-image-amd64 'linux-image-.*' -o "APT::Default-Release=$qemu_suite")
case $image in
linux-image-"$version".*) ;;
*) die "no Linux $version: $qemu_suite has ${image:-none}" ;;
esac
say "fetching Debian's kernel $version ($qemu_suite) into $out"
fetch_kernel . -o "APT::Default-Release=$qemu_suite"
mv "$tmp/versions.new" "$tmp/versions"
rm -rf "$tmp/apt" "$out"
mv "$tmp" "$out"
