# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154,SC2034 # run_guest.sh sets cache, top, tmp and root, and reads memory
# Sourced by run_guest.sh: what guest_pcap_suricata.sh runs: Debian's own suricata (of Debian 12: its backports') and
# libykvm-pcap.so.
memory=1G

add_parts() {
	from=
	! grep -qs '^VERSION_ID="12"' /etc/os-release || from='-t bookworm-backports'
	# shellcheck disable=SC2086 # words
	flock "$cache/lock" sh "$top/harness/testbeds/lab/fetch-packages.sh" "$cache" pcap-suricata $from suricata 2>"$tmp/log" ||
		skip "suricata cannot be fetched: $(tail -n 1 "$tmp/log")"
	unpacked=$cache/pcap-suricata/root
	cp "$unpacked/usr/bin/suricata" "$root/bin/"
	add_libraries "$unpacked" "$unpacked/usr/bin/suricata"
	make -s -C "$top" build/libykvm-pcap.so >"$tmp/log" 2>&1 || die "cannot build libykvm-pcap.so"
	cp "$top/build/libykvm-pcap.so" "$root/lib/"
	mkdir -p "$root/etc" "$root/tmp"
	cp "$unpacked/etc/suricata/classification.config" "$unpacked/etc/suricata/reference.config" "$root/etc/"
	cp "$here/guest_pcap_suricata.yaml" "$root/etc/suricata.yaml"
}
