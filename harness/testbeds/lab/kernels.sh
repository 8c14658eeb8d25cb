#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kernels.sh list CACHE: writes CACHE/kernels/list, the kernels of all Debian suites that the mirror has (kernel_list.h).
# kernels.sh fetch CACHE NAME PARTS: fetches one into CACHE/kernels/NAME, whole or not at all. PARTS: a file with a line for
# each package, "run|headers URI BYTES SHA256 PACKAGE VERSION". Unpacked are the kernel and the modules that the guest uses;
# the packages of the headers stay as they are, since they are needed only while modules are built.
# kernels.sh compiler CACHE NAME SUITE: fetches a compiler that this machine lacks into CACHE/kernels/NAME, with its libraries.
set -eu

verb=$1
cache=$2
here=$(dirname "$0")
out=$cache/kernels/${3:-list}
tmp=$out.new
. "$here/packages.sh"

suites='bullseye bookworm bookworm-updates bookworm-backports trixie trixie-updates trixie-backports sid'
secured='bullseye bookworm trixie'

# mirror SUITE: where this machine has it, or an empty line.
mirror() {
	apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' |
		awk -v s="$1" '$2 == s && $3 == "main" { print $1; exit }'
}

# with_sources: the lines of a sources.list on its input are all that apt knows from here on.
with_sources() {
	apt_folder
	cat >"$tmp/apt/sources.list"
	# a suite that the mirror lacks is no error: there are others
	apt_private "$tmp/apt/no-status" || :
}

all_sources() {
	debian=$(mirror "$suite")
	security=$(mirror "$suite-security")
	[ -n "$debian" ] || die "no package source for $suite main among the system's: add one, the lab fetches from it"
	for name in $suites; do echo "deb $(signed)$debian $name main"; done
	[ -z "$security" ] || for name in $secured; do echo "deb $(signed)$security $name-security main"; done
}

# Packages stanzas on its input; one line each of those that kernels are made of.
packages() {
	awk -v suite="$1" -v mirror="${2%/}" '
		function field(name) { return f[name] }
		function flush() {
			name = field("Package")
			if (name ~ /^linux-(image|binary|modules|headers|kbuild)-[0-9]/ && name !~ /cloud|dbg|unsigned|template/) {
				depends = field("Depends")
				gsub(/ *\([^)]*\)/, "", depends)
				gsub(/ /, "", depends)
				print name, field("Version"), suite, mirror "/" field("Filename"), field("Size"), field("SHA256"),
					depends == "" ? "-" : depends
			}
			delete f
		}
		/^$/ { flush(); next }
		/^[A-Za-z0-9-]+: / { key = substr($1, 1, length($1) - 1); f[key] = substr($0, length($1) + 2) }
		END { flush() }'
}

list() {
	trap 'rm -rf "$tmp" "$tmp.sources" "$out.all"' EXIT INT TERM
	release
	all_sources >"$tmp.sources"
	say "asking the mirror for its kernels"
	with_sources <"$tmp.sources"
	rm -f "$tmp.sources"
	apt-get indextargets --format '$(FILENAME) $(RELEASE) $(REPO_URI)' 'Created-By: Packages' >"$tmp/index"
	while read -r file name uri; do
		[ ! -r "$file" ] || /usr/lib/apt/apt-helper cat-file "$file" | packages "$name" "$uri"
	done <"$tmp/index" >"$tmp/list"
	[ -s "$tmp/list" ] || die "the mirror's package lists cannot be read: $(tail -n 1 "$tmp/apt/log")"
	mv "$tmp/list" "$out.all"
	mv "$out.all" "$out"
	rm -rf "$tmp"
}

# download FILE URI BYTES SHA256
download() {
	/usr/lib/apt/apt-helper -o APT::Sandbox::User="$(id -un)" download-file "$2" "$1" "SHA256:$4" >"$tmp/log" 2>&1 &&
		[ -s "$1" ] && return 0
	why=$(grep '^E:' "$tmp/log" | head -n 1)
	die "kernel ${out##*/}: ${2##*/} cannot be fetched, or is damaged: ${why:-$(tail -n 1 "$tmp/log")};" \
		"'rxlab lab kernels' asks the mirror anew"
}

# unpack_run DEB: the kernel, and the modules that image.sh names.
unpack_run() {
	dpkg-deb --fsys-tarfile "$1" >"$tmp/tar" || die "kernel ${out##*/}: ${1##*/} is damaged"
	tar -tf "$tmp/tar" | grep -E -f "$tmp/wanted" >"$tmp/names" || :
	tar -C "$tmp/tree" -xf "$tmp/tar" -T "$tmp/names"
	rm -f "$tmp/tar" "$1"
}

fetch() {
	rm -rf "$tmp"
	trap 'rm -rf "$tmp" "$tmp.parts"' EXIT INT TERM
	mkdir -p "$tmp/tree" "$tmp/headers"
	sh "$here/image.sh" --modules | sed 's,.*,/\0\\.ko(\\.xz|\\.zst)?$,' >"$tmp/wanted"
	printf '%s\n' '/boot/vmlinuz-' '/modules/[^/]*/vmlinuz$' >>"$tmp/wanted"
	while read -r kind uri bytes sha256 package version; do
		say "fetching $package $version ($((bytes / 1000000)) MB)"
		download "$tmp/${uri##*/}" "$uri" "$bytes" "$sha256"
		echo "$package $version" >>"$tmp/versions"
		case $kind in
		run) unpack_run "$tmp/${uri##*/}" ;;
		headers) mv "$tmp/${uri##*/}" "$tmp/headers/" ;;
		esac
	done <"$4"
	vmlinuz=$(find "$tmp/tree" -name 'vmlinuz*' -type f | head -n 1)
	modules=$(find "$tmp/tree" -type d -path '*/modules/*/kernel' | head -n 1)
	[ -n "$vmlinuz" ] && [ -n "$modules" ] || die "kernel ${out##*/}: no vmlinuz or no modules in its packages"
	mv "$vmlinuz" "$tmp/vmlinuz"
	mv "$modules" "$tmp/modules"
	rm -rf "$tmp/tree" "$tmp/wanted" "$tmp/names" "$tmp/log" "$out"
	mv "$tmp" "$out"
}

compiler() {
	[ ! -s "$out/versions" ] || exit 0
	trap 'rm -rf "$tmp" "$tmp.sources"' EXIT INT TERM
	release
	debian=$(mirror "$suite")
	say "fetching a compiler, $3 of $4, for the kernel's modules"
	echo "deb $(signed)$debian $4 main" >"$tmp.sources"
	with_sources <"$tmp.sources" # no pipe: it exports apt's configuration
	rm -f "$tmp.sources"
	apt-get -qq --download-only install "$3" libelf1 >"$tmp/apt/log" 2>&1 ||
		die "the compiler $3 cannot be fetched: $(tail -n 1 "$tmp/apt/log")"
	for deb in "$tmp"/apt/archives/*.deb; do
		dpkg-deb -x "$deb" "$tmp"
		dpkg-deb -W --showformat='${Package} ${Version}\n' "$deb" >>"$tmp/versions.new"
	done
	rm -rf "$tmp/apt" "${tmp:?}/usr/share"
	own_loader "$tmp" "$out"
	run_by_own "$tmp" "$out/run"
	mv "$tmp/versions.new" "$tmp/versions"
	rm -rf "$out"
	mv "$tmp" "$out"
}

mkdir -p "$cache/kernels"
$verb "$@"
