#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# ykvm-zc as an ordinary driver and with rings, in a guest that may die of it. Needs: both modules in /modules, pktgen loaded, two
# interfaces on one wire (up), the DUT an 82576 under igb.
#
#   guest_zc.sh YKVM_KO SENDER DUT [CYCLES]
#
# Lines as guest_test.sh writes them; exit 0: none failed.
# Whatever interface it is given gets pktgen's frames: not on anybody's machine.
grep -q "SCRIPT=${0##*/}" /proc/cmdline || { echo "$0: only in a virtual machine: run_guest.sh 1 ${0##*/}" >&2; exit 2; }
ko=$1 sender=$2 dut=$3 cycles=${4:-50}
passed=0 failed=0
# The short form; each time to igb and back is a second of the guest's.
if [ $cycles -lt 50 ]; then frames=4000 hostile=300 losses=3 cycles=$((cycles / 4)); else frames=10000 hostile=1000 losses=10; fi
device=$(basename "$(readlink /sys/class/net/"$dut"/device)")
pci=/sys/bus/pci
foreign=02:00:00:00:00:09
own=$(cat /sys/class/net/"$dut"/address)

verdict() { # STATUS WHAT
	if [ "$1" = 0 ]; then passed=$((passed + 1)); echo "ok - $2"; else failed=$((failed + 1)); echo "not ok - $2"; fi
}

pg() { echo "$2" >/proc/net/pktgen/$1; }
pg_arm() { # THREAD FROM MAC COUNT FRAME_BYTES RATE(0 = max)
	pg kpktgend_$1 rem_device_all
	pg kpktgend_$1 "add_device $2"
	pg $2 "count $4"
	pg $2 "pkt_size $5"
	pg $2 "dst_mac $3"
	pg $2 "dst 10.0.0.1"
	pg $2 "clone_skb 0"
	if [ "$6" = 0 ]; then pg $2 "delay 0"; else pg $2 "ratep $6"; fi
}
pg_start() {
	pg pgctrl start & pg_pid=$!
	until grep -q "Running: $1" /proc/net/pktgen/kpktgend_0; do sleep 0.01; done
}
pg_stop() { pg pgctrl stop; wait $pg_pid; }

stat() { cat /sys/class/net/$1/statistics/$2; }
carrier() { until [ "$(cat /sys/class/net/$1/carrier)" = 1 ]; do sleep 0.05; done; }
up() { ip link set "$dut" up && carrier $dut; }

rebind() { # DRIVER
	old=$(basename "$(readlink $pci/devices/$device/driver)")
	echo $device >$pci/drivers/$old/unbind
	if [ $1 = igb ]; then echo >$pci/devices/$device/driver_override; else echo $1 >$pci/devices/$device/driver_override; fi
	echo $device >$pci/drivers/$1/bind || return 1
	name=$(ls $pci/devices/$device/net)
	[ "$name" = "$dut" ] || ip link set "$name" name "$dut"
}

# Sent frames, and how many of them the DUT's interface counts.
count() { # WANTED(all|none) MAC COUNT FRAME_BYTES RATE WHAT
	before=$(stat $dut rx_packets)
	pg_arm 0 $sender $2 $3 $4 $5
	pg pgctrl start
	sleep 0.05
	got=$(($(stat $dut rx_packets) - before))
	case $1 in all) [ $got = $3 ] ;; none) [ $got = 0 ] ;; esac
	status=$?
	[ $status = 0 ] || echo "# $got of $3"
	verdict $status "$6"
}

echo "# group bind"
insmod $ko && insmod "${ko%/*}/ykvm-zc.ko"
verdict $? "both modules load"
[ "$(guest_nic $dut driver)" = igb ]
verdict $? "igb keeps its device"
rebind ykvm-zc && up
verdict $? "bound, up, carrier"
[ "$(guest_nic $dut driver)" = ykvm-zc ]
verdict $? "driver is ykvm-zc"
[ "$(cat /sys/class/net/$dut/address)" = "$own" ]
verdict $? "the address is igb's"
grep -q "$dut-TxRx-0" /proc/interrupts
verdict $? "interrupts are named after the interface"

