#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The modules' calls fuzzed, in a guest on the debug kernel (debug/kernel.sh). Needs: the modules beside YKVM_KO built with
# KCOV_INSTRUMENT=y, and /corpus.
#
#   guest_fuzz.sh YKVM_KO SENDER DUT SECONDS      SEED in the environment: of the programs that are drawn
#
# Lines as guest_test.sh writes them, and "corpus HEX" for each program that reached something new; exit 0: none failed. The
# judge is the kernel's console.
grep -q "SCRIPT=${0##*/}" /proc/cmdline || { echo "$0: only in a virtual machine: debug/fuzz.sh" >&2; exit 2; }
modules=${1%/*} seconds=$4
passed=0 failed=0

verdict() { # STATUS WHAT
	if [ "$1" = 0 ]; then passed=$((passed + 1)); echo "ok - $2"; else failed=$((failed + 1)); echo "not ok - $2"; fi
}

echo "# group fuzz"
mount -t debugfs none /sys/kernel/debug
insmod $modules/ykvm.ko && insmod $modules/pf_zerocopy.ko && insmod $modules/kcap.ko
verdict $? "the modules load"
guest_fuzz "$seconds" "${SEED:-1}" /corpus
verdict $? "it ran, and reached them"
for module in kcap pf_zerocopy ykvm; do
	tries=100
	until rmmod $module 2>/dev/null; do
		sleep 0.1
		tries=$((tries - 1))
		[ $tries -gt 0 ] || break
	done
	[ ! -d /sys/module/$module ]
	verdict $? "$module goes"
done
echo scan >/sys/kernel/debug/kmemleak
sleep 6
echo scan >/sys/kernel/debug/kmemleak
[ -e /sys/kernel/debug/kmemleak ] && ! grep -q 'guest_fuzz' /sys/kernel/debug/kmemleak
verdict $? "kmemleak finds nothing of it"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
