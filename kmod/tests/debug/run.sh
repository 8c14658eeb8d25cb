#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# run.sh SECONDS [WHAT...]: the modules on a kernel that looks for mistakes (kernel.sh, built first where it is not there).
#
#   guests   every guest of run_all.sh, on CPUs that run at once, and on CPUs that take turns
#   stress   guest_stress.sh for so many seconds, likewise
#   plants   each mistake in plants/ has to be found
#
# Without WHAT, all of them. DEBUG_KERNEL=6.1|6.12 in the environment: another than this release's own; STRESS_THREADS=multi:
# the stress on CPUs that run at once, alone. A complaint on the console fails it, and its place is shown;
# the last line is "N passed, N failed, N skipped". Exit 0: none failed.
set -u

seconds=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
tests=$here/..
top=$tests/../..
cache=${RXLAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/rxlab}
. "$tests/tally.sh"
export TAIL=80 KERNEL JUDGE THREADS LIMIT=3000

threads() { case ${THREADS:-} in multi) echo "two CPUs at once" ;; *) echo "two CPUs by turns" ;; esac; }
on() { guest "the debug kernel, $(threads)" "$@"; }

all_guests() {
	on guest_test.sh 5
	on guest_survive.sh 20
	on guest_kcap.sh 20
	on guest_zc.sh 10
	on guest_zc_edges.sh 5
	on guest_pf.sh 10
}

guests() {
	JUDGE=console
	THREADS=multi
	all_guests
	THREADS=single
	all_guests
}

stress() {
	JUDGE=''
	THREADS=multi
	on guest_stress.sh "$seconds"
	[ "${STRESS_THREADS:-}" != multi ] || return 0
	THREADS=single
	on guest_stress.sh 60
}

# The first line of a patch that begins so says what is to be seen on the console.
plant() { # PATCH
	name=$(basename "$1" .patch)
	work=$(mktemp -d)
	cp -r "$top/kmod" "$work/kmod"
	if ! (cd "$work" && GIT_CEILING_DIRECTORIES=${work%/*} git apply "$1"); then
		echo "not ok - $name: $1 does not apply"
		failed=$((failed + 1))
		rm -rf "$work"
		return
	fi
	JUDGE='' THREADS=multi
	wanted=$(sed -n 's/^Found as: //p' "$1")
	KMOD=$work/kmod KMOD_BUILT=$work/built KMOD_WITH=FAIL_NTH=1 ROUND=40 sh "$tests/run_guest.sh" 1 guest_stress.sh >"$work/out" 2>&1
	if grep -E "^#   .*($wanted)" "$work/out"; then
		echo "ok - planted $name is found"
		passed=$((passed + 1))
	else
		tail -n 30 "$work/out"
		echo "not ok - planted $name is found"
		failed=$((failed + 1))
	fi
	rm -rf "$work"
}

plants() {
	for patch in "$here"/plants/*.patch; do
		echo "# planted: $(basename "$patch" .patch)"
		plant "$patch"
	done
}

KERNEL=$(sh "$here/kernel.sh" "$cache" ${DEBUG_KERNEL:+"$DEBUG_KERNEL"}) || exit 1
[ $# != 0 ] || set -- guests plants stress
for what in "$@"; do
	case $what in
	guests | plants | stress) $what ;;
	*) echo "run.sh: no $what; guests, plants, stress" >&2; exit 2 ;;
	esac
done
tally
