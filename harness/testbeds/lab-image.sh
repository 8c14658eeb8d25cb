#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# lab-image.sh PACKAGES KMOD AGENT OUT: builds our modules for the guest's kernel and packs OUT, the guest's initramfs.
set -eu

packages=$1
kmod=$2
agent=$3
out=$4
root=$(mktemp -d "$out.XXXXXX")
trap 'rm -rf "$root"' EXIT INT TERM
die() { echo "rxlab: $*" >&2; exit 1; }
. "$(dirname "$0")/initramfs.sh"

# In the order of loading.
modules='drivers/firmware/qemu_fw_cfg
net/core/pktgen
lib/ts_bm?
lib/ts_kmp?
drivers/dca/dca?
drivers/i2c/algos/i2c-algo-bit?
drivers/net/ethernet/intel/e1000e/e1000e
drivers/net/ethernet/intel/igb/igb
ykvm'

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

mkdir -p "$root/modules" "$root/proc" "$root/sys" "$root/dev" "$root/tmp"
build_modules
for module in $modules; do
	add_module "$module"
done
cp "$agent" "$root/init"
add_libraries
add_busybox
pack "$out"
