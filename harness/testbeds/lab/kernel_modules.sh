# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154
# Sourced by image.sh: our modules for a kernel that kernels.sh fetched. Its headers are unpacked for as long as it takes.
. "$(dirname "$0")/own_libraries.sh"

# with_compiler FOLDER: the programs of the kernel's build run with the libraries of a compiler that was fetched.
with_compiler() {
	PATH=$1/usr/bin:$PATH
	run_by_own "$root.headers/usr/lib" "$1/run"
}

unpack_headers() {
	rm -rf "$root.headers"
	mkdir "$root.headers"
	for deb in "$kernel"/headers/*.deb; do
		dpkg-deb -x "$deb" "$root.headers" || return 1
	done
	# They name each other by where they would be installed.
	folder=$(find "$root.headers/usr/src" -maxdepth 1 -name 'linux-headers-*-amd64')
	sed -i "s,/usr/src/,$root.headers/usr/src/,g" "$folder/Makefile"
	sed -i "s,/usr/lib/linux-kbuild,$root.headers/usr/lib/linux-kbuild,g" "$folder/Makefile"
	for link in "$folder"/* "$root.headers"/usr/src/*/*; do
		case $(readlink "$link" || :) in
		/usr/*) ln -sfn "$root.headers$(readlink "$link")" "$link" ;;
		esac
	done
	compiler=$(cut -d ' ' -f 1 "$kernel/compiler" 2>/dev/null || :)
	[ -z "$compiler" ] || [ ! -x "${kernel%/*}/$compiler/run" ] || with_compiler "${kernel%/*}/$compiler"
}

# Why there are none goes to OUT.without; that is no error.
build_kernel_modules() {
	rm -f "$out.without" "$out.build"
	if [ -d "$kernel/ours" ]; then # of a kernel of somebody's own (kernel_import.sh)
		cp "$kernel"/ours/*.ko "$root/modules/"
		return 0
	fi
	if [ -z "$(ls "$kernel/headers")" ]; then
		echo "the mirror has no headers of this kernel any more" >"$out.without"
		return 0
	fi
	(
		unpack_headers
		ln -s "$folder" "$root.headers/kdir"
		kernel=$root.headers
		ln -s kdir "$root.headers/headers"
		: >"$root.headers/vmlinuz"
		# The headers' warnings have their file's name in the module: not where they were unpacked this time.
		export KCPPFLAGS="-ffile-prefix-map=$root.headers/=/"
		# Nor where UBSAN found something, which no compiler option makes relative.
		KMOD_BUILT="" make_modules "$root/modules" UBSAN_SANITIZE=n
	) >"$out.build" 2>&1 || {
		rm -f "$root"/modules/*.ko
		echo "they cannot be built for this kernel: $(grep -m 1 -E 'error|Error|No such|not found' "$out.build" | cut -c 1-200)" >"$out.without"
	}
	rm -rf "$root.headers"
}
