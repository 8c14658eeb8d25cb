#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/run.sh fast|middle|all [NAME]: runs the tests, tier by tier, and ends with "N passed, N failed, N skipped".
#
#   fast   C unit tests (cmocka) and python tests beside their sources, the fuzz targets' corpora: no root, no lab
#   middle the same, then tests/netns: trials between network namespaces of this machine, as root
#   all    the same, then tests/lab: trials in the lab
#
# NAME: only the test files whose name holds it. Each file is one line here, with its seconds; its own output is shown only
# when it fails. Files run side by side, JOBS at a time (2), but for those that say
#
#   runs alone: REASON
#
# in a comment: they run when nothing else does. "runs first: REASON" is for those that take longest. Each file has a
# $TMPDIR of its own and must leave nothing in it, nor in the sources.
set -u
unset T # of `make check T=NAME`, which a test may type, too

tier=${1:-all}
name=${2:-}
export B="${B:-build}" PYTHON="${PYTHON:-python3}"
JOBS=${JOBS:-2}
RESULTS=$(mktemp -d "${TMPDIR:-/tmp}/rxlab.XXXXXX") || exit 1
export RESULTS
trap 'rm -rf "$RESULTS"' EXIT
trap 'exit 130' INT TERM

case $tier in
fast) folders= ;;
middle) folders=tests/netns ;;
all) folders="tests/netns tests/lab" ;;
*) echo "tests/run.sh: '$tier': fast, middle or all" >&2 && exit 2 ;;
esac

# The sources of all test files of this run; a C test's program is found by one.sh.
sources() {
	find harness generators capture-impls models kmod -path '*/tests/*_test.c' | sort
	find harness plots models generators capture-impls kmod -path '*/tests/test_*.py' | sort
	find tests/fuzz -name 'test_*.py' | sort
	for folder in $folders; do
		find "$folder" -name 'test_*.py' | sort
	done
}

# Of the sources in $RESULTS/files, those that say that they run alone, and the others.
side_by_side() { xargs -r grep -L 'runs alone: ' <"$RESULTS/files"; }
alone() { xargs -r grep -l 'runs alone: ' <"$RESULTS/files"; }

# Test files, as many at once as $1 says.
run() { xargs -r -P "$1" -n 1 sh tests/one.sh; }

# What git sees of the tree: what is untracked, and what differs from the last commit.
tree() { git status --porcelain --untracked-files=all 2>&1 && git diff HEAD | git hash-object --stdin; }

clean_tree() {
	if [ ! -s "$RESULTS/before" ]; then
		echo "the tree is clean: skipped ($(git status --porcelain 2>&1 | head -n 1))"
		echo "0 0 1" >>"$RESULTS/counts"
	elif tree >"$RESULTS/after" && cmp -s "$RESULTS/before" "$RESULTS/after"; then
		echo "the tree is as it was"
		echo "1 0 0" >>"$RESULTS/counts"
	else
		echo "FAILED: the tests left these in the tree, or changed them:"
		diff "$RESULTS/before" "$RESULTS/after" | sed -n 's/^[<>]/   &/p'
		git diff --stat HEAD
		echo "0 1 0" >>"$RESULTS/counts"
	fi
}

sources | grep -F -- "$name" >"$RESULTS/files"
if [ ! -s "$RESULTS/files" ]; then
	echo "tests/run.sh: no test file of the tier '$tier' has '$name' in its name" >&2
	exit 2
fi
tree >"$RESULTS/before" 2>/dev/null || : >"$RESULTS/before"
side_by_side >"$RESULTS/together"
{
	xargs -r grep -l 'runs first: ' <"$RESULTS/together"
	xargs -r grep -L 'runs first: ' <"$RESULTS/together"
} | run "$JOBS"
alone | run 1
clean_tree
awk '{ p += $1; f += $2; s += $3 } END { printf "%d passed, %d failed, %d skipped\n", p, f, s; exit f > 0 }' "$RESULTS/counts"
