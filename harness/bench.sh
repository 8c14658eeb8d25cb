#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# bench.sh: what `make bench` does once everything is built: the lab, the quick campaign, plots, summary.
set -eu

out=${OUT:-results/quick}
campaign=${C:-harness/campaigns/quick.yaml}
jobs=${JOBS:-$(nproc)}

./rxlab lab build
if [ -s "$out/trials.jsonl" ]; then
	./rxlab run "$campaign" --out "$out" --jobs "$jobs" --resume
else
	./rxlab run "$campaign" --out "$out" --jobs "$jobs"
fi
./rxlab model validate "$out" >/dev/null
./rxlab plot "$out" || [ $? = 77 ]
./rxlab report "$out"
