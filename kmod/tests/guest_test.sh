#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The module's tests in a guest that may die of them. Needs: ykvm.ko, pktgen
# loaded, two interfaces on one wire (up, DUT promiscuous), the guest_*
# programs in PATH. Boot with slub_debug=FZPU page_poison=1 panic_on_warn=1.
#
#   guest_test.sh YKVM_KO SENDER DUT [CYCLES]
#
# One line a test, "ok" or "not ok", after a line "# group NAME"; ends with "N passed, N failed"; exit 0: none failed.
# Whatever interface it is given gets pktgen's frames: not on anybody's machine.
grep -q "SCRIPT=${0##*/}" /proc/cmdline || { echo "$0: only in a virtual machine: run_guest.sh 1 ${0##*/}" >&2; exit 2; }
ko=$1 sender=$2 dut=$3 cycles=${4:-100}
passed=0 failed=0
background=5000 # frames a second under what is done: less than 100 us apart pktgen waits for them without sleep
# The short form: as many frames as fill a ring some times over.
if [ $cycles -lt 100 ]; then frames=5000 seconds=1; else frames=20000 seconds=60; fi

verdict() { # STATUS WHAT
	if [ "$1" = 0 ]; then passed=$((passed + 1)); echo "ok - $2"; else failed=$((failed + 1)); echo "not ok - $2"; fi
}

pg() { echo "$2" >/proc/net/pktgen/$1; }
pg_arm() { # COUNT FRAME_BYTES RATE(0 = max)
	pg kpktgend_0 rem_device_all
	pg kpktgend_0 "add_device $sender"
	pg $sender "count $1"
	pg $sender "pkt_size $2"
	pg $sender "dst_mac 02:00:00:00:00:09"
	pg $sender "dst 10.0.0.1"
	pg $sender "clone_skb 0"
	if [ "$3" = 0 ]; then pg $sender "delay 0"; else pg $sender "ratep $3"; fi
}
pg_start() { # a stop that comes before the start would stop nothing
	pg pgctrl start & pg_pid=$!
	until grep -q "Running: $sender" /proc/net/pktgen/kpktgend_0; do sleep 0.01; done
}
pg_stop() { pg pgctrl stop; wait $pg_pid; }
nic_rx() { cat /sys/class/net/$dut/statistics/rx_packets; }
field() { sed "s/.*$1 \([0-9]*\).*/\1/" $2; }

bound() { until grep -q "interface $dut" /proc/ykvm; do sleep 0.01; done; }

# What the NIC handed up is what the module received; overwritten ones are there if the reader dawdled.
capture() { # FRAME_BYTES RATE COUNT PAUSE_US WANTS_LOSS [newest]
	before=$(nic_rx)
	guest_drain $dut 60000 $1 $4 $6 >/drained &
	reader=$!
	bound
	pg_arm $3 $1 $2
	pg pgctrl start
	tail -2 /proc/net/pktgen/$sender | sed 's/^/#/'
	sleep 0.2
	kill -TERM $reader
	wait $reader
	status=$?
	handed=$(($(nic_rx) - before))
	echo "# NIC handed up $handed: $(cat /drained)"
	[ $(($(field received /drained) + $(field full /drained))) = $handed ] || { echo "# the module received another number"; status=1; }
	[ $(field taken /drained) -gt 0 ] || status=1
	lost=overwritten
	[ -z "$6" ] || lost=full
	[ $5 = no ] || [ $(field $lost /drained) -gt 0 ] || { echo "# nothing was lost"; status=1; }
	verdict $status "capture of $1 bytes at rate $2, pause $4 us $6"
}

# The ring's memory, by who asked for it; a loaded module's name is there.
ring_memory() { grep -c '\[ykvm\]' /proc/vmallocinfo; }

reader_killed() {
	guest_drain $dut 60000 60 >/dev/null &
	reader=$!
	bound
	rmmod ykvm 2>/dev/null
	[ $? != 0 ]
	verdict $? "M16 rmmod while open is refused"
	grep -q "interface $dut" /proc/ykvm
	verdict $? "/proc/ykvm names the interface"
	[ $(ring_memory) -gt 0 ]
	verdict $? "the ring's memory is there while open"
	kill -9 $reader
	wait $reader 2>/dev/null
	[ -z "$(cat /proc/ykvm)" ]
	verdict $? "M17 a killed reader leaves nothing behind"
	[ $(ring_memory) = 0 ]
	verdict $? "M17 nor any memory of the ring"
}

# Traffic never stops; the module comes, captures, and goes.
load_unload() {
	rmmod ykvm
	pg_arm 0 60 $background
	pg_start
	i=0 status=0
	while [ $i -lt $cycles ] && [ $status = 0 ]; do
		insmod $ko slots=$((64 << i % 4)) && guest_drain $dut 30 60 >/drained && rmmod ykvm || status=1
		[ $(field taken /drained) -gt 0 ] || status=1
		i=$((i + 1))
	done
	pg_stop
	echo "# the last: $(cat /drained)"
	verdict $status "M16 $i cycles of load, capture and unload under traffic"
}

echo "# group load"
for bad in 0 63 65536 4294967296 -1 x; do
	insmod $ko slots=$bad 2>/dev/null
	[ $? != 0 ]
	verdict $? "M28 insmod slots=$bad is refused"
done
insmod $ko
verdict $? "insmod"
echo "# group interface"
guest_ioctl
verdict $? "guest_ioctl"
for program in guest_modes guest_wait guest_memory guest_send guest_rights; do
	$program
	verdict $? "$program"
done
echo "# group race"
guest_race $seconds
verdict $? "M25 M26 guest_race"
[ $(ring_memory) = 0 ]
verdict $? "M26 guest_race leaves no memory of a ring"
echo "# group capture"
for bytes in 60 1514; do
	capture $bytes $background 500 0 no
	capture $bytes 0 $frames 0 no
	capture $bytes 0 $frames 3000 yes
	capture $bytes 0 $frames 0 no newest
	capture $bytes 0 $frames 3000 yes newest
done
echo "# group killed"
pg_arm 0 60 $background
pg_start
reader_killed
pg_stop
echo "# group unload"
load_unload
insmod $ko
capture 60 $background 500 0 no
rmmod ykvm
verdict $? "rmmod"
echo "# group log"
! dmesg | grep -m 5 -E "BUG|WARNING|Oops|Call Trace|refcount|unregister_netdevice: waiting"
verdict $? "the kernel's log is free of complaints"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
