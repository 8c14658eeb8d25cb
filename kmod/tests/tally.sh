# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2154 # sourced; tests is the caller's
# Sourced by run_all.sh and debug/run.sh: guests one after the other, counted.
passed=0 failed=0 skipped=0
out=$(mktemp)
trap 'rm -f "$out"' EXIT
trap 'exit 1' HUP INT TERM

# guest TITLE CYCLES SCRIPT...: its lines as they come, and its sum. What run_guest.sh wants of the environment is the
# caller's affair.
guest() {
	title=$1 cycles=$2
	shift 2
	echo "# guest $* on $title"
	sh "$tests/run_guest.sh" "$cycles" "$@" >"$out" 2>&1
	status=$?
	cat "$out"
	if [ $status = 77 ]; then
		skipped=$((skipped + 1))
		return
	fi
	good=$(grep -c '^ok ' "$out") bad=$(grep -c '^not ok ' "$out")
	# one that ends without a verdict has failed too
	[ $status = 0 ] || [ "$bad" != 0 ] || bad=1
	echo "# $* on $(sed -n 's/^# kernel \([^ ]*\).*/\1/p' "$out"): $good passed, $bad failed"
	passed=$((passed + good)) failed=$((failed + bad))
}

tally() {
	echo "$passed passed, $failed failed, $skipped skipped"
	[ $failed = 0 ]
}
