#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# suricata, as Debian ships it, on an interface that libykvm-pcap.so gives to ykvm: it asks the interface for its features
# by its own name, and captures by libpcap. It must count what was sent, as it does by libpcap alone.
#
#   guest_pcap_suricata.sh YKVM_KO SENDER DUT
#
# Lines as guest_test.sh writes them; exit 0: none failed.
# Whatever interface it is given gets pktgen's frames: not on anybody's machine.
grep -q "SCRIPT=${0##*/}" /proc/cmdline || { echo "$0: only in a virtual machine: run_guest.sh 1 ${0##*/}" >&2; exit 2; }
ko=$1 sender=$2 dut=$3
passed=0 failed=0
frames=300

verdict() { # STATUS WHAT
	if [ "$1" = 0 ]; then passed=$((passed + 1)); echo "ok - $2"; else failed=$((failed + 1)); echo "not ok - $2"; fi
}

pg() { echo "$2" >"/proc/net/pktgen/$1"; }

# suricata's last words of the device: packets, drops.
counted() { # ENVIRONMENT DEVICE
	: >/tmp/log # what is said below is of this run
	env LD_PRELOAD=/lib/libykvm-pcap.so "$1" suricata -c /etc/suricata.yaml -S /dev/null -l /tmp --pcap="$2" >/tmp/log 2>&1 &
	pid=$!
	until grep -q 'Engine started' /tmp/log; do
		[ -e /proc/$pid ] || return 1
		sleep 0.2
	done
	sleep 0.5
	sh -c 'echo start >/proc/net/pktgen/pgctrl'
	sleep 1
	kill -INT $pid
	wait $pid
	grep -q "packets: $frames, drops: 0 " /tmp/log
}

check() { # WHAT ENVIRONMENT DEVICE
	counted "$2" "$3"
	status=$?
	[ $status = 0 ] || tail -n 10 /tmp/log | sed 's/^/# /'
	verdict $status "suricata counts $frames packets, $1"
}

echo '# group suricata'
insmod "$ko"
verdict $? 'insmod'
pg kpktgend_0 "add_device $sender"
for setting in "count $frames" 'pkt_size 96' 'ratep 20000' 'dst_mac 02:00:00:00:00:09' 'dst 10.0.0.1'; do
	pg "$sender" "$setting"
done
check 'by libpcap' A=b "$dut"
check "$dut given to ykvm, the stack has them too" "YKVM_PCAP=$dut=ykvm-tap" "$dut"
check "$dut given to ykvm" "YKVM_PCAP=$dut=ykvm" "$dut"
rmmod ykvm
verdict $? 'rmmod'
! counted "YKVM_PCAP=$dut=ykvm" "$dut" && grep -q "$dut: /dev/ykvm: No such file" /tmp/log
verdict $? 'without ykvm it is refused: it was ykvm that captured'
echo '# group log'
! dmesg | grep -m 5 -E "BUG|WARNING|Oops|Call Trace|refcount|unregister_netdevice: waiting"
verdict $? "the kernel's log is free of complaints"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
