#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What ykvm.ko must survive, by the numbers M1 to M34 of README.md, as far as guest_test.sh does not see to it. Needs
# what that needs, and in /modules: fail/ (the modules built with FAIL_NTH=1), foreign.ko (one for another kernel), and
# those that the file `later` names.
#
#   guest_survive.sh YKVM_KO SENDER DUT CYCLES      CYCLES < 100: the short form
#
# Lines as guest_test.sh writes them; exit 0: none failed.
# Whatever interface it is given gets pktgen's frames: not on anybody's machine.
grep -q "SCRIPT=${0##*/}" /proc/cmdline || { echo "$0: only in a virtual machine: run_guest.sh 1 ${0##*/}" >&2; exit 2; }
ko=$1 sender=$2 dut=$3 cycles=$4
modules=${ko%/*}
passed=0 failed=0
if [ "$cycles" -lt 100 ]; then seconds=1 unloads=5; else seconds=10 unloads=20; fi

verdict() { # STATUS WHAT
	if [ "$1" = 0 ]; then passed=$((passed + 1)); echo "ok - $2"; else failed=$((failed + 1)); echo "not ok - $2"; fi
}
refused() { # WHAT COMMAND...
	what=$1
	shift
	! "$@" >/dev/null 2>&1
	verdict $? "$what"
}

pg() { echo "$2" >/proc/net/pktgen/$1; }
pg_arm() { # FROM COUNT FRAME_BYTES RATE(0 = max)
	pg kpktgend_0 rem_device_all
	pg kpktgend_0 "add_device $1"
	from=$1
	pg $1 "count $2"
	pg $1 "pkt_size $3"
	pg $1 "dst_mac 02:00:00:00:00:09"
	pg $1 "dst 10.0.0.1"
	pg $1 "clone_skb 0"
	if [ "$4" = 0 ]; then pg $1 "delay 0"; else pg $1 "ratep $4"; fi
}
pg_start() { # a stop that comes before the start would stop nothing; one whose interface goes down may end at once
	pg pgctrl start & pg_pid=$!
	tries=100
	until grep -q "Running: $from" /proc/net/pktgen/kpktgend_0; do
		sleep 0.01
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
	done
}
pg_stop() { pg pgctrl stop; wait $pg_pid; }

nic_rx() { cat /sys/class/net/$dut/statistics/rx_packets; }
field() { sed "s/.* *$1 \([0-9]*\).*/\1/" /drained; }
bound() { # INTERFACE [PID]: within 5 s; in the network namespace of that process
	tries=500
	until grep -q "interface $1" "/proc/${2:-self}/net/ykvm"; do
		sleep 0.01
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
	done
}
memory() { grep -c '\[ykvm\]' /proc/vmallocinfo; }
carrier() { # within 10 s
	tries=200
	until [ "$(cat /sys/class/net/$1/carrier 2>/dev/null)" = 1 ]; do
		sleep 0.05
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
	done
}
pair() { # of veth: v0 and v1, up
	ip link add name v0 type veth
	ip link set veth0 name v1
	ip link set v0 up
	ip link set v1 up
}
drain() { # IFNAME [FRAME_BYTES]: a reader until let_go
	guest_drain $1 60000 ${2:-60} >/drained &
	reader=$!
	bound $1
}
let_go() { kill -TERM $reader; wait $reader; }
comes() { # [PID]: frames reach the reader's ring, within 3 s; in the network namespace of that process
	rings=/proc/${1:-self}/net/ykvm
	at=$(sed -n 's/^received //p' "$rings" | head -n 1)
	tries=60
	while [ $tries -gt 0 ] && [ "$(sed -n 's/^received //p' "$rings" | head -n 1)" -le $at ]; do
		sleep 0.05
		tries=$((tries - 1))
	done
	[ $tries -gt 0 ]
}

echo "# group edges"
insmod $ko
guest_edges
verdict $? "guest_edges"
guest_frames
verdict $? "guest_frames"
pair
pg_arm v1 3000 1514 0
pg v1 "frags 5"
drain v0 1514
pg pgctrl start
let_go
[ $? = 0 ] && [ "$(field received)" = 3000 ]
verdict $? "M21 frames in five fragments"
echo "# $(cat /drained)"
pg kpktgend_0 rem_device_all
ip link del v0

# Who has the interface's rx_handler keeps it.
taken() { # MODULE BIND UNBIND
	drain v0
	! guest_drain v0 10 60 >/dev/null 2>&1
	verdict $? "M7 a second taker is refused"
	refused "M7 a $1 cannot take an interface that is captured on" $2
	let_go
	$2
	verdict $? "M7 it can when the reader has gone"
	refused "M7 no reader takes an interface from a $1" guest_drain v0 10 60
	$3
	guest_drain v0 10 60 >/dev/null
	verdict $? "M7 a reader can when the $1 has let it go"
}
add_macvlan() { ip link add link v0 name mv0 type macvlan; }
echo "# group bind"
pair
for module in $(cat $modules/later); do insmod $modules/$module; done
brctl addbr br0
taken bridge "brctl addif br0 v0" "brctl delif br0 v0"
brctl addif br0 v0
ip link set br0 up
pg_arm v1 500 60 20000
pg v1 "dst_mac $(cat /sys/class/net/br0/address)"
before=$(cat /sys/class/net/br0/statistics/rx_packets)
guest_drain v0 10 60 >/dev/null 2>&1
pg pgctrl start
[ $(($(cat /sys/class/net/br0/statistics/rx_packets) - before)) -ge 500 ]
verdict $? "M7 and the bridge works on"
pg kpktgend_0 rem_device_all
brctl delif br0 v0
ip link set br0 down
brctl delbr br0
taken macvlan add_macvlan "ip link del mv0"
ip link del v0

# The NIC's driver, and the interface as it was.
nic_back() {
	tries=100 # /sys hides what another namespace has
	until dut=$(ls /sys/bus/pci/devices/$device/net 2>/dev/null) && [ -n "$dut" ]; do
		sleep 0.05
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
	done
	ip link set $dut up promisc on
	carrier $dut
}
gone() { # within 5 s
	tries=100
	while [ -e /sys/class/net/$1 ] && [ $tries -gt 0 ]; do sleep 0.05; tries=$((tries - 1)); done
	[ $tries -gt 0 ]
}
echo "# group interface"
device=$(basename "$(readlink /sys/class/net/$dut/device)")
pg_arm $sender 0 60 5000
pg_start
drain $dut
ip link set $dut down && ip link set $dut up
comes
verdict $? "M8 down and up under traffic"
ip link set $dut down
ip link set $dut name renamed
ip link set renamed up
grep -q "interface renamed" /proc/ykvm && comes
verdict $? "M10 renamed under traffic"
ip link set renamed address 02:00:00:00:00:77
ip link set renamed mtu 9000
comes && ip link set renamed mtu 1500 && comes
verdict $? "M10 another address and MTU under traffic"
ip link set renamed down
ip link set renamed name $dut
ip link set $dut up
comes
verdict $? "M10 and its own name again"
unshare -n sleep 100 & away=$!
sleep 0.1
ip link set $dut netns $away
grep -q "interface none" /proc/ykvm
verdict $? "M9 moved to another namespace under traffic: unbound"
let_go
verdict $? "M9 the reader has what was taken, balanced"
kill $away
wait $away 2>/dev/null
nic_back
drain $dut
comes
verdict $? "M9 the namespace ends, and a reader captures on what comes back of it"
let_go
pg_stop
i=0 status=0
while [ $i -lt 5 ] && [ $status = 0 ]; do
	pair
	# /sys shows what its mounter has: v0 comes when it can be set up
	unshare -n sh -c 'until ip link set v0 up 2>/dev/null; do sleep 0.01; done
		guest_drain v0 60000 60 >/dev/null & sleep 1; kill -9 $!' & away=$!
	sleep 0.05
	ip link set v0 netns $away || status=1
	carrier v1
	pg_arm v1 0 60 5000
	pg_start && bound v0 $away && comes $away || status=1
	wait $away
	gone v1 || status=1
	pg pgctrl stop
	wait $pg_pid
	i=$((i + 1))
done
verdict $status "M9 $i times a namespace ends with its reader and its interface under traffic"
pg_arm $sender 0 60 5000
pg_start
drain $dut
echo $device >/sys/bus/pci/drivers/igb/unbind
grep -q "interface none" /proc/ykvm
verdict $? "M9 the driver unbound from under a ring"
let_go
echo $device >/sys/bus/pci/drivers/igb/bind
nic_back
drain $dut
comes
verdict $? "M9 and a new reader captures on it when it is back"

echo "# group change"
for change in "xdp driver" "xdp off" "xdp generic" "xdp off" "gro 0" "gro 1" "rxcsum 0" "rxcsum 1" "tso 0" "sg 0" \
	restart; do
	guest_offload $dut $change
	said=$?
	[ $said -le 1 ] && comes
	verdict $? "M32 $change: status $said, and the capture goes on"
done
for change in "set-rings 64 64" "set-rings 4096 4096" "set-rings 256 256" "set-channels 1" "set-channels 2"; do
	guest_nic $dut $change 2>/dev/null
	said=$?
	[ $said -le 1 ] && comes
	verdict $? "M32 $change: status $said, and the capture goes on"
done
irqs=$(sed -n "s/^ *\([0-9]*\):.*$dut.*/\1/p" /proc/interrupts)
i=0 status=0
while [ $i -lt 20 ]; do
	for irq in $irqs; do echo $((1 + i % 2)) >/proc/irq/$irq/smp_affinity; done
	for queue in /sys/class/net/$dut/queues/rx-*; do echo $((3 - i % 4)) >$queue/rps_cpus; done
	comes || status=1
	i=$((i + 1))
done
for queue in /sys/class/net/$dut/queues/rx-*; do echo 0 >$queue/rps_cpus; done
verdict $status "M30 interrupts and RPS moved from CPU to CPU"
i=0 status=0
while [ $i -lt 3 ]; do
	echo 0 >/sys/devices/system/cpu/cpu1/online && comes || status=1
	echo 1 >/sys/devices/system/cpu/cpu1/online && comes || status=1
	i=$((i + 1))
done
verdict $status "M30 a CPU off and on"
let_go # frames on their way on two CPUs may pass each other: order is not asked for
grep -q 'damaged 0 .* no_spare 0 bad_index 0 balanced' /drained
verdict $? "M30 M32 the reader has every frame intact, and balanced"
echo "# $(cat /drained)"
guest_compat "$(cat /sys/class/net/$dut/ifindex)"
verdict $? "M31 a 32-bit reader"

echo "# group hostile"
pg_stop
for how in scribble sleep oldest; do
	pg_arm $sender 0 60 0
	pg $sender "flag UDPSRC_RND" # many flows, so that each of two members gets its share
	pg $sender "udp_src_min 1"
	pg $sender "udp_src_max 4000"
	guest_hostile $dut 600 $how >/drained &
	reader=$!
	until [ "$(grep -c "interface $dut" /proc/ykvm)" = 2 ]; do sleep 0.01; done
	before=$(nic_rx)
	pg_start
	sleep 0.2
	free=$(sed -n 's/^MemFree: *\([0-9]*\).*/\1/p' /proc/meminfo)
	sleep $seconds
	grown=$((free - $(sed -n 's/^MemFree: *\([0-9]*\).*/\1/p' /proc/meminfo)))
	pg_stop
	sleep 0.1
	let_go
	status=$?
	handed=$(($(nic_rx) - before))
	echo "# NIC handed up $handed: $(cat /drained); kB used meanwhile: $grown"
	case $how in
	scribble)
		verdict $status "M18 a hostile reader, $seconds s: the one beside it loses nothing, and wrong indices are counted"
		[ "$(field handed)" = $handed ]
		verdict $? "M19 every frame is received or counted, whatever was written"
		;;
	*)
		verdict $status "M20 a reader that never reads ($how), $seconds s: its losses are its own"
		[ "$(field handed)" = $handed ]
		verdict $? "M20 received and dropped are what the NIC handed up"
		[ $grown -lt 4096 ]
		verdict $? "M20 memory does not grow"
		;;
	esac
