#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# install-deps.sh [lint|fuzz|debug]: installs what building, the lab, the plots and the tests need, or what `make lint`, `make
# fuzz` or `make test-debug` needs, by the machine's own package manager; says what and why in one line; does nothing when all
# is there.
set -eu

build='gcc make libc6-dev libpcap-dev libjansson-dev libmnl-dev libnet1-dev liburing-dev libyaml-dev libhwloc-dev libcmocka-dev git'
lab='cpio xz-utils zstd libelf1 debian-archive-keyring'
after='python3 gnuplot-nox'
tests='iproute2'
# Other languages' ways to libpcap, for the tests of libykvm-pcap.so. What this Debian has of them is installed; a test
# whose package is missing is skipped, with its reason.
bindings='python3-scapy python3-pcapy libnet-pcap-perl ruby-pcaprub'
fuzz='clang llvm libclang-rt-dev'
debug='flex bison bc libelf-dev'
lint='clang-format cppcheck shellcheck pyflakes3 git'

case ${1:-} in
lint) wanted=$lint bindings='' why='check the sources' ;;
debug) wanted="$build $lab $debug" bindings='' why='build a kernel that looks for mistakes' ;;
fuzz) wanted="$build $fuzz" bindings='' why='fuzz the parsers' ;;
*) wanted="$build $lab $after $tests" why='build rxlab, its lab and its plots, and to test it' ;;
esac

command -v dpkg-query >/dev/null || {
	echo "rxlab: needs Debian 12 or 13 (dpkg, apt). Elsewhere install by hand the counterparts of: $wanted" >&2
	exit 1
}

installed() {
	case $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) in
	installed) return 0 ;;
	esac
	# libelf1 is called libelf1t64 on Debian 13; any gnuplot will do.
	case $1 in
	libelf1) [ "$(dpkg-query -W -f='${db:Status-Status}' libelf1t64 2>/dev/null)" = installed ] ;;
	gnuplot-nox) command -v gnuplot >/dev/null ;;
	*) return 1 ;;
	esac
}

missing=
for package in $wanted; do
	installed "$package" || missing="$missing $package"
done
as_root=
if [ "$(id -u)" != 0 ]; then
	command -v sudo >/dev/null || {
		[ -n "$missing" ] || exit 0
		echo "rxlab: install as root first: apt-get install$missing" >&2
		exit 1
	}
	as_root=sudo
fi

known() { apt-cache show "$1" >/dev/null 2>&1; }
for package in $bindings; do
	installed "$package" && continue
	known gcc || $as_root apt-get update -q >/dev/null 2>&1 || break
	known "$package" && missing="$missing $package"
done
[ -n "$missing" ] || exit 0
echo "rxlab: installing$missing (to $why)"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() { $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >"$log" 2>&1; }
# The lists may be absent or old on a fresh machine: read them again and try once more.
install || { $as_root apt-get update -q >"$log" 2>&1 && install; } || {
	tail -n 5 "$log" >&2
	echo "rxlab: could not install$missing" >&2
	exit 1
}
