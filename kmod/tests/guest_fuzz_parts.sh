# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154,SC2034 # run_guest.sh sets root, cycles and options
# Sourced by run_guest.sh: the corpus; debug/fuzz.sh sees to it that the modules, and they alone, are built with KCOV.
memory=1G
limit=$((cycles * 2 + 1200))
# most of a program is a wait for grace periods
options="$options SEED=${SEED:-1} LEAKS=${LEAKS:-yes} rcupdate.rcu_expedited=1"

add_parts() {
	build_programs
	cp "${CORPUS:-$here/debug/corpus}" "$root/corpus"
}
