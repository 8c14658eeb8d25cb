#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/lint.sh: what can be said of the sources without building them. Each check has a line; status 1 when one found
# something. `make lint` installs the tools first.
set -u
cd "$(dirname "$0")/.." || exit 1
B=${B:-build}
failed=0

# files PATTERN...: what git tracks (new files too, ignored ones not) and what is there.
files() { git ls-files --cached --others --exclude-standard -- "$@" | while read -r name; do [ ! -f "$name" ] || echo "$name"; done; }

# check NAME COMMAND...
check() {
	name=$1
	shift
	if "$@"; then
		echo "ok       $name"
	else
		echo "not ok   $name"
		failed=1
	fi
}

sources() { files '*.c' '*.h'; }
own_sources() { sources | grep -v '^tests/\|/tests/'; }

# Versions lay out some lines otherwise, so one of them decides: Debian 12's.
format() {
	version=$(clang-format --version | sed 's/.*version \([0-9]*\).*/\1/')
	if [ "$version" = 14 ]; then
		clang-format --dry-run -Werror $(sources)
	else
		echo "# clang-format $version: the format is that of 14; $(clang-format --dry-run $(sources) 2>&1 | grep -c 'warning:') places differ"
	fi
}

# Its notes on memory are kept in build/, so that a second run takes a second. pmd/ is of DPDK's macros, which it does not know.
static_analysis() {
	mkdir -p "$B/cppcheck"
	cppcheck -q -j2 --enable=warning --std=c11 --language=c -I. --inline-suppr --error-exitcode=1 \
		--cppcheck-build-dir="$B/cppcheck" --suppress=invalidPrintfArgType_uint --suppress=selfAssignment \
		$(own_sources | grep '\.c$' | grep -v '^kmod/\|^capture-impls/dpdk/pmd/')
}

shell() { shellcheck -S warning $(files '*.sh') .ci/run; }
python() { "${PYTHON:-python3}" -m pyflakes $(files '*.py'); }
lengths() { "${PYTHON:-python3}" tests/function_length.py $(own_sources); }

# Measured data, inputs of fuzz targets, pictures and texts of licences say it in a file beside them, or are it.
licences() {
	without=$(files | grep -v '^tests/fuzz/corpus/\|^results/.*/\|^results/schema.json$\|^LICENSES/\|^COPYING$\|\.png$' | xargs -d '\n' grep -L SPDX-License-Identifier)
	[ -z "$without" ] || { echo "without SPDX-License-Identifier:" $without >&2; return 1; }
}

leavings() {
	left=$(git ls-files | grep -E '(^|/)(run-test-|rxlab-test-|__pycache__/)|\.(o|d|so|a|ko|pyc|orig|rej|tmp|gcda|gcno)$|~$')
	[ -z "$left" ] || { echo "tracked by git, though nobody wrote it:" $left >&2; return 1; }
}

check 'clang-format' format
check 'cppcheck' static_analysis
check 'shellcheck' shell
check 'pyflakes' python
check 'functions of at most 50 lines' lengths
check 'a licence in each file' licences
check 'no leavings' leavings
exit $failed
