#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The modules under everything at once, in a guest on a kernel that looks for mistakes (debug/kernel.sh), for a stated time.
# Needs what guest_zc_edges.sh needs, and fault injection.
#
#   guest_stress.sh YKVM_KO SENDER DUT SECONDS
#
# In the environment: ROUND, seconds of one (60); LEAKS=no: without kmemleak; WHO=A,B: these actors and nobody else; HOLD=A,B: CPUs
# are held up there alone.
# It goes in rounds, each with numbers of its own, every other one with the modules in which CPUs are held up where
# something changes hands. A round ends with all modules unloaded. Lines as guest_test.sh writes them; exit 0: none failed.
# The judge of everything else is the kernel's console.
grep -q "SCRIPT=${0##*/}" /proc/cmdline || { echo "$0: only in a virtual machine: debug/run.sh" >&2; exit 2; }
modules=${1%/*} sender=$2 dut=$3 seconds=$4
passed=0 failed=0
device=$(basename "$(readlink /sys/class/net/"$dut"/device)")
pci=/sys/bus/pci
debugfs=/sys/kernel/debug
nth=/sys/module/fail_nth/parameters
who=$(echo "${WHO:-unbind,maps,memory,links,nic,names,nth,kcap}" | tr , ' ')
places=$(echo "${HOLD:-napi,idle,detach,unbind,halt,full,send,publish}" | tr , ' ')
round_seconds=${ROUND:-60}
mount -t debugfs none $debugfs
mkdir -p /tmp/stress
now() { cut -d. -f1 /proc/uptime; }
begin=$(now)

verdict() { # STATUS WHAT
	if [ "$1" = 0 ]; then passed=$((passed + 1)); echo "ok - $2"; else failed=$((failed + 1)); echo "not ok - $2"; fi
}

say() { echo "stress: $1" >/dev/kmsg; }
pg() { echo "$2" >/proc/net/pktgen/$1; }
traffic() { # ROUND
	pg kpktgend_0 rem_device_all
	pg kpktgend_0 "add_device $sender"
	for line in "count 0" "pkt_size $((60 + $1 * 367 % 1400))" "dst_mac 02:00:00:00:00:09" "clone_skb 0" \
		"flag UDPSRC_RND" "udp_src_min 1" "udp_src_max 100" "ratep ${RATE:-500}"; do
		pg $sender "$line"
	done
	pg pgctrl start & pg_pid=$!
}
quiet() { pg pgctrl stop; wait $pg_pid; }

# What of the kernel's memory fails: skbs, wherever they are asked for; or nothing but what a task asks to fail (fail-nth).
skbs() { # PERCENT
	[ -d $debugfs/failslab ] || return 0
	# Never a chance without the filter: any memory would fail, of this shell too.
	echo 0 >$debugfs/failslab/probability
	echo $(($1 > 0)) >$debugfs/failslab/cache-filter
	echo $1 >$debugfs/failslab/probability
}
faults() {
	[ -d $debugfs/failslab ] || { echo "# this kernel injects no failures"; return; }
	for kind in failslab fail_page_alloc; do
		echo 0 >$debugfs/$kind/verbose
		echo N >$debugfs/$kind/ignore-gfp-wait
		echo -1 >$debugfs/$kind/times
		echo 0 >$debugfs/$kind/probability
	done
	echo N >$debugfs/fail_page_alloc/ignore-gfp-highmem
	echo 0 >$debugfs/fail_page_alloc/min-order
}

name() { # the interface of the NIC, whatever its driver calls it, and whoever renames it
	found=$(ls $pci/devices/$device/net 2>/dev/null)
	[ -z "$found" ] || [ "$found" = "$dut" ] || ip link set "$found" name "$dut" 2>/dev/null
}
to() { # DRIVER
	echo $device >$pci/devices/$device/driver/unbind
	if [ $1 = igb ]; then echo; else echo $1; fi >$pci/devices/$device/driver_override
	echo $device >$pci/drivers/$1/bind || return 1
	name
	ip link set $dut up promisc on
}
load() { # FOLDER
	insmod $1/ykvm.ko && insmod $1/ykvm-zc.ko && insmod $1/pf_zerocopy.ko && insmod $1/kcap.ko
}
gone() { # MODULE: within 30 s
	tries=300
	while [ -d /sys/module/$1 ] && ! rmmod $2 2>/dev/null; do
		sleep 0.1
		tries=$((tries - 1))
		[ $tries -gt 0 ] || { echo "# $2 stays: $(grep $1 /proc/modules)"; return 1; }
	done
}
unload() { gone kcap kcap && gone pf_zerocopy pf_zerocopy && gone ykvm_zc ykvm-zc && gone ykvm ykvm; }

# While the others are at work: modules that go, where nobody has them, and the driver from under rings.
meanwhile() { # FOLDER UNTIL ROUND
	reloads=0 drivers=0 i=$3
	while [ $(now) -lt $2 ]; do
		for module in pf_zerocopy kcap; do
			rmmod $module 2>/dev/null && insmod $1/$module.ko && reloads=$((reloads + 1))
		done
		if [ $((i % 4)) = 0 ]; then to igb && to ykvm-zc && drivers=$((drivers + 1)); fi
		if [ $((i % 8)) = 2 ]; then
			say "CPU 1 goes"
			echo 0 >/sys/devices/system/cpu/cpu1/online
			echo 1 >/sys/devices/system/cpu/cpu1/online
			say "CPU 1 is back"
		fi
		cat /proc/net/ykvm /proc/kcap >/dev/null 2>&1
		i=$((i + 1))
		sleep 1
	done
	echo "meanwhile: $reloads modules, $drivers drivers" >/tmp/stress/meanwhile
}

# CPUs that are held up, each second elsewhere.
held() { # UNTIL ROUND
	i=$2
	while [ -d $nth ] && [ $(now) -lt $1 ]; do
		for place in $places; do
			echo $place >$nth/hold_at
			echo $((1000 << i % 6)) >$nth/hold_us # others have to come far meanwhile, and are slow here
			i=$((i + 1))
			sleep 1
		done
	done
	[ ! -d $nth ] || echo 0 >$nth/hold_us
}

leaks() {
	[ -e $debugfs/kmemleak ] || { echo "# this kernel does not look for leaks"; return; }
	echo scan >$debugfs/kmemleak
	sleep 6 # younger ones are not told
	echo scan >$debugfs/kmemleak
	[ -z "$(head -c 1 $debugfs/kmemleak)" ]
	status=$?
	head -n 40 $debugfs/kmemleak | sed 's/^/# /'
	echo clear >$debugfs/kmemleak
	return $status
}

round() { # NUMBER
	round=$1 folder=$modules
	if [ $((round % 2)) = 1 ]; then folder=$modules/fail && insmod $folder/fail_nth.ko; fi
	load $folder && to ykvm-zc
	verdict $? "round $round: loaded from $folder"
	traffic $round
	say "round $round begins"
	skbs $((round % 3 == 1 ? 3 : 0))
	echo $((round % 3 != 0)) >/sys/kernel/rcu_expedited # short grace periods: more comes and goes
	until=$(($(now) + round_seconds))
	rm -f /tmp/stress/*
	held $until $round & pids=$!
	for actor in $who; do
		guest_stress $actor $round_seconds $round $dut >/tmp/stress/$actor 2>/dev/null & pids="$pids $!"
	done
	if [ -z "${WHO:-}" ]; then
		meanwhile $folder $until $round & pids="$pids $!"
		guest_race $round_seconds >/tmp/stress/race 2>/dev/null & pids="$pids $!"
		guest_pf_race $round_seconds >/dev/null 2>&1 & pids="$pids $!"
	fi
	wait $pids
	skbs 0
	echo 1 >/sys/kernel/rcu_expedited
	quiet
	missing=
	for actor in $who; do [ -s /tmp/stress/$actor ] || missing="$missing $actor"; done
	[ -z "$missing" ]
	verdict $? "round $round: nobody died${missing:+ but$missing}"
	cat /tmp/stress/* | tee -a /tmp/all | sed 's/^/# /'
	name
	to igb
	unload
	verdict $? "round $round: unloaded"
	if [ -d $nth ]; then
		[ "$(cat $nth/live)" = 0 ]
		verdict $? "round $round: no allocation is left"
		rmmod fail_nth
	fi
}

echo "# group stress"
faults
i=0
while [ $i = 0 ] || [ $(($(now) - begin)) -lt $seconds ]; do
	i=$((i + 1))
	round $i
done
echo "# group work"
for actor in $who; do
	sed -n "s/^$actor: \([0-9]*\) rounds, \([0-9]*\) hits/\1 \2/p" /tmp/all | awk -v who=$actor '
		{ rounds += $1; hits += $2 }
		END { print "# " who ": " rounds " rounds, " hits " hits in all"; exit !hits }'
	verdict $? "$actor did its work"
done
if [ "${LEAKS:-}" != no ]; then
	leaks
	verdict $? "kmemleak finds nothing"
fi
echo "# $(($(now) - begin)) s of stress in $i rounds"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
