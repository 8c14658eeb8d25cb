#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# dpdk.sh CACHE: fetches what the capture dpdk is built from and unpacks it in CACHE/packages/dpdk, installing nothing: 9 MB,
# 56 unpacked. (libdpdk-dev installed brings 220 packages for drivers that are not used here.) When its file versions is
# there, nothing is done.
set -eu

cache=$1
out=$cache/packages/dpdk
tmp=$cache/dpdk.new

[ -s "$out/versions" ] && exit 0
. "$(dirname "$0")/packages.sh"

release
say "fetching DPDK ($suite) into $out: the capture dpdk is built from it"
configure
(cd "$tmp/apt/archives" && apt-get -qq download libdpdk-dev libnuma1 libbsd-dev libbsd0 libmd0 \
	>"$tmp/apt/log" 2>&1) || die "cannot fetch DPDK: $(tail -n 1 "$tmp/apt/log")"
unpack "$tmp"
sort "$tmp/versions.new" >"$tmp/versions"
rm -rf "$tmp/apt" "$tmp/versions.new" "$out"
mkdir -p "$cache/packages"
mv "$tmp" "$out"
