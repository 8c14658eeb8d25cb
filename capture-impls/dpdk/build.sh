#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# build.sh FOLDER OUT: builds OUT, what the capture dpdk loads, against the libdpdk-dev that is unpacked in FOLDER, or
# installed with FOLDER empty. Run by the Makefile for this machine, and by harness/testbeds/lab/image.sh for the guest.
#
# DPDK's own code is in it, and of its drivers the two that are used: so the guest needs few files, and rxlab's other
# captures none. The same inputs give the same bytes.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
folder=$1
out=$2
include=$folder/usr/include
lib=$folder/usr/lib/x86_64-linux-gnu
# Of later versions than 22.11: log, argparse.
common='eal kvargs telemetry log argparse ring mempool mbuf net meter ethdev pci hash rcu security cryptodev'
whole='mempool_ring bus_pci bus_vdev net_e1000 net_af_packet'

archives() {
	for name in $1; do
		[ ! -e "$lib/librte_$name.a" ] || echo "$lib/librte_$name.a"
	done
}

[ -e "$lib/librte_eal.a" ] || {
	echo "build.sh: no libdpdk-dev in ${folder:-/}: $lib/librte_eal.a is missing" >&2
	exit 1
}
mkdir -p "$(dirname "$out")"
${CC:-gcc} -std=gnu17 -D_GNU_SOURCE -O2 -Wall -Wextra ${WERROR:+-Werror} -march=x86-64-v2 -include rte_config.h -fPIC \
	-fvisibility=hidden -ffunction-sections -ffile-prefix-map="$top"=. -I"$top" -isystem "$include/dpdk" \
	-isystem "$include/x86_64-linux-gnu/dpdk" -isystem "$include" -shared -o "$out.tmp" "$here"/pmd/*.c \
	"$top/harness/util/err.c" -Wl,--whole-archive $(archives "$whole") -Wl,--no-whole-archive \
	-Wl,--start-group $(archives "$common") -Wl,--end-group -L"$lib" -l:libnuma.so.1 -l:libbsd.so.0 -lm \
	-Wl,--exclude-libs,ALL -Wl,--gc-sections -Wl,--as-needed -Wl,-z,now -Wl,--build-id=none -Wl,-s
mv "$out.tmp" "$out"
