#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# /init of the tests' guest: loads what they need, runs $SCRIPTS, each with $CYCLES (from the kernel's command line), ends
# the machine. The first serial port is the kernel's console, the second the tests'.
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
exec </dev/null >/dev/ttyS1 2>&1
stty -F /dev/ttyS1 raw
while read -r module; do
	insmod "/modules/$module"
done </modules/order

interface_of() { ls /sys/bus/pci/drivers/"$1"/*/net; }
up() {
	ip link set "$@" up
	until [ "$(cat /sys/class/net/"$1"/carrier)" = 1 ]; do sleep 0.1; done
}

# The two ends of the wire as a script finds them, whatever the one before it did.
pci=/sys/bus/pci/devices/$(basename "$(dirname "$(echo /sys/bus/pci/drivers/igb/*/net)")")
make_ready() {
	echo >"$pci/driver_override"
	[ -e "$pci/driver" ] || echo "${pci##*/}" >/sys/bus/pci/drivers/igb/bind
	sender=$(interface_of e1000e) dut=$(interface_of igb)
	ip link set "$sender" down
	ip link set "$sender" promisc off mtu 1500
	up "$sender"
	up "$dut" promisc on
}

echo "# kernel $(uname -rv)"
# races need two
[ "$(grep -c ^processor /proc/cpuinfo)" = 2 ] || echo "not ok - the guest has two CPUs"
worst=0
for script in $(echo "$SCRIPTS" | tr , ' '); do
	echo "# script $script"
	make_ready
	"$script" /modules/ykvm.ko "$sender" "$dut" "$CYCLES"
	status=$?
	[ $status -le $worst ] || worst=$status
	dmesg -c >/dev/null
done
echo "# guest ended with status $worst"
# not every kernel can switch it off; QEMU ends at a reset too
reboot -f
