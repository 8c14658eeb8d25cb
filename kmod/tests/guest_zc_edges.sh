#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# ykvm-zc at its edges, in a guest that may die of them: filters over chains and tags, what happens while NAPI, rings and
# descriptors change hands (CPUs are held up there), memory that cannot be had, a NIC that is reset, suspended, deaf.
# Needs what guest_zc.sh needs, and in /modules: fail/ (the modules built with FAIL_NTH=1), and netconsole with what it needs.
#
#   guest_zc_edges.sh YKVM_KO SENDER DUT
#
# Lines as guest_test.sh writes them; exit 0: none failed.
# Whatever interface it is given gets frames: not on anybody's machine.
grep -q "SCRIPT=${0##*/}" /proc/cmdline || { echo "$0: only in a virtual machine: run_guest.sh 1 ${0##*/}" >&2; exit 2; }
fail=${1%/*}/fail sender=$2 dut=$3
modules=${1%/*}
passed=0 failed=0
device=$(basename "$(readlink /sys/class/net/"$dut"/device)")
pci=/sys/bus/pci
nth=/sys/module/fail_nth/parameters
foreign=02:00:00:00:00:09

verdict() { # STATUS WHAT
	if [ "$1" = 0 ]; then passed=$((passed + 1)); echo "ok - $2"; else failed=$((failed + 1)); echo "not ok - $2"; fi
}

pg() { echo "$2" >/proc/net/pktgen/$1; }
pg_arm() { # THREAD FROM COUNT FRAME_BYTES RATE(0 = max)
	pg kpktgend_$1 rem_device_all
	pg kpktgend_$1 "add_device $2"
	pg $2 "count $3"
	pg $2 "pkt_size $4"
	pg $2 "frags 0"
	pg $2 "dst_mac $foreign"
	pg $2 "dst 10.0.0.1"
	pg $2 "clone_skb 0"
	if [ "$5" = 0 ]; then pg $2 "delay 0"; else pg $2 "ratep $5"; fi
}
pg_start() {
	pg pgctrl start & pg_pid=$!
	until grep -q "Running: $1" /proc/net/pktgen/kpktgend_[01]; do sleep 0.01; done
}
pg_stop() { pg pgctrl stop; wait $pg_pid; }

stat() { cat /sys/class/net/$1/statistics/$2; }
carrier() { # within 10 s
	tries=200
	until [ "$(cat /sys/class/net/$1/carrier 2>/dev/null)" = 1 ]; do
		sleep 0.05
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
	done
}
up() { ip link set "$dut" up && carrier "$dut"; }
bound() { grep -q "$dut" /proc/ykvm; }
wait_bound() { until bound; do sleep 0.01; done; }
ended() { # PID: within 10 s
	tries=200
	while kill -0 $1 2>/dev/null; do
		sleep 0.05
		tries=$((tries - 1))
		[ $tries -gt 0 ] || { kill -9 $1; return 1; }
	done
}
comes() { # frames, while they are sent
	before=$(stat $dut rx_packets)
	sleep 0.2
	[ $(stat $dut rx_packets) -gt $before ]
}
hold() { # PLACE MICROSECONDS
	echo 0 >$nth/held
	echo $1 >$nth/hold_at
	echo $2 >$nth/hold_us
}
let_go() { # was a CPU held up there?
	echo 0 >$nth/hold_us
	[ "$(cat $nth/held)" -gt 0 ]
}

echo "# group bind"
insmod $fail/fail_nth.ko && insmod $fail/ykvm.ko && insmod $fail/ykvm-zc.ko
verdict $? "the modules load"
echo ykvm-zc >$pci/devices/$device/driver_override
echo $device >$pci/drivers/igb/unbind
echo $device >$pci/drivers/ykvm-zc/bind
name=$(ls $pci/devices/$device/net)
[ "$name" = "$dut" ] || ip link set "$name" name "$dut"
ip link set $dut promisc on && up
verdict $? "bound, up, carrier"

echo "# group filter"
guest_zc_frames $dut $sender filter
verdict $? "a filter sees the frame, however it lies in the ring"

echo "# group memory"
ip link set $sender mtu 9000
sleep 0.1 # it loses its carrier first
carrier $sender
ip link set $dut mtu 9000
echo 4 >$nth/skb_every
guest_zc_frames $dut $sender jumbo
verdict $? "the payload of a frame that finds no memory is no frame"
echo 0 >$nth/skb_every
ip link set $dut mtu 1500

echo "# group send"
ip link set $sender promisc on
for size in 59:0 59:1 200:1 200:5; do
	before=$(stat $sender rx_packets)
	pg kpktgend_0 rem_device_all
	pg_arm 1 $dut 500 ${size%:*} 20000
	pg $dut "frags ${size#*:}"
	pg pgctrl start
	sleep 0.1
	got=$(($(stat $sender rx_packets) - before))
	[ $got = 500 ]
	verdict $? "500 frames of ${size%:*} bytes in ${size#*:} fragments are 500 on the wire, not $got"
done
pg kpktgend_1 rem_device_all
hold send 20000
guest_zc_frames $dut $sender released
status=$?
let_go || status=1
verdict $status "what is given back while it is to be sent is not sent, and said to have failed"

echo "# group netlink"
insmod $fail/kcap.ko
hold unbind 300000 # under RTNL
taskset 2 guest_zc $dut drain 15 0 >/dev/null & reader=$!
taskset 1 guest_kcap closes 600 >/closes
status=$?
let_go || status=1
ended $reader || status=1
echo "# $(cat /closes)"
verdict $status "who closes a generic netlink socket with which nothing is attached does not wait for RTNL"
rmmod kcap

# A reader comes and goes under traffic.
come_and_go() { # PLACE MICROSECONDS
	hold $1 $2
	i=0 status=0
	while [ $i -lt 12 ]; do
		guest_zc $dut drain 15 0 >/dev/null
		i=$((i + 1))
	done
	let_go || status=1
	comes || status=1
	verdict $status "$i readers come and go while a CPU is held up at \"$1\""
}
echo "# group hand"
pg_arm 0 $sender 0 60 5000
pg_start $sender
for place in napi idle detach unbind halt; do
	come_and_go $place 3000
done
for place in publish halt; do
	hold $place 2000
	guest_zc $dut forward 60000 >/counts &
	reader=$!
	wait_bound
	i=0
	while [ $i -lt 8 ]; do
		sleep 0.03
		ip link set $dut down
		ip link set $dut up
		i=$((i + 1))
	done
	carrier $dut
	let_go
	status=$?
	sleep 0.1
	kill -TERM $reader
	ended $reader || status=1
	echo "# $(cat /counts)"
	grep -q ' balanced' /counts || status=1
	verdict $status "every frame sent is accounted for while the interface goes down and up, held up at \"$place\""
done
pg_stop

echo "# group netpoll"
guest_nic $dut set-rings 256 64
[ ! -e $modules/configfs.ko ] || insmod $modules/configfs.ko
ip addr add 10.0.0.9/24 dev $dut
insmod $modules/netconsole.ko netconsole=6665@10.0.0.9/$dut,6666@10.0.0.1/02:00:00:00:00:00
verdict $? "netconsole on the interface"
guest_zc $dut forward 60000 >/counts &
reader=$!
wait_bound
pg_arm 0 $sender 0 60 0
pg_start $sender
i=0
while [ $i -lt 60 ]; do
	echo "<0>line $i of what netconsole is to send while a ring's frames leave" >/dev/kmsg
	i=$((i + 1))
done
pg_stop
kill -TERM $reader
ended $reader
verdict $? "it sends beside a ring, and takes none of the ring's locks"
rmmod netconsole
ip addr flush dev $dut
guest_nic $dut set-rings 256 256

echo "# group reset"
pg_arm 0 $sender 0 60 5000
pg_start $sender
echo "# can be reset by: $(cat $pci/devices/$device/reset_method)"
guest_zc $dut drain 60000 0 >/counts &
reader=$!
wait_bound
i=0 status=0
while [ $i -lt 3 ]; do
	echo 1 >$pci/devices/$device/reset || status=1
	carrier $dut || status=1
	comes || status=1
	i=$((i + 1))
done
bound || status=1
kill -TERM $reader
ended $reader || status=1
comes || status=1
verdict $status "reset $i times from outside, and receives, with a ring and without"
pg_stop
echo devices >/sys/power/pm_test && echo 0 >/sys/module/suspend/parameters/pm_test_delay
guest_zc $dut drain 60000 0 >/counts &
reader=$!
wait_bound
status=0
echo freeze >/sys/power/state || status=1
carrier $dut && carrier $sender || status=1
pg_arm 0 $sender 0 60 5000
pg_start $sender
comes || status=1
kill -TERM $reader
ended $reader || status=1
comes || status=1
verdict $status "suspended and resumed, and receives, with a ring and without"
pg_stop

echo "# group deaf"
master() { guest_zc_frames $dut $sender master $device; }
up && master
verdict $? "it may write memory while it is up"
echo 1 >$nth/deaf
ip link set $dut down
! master
verdict $? "a NIC that does not stop loses the bus before its buffers go"
echo 0 >$nth/deaf
up && master
verdict $? "and gets it back"
pg_arm 0 $sender 0 60 5000
pg_start $sender
comes
verdict $? "and receives"
pg_stop

echo "# group log"
echo $device >$pci/drivers/ykvm-zc/unbind
rmmod ykvm-zc && rmmod ykvm
verdict $? "both go"
[ "$(cat $nth/live)" = 0 ]
verdict $? "and leave no memory"
! dmesg | grep -m 5 -E "BUG|WARNING|Oops|Call Trace|refcount|unregister_netdevice: waiting|NETDEV WATCHDOG"
verdict $? "the kernel's log is free of complaints"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