done

echo "# group ends"
pg_arm $sender 0 60 5000
pg_start
drain $dut
kill -STOP $reader
sleep 0.2
comes
verdict $? "M17 the reader stopped: the kernel goes on"
kill -CONT $reader
let_go
verdict $? "M17 it goes on too"
# shellcheck disable=SC3045 # the guest has busybox
ulimit -c unlimited
echo '|/bin/cat' >/proc/sys/kernel/core_pattern # its memory is read
for signal in KILL SEGV ABRT; do
	drain $dut
	kill -$signal $reader
	wait $reader 2>/dev/null
	[ -z "$(cat /proc/ykvm)" ] && [ "$(memory)" = 0 ]
	verdict $? "M17 killed by SIG$signal: nothing is left"
done
drain $dut
refused "M16 rmmod while it captures: EBUSY" rmmod ykvm
! grep -E '0x|[0-9a-f]{16}' /proc/ykvm
verdict $? "M23 /proc/ykvm shows no address"
! dmesg | grep -E 'ykvm.*(ffff[0-9a-f]{12}|0x[0-9a-f]{9})'
verdict $? "M23 nor does the log"
let_go
read_all() { while [ -e /proc/ykvm ]; do cat /proc/ykvm "$@"; done >/dev/null 2>&1; }
i=0 status=0
while [ $i -lt $unloads ]; do
	read_all /sys/module/ykvm/parameters/* /proc/modules & a=$!
	read_all /sys/module/ykvm/refcnt /sys/class/misc/ykvm/dev & b=$!
	sleep 0.02
	tries=200
	until rmmod ykvm 2>/dev/null; do tries=$((tries - 1)); [ $tries -gt 0 ] || break; done
	[ $tries -gt 0 ] || status=1
	wait $a $b
	insmod $ko || status=1
	i=$((i + 1))
done
verdict $status "M33 $i times unloaded under readers of /proc and /sys"
rmmod ykvm

echo "# group parameters"
for bad in slots= slots=0x slots=-0 slots=128,256 slots=99999999999999999999 "slots=64 slots=x"; do
	refused "M28 insmod $bad is refused" insmod $ko $bad
done
insmod $ko slots=63 2>/dev/null
dmesg | grep -q 'slots=63 is not a power of two'
verdict $? "M28 and the log says why"
insmod $ko "slots=64 slots=2048"
[ "$(cat /sys/module/ykvm/parameters/slots)" = 2048 ]
verdict $? "M28 given twice, the last counts"
refused "M28 it cannot be written later" sh -c 'echo 64 >/sys/module/ykvm/parameters/slots'
drain $dut
grep -q "slots 2048" /proc/ykvm && comes
verdict $? "M28 a capture with it"
let_go
rmmod ykvm
refused "M34 a module for another kernel is refused" insmod $modules/foreign.ko
[ ! -e /dev/ykvm ]
verdict $? "M34 and there is no device then"

# Position by position over the ends of 32 and 64 bits.
echo "# group wrap"
[ -e /sys/module/fail_nth ] || insmod $modules/fail/fail_nth.ko # a script before this one in the same machine may have it
insmod $modules/fail/ykvm.ko
for first in 4294967280 18446744073709551600; do
	echo $first >/sys/module/fail_nth/parameters/first
	for policy in "" "0 newest"; do
		guest_drain $dut 300 60 $policy >/drained
		[ $? = 0 ] && [ "$(field taken)" -gt 1000 ]
		verdict $? "M24 a ring that begins at $first $policy"
	done
done
echo 0 >/sys/module/fail_nth/parameters/first
rmmod ykvm
pg_stop

# The first step fails, then the second, until none is left that could. Whatever a failure leaves would be counted.
sweep() { # MODULE COMMAND...
	module=$1
	shift
	n=0 status=0 left=0
	while [ $left = 0 ] && [ $status = 0 ]; do
		n=$((n + 1))
		echo $n >$nth/nth
		if insmod $modules/fail/$module.ko 2>/dev/null; then
			base=$(cat $nth/live)
			"$@" >/said 2>&1
			case $? in 0 | 3) ;; *) status=1 ;; esac
			[ "$(cat $nth/live)" = $base ] || status=2
			left=$(cat $nth/nth)
			rmmod $module || status=3
		else
			left=$(cat $nth/nth)
			[ $left = 0 ] || status=4
		fi
		[ "$(cat $nth/live)" = 0 ] || status=5
	done
	echo 0 >$nth/nth
	[ $status = 0 ] || { echo "# step $n, status $status, live $(cat $nth/live)"; cat /said; }
	[ $status = 0 ] && [ $n -gt 20 ]
	verdict $? "M27 each of $((n - 1)) steps of $module has failed, and left nothing"
}
echo "# group fail"
nth=/sys/module/fail_nth/parameters
pair
sweep ykvm guest_fail v0 v1
ip link del v0
[ ! -e /sys/class/net/v1 ]
verdict $? "M27 nor a reference to the interface"
rmmod fail_nth

# Traffic never stops; the module comes, captures, and goes.
echo "# group unload"
pg_arm $sender 0 60 5000
pg_start
i=0 status=0
while [ $i -lt $cycles ] && [ $status = 0 ]; do
	insmod $ko && guest_drain $dut 3 60 >/drained && rmmod ykvm || status=1
	[ "$(field received)" -gt 0 ] || status=1
	i=$((i + 1))
	[ $i != 10 ] || slab=$(sed -n 's/^SUnreclaim: *\([0-9]*\).*/\1/p' /proc/meminfo)
done
pg_stop
verdict $status "M16 $i times loaded and unloaded under traffic"
grown=$(($(sed -n 's/^SUnreclaim: *\([0-9]*\).*/\1/p' /proc/meminfo) - slab))
echo "# kB of slabs more than after the tenth time: $grown"
[ $grown -lt 2048 ]
verdict $? "M16 and the slabs have not grown"

echo "# group log"
# pktgen warns of an interface that is removed under its traffic
! dmesg | grep -v "pktgen: WARNING: trying to remove a running" | grep -m 5 -E "BUG|WARNING|Oops|Call Trace|refcount|unregister_netdevice: waiting"
verdict $? "the kernel's log is free of complaints"
[ $(($(cat /proc/sys/kernel/tainted) & 17056)) = 0 ]
verdict $? "nor is it tainted by more than modules of our own"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
