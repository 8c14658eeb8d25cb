# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154
# Sourced by fetch-packages.sh and kernel.sh: Debian packages, fetched and unpacked without installing anything.
# Both set: tmp (a folder to work in), out (where it will be moved to).
#
# A private apt configuration (the machine's own mirrors, and bookworm-backports on Debian 12, whose own QEMU has no
# igb) keeps the system's sources and package lists as they are.
say() { echo "rxlab: $*" >&2; }
die() { echo "rxlab: $*" >&2; exit 1; }

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

unpack() {
	for deb in "$tmp"/apt/archives/*.deb; do
		dpkg-deb -x "$deb" "$1"
		dpkg-deb -W --showformat='${Package} ${Version}\n' "$deb" >>"$tmp/versions.new"
	done
}

# first_dependency PACKAGE PATTERN [apt's options]
first_dependency() {
	package=$1 pattern=$2
	shift 2
	apt-cache "$@" depends "$package" | sed -n "s/^ *Depends: \($pattern\)\$/\1/p" | head -n 1
}

# fetch_kernel FOLDER [apt's options]: FOLDER below tmp, and in the end below out.
fetch_kernel() {
	folder=$1
	shift
	image=$(first_dependency linux-image-amd64 'linux-image-.*' "$@")
	headers=$(first_dependency linux-headers-amd64 'linux-headers-.*' "$@")
	common=$(first_dependency "$headers" 'linux-headers-.*-common' "$@")
	kbuild=$(first_dependency "$headers" 'linux-kbuild-.*' "$@")
	mkdir -p "$tmp/$folder"
	rm -f "$tmp"/apt/archives/*.deb
	(cd "$tmp/apt/archives" && apt-get -qq "$@" download "$image" "$headers" "$common" "$kbuild" >"$tmp/apt/log" 2>&1) ||
		die "cannot fetch the kernel: $(tail -n 1 "$tmp/apt/log")"
	unpack "$tmp/$folder"
	# The headers name each other by where they would be installed.
	sed -i "s,/usr/src/,$out/$folder/usr/src/,g" "$tmp/$folder/usr/src/$headers/Makefile"
	release_name=${image#linux-image-}
	ln -s "boot/vmlinuz-$release_name" "$tmp/$folder/vmlinuz"
	ln -s "usr/src/$headers" "$tmp/$folder/headers"
	modules=$(find "$tmp/$folder" -type d -path "*/modules/$release_name/kernel" | head -n 1)
	ln -s "${modules#"$tmp/$folder/"}" "$tmp/$folder/modules"
}
