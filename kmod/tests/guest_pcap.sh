#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tcpdump and tshark, as Debian ships them, on the devices that libykvm-pcap.so gives them: each captures beside
# itself on the interface by libpcap alone, and their files must be the same, byte for byte.
#
#   guest_pcap.sh YKVM_KO SENDER DUT
#
# Lines as guest_test.sh writes them; exit 0: none failed.
# Whatever interface it is given gets pktgen's frames: not on anybody's machine.
grep -q "SCRIPT=${0##*/}" /proc/cmdline || { echo "$0: only in a virtual machine: run_guest.sh 1 ${0##*/}" >&2; exit 2; }
ko=$1 sender=$2 dut=$3
passed=0 failed=0
preload=/lib/libykvm-pcap.so
frames=600
export HOME=/tmp
cd /tmp || exit 2

verdict() { # STATUS WHAT
	if [ "$1" = 0 ]; then passed=$((passed + 1)); echo "ok - $2"; else failed=$((failed + 1)); echo "not ok - $2"; fi
}

pg() { echo "$2" >/proc/net/pktgen/$1; }
# 200 frames each of three kinds: short ones of ten ports, with a VLAN tag, long ones.
traffic() {
	for kind in 'pkt_size 60' 'pkt_size 96;vlan_id 5;vlan_p 3' 'pkt_size 1514'; do
		echo "count 200;ratep 20000;clone_skb 0;dst_mac 02:00:00:00:00:09;dst 10.0.0.1;\
udp_dst_min 1000;udp_dst_max 1009;vlan_id 0xffff;$kind" | tr ';' '\n' | while read -r line; do pg $sender "$line"; done
		# In a process without children: SIGCHLD would end the wait for pktgen.
		sh -c 'echo start >/proc/net/pktgen/pgctrl'
	done
}

ready() { # PID LOG WORDS
	until grep -q "$3" $2; do
		[ -e /proc/$1 ] || return 1
		sleep 0.05
	done
}

# Both at once: plain on the interface, preloaded on the device of ours. Then traffic, then the end.
side_by_side() { # DEVICE READY-WORDS PROGRAM ARGUMENTS...
	device=$1 words=$2
	shift 2
	rm -f a b a.log b.log
	"$@" -i $dut -w a 2>a.log & a=$!
	LD_PRELOAD=$preload "$@" -i $device -w b 2>b.log & b=$!
	ready $a a.log "$words" && ready $b b.log "$words" || { kill $a $b; wait $a $b; return 1; }
	sleep 0.5
	traffic
	sleep 1.5
	kill -TERM $a $b 2>/dev/null
	wait $a; a=$?
	wait $b; b=$?
	[ $a = $b ]
}

said() { grep "packets $2" $1; }

same() { # WHAT MINIMUM-BYTES COUNTED
	cmp a b && [ "$(wc -c <a)" -gt $2 ]
	status=$?
	verdict $status "$1: files are identical ($(wc -c <a) bytes)"
	said a.log "$3" >a.said
	said b.log "$3" >b.said
	diff a.said b.said | sed 's/^/# /'
	cmp -s a.said b.said
	verdict $? "$1: what it says of counts is the same"
	[ $status = 0 ] || sed 's/^/# /' a.log b.log
}

# COUNTED: of what it says at the end, the lines that begin so.
tcpdump_same() { # WHAT MINIMUM-BYTES COUNTED ARGUMENTS...
	what=$1 minimum=$2 counted=$3
	shift 3
	side_by_side ykvm-tap:$dut 'listening on' tcpdump -Z root "$@"
	verdict $? "tcpdump $what"
	same "tcpdump $what" $minimum "$counted"
}

tshark_same() { # WHAT MINIMUM-BYTES ARGUMENTS...
	what=$1 minimum=$2
	shift 2
	side_by_side ykvm-tap:$dut 'Capturing on' tshark -F pcap "$@"
	verdict $? "tshark $what"
	same "tshark $what" $minimum captured
}

# Nobody to compare with, but the sender.
alone() { # DEVICE
	LD_PRELOAD=$preload tcpdump -Z root -nn -i $1 -w b udp 2>b.log & b=$!
	ready $b b.log 'listening on' || return 1
	traffic
	sleep 1.5
	kill -TERM $b
	wait $b
	grep -q "^$frames packets captured" b.log && grep -q "^$frames packets received by filter" b.log &&
		grep -q "^0 packets dropped by kernel" b.log && LD_PRELOAD=$preload tcpdump -Z root -nn -r b >b.text 2>>b.log &&
		[ "$(wc -l <b.text)" = $frames ] || { sed 's/.*length/# length/' b.text | sort | uniq -c; return 1; }
}

refused() { # WORDS DEVICE
	# shellcheck disable=SC2086 # words
	LD_PRELOAD=$preload tcpdump -Z root -w b -i $2 >b.log 2>&1
	[ $? != 0 ] && grep -q "$1" b.log
	status=$?
	[ $status = 0 ] || sed 's/^/# /' b.log
	verdict $status "$2 is refused: $1"
}

echo '# group tcpdump'
insmod $ko
verdict $? 'insmod'
pg kpktgend_0 "add_device $sender"
tcpdump_same 'all frames' 100000 ''
tcpdump_same 'a filter' 1000 '' 'udp dst port 1003'
tcpdump_same 'a filter on the VLAN tag' 1000 '' 'vlan 5 and udp dst port 1004'
tcpdump_same 'a snap length' 10000 '' -s 70
tcpdump_same 'nanoseconds' 100000 '' --nano
# How many had come by when it had enough depends on when it looked.
tcpdump_same 'a number of frames' 1000 captured -c 123
tcpdump_same 'frame by frame' 100000 '' --immediate-mode -U -s 2000
echo '# group tshark'
tshark_same 'all frames' 100000
tshark_same 'a filter' 1000 -f 'udp dst port 1003'
echo '# group alone'
for device in ykvm:$dut $dut; do
	alone $device
	status=$?
	[ $status = 0 ] || sed 's/^/# /' b.log
	verdict $status "tcpdump preloaded on $device"
done
echo '# group calls'
LD_PRELOAD=$preload guest_pcap_calls $sender $dut
verdict $? 'guest_pcap_calls'
echo '# group refused'
refused 'No such device' ykvm:nosuch
refused 'monitor mode' "ykvm-tap:$dut -I"
LD_PRELOAD=$preload tcpdump -Z root -i ykvm:$dut -w a >a.log 2>&1 & a=$!
ready $a a.log 'listening on'
refused 'busy' ykvm:$dut
kill -TERM $a
wait $a
rmmod ykvm
verdict $? 'rmmod'
echo '# group log'
! dmesg | grep -m 5 -E "BUG|WARNING|Oops|Call Trace|refcount|unregister_netdevice: waiting"
verdict $? "the kernel's log is free of complaints"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
