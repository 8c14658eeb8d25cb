#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# PF_ZEROCOPY in a guest that may die of it. Needs: the modules beside YKVM_KO, pktgen loaded, two interfaces on one wire
# (up), the DUT an 82576 under igb, the guest_pf_* programs in PATH.
#
#   guest_pf.sh YKVM_KO SENDER DUT [CYCLES]
#
# Lines as guest_test.sh writes them; exit 0: none failed.
# Whatever interface it is given gets pktgen's frames: not on anybody's machine.
grep -q "SCRIPT=${0##*/}" /proc/cmdline || { echo "$0: only in a virtual machine: run_guest.sh 1 ${0##*/}" >&2; exit 2; }
ko=$1 sender=$2 dut=$3 cycles=${4:-20}
[ $cycles -gt 20 ] || cycles=$((cycles / 2))
pf=${ko%/*}/pf_zerocopy.ko zc=${ko%/*}/ykvm-zc.ko
passed=0 failed=0
device=$(basename "$(readlink /sys/class/net/"$dut"/device)")
pci=/sys/bus/pci

verdict() { # STATUS WHAT
	if [ "$1" = 0 ]; then passed=$((passed + 1)); echo "ok - $2"; else failed=$((failed + 1)); echo "not ok - $2"; fi
}

pg() { echo "$2" >/proc/net/pktgen/$1; }
pg_start() {
	pg kpktgend_0 rem_device_all
	pg kpktgend_0 "add_device $sender"
	pg $sender "count 0"
	pg $sender "pkt_size 60"
	pg $sender "dst_mac 02:00:00:00:00:09"
	pg $sender "ratep 5000"
	pg pgctrl start & pg_pid=$!
	until grep -q "Running: $sender" /proc/net/pktgen/kpktgend_0; do sleep 0.01; done
}
pg_stop() { pg pgctrl stop; wait $pg_pid; }

rebind() { # DRIVER
	echo "$device" >$pci/devices/$device/driver/unbind
	echo "$1" >$pci/devices/$device/driver_override
	echo "$device" >$pci/drivers_probe
	echo >$pci/devices/$device/driver_override
	until [ -d $pci/devices/$device/net ]; do sleep 0.05; done
	dut=$(ls $pci/devices/$device/net)
	ip link set "$dut" up promisc on
	until [ "$(cat /sys/class/net/$dut/carrier)" = 1 ]; do sleep 0.05; done
}

hold() { # a socket on the DUT; frames come
	: >/held
	guest_pf_calls hold $dut >/held &
	holder=$!
	until [ -s /held ]; do sleep 0.01; done
	sleep 0.05
}

killed() { # HOW
	hold
	[ "$(cat /held)" = "$1" ]
	verdict $? "frames come $1"
	rmmod pf_zerocopy 2>/dev/null
	[ $? != 0 ]
	verdict $? "rmmod while a socket is open is refused, $1"
	kill -9 $holder
	wait $holder 2>/dev/null
	hold
	[ "$(cat /held)" = "$1" ]
	verdict $? "a killed reader leaves the interface free, $1"
	kill -9 $holder
	wait $holder 2>/dev/null
}

# Traffic never stops; the module comes, is used, and goes.
load_unload() {
	i=0 status=0
	while [ $i -lt $cycles ] && [ $status = 0 ]; do
		insmod $pf family=$((18 + i % 2)) || status=1
		hold
		kill -9 $holder
		wait $holder 2>/dev/null
		rmmod pf_zerocopy || status=1
		i=$((i + 1))
	done
	verdict $status "$cycles cycles of load, bind, kill -9 and unload under traffic"
}

echo "# group load"
insmod $pf 2>/dev/null
[ $? != 0 ]
verdict $? "insmod without ykvm.ko is refused"
insmod $ko
for bad in 0 1 2 46 4294967295 -1 x; do
	insmod $pf family=$bad 2>/dev/null
	[ $? != 0 ]
	verdict $? "insmod family=$bad is refused"
done
insmod $pf
verdict $? "insmod"
rmmod ykvm 2>/dev/null
[ $? != 0 ]
verdict $? "rmmod of what it stands on is refused"
echo "# group calls"
guest_pf_calls
verdict $? "guest_pf_calls"
echo "# group frames"
guest_pf_frames
verdict $? "guest_pf_frames"
echo "# group hammered"
guest_pf_race 1
verdict $? "guest_pf_race"
echo "# group killed"
pg_start
killed "by copy"
pg_stop
if [ -e $zc ]; then
	insmod $zc
	rebind ykvm-zc
	pg_start
	killed "by DMA"
	rmmod pf_zerocopy
	verdict $? "rmmod, frames by DMA"
	load_unload
	pg_stop
	rebind igb
	rmmod ykvm-zc
	verdict $? "rmmod of the driver"
fi
echo "# group unload"
rmmod pf_zerocopy 2>/dev/null
pg_start
load_unload
pg_stop
rmmod ykvm
verdict $? "rmmod"
[ "$(grep -c -E '\[(ykvm|pf_zerocopy)\]' /proc/vmallocinfo)" = 0 ]
verdict $? "no memory is left"
echo "# group log"
! dmesg | grep -m 5 -E "BUG|WARNING|Oops|Call Trace|refcount|unregister_netdevice: waiting"
verdict $? "the kernel's log is free of complaints"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