echo "# group filter"
count none $foreign 500 60 20000 "another's frames are not received"
count all "$own" 500 60 20000 "its own are"
count all ff:ff:ff:ff:ff:ff 500 60 20000 "broadcasts are"
count none 01:00:5e:01:02:03 200 60 20000 "a foreign group's frames are not"
guest_nic $dut join 01:00:5e:01:02:03
count all 01:00:5e:01:02:03 200 60 20000 "those of a group that was joined are"
guest_nic $dut leave 01:00:5e:01:02:03
count none 01:00:5e:01:02:03 200 60 20000 "and no more once it was left"
ip link set $dut promisc on
count all $foreign 500 60 20000 "promiscuous: all are"
ip link set $dut promisc off
count none $foreign 500 60 20000 "and no more after it"

echo "# group length"
ip link set $dut promisc on
ip link set $sender mtu 9000
sleep 0.1 # it loses its carrier first
carrier $sender
for bytes in 60 61 1514; do
	count all $foreign 300 $bytes 20000 "$bytes bytes"
done
count none $foreign 100 4000 5000 "4000 bytes are too long at MTU 1500"
ip link set $dut mtu 9000
for bytes in 1518 2048 2049 4096 9014; do
	count all $foreign 300 $bytes 5000 "$bytes bytes at MTU 9000"
done
ip link set $dut mtu 1500

echo "# group send"
before=$(stat $sender rx_packets)
ip link set $sender promisc on
for bytes in 60 1514; do
	pg_arm 1 $dut $foreign 3000 $bytes 0
	pg kpktgend_0 rem_device_all
	pg pgctrl start
done
sleep 0.05
[ $(($(stat $sender rx_packets) - before)) -gt 5000 ] && [ "$(guest_nic $dut counter queue_0_tx_packets)" -ge 6000 ]
verdict $? "6000 frames leave"
pg_arm 0 $sender $foreign 3000 60 0
pg_arm 1 $dut $foreign 3000 60 0
pg pgctrl start
verdict $? "both directions at once"
pg kpktgend_1 rem_device_all

echo "# group ethtool"
pg_arm 0 $sender $foreign 0 60 5000
pg_start $sender
for n in 64 128 4096 256; do
	guest_nic $dut set-rings $n $n && [ "$(guest_nic $dut rings)" = "$n $n" ]
	verdict $? "rings of $n under traffic"
done
for n in 2 4 1; do
	guest_nic $dut set-channels $n && [ "$(guest_nic $dut channels)" = $n ]
	verdict $? "channels: $n"
done
for n in 0 250 50; do
	guest_nic $dut set-usecs $n && [ "$(guest_nic $dut usecs)" = $n ]
	verdict $? "rx-usecs $n under traffic"
done
! guest_nic $dut set-usecs 100000 2>/dev/null && ! guest_nic $dut set-channels 0 2>/dev/null &&
	! guest_nic $dut set-channels 9 2>/dev/null
verdict $? "what is out of range is refused"
guest_nic $dut counter rx_missed >/dev/null && guest_nic $dut counter queue_3_rx_missed >/dev/null
verdict $? "counters are there"
i=0
while [ $i -lt 10 ]; do
	ip link set $dut down
	ip link set $dut up
	i=$((i + 1))
done
up
before=$(stat $dut rx_packets)
sleep 0.1
[ $(stat $dut rx_packets) -gt $before ]
verdict $? "receives after ten times down and up"
pg_stop

# What the NIC received since the ring was bound is what its reader took.
ring() { # FRAME_BYTES RATE COUNT PAUSE_US
	guest_zc $dut drain 60000 $1 $4 >/counts &
	reader=$!
	until [ -n "$(bound)" ]; do sleep 0.01; done
	before=$(stat $dut rx_packets)
	pg_arm 0 $sender $foreign $3 $1 $2
	pg pgctrl start
	sleep 0.2
	kill -TERM $reader
	wait $reader
	status=$?
	got=$(($(stat $dut rx_packets) - before))
	echo "# NIC $got: $(cat /counts)"
	[ "$(field taken)" = $got ] || status=1
	[ $4 != 0 ] || [ $2 = 0 ] || [ $got = $3 ] || status=1
	verdict $status "ring: $1 bytes at rate $2, pause $4 us"
}
field() { sed "s/.*$1 \([0-9]*\).*/\1/" /counts; }
bound() { grep $dut /proc/ykvm; }

