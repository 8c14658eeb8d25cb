#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# run_all.sh: the long form of the guests' tests, every script on every kernel that can be had: the lab's own, 6.12, and the
# newest 7.x. TAP lines as they come, each guest's under "# guest SCRIPT on KERNEL", with its sum at the end; the last line is
# "N passed, N failed, N skipped", where a guest that cannot be made counts as one skipped. Exit 0: none failed. In the
# environment: KERNELS, other ones (lab: the lab's own); CYCLES, as many for each script, and no script of the lab's kernel alone.
set -u

tests=$(cd "$(dirname "$0")" && pwd)
. "$tests/tally.sh"
export KERNEL

on() { # KERNEL SCRIPT CYCLES
	KERNEL=${1#lab}
	guest "$1" "${CYCLES:-$3}" "$2"
}

for kernel in ${KERNELS:-lab 6.12 7}; do
	on "$kernel" guest_test.sh 100
	on "$kernel" guest_survive.sh 1000
	on "$kernel" guest_kcap.sh 100
	on "$kernel" guest_zc.sh 50
	on "$kernel" guest_zc_edges.sh 20
	on "$kernel" guest_pf.sh 50
done
[ -n "${CYCLES:-}" ] || on lab guest_pcap.sh 20
[ -n "${CYCLES:-}" ] || on lab guest_pcap_ways.sh 20
[ -n "${CYCLES:-}" ] || on lab guest_pcap_suricata.sh 20
tally
