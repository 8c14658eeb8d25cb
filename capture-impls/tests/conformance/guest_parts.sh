# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154,SC2034 # run_guest.sh sets tmp, top, packages and kmod, and reads limit and options
# Sourced by kmod/tests/run_guest.sh: the lab's own image with the conformance suite in the agent's place. In the
# environment: LONG=1, the long form; CAPTURE, names of rows, all without it; CHECK, the name of one check.
limit=1800
# The short form asks the captures, not the kernel: without, it takes half the time.
[ "${LONG:-0}" = 1 ] || memory_checks=
options="rxlab.long=${LONG:-0}${CHECK:+ rxlab.check=$CHECK}"
for name in ${CAPTURE:-}; do
	options="$options rxlab.capture=$name"
done

build_initramfs() {
	make -s -C "$top" build/conformance-lab >"$tmp/log" 2>&1 || die "cannot build conformance-lab: $(tail -n 1 "$tmp/log")"
	strip -o "$tmp/init" "$top/build/conformance-lab"
	sh "$top/harness/testbeds/lab/image.sh" "$packages" "$kmod" "$tmp/init" "$tmp/initramfs" >"$tmp/log" 2>&1 ||
		die "cannot build the guest's image: $(tail -n 1 "$tmp/log")"
}
