#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# lab-image.sh PACKAGES KMOD AGENT OUT: builds ykvm.ko for the guest's kernel and packs OUT, the guest's initramfs.
#
# The same inputs give the same bytes: sorted names, no times, no owners, no paths of this machine. Uncompressed, so
# that the guest spends no instructions on unpacking.
set -eu

packages=$1
kmod=$2
agent=$3
out=$4
root=$(mktemp -d "$out.XXXXXX")
trap 'rm -rf "$root"' EXIT INT TERM
die() { echo "rxlab: $*" >&2; exit 1; }

# In the order of loading: file name in the kernel's tree, or ykvm.ko; optional ones with "?", parameters behind.
modules='drivers/firmware/qemu_fw_cfg
net/core/pktgen
drivers/dca/dca?
drivers/i2c/algos/i2c-algo-bit?
drivers/net/ethernet/intel/e1000e/e1000e
drivers/net/ethernet/intel/igb/igb
ykvm'

build_ykvm() {
	make -s -C "$kmod" module KDIR="$packages/kernel/headers" OUT="$root.kmod" >"$root.log" 2>&1 || {
		tail -n 20 "$root.log" >&2
		rm -rf "$root.kmod" "$root.log"
		die "cannot build kmod/ykvm.ko"
	}
	cp "$root.kmod/ykvm.ko" "$root/modules/"
	rm -rf "$root.kmod" "$root.log"
}

add_module() {
	name=${1%%\?*}
	file=$packages/kernel/modules/$name.ko
	to=$root/modules/${name##*/}.ko
	if [ -e "$file" ]; then
		cp "$file" "$to"
	elif [ -e "$file.xz" ]; then
		xz -dc "$file.xz" >"$to"
	elif [ "$1" != "$name" ]; then
		return 0
	elif [ ! -e "$to" ]; then
		die "the guest's kernel has no module $name"
	fi
	echo "${name##*/}.ko" >>"$root/modules/order"
}

# The libraries that the agent needs, out of the guest's packages, by the guest's own loader.
add_libraries() {
	guest=$packages/guest
	path=$guest/lib/x86_64-linux-gnu:$guest/usr/lib/x86_64-linux-gnu
	# The packages' own, not what their absolute link would find on this machine.
	loader=$(find "$guest" -name 'ld-linux-x86-64.so.2' -type f | head -n 1)
	mkdir -p "$root/lib64" "$root/lib/x86_64-linux-gnu"
	cp "$loader" "$root/lib64/"
	"$loader" --inhibit-cache --list --library-path "$path" "$agent" >"$root.list"
	grep -v "$guest" "$root.list" | grep '=>' && die "the agent needs libraries that the guest's packages lack"
	sed -n 's/^[^>]*=> \([^ ]*\) (.*/\1/p' "$root.list" | while read -r lib; do
		cp -L "$lib" "$root/lib/x86_64-linux-gnu/"
	done
	rm -f "$root.list"
}

add_busybox() {
	mkdir -p "$root/bin"
	cp -L "$(find "$packages/guest" -path "*/bin/busybox" -type f | head -n 1)" "$root/bin/busybox"
	for name in $("$root/bin/busybox" --list); do
		[ "$name" = busybox ] || ln -s busybox "$root/bin/$name"
	done
}

mkdir -p "$root/modules" "$root/proc" "$root/sys" "$root/dev" "$root/tmp"
build_ykvm
for module in $modules; do
	add_module "$module"
done
cp "$agent" "$root/init"
add_libraries
add_busybox
find "$root" -exec touch -h -d @0 {} +
find "$root" -type f -exec chmod 755 {} +
(cd "$root" && find . | LC_ALL=C sort | cpio -o -H newc --reproducible --owner=0:0 --quiet) >"$out.tmp"
mv "$out.tmp" "$out"
