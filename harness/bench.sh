#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# bench.sh: what `make bench` does once everything is built: the lab, the quick campaign, plots, summary.
set -eu

out=${OUT:-results/quick}
campaign=${C:-harness/campaigns/quick.yaml}
jobs=${JOBS:-$(nproc)}

identity() { sed -n 's/^identity *//p; s/^.*"identity":"\([0-9a-f]*\)".*$/\1/p' | head -n 1; }

./rxlab lab build
# Records of another lab, or of another campaign, are not gone on with: they are kept beside.
if [ -s "$out/trials.jsonl" ]; then
	old=$(identity <"$out/trials.jsonl")
	if [ "$old" != "$(./rxlab lab status | identity)" ] || ! cmp -s "$campaign" "$out/campaign.yaml"; then
		kept=$out-$(date -r "$out/trials.jsonl" +%Y%m%d-%H%M%S)
		echo "rxlab: $out is of another lab or campaign; kept as $kept"
		mv "$out" "$kept"
	fi
fi
if [ -s "$out/trials.jsonl" ]; then
	./rxlab run "$campaign" --out "$out" --jobs "$jobs" --resume
else
	./rxlab run "$campaign" --out "$out" --jobs "$jobs"
fi
./rxlab model validate "$out" --no-plots >/dev/null
./rxlab plot "$out" || [ $? = 77 ]
./rxlab report "$out"
sh harness/compare_reference.sh "$out" results/reference
