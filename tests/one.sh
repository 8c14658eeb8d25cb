#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/one.sh FILE: runs one test file for tests/run.sh, in a $TMPDIR of its own, and prints its line when it has ended.
set -u
# What is built with sanitizers or for coverage is slower: so many times.
slow=${RXLAB_SLOW:-1}

file=$1
work=$(mktemp -d "$RESULTS/XXXXXX") || exit 1
log=$work/log text=$work/text
mkdir "$work/tmp"
export TMPDIR="$work/tmp"

count() { grep -cE "$1" "$log" || true; }

run_c() {
	program=$B/tests/$(echo "${file%.c}" | sed 's|/tests/|/|')
	CMOCKA_MESSAGE_OUTPUT=TAP timeout $((300 * slow)) "$program" >"$log" 2>&1
	status=$?
	# cmocka 1.1.5 calls a skipped test "not ok", and other versions "ok"
	sed -i 's/^not \(ok .*# SKIP\)/\1/' "$log"
	skipped=$(count '^ok .*# SKIP')
	passed=$(($(count '^ok ') - skipped))
	failed=$(count '^not ok ')
}

run_python() {
	timeout $(($1 * slow)) "$PYTHON" -m unittest -v "$file" >"$log" 2>&1
	status=$?
	passed=$(count ' \.\.\. ok$')
	failed=$(count '\.\.\. (FAIL|ERROR)$')
	skipped=$(count '\.\.\. skipped ')
}

# The logs of a trial that failed stay on purpose: its user wants them.
leavings() {
	rm -rf "$TMPDIR"/rxlab-trial-??????
	left=$(ls -A "$TMPDIR")
	[ -n "$left" ] || return 0
	failed=$((failed + 1))
	{
		echo "$file left in its \$TMPDIR:"
		ls -lA "$TMPDIR"
	} >>"$log"
}

seconds() { date +%s.%N; }

began=$(seconds)
case $file in
*.c) run_c ;;
tests/lab/*) run_python 3600 ;; # a hang, not a busy machine
*) run_python 300 ;;
esac
ended=$(seconds)
# A program that fails without a failed test (a crash, or its time is over) is one failure.
[ "$status" = 0 ] || [ "$failed" -gt 0 ] || failed=1
[ "$passed$failed$skipped" != 000 ] || failed=1
leavings
times >"$work/times"
cpu=$(awk -F'[ms ]' 'NR == 2 { print $1 * 60 + $2 + $4 * 60 + $5 }' "$work/times")
{
	awk -v n="$file" -v p="$passed" -v f="$failed" -v s="$skipped" -v a="$began" -v b="$ended" -v c="$cpu" \
		'BEGIN { printf "%-56s %4d passed %3d failed %3d skipped %7.1f s, CPU %7.1f s\n", n, p, f, s, b - a, c }'
	case $file in *.py) grep -E '\.\.\. skipped ' "$log" | sed 's/^/    /' ;; esac
	[ "$failed" = 0 ] || cat "$log"
} >"$text"
{
	flock 9
	cat "$text"
	echo "$passed $failed $skipped" >>"$RESULTS/counts"
} 9>"$RESULTS/lock"
rm -rf "$work"
