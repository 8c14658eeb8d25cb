#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# run_all.sh: the long form of the guests' tests, every script on every kernel that can be had: the lab's own, 6.12, and the
# newest 7.x. TAP lines as they come, each guest's under "# guest SCRIPT on KERNEL", with its sum at the end; the last line is
# "N passed, N failed, N skipped", where a guest that cannot be made counts as one skipped. Exit 0: none failed. In the
# environment: KERNELS, other ones (lab: the lab's own); CYCLES, as many for each script, and no script of the lab's kernel alone.
set -u

here=$(cd "$(dirname "$0")" && pwd)
out=$(mktemp)
trap 'rm -f "$out"' EXIT
trap 'exit 1' HUP INT TERM
passed=0 failed=0 skipped=0

guest() { # KERNEL SCRIPT CYCLES
	echo "# guest $2 on $1"
	KERNEL=${1#lab} sh "$here/run_guest.sh" "${CYCLES:-$3}" "$2" >"$out" 2>&1
	status=$?
	cat "$out"
	if [ $status = 77 ]; then
		skipped=$((skipped + 1))
		return
	fi
	good=$(grep -c '^ok ' "$out") bad=$(grep -c '^not ok ' "$out")
	# one that ends without a verdict has failed too
	[ $status = 0 ] || [ "$bad" != 0 ] || bad=1
	echo "# $2 on $(sed -n 's/^# kernel \([^ ]*\).*/\1/p' "$out"): $good passed, $bad failed"
	passed=$((passed + good)) failed=$((failed + bad))
}

for kernel in ${KERNELS:-lab 6.12 7}; do
	guest "$kernel" guest_test.sh 100
	guest "$kernel" guest_survive.sh 1000
	guest "$kernel" guest_kcap.sh 100
	guest "$kernel" guest_zc.sh 50
	guest "$kernel" guest_zc_edges.sh 20
	guest "$kernel" guest_pf.sh 50
done
[ -n "${CYCLES:-}" ] || guest lab guest_pcap.sh 20
[ -n "${CYCLES:-}" ] || guest lab guest_pcap_ways.sh 20
[ -n "${CYCLES:-}" ] || guest lab guest_pcap_suricata.sh 20
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
