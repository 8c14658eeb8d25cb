#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# image.sh PACKAGES KMOD AGENT OUT [KERNEL]: builds our modules for the guest's kernel and packs OUT, the guest's initramfs.
# KERNEL: a folder of kernels.sh, instead of the lab's own kernel; where our modules cannot be built for it, OUT.without says why.
# image.sh --modules: names the modules of a kernel that the guest uses.
set -eu

# In the order of loading.
modules='drivers/firmware/qemu_fw_cfg
net/core/pktgen
lib/ts_bm?
lib/ts_kmp?
net/sched/sch_ingress
net/sched/cls_bpf
net/sched/sch_netem
drivers/pps/pps_core?
drivers/ptp/ptp?
drivers/dca/dca?
drivers/i2c/algos/i2c-algo-bit?
drivers/net/ethernet/intel/e1000e/e1000e
drivers/net/ethernet/intel/igb/igb'
# For the captures dpdk and nflog alone, which load them themselves; nflog in this order. A kernel may lack each or have it in
# itself, as 7.3 has nfnetlink: that must not take the other captures their guest.
later='drivers/uio/uio
drivers/uio/uio_pci_generic
crypto/crc32c_generic?
lib/libcrc32c?
net/netfilter/nfnetlink
net/netfilter/nf_tables
net/netfilter/nft_log
net/netfilter/nfnetlink_log'
if [ "$1" = --modules ]; then
	echo "$modules
$later" | tr -d '?'
	exit 0
fi

packages=$1
kmod=$2
agent=$3
out=$4
kernel=${5:-$packages/kernel}
root=$(mktemp -d "$out.XXXXXX")
trap 'rm -rf "$root" "$root.headers"' EXIT INT TERM
die() { echo "rxlab: $*" >&2; exit 1; }
. "$(dirname "$0")/initramfs.sh"

mkdir -p "$root/modules" "$root/proc" "$root/sys" "$root/dev" "$root/tmp"
if [ $# -gt 4 ]; then
	. "$(dirname "$0")/kernel_modules.sh"
	build_kernel_modules
else
	build_modules
fi
for module in $modules; do
	add_module "$module"
done
[ ! -e "$root/modules/ykvm.ko" ] || add_module ykvm
cp "$agent" "$root/init"
# What whoever runs the lab wants beside it: modules of netmap, PF_RING, built for the guest's kernel.
for module in "${packages%/*}"/modules/*.ko; do
	[ ! -e "$module" ] || cp "$module" "$root/modules/"
done
add_libraries "$packages/guest" "$agent"
for module in $later; do
	put_module "${module%\?}?"
done
sh "$(dirname "$0")/../../../capture-impls/dpdk/build.sh" "$packages/dpdk" "$root/lib/rxlab-dpdk.so"
add_libraries "$packages/guest" "$root/lib/rxlab-dpdk.so" "$packages/dpdk"
add_busybox
pack "$out"
