#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# knees.sh OUT [CAPTURE...]: the highest rate without loss of each capture at 64 bytes, by `rxlab search`, a folder each in
# OUT; those that are complete there are kept. Without names: those of harness/campaigns/captures.yaml. The figure
# `captures` of a results folder beside OUT takes its brackets from there.
set -eu

out=$1
shift
jobs=${JOBS:-$(nproc)}
names=${*:-null xdp-count recv recvmmsg io-uring nflog bpf-ringbuf bpf-perfbuf libpcap libpcap-immediate tpacket2 tpacket3 \
	fanout af-xdp ykvm-xdp ykvm ykvm-tap ykvm-user ykvm-zc pf_zerocopy kcap dpdk napi-tuned interrupt-coalesced}

mkdir -p "$out"
for name in $names; do
	[ ! -s "$out/$name/search.json" ] || continue
	resume=
	[ ! -s "$out/$name/trials.jsonl" ] || resume=--resume
	# 1: no upper bound below what the sender gives. That is a result too.
	./rxlab search --capture "$name" --frame 64 --goal loss=0,exceed=0,width=1% --no-model --jobs "$jobs" --out "$out/$name" \
		$resume || [ $? = 1 ]
done
