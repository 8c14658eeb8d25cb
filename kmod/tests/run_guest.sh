#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# run_guest.sh [CYCLES [SCRIPT...]]: builds the modules and their guest tests, runs them in a virtual machine made of the
# lab's parts, and judges the kernel's console too. CYCLES (20): of load, capture and unload. SCRIPT: guest_test.sh, or
# guest_survive.sh, guest_kcap.sh, guest_zc.sh, guest_zc_edges.sh, guest_pf.sh, guest_pcap.sh,
# guest_pcap_ways.sh, guest_pcap_suricata.sh, guest_stress.sh; several run one after the other in one machine, each after a
# line "# script NAME", since to start it takes as long as a short one. SCRIPT with _parts.sh for .sh, if it is there, says
# what else the guest is made of. With a slash, such a file by its path from the top, which may replace build_initramfs, and
# then no script is run: the conformance suite's. Needs no root; installs nothing. In the environment:
#
#   KERNEL=6.12|7|FOLDER another of Debian's kernels than the lab's (7: the newest 7.x); or one in a folder laid out so
#   KMOD=FOLDER          the modules' sources (this tree's)
#   KMOD_WITH=VARIABLES  what make is told to build them with, beside
#   THREADS=multi        CPUs that run at once, at the machine's own time; without, they take turns by a count of instructions
#   JUDGE=console        what the tests say is shown, but only the console's complaints and the guest's death are failures:
#                        for a kernel so slow that frames are lost and time windows missed
#   LEAKS=no             on the debug kernel: leaks are not looked for, which takes time at each allocation
#   STOP=yes             the guest is ended soon after the first complaint
#   KEEP_CONSOLE=FILE    where the console is left
#   LIMIT=SECONDS        300, and 300 a script: a guest that takes longer is ended
#
# TAP on stdout. Exit 0: all passed; 1: not; 77: the machine cannot be made here, "1..0 # SKIP" says why.
set -eu

