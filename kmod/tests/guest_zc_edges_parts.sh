# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154,SC2034 # run_guest.sh sets root
# Sourced by run_guest.sh: the modules in which steps fail and CPUs are held up where something changes hands, and
# netconsole.

add_parts() {
	build_programs
	mkdir -p "$root/modules/fail"
	make_modules "$root/modules/fail" FAIL_NTH=1
	put_module 'fs/configfs/configfs?'
	put_module drivers/net/netconsole
}
