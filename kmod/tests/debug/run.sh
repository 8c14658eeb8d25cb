#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# run.sh SECONDS [WHAT...]: the modules on a kernel that looks for mistakes (kernel.sh, built first where it is not there).
#
#   guests   every guest of run_all.sh, on CPUs that run at once, and on CPUs that take turns
#   stress   guest_stress.sh for so many seconds, likewise
#   plants   each mistake in plants/ has to be found
#
# Without WHAT, all of them. DEBUG_KERNEL=6.1|6.12 in the environment: another than this release's own; STRESS_THREADS=multi:
# the stress on CPUs that run at once, alone; PLANTS: patches, these alone. A complaint on the console fails it, and its place is shown;
# the last line is "N passed, N failed, N skipped". Exit 0: none failed.
set -u

seconds=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
tests=$here/..
top=$tests/../..
cache=${RXLAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/rxlab}
. "$tests/tally.sh"
export TAIL=80 KERNEL JUDGE THREADS LIMIT LEAKS

threads() { case ${THREADS:-} in multi) echo "two CPUs at once" ;; *) echo "two CPUs by turns" ;; esac; }
on() { guest "the debug kernel, $(threads)" "$@"; }

all_guests() { on 3 guest_test.sh guest_survive.sh guest_kcap.sh guest_zc.sh guest_zc_edges.sh guest_pf.sh; }

guests() {
	JUDGE=console LIMIT=7200 LEAKS=no
	THREADS=multi
	all_guests
	THREADS=single
	all_guests
}

# With kmemleak, which costs more than all the rest, one round.
stress() {
	JUDGE='' LIMIT=''
	THREADS=multi LEAKS=no
	on "$seconds" guest_stress.sh
	LEAKS=yes
	on 1 guest_stress.sh
	[ "${STRESS_THREADS:-}" != multi ] || return 0
	THREADS=single LEAKS=no
	on 60 guest_stress.sh
}

# Of the kernel's clock, from the first traffic of the stress to the first line that is wanted.
seconds_to() { # WANTED CONSOLE
	awk -v wanted="$1" '
		{ at = substr($0, 2, index($0, "]") - 2) + 0 }
		/stress: round 1 begins/ { begin = at }
		begin && $0 ~ wanted { printf "%.1f", at - begin; exit }' "$2"
}

said() { sed -n "s/^$1: //p" "$2"; }

# In the copy in $work. "Found as: " in a patch is followed by what has to be seen on the console, "With: " by what else
# the stress is told.
plant() { # NAME PATCH
	wanted=$(said 'Found as' "$2")
	leaks=no
	case $wanted in *leak*) leaks=yes ;; esac
	: >"$work/console"
	# shellcheck disable=SC2046 # words
	env $(said With "$2") KMOD="$work/kmod" KMOD_BUILT="$work/built" KMOD_WITH=FAIL_NTH=1 ROUND=40 LEAKS=$leaks STOP=yes \
		KEEP_CONSOLE="$work/console" sh "$tests/run_guest.sh" 1 guest_stress.sh >"$work/out" 2>&1
	if grep -E -m 1 "$wanted" "$work/console"; then
		echo "ok - planted $1 is found, after $(seconds_to "$wanted" "$work/console") s"
		passed=$((passed + 1))
	else
		tail -n 30 "$work/out"
		echo "not ok - planted $1 is found"
		failed=$((failed + 1))
	fi
}

patched() { (cd "$work" && GIT_CEILING_DIRECTORIES=${work%/*} git apply "$@"); }

# One copy for all, so that only what a patch changes is built anew.
plants() {
	work=$(mktemp -d)
	# shellcheck disable=SC2154 # tally.sh has out
	trap 'rm -rf "$out" "$work"' EXIT
	cp -r "$top/kmod" "$work/kmod"
	JUDGE='' THREADS=multi LIMIT=''
	for patch in ${PLANTS:-"$here"/plants/*.patch}; do
		name=$(basename "$patch" .patch)
		echo "# planted: $name"
		if patched "$patch"; then
			plant "$name" "$patch"
			patched -R "$patch"
		else
			echo "not ok - $name: $patch does not apply"
			failed=$((failed + 1))
		fi
	done
	rm -rf "$work"
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
