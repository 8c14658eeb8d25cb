# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154,SC2034 # run_guest.sh sets cache, top, tmp, root and here, and reads memory and limit
# Sourced by run_guest.sh: what guest_pcap_ways.sh runs: Debian's own Python, Perl and Ruby with their bindings of libpcap,
# programs that come to libpcap in other ways, and libykvm-pcap.so.
memory=2G
limit=1800 # three languages and their libraries start a dozen times

add_parts() {
	flock "$cache/lock" sh "$top/harness/testbeds/lab/fetch-packages.sh" "$cache" pcap-bindings python3-scapy python3-pcapy \
		libnet-pcap-perl ruby-pcaprub 2>"$tmp/log" ||
		skip "Debian's bindings of libpcap cannot be fetched: $(tail -n 1 "$tmp/log")"
	bindings=$cache/pcap-bindings/root
	for folder in usr/bin usr/lib usr/share/perl usr/share/perl5 usr/share/rubygems-integration lib lib64; do
		[ -e "$bindings/$folder" ] || continue
		mkdir -p "$root/$folder"
		cp -a "$bindings/$folder/." "$root/$folder/"
	done
	ways=$top/capture-impls/tests/ykvm-pcap
	for way in "linked $ways/ways.c -lpcap" "by-name -DBY_NAME $ways/ways.c" "host -DHOST $ways/ways.c" \
		"plugin.so -shared -fPIC $ways/ways.c -lpcap" "answers $ways/answers.c -lpcap"; do
		# shellcheck disable=SC2086 # words
		gcc -std=gnu17 -D_GNU_SOURCE -O2 -o "$root/bin/"$way || die "cannot build ${way%% *}"
	done
	cp "$ways"/*.py "$ways"/*.pl "$ways"/*.rb "$root/bin/"
	make -s -C "$top" build/libykvm-pcap.so >"$tmp/log" 2>&1 || die "cannot build libykvm-pcap.so"
	cp "$top/build/libykvm-pcap.so" "$root/lib/"
	mkdir -p "$root/tmp"
}
