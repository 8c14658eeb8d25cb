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

# run_by_own LIBRARIES FOLDER: the programs below FOLDER are run by the loader and with the libraries of that tree, as this
# machine's C library may be too old for them.
run_by_own() {
	loader=$1/$(first_below "$1" -name 'ld-linux-x86-64.so.2' -type f)
	path=$1/usr/lib/x86_64-linux-gnu:$1/lib/x86_64-linux-gnu
	find "$2" -type f -perm -u+x ! -name '*.so' ! -name '*.so.*' ! -name '*.elf' | while read -r program; do
		readelf -l "$program" 2>/dev/null | grep -q INTERP || continue
		mv "$program" "$program.elf"
		cat >"$program" <<-END
			#!/bin/sh
			exec "$loader" --argv0 "\$0" --library-path "$path" "$program.elf" "\$@"
		END
		sed -i "s,$tmp,$out,g" "$program"
		chmod 755 "$program"
	done
}

release
find_kernel
say "fetching Debian's kernel $version ($other_suite) into $out"
fetch_kernel . -o "APT::Default-Release=$other_suite"
if ! command -v "x86_64-linux-gnu-${compiler%-for-host}" >/dev/null; then
	say "fetching its compiler, ${compiler%-for-host}"
	fetch tools -t "$other_suite" -o Dir::State::status="$tmp/apt/no-status" install "${compiler%-for-host}" "$kbuild"
	rm -rf "$tmp/tools/usr/lib/linux-kbuild"* "$tmp/tools/usr/share"
	run_by_own "$tmp/tools" "$tmp/tools"
	run_by_own "$tmp/tools" "$tmp/usr/lib/$kbuild"
fi
mv "$tmp/versions.new" "$tmp/versions"
rm -rf "$tmp/apt" "$out"
mv "$tmp" "$out"
