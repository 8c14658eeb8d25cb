# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154,SC2034 # run_guest.sh sets cache, top, tmp, root and here, and reads memory
# Sourced by run_guest.sh: what guest_pcap.sh runs: Debian's own tcpdump, tshark and dumpcap, and libykvm-pcap.so.
memory=1G

add_parts() {
	tools=$cache/pcap-tools
	flock "$cache/lock" sh "$top/harness/testbeds/lab/fetch-packages.sh" "$cache" pcap-tools tcpdump tshark 2>"$tmp/log" ||
		skip "tcpdump and tshark cannot be fetched: $(tail -n 1 "$tmp/log")"
	unpacked=$tools/root
	for name in tcpdump tshark dumpcap; do
		cp "$unpacked/usr/bin/$name" "$root/bin/"
		add_libraries "$unpacked" "$unpacked/usr/bin/$name"
	done
	gcc -std=gnu17 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -o "$root/bin/guest_pcap_calls" \
		"$here/guest_pcap_calls.c" -lpcap ||
		die "cannot build guest_pcap_calls"
	make -s -C "$top" build/libykvm-pcap.so >"$tmp/log" 2>&1 || die "cannot build libykvm-pcap.so"
	cp "$top/build/libykvm-pcap.so" "$root/lib/"
	mkdir -p "$root/etc" "$root/tmp"
	echo 'root:x:0:0::/:/bin/sh' >"$root/etc/passwd"
	echo 'root:x:0:' >"$root/etc/group"
}