echo "# group ring"
guest_zc $dut refused
verdict $? "what the NIC cannot fill, or has a reader, is refused"
for bytes in 60 1514; do
	ring $bytes 20000 1000 0
	ring $bytes 0 $frames 0
	ring $bytes 0 5000 5000
done
ip link set $dut mtu 9000
ring 9014 5000 500 0
ring 2049 5000 500 0
ip link set $dut mtu 1500

echo "# group forward"
forward() { # FRAME_BYTES RATE
	before=$(stat $sender rx_packets)
	guest_zc $dut forward 60000 >/counts &
	reader=$!
	until [ -n "$(bound)" ]; do sleep 0.01; done
	pg_arm 0 $sender $foreign 3000 $1 $2
	pg pgctrl start
	sleep 0.2
	kill -TERM $reader
	wait $reader
	status=$?
	got=$(($(stat $sender rx_packets) - before))
	echo "# $(cat /counts), came back $got"
	[ $(field sent) -gt 0 ] && [ $(field sent) = $got ] || status=1
	verdict $status "$1 bytes at rate $2 go back out of the ring"
}
forward 60 20000
forward 1514 20000
forward 60 0
ip link set $dut mtu 9000
forward 9014 5000
ip link set $dut mtu 1500

echo "# group survive"
pg_arm 0 $sender $foreign 0 60 5000
pg_start $sender
for mode in drain forward scribble; do
	guest_zc $dut $mode 60000 60 >/dev/null &
	reader=$!
	sleep 0.2
	! guest_nic $dut set-channels 2 2>/dev/null
	verdict $? "$mode: its queue is not taken away"
	guest_nic $dut set-rings 512 512
	verdict $? "$mode: the driver's own rings change"
	ip link set $dut down && ip link set $dut up
	verdict $? "$mode: down and up"
	sleep 0.7
	kill -9 $reader
	wait $reader 2>/dev/null
	before=$(stat $dut rx_packets)
	sleep 0.1
	[ -z "$(bound)" ] && [ $(stat $dut rx_packets) -gt $before ]
	verdict $? "$mode: killed, and the stack has its frames again"
done
pg_stop
pg_arm 0 $sender $foreign 0 60 0
pg_start $sender
guest_zc $dut scribble $hostile
verdict $? "a hostile reader at full rate, $hostile ms"
pg_stop
pg_arm 0 $sender $foreign 0 60 5000
pg_start $sender
i=0 status=0
while [ $i -lt $losses ] && [ $status = 0 ]; do
	guest_zc $dut drain 60000 0 >/dev/null &
	reader=$!
	until [ -n "$(bound)" ]; do sleep 0.01; done
	rebind igb || status=1
	wait $reader
	[ -z "$(bound)" ] || status=1
	rebind ykvm-zc && ip link set $dut up promisc on || status=1
	i=$((i + 1))
done
verdict $status "$i times the driver goes from under a bound ring, and its reader is told"
pg_stop
up

echo "# group cycles"
pg_arm 0 $sender $foreign 0 60 5000
pg_start $sender
i=0 status=0
while [ $i -lt $cycles ] && [ $status = 0 ]; do
	rebind igb && [ "$(guest_nic $dut driver)" = igb ] || status=1
	[ $((i % 10)) != 0 ] || up
	rebind ykvm-zc && ip link set $dut up promisc on || status=1
	if [ $((i % 5)) = 0 ]; then
		up
		before=$(stat $dut rx_packets)
		sleep 0.02
		[ $(stat $dut rx_packets) -gt $before ] || status=1
	fi
	i=$((i + 1))
done
verdict $status "$i times to igb and back under traffic"
rebind igb && ! rmmod ykvm 2>/dev/null
verdict $? "ykvm stays while ykvm-zc uses it"
rmmod ykvm-zc && rmmod ykvm
verdict $? "both go"
pg_stop
up
ip link set $dut promisc on
count all $foreign 500 60 20000 "igb receives as before"

echo "# group log"
! dmesg | grep -m 5 -E "BUG|WARNING|Oops|Call Trace|refcount|unregister_netdevice: waiting|NETDEV WATCHDOG"
verdict $? "the kernel's log is free of complaints"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
