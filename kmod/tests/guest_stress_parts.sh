# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154,SC2034 # run_guest.sh sets root, kernel, cycles and options
# Sourced by run_guest.sh: the modules, as they are and with steps that fail and CPUs that are held up; and time enough.
memory=1G
# what failslab fails where it is told to look at caches; the stock kernel's slub_debug stays
[ ! -e "$kernel/config" ] || memory_checks="$memory_checks slub_debug=A,skbuff_head_cache"
limit=$((cycles * 2 + 1800))
options="$options ROUND=${ROUND:-60} LEAKS=${LEAKS:-yes} WHO=${WHO:-} HOLD=${HOLD:-}"

add_parts() {
	build_programs
	mkdir -p "$root/modules/fail" "$root/tmp"
	make_modules "$root/modules/fail" FAIL_NTH=1
}
