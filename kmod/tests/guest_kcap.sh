#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# kcap's tests in a guest that may die of them. Needs: kcap.ko beside YKVM_KO, ts_bm and pktgen loaded, two interfaces
# on one wire (up, DUT promiscuous), guest_kcap in PATH. Boot with slub_debug=FZPU page_poison=1 panic_on_warn=1.
#
#   guest_kcap.sh YKVM_KO SENDER DUT [CYCLES]
#
# One line a test, "ok" or "not ok", after a line "# group NAME"; ends with "N passed, N failed"; exit 0: none failed.
# Whatever interface it is given gets pktgen's frames: not on anybody's machine.
grep -q "SCRIPT=${0##*/}" /proc/cmdline || { echo "$0: only in a virtual machine: run_guest.sh 1 ${0##*/}" >&2; exit 2; }
ko=${1%/*}/kcap.ko sender=$2 dut=$3 cycles=${4:-100}
passed=0 failed=0
if [ $cycles -lt 100 ]; then frames=5000 attachments=100; else frames=20000 attachments=1000; fi

verdict() { # STATUS WHAT
	if [ "$1" = 0 ]; then passed=$((passed + 1)); echo "ok - $2"; else failed=$((failed + 1)); echo "not ok - $2"; fi
}

pg() { echo "$2" >/proc/net/pktgen/$1; }
pg_arm() { # COUNT FRAME_BYTES
	pg kpktgend_0 rem_device_all
	pg kpktgend_0 "add_device $sender"
	pg $sender "count $1"
	pg $sender "pkt_size $2"
	pg $sender "dst_mac 02:00:00:00:00:09"
	pg $sender "dst 10.0.0.1"
	pg $sender "delay 0"
}
nic_rx() { cat /sys/class/net/$dut/statistics/rx_packets; }

hold() { # attached to DUT until let_go
	guest_kcap hold $dut >/held &
	holder=$!
	until grep -q "interface $dut" /proc/kcap; do sleep 0.01; done
}
let_go() { kill -TERM $holder; wait $holder; }

# What the NIC handed up is what was counted.
capture() { # FRAME_BYTES COUNT
	before=$(nic_rx)
	hold
	pg_arm $2 $1
	pg pgctrl start
	sleep 0.2
	let_go
	status=$?
	handed=$(($(nic_rx) - before))
	[ "$(cat /held)" = "frames $handed" ] && [ $handed -gt 0 ] || status=1
	echo "# NIC handed up $handed: $(cat /held)"
	verdict $status "every frame of $1 bytes is counted"
}

removal() {
	hold
	rmmod kcap 2>/dev/null
	[ $? != 0 ]
	verdict $? "M16 rmmod while attached is refused"
	! grep -E '0x|[0-9a-f]{16}' /proc/kcap
	verdict $? "M23 /proc/kcap shows no address"
	let_go
	[ -z "$(cat /proc/kcap)" ]
	verdict $? "/proc/kcap is empty when nothing is attached"
}

moved() {
	hold
	unshare -n sleep 100 &
	away=$!
	sleep 0.1
	ip link set $dut netns $away
	[ -z "$(cat /proc/kcap)" ]
	verdict $? "M9 moving the interface to another namespace ends the attachment"
	kill -TERM $holder
	wait $holder
	kill $away
	wait $away
	until [ -e /sys/class/net/$dut ]; do sleep 0.1; done
	ip link set $dut up promisc on
	until [ "$(cat /sys/class/net/$dut/carrier)" = 1 ]; do sleep 0.1; done
}

# Traffic never stops; the module comes, counts, and goes.
load_unload() {
	rmmod kcap
	pg_arm 0 60
	pg $sender "ratep 5000"
	pg pgctrl start &
	until grep -q "Running: $sender" /proc/net/pktgen/kpktgend_0; do sleep 0.01; done
	i=0 status=0
	while [ $i -lt $cycles ] && [ $status = 0 ]; do
		insmod $ko && hold && sleep 0.01 && let_go && rmmod kcap || status=1
		i=$((i + 1))
	done
	pg pgctrl stop
	wait
	echo "# the last: $(cat /held)"
	verdict $status "M16 $i cycles of load, attach and unload under traffic"
}

echo "# group kcap"
insmod $ko
verdict $? "insmod"
guest_kcap $attachments
verdict $? "guest_kcap: $attachments attachments"
echo "# group nic"
capture 60 $frames
capture 1514 5000
removal
moved
capture 60 2000
echo "# group unload"
load_unload
echo "# group log"
! dmesg | grep -m 5 -E "BUG|WARNING|Oops|Call Trace|refcount|unregister_netdevice: waiting"
verdict $? "the kernel's log is free of complaints"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
