#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# lab-packages.sh CACHE: fetches what the lab runs on and unpacks it below CACHE/packages, installing nothing.
# lab-packages.sh CACHE NAME PACKAGE...: fetches packages for a test's guest, with all that they depend on, to CACHE/NAME.
#
#   CACHE/packages/qemu/      QEMU with its libraries, firmware and data
#   CACHE/packages/guest/     the guest's libraries and busybox
#   CACHE/packages/kernel/    Debian's stock kernel, its modules and headers
#   CACHE/packages/versions   one "package version" a line
#
# A private apt configuration (the machine's own mirrors, and bookworm-backports on Debian 12, whose own QEMU has no
# igb) keeps the system's sources and package lists as they are. When the folder's list of versions is there, nothing
# is done.
set -eu

cache=$1
out=$cache/${2:-packages}
tmp=$out.new
say() { echo "rxlab: $*" >&2; }
die() { echo "rxlab: $*" >&2; exit 1; }

[ -s "$out/versions" ] && exit 0

release() {
	[ -r /etc/os-release ] || die "the lab needs Debian 12 or 13: no /etc/os-release here"
	. /etc/os-release
	case "${ID:-}:${VERSION_ID:-}" in
	debian:12) suite=bookworm qemu_suite=bookworm-backports ;;
	debian:13) suite=trixie qemu_suite=trixie ;;
	*)
		die "the lab's guest is made of Debian 12 or 13 packages, and this is ${PRETTY_NAME:-unknown}. Needed: QEMU 8 or" \
			"newer with the igb device, Debian's linux-image-amd64 and linux-headers-amd64, libpcap0.8, busybox-static" ;;
	esac
	[ "$(dpkg --print-architecture)" = amd64 ] || die "the lab's guest is amd64; this machine is $(dpkg --print-architecture)"
}

# One line a repository of the system: URI, suite as its source names it, component, code name.
repositories() {
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT) $(CODENAME)' 'Created-By: Packages' | sort -u
}

sources() {
	keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	[ -r "$keyring" ] && signed="[signed-by=$keyring] " || signed=
	repositories | awk -v s="$suite" -v q="$qemu_suite" -v k="$signed" '
		$3 != "main" { next }
		$4 == s && $2 !~ /-/ { $2 = s }
		$2 == s && q != s && !once++ { print "deb " k $1, q, "main" }
		$2 == s || $2 == s "-updates" || $2 == s "-security" { print "deb " k $1, $2, "main" }'
}

configure() {
	rm -rf "$tmp"
	mkdir -p "$tmp/apt/lists/partial" "$tmp/apt/archives/partial" "$tmp/apt/debs"
	: >"$tmp/apt/no-status"
	sources >"$tmp/apt/sources.list"
	[ -s "$tmp/apt/sources.list" ] || die "no package source for $suite main among the system's: add one, the lab fetches from it"
	cat >"$tmp/apt/apt.conf" <<-END
		Dir::Etc::sourcelist "$tmp/apt/sources.list";
		Dir::Etc::sourceparts "-";
		Dir::State::lists "$tmp/apt/lists";
		Dir::State::status "/var/lib/dpkg/status";
		Dir::Cache::archives "$tmp/apt/archives";
		Dir::Cache::pkgcache "";
		Dir::Cache::srcpkgcache "";
		Debug::NoLocking "true";
		APT::Sandbox::User "$(id -un)";
		APT::Install-Recommends "false";
		APT::Get::Assume-Yes "true";
	END
	export APT_CONFIG="$tmp/apt/apt.conf"
	apt-get -qq update >"$tmp/apt/log" 2>&1 || die "cannot read the package lists: $(tail -n 1 "$tmp/apt/log")"
}

# fetch FOLDER APT-ARGUMENTS...: downloads packages and what they depend on, and unpacks them.
fetch() {
	where=$tmp/$1
	shift
	mkdir -p "$where"
	rm -f "$tmp"/apt/archives/*.deb
	apt-get -qq --download-only "$@" >"$tmp/apt/log" 2>&1 || die "cannot fetch packages: $(tail -n 1 "$tmp/apt/log")"
	unpack "$where"
}

unpack() {
	for deb in "$tmp"/apt/archives/*.deb; do
		dpkg-deb -x "$deb" "$1"
		dpkg-deb -W --showformat='${Package} ${Version}\n' "$deb" >>"$tmp/versions.new"
	done
}

first_dependency() {
	apt-cache depends "$1" | sed -n "s/^ *Depends: \($2\)\$/\1/p" | head -n 1
}

fetch_kernel() {
	image=$(first_dependency linux-image-amd64 'linux-image-.*')
	headers=$(first_dependency linux-headers-amd64 'linux-headers-.*')
	common=$(first_dependency "$headers" 'linux-headers-.*-common')
	kbuild=$(first_dependency "$headers" 'linux-kbuild-.*')
	mkdir -p "$tmp/kernel"
	rm -f "$tmp"/apt/archives/*.deb
	(cd "$tmp/apt/archives" && apt-get -qq download "$image" "$headers" "$common" "$kbuild" >"$tmp/apt/log" 2>&1) ||
		die "cannot fetch the kernel: $(tail -n 1 "$tmp/apt/log")"
	unpack "$tmp/kernel"
	# The headers name each other by where they would be installed.
	sed -i "s,/usr/src/,$out/kernel/usr/src/,g" "$tmp/kernel/usr/src/$headers/Makefile"
	release_name=${image#linux-image-}
	ln -s "boot/vmlinuz-$release_name" "$tmp/kernel/vmlinuz"
	ln -s "usr/src/$headers" "$tmp/kernel/headers"
	modules=$(find "$tmp/kernel" -type d -path "*/modules/$release_name/kernel" | head -n 1)
	ln -s "${modules#"$tmp/kernel/"}" "$tmp/kernel/modules"
}

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
fetch_kernel
qemu=$tmp/qemu/usr/bin/qemu-system-x86_64
LD_LIBRARY_PATH=$tmp/qemu/usr/lib/x86_64-linux-gnu:$tmp/qemu/lib/x86_64-linux-gnu "$qemu" -device help 2>&1 | grep -q '"igb"' ||
	die "this QEMU has no igb device (Intel 82576): QEMU 8 or newer is needed"
finish
