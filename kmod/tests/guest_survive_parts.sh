# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154 # run_guest.sh sets root, kmod, kernel, tmp, top and here
# Sourced by run_guest.sh: what guest_survive.sh loads itself, and its 32-bit reader.

# Other users of an interface, in the order of their needs.
add_later() {
	mv "$root/modules/order" "$root/modules/first"
	for module in net/llc/llc net/802/stp net/bridge/bridge drivers/net/macvlan; do
		add_module $module
	done
	mv "$root/modules/order" "$root/modules/later"
	mv "$root/modules/first" "$root/modules/order"
}

# Those in which any step may fail, and one for another kernel: what is changed is compared with modversions and without.
add_failing() {
	mkdir -p "$root/modules/fail"
	make_modules "$root/modules/fail" FAIL_NTH=1
	LC_ALL=C sed 's/ mod_unload / mod_unLoad /' "$root/modules/ykvm.ko" >"$root/modules/foreign.ko"
}

# No library of 32 bits is asked for; the headers are the same for both.
add_compat() {
	gcc -std=gnu17 -O2 -Wall -Wextra -Werror -m32 -static -nostdlib -ffreestanding -fno-stack-protector -fno-pie -no-pie \
		-mno-sse -isystem "/usr/include/$(gcc -print-multiarch)" -I"$top" -o "$root/bin/guest_compat" \
		"$here/guest_compat.c" || die "cannot build guest_compat"
}

add_parts() {
	build_programs
	add_later
	add_failing
	add_compat
}