cycles=${1:-20}
[ $# = 0 ] || shift
[ $# != 0 ] || set -- guest_test.sh
scripts=$*
version=${KERNEL:-}
limit=${LIMIT:-$((300 + 300 * $#))} # below what tests/one.sh allows, or nobody sees how far it came
memory=512M
cpus=2
memory_checks="slub_debug=FZPU page_poison=1 kfence.sample_interval=100"
# The debug kernel's: KASAN looks after memory there; and it is slow.
debug_checks="rcupdate.rcu_cpu_stall_timeout=300 watchdog_thresh=60 sysctl.kernel.hung_task_timeout_secs=300"
here=$(cd "$(dirname "$0")" && pwd)
top=$here/../..
cache=${RXLAB_CACHE:-${XDG_CACHE_HOME:-${HOME:?no place for the lab: set RXLAB_CACHE to a folder}/.cache}/rxlab}
packages=$cache/packages
kernel=$packages/kernel
kmod=${KMOD:-$top/kmod}
tmp=$(mktemp -d)
root=$tmp/root
machine=
clean() {
	[ -z "$machine" ] || kill "$machine" 2>/dev/null || true
	rm -rf "$tmp"
}
trap clean EXIT
trap 'exit 1' HUP INT TERM
die() { echo "Bail out! $*"; exit 1; }
skip() { echo "1..0 # SKIP $*"; exit 77; }
export KMOD_BUILT="${KMOD_BUILT:-$(cd "$top" && pwd)/build/kmod-guests}"
. "$top/harness/testbeds/lab/initramfs.sh"
# shellcheck disable=SC2086 # words
build_modules() { make_modules "$root/modules" ${KMOD_WITH:-}; }

find_parts() {
	for tool in gcc make cpio flock; do
		command -v $tool >/dev/null || skip "no $tool here"
	done
	case $cache in /*) ;; *) skip "the lab's cache must be an absolute path: $cache" ;; esac
	mkdir -p "$cache" 2>/dev/null || skip "cannot make $cache"
	flock "$cache/lock" sh "$top/harness/testbeds/lab/fetch-packages.sh" "$cache" 2>"$tmp/log" ||
		skip "the lab cannot be built here: $(tail -n 1 "$tmp/log")"
	case $version in
	'') return 0 ;;
	/*)
		kernel=$version
		# It has no ACPI, and of each package the BIOS names but one CPU in its other table.
		[ ! -e "$kernel/config" ] || memory_checks=$debug_checks memory=1G cpus=2,sockets=2
		[ "${LEAKS:-yes}" != no ] || options="$options kmemleak=off"
		return 0 ;;
	esac
	kernel=$cache/kernel-$version
	flock "$cache/lock" sh "$top/harness/testbeds/lab/kernel.sh" "$cache" "$version" 2>"$tmp/log" ||
		skip "no kernel $version here: $(tail -n 1 "$tmp/log")"
}

# What a program is made of beside its own file.
program_needs() {
	case $1 in
	guest_kcap) echo "$here/guest_kcap_count.c $here/guest.c $top/capture-impls/kcap/client.c" ;;
	guest_fuzz) echo "$here/guest_fuzz_*.c $here/guest.c $top/capture-impls/kcap/client.c" ;;
	guest_stress) echo "$here/guest_stress_*.c $here/guest.c $top/capture-impls/kcap/client.c -lpthread" ;;
	*) echo "$here/guest.c $here/guest_pair.c -lpthread" ;;
	esac
}

# Those that the script names.
build_programs() {
	for name in $(grep -oE 'guest_[a-z_]+' "$here/$script" | sort -u); do
		case $name in guest_kcap_* | guest_stress_* | guest_fuzz_* | guest_compat) continue ;; esac
		[ -e "$here/$name.c" ] || continue
		gcc -std=gnu17 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -static -I"$top" -o "$root/bin/$name" \
			"$here/$name.c" $(program_needs $name) || die "cannot build $name"
	done
}

# What each script needs beside the modules.
add_scripts() {
	for script in $scripts; do
		add_parts() { build_programs; }
		source_parts "$here/${script%.sh}_parts.sh"
		add_parts
		cp "$here/$script" "$root/bin/"
	done
}

build_initramfs() {
	mkdir -p "$root/bin" "$root/modules" "$root/proc" "$root/sys" "$root/dev"
	build_modules
	for module in net/core/pktgen 'lib/ts_bm?' 'lib/ts_kmp?' drivers/net/veth 'drivers/dca/dca?' \
		'drivers/i2c/i2c-core?' 'drivers/i2c/algos/i2c-algo-bit?' drivers/net/ethernet/intel/e1000e/e1000e drivers/net/ethernet/intel/igb/igb; do
		add_module "$module"
	done
	add_busybox
	add_scripts
	cp "$here/guest_init.sh" "$root/init"
	pack "$tmp/initramfs"
}

options=
source_parts() {
	# shellcheck source=/dev/null
	[ ! -e "$1" ] || . "$1"
}
case $scripts in */*) source_parts "$top/$scripts" ;; esac

clock='-accel tcg,thread=single -icount shift=0,sleep=off -rtc base=2026-01-01T00:00:00,clock=vm'
threads_multi() {
	clock='-accel tcg,thread=multi'
	gcc -O2 -o "$tmp/tsc_khz" "$here/tsc_khz.c" || die "cannot build tsc_khz"
	options="$options tsc_early_khz=$("$tmp/tsc_khz")"
}

# The lab's machine (harness/testbeds/lab/machine.c) without its plugin; the kernel looks after its memory and stops at
# the first complaint.
boot() {
	: >"$tmp/tests"
	LD_LIBRARY_PATH=$packages/qemu/usr/lib/x86_64-linux-gnu:$packages/qemu/lib/x86_64-linux-gnu \
		timeout -k 5 $limit "$packages/qemu/usr/bin/qemu-system-x86_64" \
		-L "$packages/qemu/usr/share/qemu" -L "$packages/qemu/usr/share/seabios" \
		-M q35 -nodefaults -display none -m $memory -no-reboot -seed 1 -smp $cpus -cpu Nehalem-v1 $clock \
		-netdev hubport,id=h0,hubid=0 -device e1000e,netdev=h0,mac=02:00:00:00:00:00,romfile= \
		-netdev hubport,id=h2,hubid=0 -device igb,netdev=h2,mac=02:00:00:00:00:02,romfile= \
		-serial "file:$tmp/console" -chardev "file,id=tests,path=$tmp/tests,append=on" -serial chardev:tests \
		-kernel "$kernel/vmlinuz" -initrd "$tmp/initramfs" \
		-append "console=ttyS0 panic=-1 oops=panic mitigations=off tsc=reliable clocksource=tsc ipv6.disable=1 \
$memory_checks panic_on_warn=1 softlockup_panic=1 hung_task_panic=1 CYCLES=$cycles $(printf 'SCRIPT=%s ' $scripts) SCRIPTS=$(echo $scripts | tr ' ' ,) $options" </dev/null >"$tmp/qemu.log" 2>&1 &
	machine=$!
}

tests=0 failed=0
verdict() { # ok|"not ok" WHAT
	tests=$((tests + 1))
	[ "$1" = ok ] || failed=$((failed + 1))
	echo "$1 $tests - $2"
}

# The guest's lines, numbered through.
relay() {
	ended=no
	while IFS= read -r line; do
		case $line in
		'ok '*) verdict ok "${line#* - }" ;;
		'not ok '*)
			if [ "${JUDGE:-}" = console ]; then
				echo "# said, not judged: $line"
			else
				verdict 'not ok' "${line#* - }"
			fi ;;
		'1..'*) ;;
		'#'*) echo "$line" ;;
		*) echo "# $line" ;;
		esac
		case $line in '# guest ended with status '*) ended=${line##* } ;; esac
	done
}

