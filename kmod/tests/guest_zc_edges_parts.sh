# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by run_guest.sh: the modules in which steps fail and CPUs are held up where something changes hands, and
# netconsole.

add_parts() {
	build_programs
	mkdir "$root/modules/fail"
	make -s -C "$kmod" module FAIL_NTH=1 KDIR="$kernel/headers" OUT="$tmp/fail" >"$tmp/log" 2>&1 ||
		die "cannot build the modules that fail: $(tail -n 1 "$tmp/log")"
	find "$tmp/fail" -name '*.ko' -exec cp {} "$root/modules/fail/" \;
	put_module 'fs/configfs/configfs?'
	put_module drivers/net/netconsole
}
