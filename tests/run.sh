#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/run.sh fast|middle|all: runs the tests, tier by tier, and ends with "N passed, N failed, N skipped".
#
#   fast   C unit tests (cmocka) and python tests beside their sources: no root, no lab
#   middle the same, then tests/netns: trials between network namespaces of this machine, as root
#   all    the same, then tests/lab: trials in the lab
#
# Each test program is one line here; its own output is shown only when it fails.
set -u

tier=${1:-all}
B=${B:-build}
PYTHON=${PYTHON:-python3}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=0 failed=0 skipped=0
# What is built with sanitizers or for coverage is slower: so many times.
slow=${RXLAB_SLOW:-1}

# add NAME STATUS PASSED FAILED SKIPPED: a program that fails without a failed test (a crash) is one failure.
add() {
	name=$1 status=$2 p=$3 f=$4 s=$5
	[ "$status" = 0 ] || [ "$f" -gt 0 ] || f=1
	[ "$p$f$s" != 000 ] || f=1
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	printf '%-52s %4d passed %3d failed %3d skipped\n' "$name" "$p" "$f" "$s"
	[ "$f" = 0 ] || cat "$log"
}

count() { grep -cE "$1" "$log" || true; }

run_c() {
	CMOCKA_MESSAGE_OUTPUT=TAP timeout $((300 * slow)) "$1" >"$log" 2>&1
	status=$?
	# cmocka 1.1.5 calls a skipped test "not ok", and other versions "ok"
	sed -i 's/^not \(ok .*# SKIP\)/\1/' "$log"
	skips=$(count '^ok .*# SKIP')
	add "${1#"$B"/tests/}" "$status" $(($(count '^ok ') - skips)) "$(count '^not ok ')" "$skips"
}

run_python() {
	timeout $((${2:-300} * slow)) "$PYTHON" -m unittest -v "$1" >"$log" 2>&1
	status=$?
	add "$1" "$status" "$(count ' \.\.\. ok$')" "$(count ' \.\.\. (FAIL|ERROR)$')" "$(count '\.\.\. skipped ')"
	grep -E '\.\.\. skipped ' "$log" | sed 's/^/    /'
}

for test in $(find "$B/tests" -name '*_test' -type f | sort); do
	run_c "$test"
done
for test in $(find harness plots models generators capture-impls kmod -path '*/tests/test_*.py' | sort); do
	run_python "$test"
done
if [ "$tier" != fast ]; then
	for test in tests/netns/test_*.py; do
		[ ! -e "$test" ] || run_python "$test"
	done
fi
if [ "$tier" = all ]; then
	for test in tests/lab/test_*.py; do
		[ ! -e "$test" ] || run_python "$test" 1500
	done
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
