#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# However a program comes to libpcap, it captures on the devices that libykvm-pcap.so gives it: linked, by dlopen(), as a
# plug-in; in Python, Perl and Ruby, as Debian ships them. Each sends five frames by libpcap itself and gets them.
#
#   guest_pcap_ways.sh YKVM_KO SENDER DUT
#
# Lines as guest_test.sh writes them; exit 0: none failed.
grep -q "SCRIPT=${0##*/}" /proc/cmdline || { echo "$0: only in a virtual machine: run_guest.sh 1 ${0##*/}" >&2; exit 2; }
ko=$1 sender=$2 dut=$3
passed=0 failed=0
ours=/lib/libykvm-pcap.so
export HOME=/tmp SENDER=$sender PATH=/bin:/usr/bin
cd /bin || exit 2

verdict() { # STATUS WHAT
	if [ "$1" = 0 ]; then passed=$((passed + 1)); echo "ok - $2"; else failed=$((failed + 1)); echo "not ok - $2"; fi
}

# A line of what it says matches; on the device of ours by its name, and on the interface that is given to ykvm.
says() { # WHAT PATTERN COMMAND...
	what=$1 pattern=$2
	shift 2
	LD_PRELOAD=$ours timeout 120 "$@" >/tmp/said 2>&1 </dev/null
	grep -q -e "$pattern" /tmp/said
	status=$?
	[ $status = 0 ] || tail -n 15 /tmp/said | sed 's/^/# /'
	verdict $status "$what: $pattern"
}
both() { # WAY COMMAND..., @ for the device
	way=$1
	shift
	says "$way, ykvm-tap:$dut" '^5 frames' $(echo "$@" | sed "s/@/ykvm-tap:$dut/")
	says "$way, $dut given to ykvm" '^5 frames' env YKVM_PCAP="$dut=ykvm-tap" $(echo "$@" | sed "s/@/$dut/")
	says "$way, taken from the stack" '^5 frames' $(echo "$@" | sed "s/@/ykvm:$dut/")
}

echo '# group ways'
insmod "$ko"
verdict $? 'insmod'
both 'linked' ./linked @
both 'by dlopen()' ./by-name @ libpcap.so.0.8
both 'by dlopen(), for all' ./by-name @ libpcap.so.0.8 global
both 'a plug-in' ./host @ ./plugin.so
echo '# group languages'
both 'pcapy' python3 pcapy_count.py @
both 'Net::Pcap' perl count.pl @
both 'pcaprub' ruby count.rb @
# Scapy looks its interface up by itself: it must have a name of the machine's.
for device in ykvm ykvm-tap; do
	says "scapy by libpcap, $dut given to $device" '^5 frames' env YKVM_PCAP="$dut=$device" python3 scapy_count.py "$dut" pcap
done
says 'scapy by its own socket' '^5 frames' python3 scapy_count.py "$dut" socket
echo '# group answers'
timeout 60 ./answers activated "$dut" >/tmp/plain
LD_PRELOAD=$ours timeout 60 ./answers activated "ykvm-tap:$dut" >/tmp/ours
diff /tmp/plain /tmp/ours >/tmp/diff
status=$?
sed 's/^/# /' /tmp/diff
verdict $status "each call answers as libpcap's on $dut ($(wc -l </tmp/plain) calls)"
echo '# group names'
ip link add veth0123456789a type veth peer name other && ip link set veth0123456789a up
for device in ykvm ykvm-tap ykvm-zc; do
	says 'no name is cut' 'refused: .*0123456789abcdef: No such device exists' ./linked $device:veth0123456789abcdef
done
says 'nor of an interface given to ykvm' 'is not INTERFACE=ykvm' env YKVM_PCAP=veth0123456789abcdef=ykvm ./linked "$dut"
echo '# group without'
rmmod ykvm
verdict $? 'rmmod'
says 'an interface given to ykvm is captured by ykvm or not at all' "refused: $dut: /dev/ykvm" env YKVM_PCAP="$dut=ykvm" ./linked "$dut"
says 'what is not given is libpcap'\''s' '^5 frames' env YKVM_PCAP="another=ykvm" ./linked "$dut"
echo '# group log'
! dmesg | grep -m 5 -E "BUG|WARNING|Oops|Call Trace|refcount|unregister_netdevice: waiting"
verdict $? "the kernel's log is free of complaints"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
