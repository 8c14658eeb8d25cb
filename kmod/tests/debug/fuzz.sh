#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# fuzz.sh SECONDS [SEED [KEEP]]: ioctls, socket calls, netlink, ethtool and mappings of the modules fuzzed for so long on the debug
# kernel (kernel.sh; built first where it is not there), from the corpus on. KEEP: a file to which the corpus is written with
# what it found, each program that reached something new; without it, it is dropped. A complaint on the console fails it, and
# the last programs are shown. LEAKS=no in the environment: without kmemleak, several times as many. TAP; exit 0: nothing was found.
set -eu

seconds=$1
export SEED="${2:-1}"
keep=${3:-}
here=$(cd "$(dirname "$0")" && pwd)
cache=${RXLAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/rxlab}
KERNEL=$(sh "$here/kernel.sh" "$cache" ${DEBUG_KERNEL:+"$DEBUG_KERNEL"})
export KERNEL THREADS=multi TAIL=80 KMOD_WITH=KCOV_INSTRUMENT=y
out=$(mktemp)
trap 'rm -f "$out"' EXIT
trap 'exit 1' HUP INT TERM
status=0
sh "$here/../run_guest.sh" "$seconds" guest_fuzz.sh >"$out" 2>&1 || status=$?
grep -v -e '^# corpus ' -e '^# run ' "$out"
[ $status = 0 ] || grep '^# run ' "$out" | tail -n 8
[ -z "$keep" ] || { cat "$here/corpus" && sed -n 's/^# corpus //p' "$out"; } >"$keep.new"
[ -z "$keep" ] || mv "$keep.new" "$keep"
exit $status
