#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh: the long form of the conformance suite on every testbed that can host it; the last line is
# "N passed, N failed, N skipped". CAPTURE in the environment: names of rows, all without it.
# Exit 0: none failed; 1: some did; 2: no such row; 77: nothing could be asked.
set -u

here=$(cd "$(dirname "$0")" && pwd)
top=$here/../../..
out=$(mktemp)
trap 'rm -f "$out" "$out.status"' EXIT
trap 'exit 1' HUP INT TERM
passed=0 failed=0 skipped=0

# show COMMAND...: its lines as they come, without its total, and in $out; its status.
show() {
	{
		"$@"
		echo $? >"$out.status"
	} | sed -u '/ passed, .* skipped$/d' | tee "$out"
	return "$(cat "$out.status")"
}

add() { # STATUS
	skips=$(grep -cE '^ok .*# SKIP|^1\.\.0 # SKIP' "$out")
	bad=$(grep -c '^not ok ' "$out")
	passed=$((passed + $(grep -c '^ok ' "$out") - $(grep -c '^ok .*# SKIP' "$out")))
	# what ends without a verdict has failed too
	[ "$1" = 0 ] || [ "$1" = 77 ] || [ "$bad" != 0 ] || bad=1
	failed=$((failed + bad)) skipped=$((skipped + skips))
}

show "${B:-build}"/conformance --long ${CAPTURE:-}
status=$?
[ $status != 2 ] || exit 2
add $status
export LONG=1 CAPTURE="${CAPTURE:-}"
show sh "$top/kmod/tests/run_guest.sh" 1 capture-impls/tests/conformance/guest_parts.sh
add $?
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ] || exit 1
[ $passed != 0 ] || exit 77
