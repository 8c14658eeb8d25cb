# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154,SC2034 # they set tmp and out, and read compiler
# Sourced by fetch-packages.sh, kernel.sh, kernels.sh and kmod/tests/debug/kernel.sh: Debian packages, fetched and unpacked without installing anything.
# All set: tmp (a folder to work in), out (where it will be moved to); a script elsewhere, lab_scripts: this folder.
#
# A private apt configuration (the machine's own mirrors, and bookworm-backports on Debian 12, whose own QEMU has no
# igb) keeps the system's sources and package lists as they are.
. "${lab_scripts:-$(dirname "$0")}/own_libraries.sh"
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

# Where the keys of Debian are, as a source names them, if this machine has them.
signed() {
	keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	[ ! -r "$keyring" ] || echo "[signed-by=$keyring] "
}

# Of the machine's own release; and, if another suite is asked for, of that alone.
sources() {
	repositories | awk -v s="$suite" -v q="$qemu_suite" -v k="$(signed)" '
		$3 != "main" { next }
		$4 == s && $2 !~ /-/ { $2 = s }
		$2 == s && q != s && !once++ { print "deb " k $1, q, "main" }
		$2 == s || $2 == s "-updates" || $2 == s "-security" { print "deb " k $1, $2, "main" }' >"$tmp/apt/own.list"
	if [ -z "${other_suite:-}" ]; then
		cat "$tmp/apt/own.list"
		return
	fi
	# from where the machine has its own: trixie-backports builds on trixie
	mirror=$(awk -v s="$suite" '$(NF - 1) == s { print $(NF - 2); exit }' "$tmp/apt/own.list")
	for name in "$other_suite" "${other_suite%-backports}"; do echo "deb $(signed)$mirror $name main"; done | sort -u
}

# A folder for apt in a new $tmp.
apt_folder() {
	rm -rf "$tmp"
	mkdir -p "$tmp/apt/lists/partial" "$tmp/apt/archives/partial"
	: >"$tmp/apt/no-status"
}

# apt_private STATUS: from here on apt knows the sources of $tmp/apt/sources.list alone, and as installed what STATUS has; their
# lists are read anew. The machine's own configuration stays as it is. Status: apt-get update's.
apt_private() {
	cat >"$tmp/apt/apt.conf" <<-END
		Dir::Etc::sourcelist "$tmp/apt/sources.list";
		Dir::Etc::sourceparts "-";
		Dir::State::lists "$tmp/apt/lists";
		Dir::State::status "$1";
		Dir::Cache::archives "$tmp/apt/archives";
		Dir::Cache::pkgcache "";
		Dir::Cache::srcpkgcache "";
		Debug::NoLocking "true";
		Acquire::Languages "none";
		APT::Sandbox::User "$(id -un)";
		APT::Install-Recommends "false";
		APT::Get::Assume-Yes "true";
	END
	export APT_CONFIG="$tmp/apt/apt.conf"
	apt-get -qq update >"$tmp/apt/log" 2>&1
}

configure() {
	apt_folder
	sources >"$tmp/apt/sources.list"
	[ -s "$tmp/apt/sources.list" ] || die "no package source for $suite main among the system's: add one, the lab fetches from it"
	apt_private /var/lib/dpkg/status || die "cannot read the package lists: $(tail -n 1 "$tmp/apt/log")"
}

unpack() {
	for deb in "$tmp"/apt/archives/*.deb; do
		dpkg-deb -x "$deb" "$1"
		dpkg-deb -W --showformat='${Package} ${Version}\n' "$deb" >>"$tmp/versions.new"
	done
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

# first_dependency PACKAGE PATTERN [apt's options]
first_dependency() {
	package=$1 pattern=$2
	shift 2
	apt-cache "$@" depends "$package" | sed -n "s/^ *Depends: \($pattern\)\$/\1/p" | head -n 1
}

# first_below FOLDER FIND-ARGUMENTS...: the first path that find prints, from FOLDER on.
first_below() {
	(cd "$1" && shift && find . "$@" | sed 's,^./,,' | head -n 1)
}

# The packages that make up the kernel of $image, one a line or more; sets headers, kbuild and compiler. From 6.19.14 on that one is a shell, and others hold what it held.
kernel_packages() {
	headers=$(first_dependency linux-headers-amd64 'linux-headers-.*' "$@")
	kbuild=$(first_dependency "$headers" 'linux-kbuild-.*' "$@")
	compiler=$(first_dependency "$headers" 'gcc-.*' "$@")
	echo "$image" "$headers" "$kbuild" "$(first_dependency "$headers" 'linux-headers-.*-common' "$@")"
	for part in binary modules base; do first_dependency "$image" "linux-$part-[0-9].*" "$@"; done
}

# fetch_kernel FOLDER [apt's options]: FOLDER below tmp, and in the end below out.
fetch_kernel() {
	folder=$1
	shift
	image=$(first_dependency linux-image-amd64 'linux-image-.*' "$@")
	kernel_packages "$@" >"$tmp/apt/kernel"
	mkdir -p "$tmp/$folder"
	rm -f "$tmp"/apt/archives/*.deb
	(cd "$tmp/apt/archives" && xargs apt-get -qq "$@" download <"$tmp/apt/kernel" >"$tmp/apt/log" 2>&1) ||
		die "cannot fetch the kernel: $(tail -n 1 "$tmp/apt/log")"
	unpack "$tmp/$folder"
	# The headers name each other by where they would be installed.
	sed -i "s,/usr/src/,$out/$folder/usr/src/,g" "$tmp/$folder/usr/src/$headers/Makefile"
	release_name=${image#linux-image-}
	ln -s "$(first_below "$tmp/$folder" -name "vmlinuz-$release_name" -o -path "*/$release_name/vmlinuz")" "$tmp/$folder/vmlinuz"
	ln -s "usr/src/$headers" "$tmp/$folder/headers"
	ln -s "$(first_below "$tmp/$folder" -type d -path "*/modules/$release_name/kernel")" "$tmp/$folder/modules"
}
