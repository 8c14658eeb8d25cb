# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154
# Sourced by packages.sh and kernel_modules.sh: programs of packages that are not installed, a compiler or a kernel's own tools,
# run by the loader and with the libraries of the packages that were fetched with them: this machine's C library may be too old.

# own_loader TREE AT: makes TREE/run, which runs a program (run PROGRAM NAME ARGUMENT...) with what TREE has of libraries. AT: where
# TREE will lie.
own_loader() {
	loader=$(cd "$1" && find . -name 'ld-linux-x86-64.so.2' -type f | sed 's,^./,,' | head -n 1)
	cat >"$1/run" <<-END
		#!/bin/sh
		elf=\$1 name=\$2
		shift 2
		exec "$2/$loader" --argv0 "\$name" \\
			--library-path "$2/usr/lib/x86_64-linux-gnu:$2/lib/x86_64-linux-gnu" "\$elf" "\$@"
	END
	chmod 755 "$1/run"
}

# run_by_own FOLDER RUN: the programs below FOLDER are run by RUN from now on. What lies below $tmp will lie below $out.
run_by_own() {
	find "$1" -type f -perm -u+x ! -name '*.so' ! -name '*.so.*' ! -name '*.elf' | while read -r program; do
		readelf -l "$program" 2>/dev/null | grep -q INTERP || continue
		mv "$program" "$program.elf"
		at=$program
		case $program in "${tmp:-none}"/*) at=$out${program#"$tmp"} ;; esac
		# $0 may be a link's name
		printf '#!/bin/sh\nexec "%s" "%s.elf" "$0" "$@"\n' "$2" "$at" >"$program"
		chmod 755 "$program"
	done
}
