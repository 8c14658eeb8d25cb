#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# image.sh PACKAGES KMOD AGENT OUT: builds our modules for the guest's kernel and packs OUT, the guest's initramfs.
set -eu

packages=$1
kernel=$packages/kernel
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
net/sched/sch_ingress
net/sched/cls_bpf
net/sched/sch_netem
drivers/dca/dca?
drivers/i2c/algos/i2c-algo-bit?
drivers/net/ethernet/intel/e1000e/e1000e
drivers/net/ethernet/intel/igb/igb
ykvm'

mkdir -p "$root/modules" "$root/proc" "$root/sys" "$root/dev" "$root/tmp"
build_modules
for module in $modules; do
	add_module "$module"
done
cp "$agent" "$root/init"
# What whoever runs the lab wants beside it: modules of netmap, PF_RING, built for the guest's kernel.
for module in "${packages%/*}"/modules/*.ko; do
	[ ! -e "$module" ] || cp "$module" "$root/modules/"
done
add_libraries "$packages/guest" "$agent"
# For the capture dpdk alone, which loads them itself.
put_module drivers/uio/uio
put_module drivers/uio/uio_pci_generic
# For the capture nflog alone, in the order in which it loads them.
for module in crypto/crc32c_generic? lib/libcrc32c? net/netfilter/nfnetlink net/netfilter/nf_tables net/netfilter/nft_log \
	net/netfilter/nfnetlink_log; do
	put_module "$module"
done
sh "$(dirname "$0")/../../../capture-impls/dpdk/build.sh" "$packages/dpdk" "$root/lib/rxlab-dpdk.so"
add_libraries "$packages/guest" "$root/lib/rxlab-dpdk.so" "$packages/dpdk"
add_busybox
pack "$out"
