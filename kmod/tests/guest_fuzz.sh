#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The modules' calls fuzzed, in a guest on the debug kernel (debug/kernel.sh). Needs: the modules beside YKVM_KO built with
# KCOV_INSTRUMENT=y, and /corpus.
#
#   guest_fuzz.sh YKVM_KO SENDER DUT SECONDS      in the environment: SEED of the programs that are
#   drawn; LEAKS=no: without kmemleak
#
# Lines as guest_test.sh writes them, and "corpus HEX" for each program that reached something new; exit 0: none failed. The
# judge is the kernel's console.
grep -q "SCRIPT=${0##*/}" /proc/cmdline || { echo "$0: only in a virtual machine: debug/fuzz.sh" >&2; exit 2; }
modules=${1%/*} sender=$2 dut=$3 seconds=$4
device=$(basename "$(readlink /sys/class/net/"$dut"/device)")
pci=/sys/bus/pci
passed=0 failed=0

verdict() { # STATUS WHAT
	if [ "$1" = 0 ]; then passed=$((passed + 1)); echo "ok - $2"; else failed=$((failed + 1)); echo "not ok - $2"; fi
}

echo "# group fuzz"
mount -t debugfs none /sys/kernel/debug
to() { # DRIVER
	echo $device >$pci/devices/$device/driver/unbind
	if [ $1 = igb ]; then echo; else echo $1; fi >$pci/devices/$device/driver_override
	echo $device >$pci/drivers/$1/bind || return 1
	found=$(ls $pci/devices/$device/net)
	[ "$found" = "$dut" ] || ip link set "$found" name "$dut"
	ip link set $dut up promisc on
}
insmod $modules/ykvm.ko && insmod $modules/ykvm-zc.ko && insmod $modules/pf_zerocopy.ko && insmod $modules/kcap.ko
verdict $? "the modules load"
to ykvm-zc
verdict $? "ykvm-zc has the NIC"
guest_fuzz "$seconds" "${SEED:-1}" /corpus "$sender" "$dut"
verdict $? "it ran, and reached them"
to igb
for module in kcap pf_zerocopy ykvm_zc ykvm; do
	tries=100
	until rmmod $module 2>/dev/null; do
		sleep 0.1
		tries=$((tries - 1))
		[ $tries -gt 0 ] || break
	done
	[ ! -d /sys/module/$module ]
	verdict $? "$module goes"
done
if [ "${LEAKS:-}" != no ]; then
	echo scan >/sys/kernel/debug/kmemleak
	sleep 6
	echo scan >/sys/kernel/debug/kmemleak
	[ -e /sys/kernel/debug/kmemleak ] && ! grep -q 'guest_fuzz' /sys/kernel/debug/kmemleak
	verdict $? "kmemleak finds nothing of it"
fi
echo "$passed passed, $failed failed"
[ $failed = 0 ]
