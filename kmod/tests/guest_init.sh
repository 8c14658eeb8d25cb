#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# /init of the tests' guest: loads what they need, runs $SCRIPT with $CYCLES (both from the kernel's command line),
# ends the machine. The first serial port is the kernel's console, the second the tests'.
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
sender=$(interface_of e1000e) dut=$(interface_of igb)
up "$sender"
up "$dut" promisc on
"$SCRIPT" /modules/ykvm.ko "$sender" "$dut" "$CYCLES"
echo "# guest ended with status $?"
poweroff -f
