#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kernel_import.sh CACHE VMLINUZ MODULES KMOD: takes a kernel of somebody's own into CACHE/kernels/image-HASH, whole or not at
# all, and prints that name. The hash is of all that the guest gets of it, so that equal kernels have equal names.
#
# MODULES: what `make modules_install` makes, lib/modules/VERSION. Of it only what the guest uses is taken; what its
# modules.builtin names is in the kernel itself. Our modules are those in its folders extra or updates; where there are
# none and its link `build` leads to the kernel's tree, they are built for it; else rows that need them cannot run.
set -eu

cache=$1
vmlinuz=$2
modules=$3
kmod=$4
here=$(dirname "$0")
die() { echo "rxlab: $*" >&2; exit 1; }

[ -f "$vmlinuz" ] && [ -r "$vmlinuz" ] || die "$vmlinuz: no kernel to be read: arch/x86/boot/bzImage, or /boot/vmlinuz-VERSION"
[ -d "$modules" ] || die "$modules: no folder of modules: lib/modules/VERSION, as 'make modules_install' makes it"
mkdir -p "$cache/kernels"
tmp=$(mktemp -d "$cache/kernels/import.XXXXXX")
trap 'rm -rf "$tmp"' EXIT INT TERM

# A tree's own modules lie in its folder kernel.
take_modules() {
	from=$modules
	[ ! -d "$modules/kernel" ] || from=$modules/kernel
	for name in $(sh "$here/image.sh" --modules); do
		mkdir -p "$tmp/modules/${name%/*}"
		for file in "$from/$name".ko*; do
			[ ! -f "$file" ] || cp -L "$file" "$tmp/modules/${name%/*}/"
		done
		! grep -qx "kernel/$name\.ko" "$modules/modules.builtin" 2>/dev/null || : >"$tmp/modules/$name.builtin"
	done
	find "$tmp/modules" -type f | grep -q . || die "$modules: none of the modules that the guest uses is in it"
}

# The names that kmod/Kbuild has.
ours=$(sed -n 's/^obj-m [:+]= //p' "$kmod/Kbuild" | tr ' ' '\n' | sed 's/\.o$/.ko/')

take_ours() {
	for name in $ours; do
		for file in "$modules/extra/$name" "$modules/updates/$name"; do
			[ -f "$file" ] || continue
			mkdir -p "$tmp/ours"
			cp -L "$file" "$tmp/ours/"
		done
	done
	[ ! -d "$tmp/ours" ] || return 0
	[ -f "$modules/build/Makefile" ] || return 0
	mkdir -p "$tmp/ours"
	make -s -C "$kmod" module KDIR="$(readlink -f "$modules/build")" OUT="$tmp/built" >"$tmp/log" 2>&1 ||
		echo "rxlab: our modules cannot be built for $vmlinuz: $(grep -m 1 -i error "$tmp/log")" >&2
	find "$tmp/built" -name '*.ko' -exec cp {} "$tmp/ours/" \; 2>/dev/null || :
	rm -rf "$tmp/built" "$tmp/log"
	rmdir "$tmp/ours" 2>/dev/null || :
}

cp -L "$vmlinuz" "$tmp/vmlinuz"
mkdir "$tmp/headers" # there are no packages of them
take_modules
take_ours
hash=$(cd "$tmp" && find . -type f | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -c 1-16)
name=image-$hash
echo "$name 1" >"$tmp/versions"
[ -e "$cache/kernels/$name" ] || mv "$tmp" "$cache/kernels/$name"
echo "$name"