# Once, and of each kernel 6.1, not only of this one.
judge_symbols() {
	case $scripts:$(readlink "$kernel/vmlinuz") in *guest_test.sh*:*/vmlinuz-6.1.*) ;; *) return 0 ;; esac
	echo '# script machine'
	echo '# group symbols'
	for module in $(sed -n 's/^obj-m *[:+]= *//p' "$kmod/Kbuild" | tr ' ' '\n' | grep -v '^tests/'); do
		nm -u "$root/modules/${module%.o}.ko" || die "nm cannot read ${module%.o}.ko"
	done >"$tmp/symbols"
	if unknown=$(sed -n 's/^ *U //p' "$tmp/symbols" | grep -v '^ykvm_' | grep -vxFf "$here/symbols-6.1"); then
		echo "#   not in kmod/tests/symbols-6.1:" $unknown
		verdict 'not ok' 'the modules use what each kernel 6.1 exports'
	else
		verdict ok 'the modules use what each kernel 6.1 exports'
	fi
}

# What the console is searched for: by each kernel, and, where more or less is looked for, by this one.
complaints() { # FILE
	more=$here/complaints_stock
	[ ! -e "$kernel/config" ] || more=$here/debug/complaints
	sed -n '/^[^#]/p' "$here/complaints" "$more" >"$tmp/complaints"
	sed -n '/^[^#]/p' "$here/complaints_known" >"$tmp/known"
	grep -v -E -f "$tmp/known" "$1" | grep -E -m 1 -A "${TAIL:-25}" -f "$tmp/complaints"
}

# Lines for which the kernel's console is searched at the end, with what stands behind the first.
judge_console() {
	[ -z "${KEEP_CONSOLE:-}" ] || cp "$tmp/console" "$KEEP_CONSOLE"
	if ! grep -q 'Linux version' "$tmp/console"; then
		verdict 'not ok' 'the kernel has a console'
	elif complaints "$tmp/console" >"$tmp/log"; then
		sed 's/^/#   /' "$tmp/log"
		verdict 'not ok' "the kernel's console is free of complaints"
	else
		verdict ok "the kernel's console is free of complaints"
	fi
}

judge() {
	relay
	# Status 1 stands for tests that failed; any other is the script's own death.
	if [ "$ended" = 0 ] || { [ "$ended" = 1 ] && [ "${JUDGE:-}$failed" != 0 ]; }; then
		verdict ok 'the guest came to its end'
	else
		echo "# what QEMU said, and the kernel last, at its death or after $limit s:"
		cat "$tmp/qemu.log" "$tmp/console" 2>/dev/null | tail -n 15 | sed 's/^/#   /'
		verdict 'not ok' 'the guest came to its end: it died here'
	fi
	echo '# script machine'
	echo '# group console'
	judge_console
	echo "1..$tests"
	[ $failed = 0 ]
}

find_parts
build_initramfs
# What stands behind the complaint is waited for.
stop_early() {
	while kill -0 $machine 2>/dev/null; do
		sleep 2
		! complaints "$tmp/console" >/dev/null || { sleep 5 && kill $machine; }
	done
}

judge_symbols
[ "${THREADS:-}" != multi ] || threads_multi
boot
[ -z "${STOP:-}" ] || stop_early 2>/dev/null &
tail -n +1 -f -s 0.2 --pid=$machine "$tmp/tests" | judge &
wait $! || exit 1
