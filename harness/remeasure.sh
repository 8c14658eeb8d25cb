#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# remeasure.sh [STEP...]: measures what is stored in results/ anew, on the lab as it is built now, and makes of it all that
# the tree shows: README's tables, docs/*.png, docs/audit.md, summaries. Without steps: all of them, in this order,
# 40 minutes on two quiet cores; `native` needs root, and a machine that does nothing else. Each step says what it took.
# Only where it is asked for: `kernels`, 50 minutes and 1 GB from the mirror, which makes the tables of docs/kernels.md too.
# A step puts its results in place when it is complete; a folder that was begun for it is gone on with.
set -eu

jobs=${JOBS:-$(nproc)}
work=${WORK:-build/remeasure}
campaigns="reference captures models noloss audit gro native"
all="$campaigns knees documents"
known="$all kernels"

# campaign_of FOLDER: the file whose results it holds.
campaign_of() {
	case $1 in reference) echo harness/campaigns/quick.yaml ;; *) echo "harness/campaigns/$1.yaml" ;; esac
}

lab() { ./rxlab lab status | sed -n 's/^identity *//p'; }

# current FOLDER FILE: does what was begun there belong to this lab and this campaign?
current() {
	[ -s "$1/trials.jsonl" ] && cmp -s "$2" "$1/campaign.yaml" &&
		grep -q "\"identity\":\"$(lab)\"" "$1/trials.jsonl"
}

measure() {
	file=$(campaign_of "$1") with="--jobs $jobs"
	[ "$1" != native ] || with=
	if [ "$1" = native ] || ! current "$work/$1" "$file"; then
		rm -rf "${work:?}/$1"
		./rxlab run "$file" --out "$work/$1" $with
	else
		./rxlab run "$file" --out "$work/$1" $with --resume
	fi
	place "$1"
}

# place FOLDER: records, their table and manifest; side/ and plots/ are of this machine, and stay.
place() {
	mkdir -p "results/$1"
	for name in campaign.yaml manifest.json trials.csv trials.jsonl plan.jsonl search.json search.txt; do
		[ ! -s "$work/$1/$name" ] || cp "$work/$1/$name" "results/$1/$name"
	done
}

knees() {
	# A search of another lab is no part of these.
	for folder in "$work"/knees/*/; do
		[ ! -s "$folder/trials.jsonl" ] || grep -q "\"identity\":\"$(lab)\"" "$folder/trials.jsonl" || rm -rf "$folder"
	done
	JOBS=$jobs sh harness/knees.sh "$work/knees"
	for folder in "$work"/knees/*/; do
		place "knees/$(basename "$folder")"
	done
}

# between MARK FILE [DOCUMENT]: what FILE says takes the place of what README, or DOCUMENT, has between the marks.
between() {
	awk -v mark="$1" -v text="$2" '
		$0 == "<!-- " mark ":end -->" { inside = 0 }
		!inside { print }
		$0 == "<!-- " mark ":begin -->" { inside = 1; while ((getline line < text) > 0) print line }
	' "${3:-README.md}" >"$work/document.md"
	cp "$work/document.md" "${3:-README.md}"
}

# figure FOLDER NAME TO: one picture of the results.
figure() {
	if ./rxlab plot "results/$1" --out "$work/plots/$1" >/dev/null; then
		cp "$work/plots/$1/$2.png" "docs/$3.png"
	else
		echo "remeasure: no picture docs/$3.png of results/$1" >&2
	fi
}

# A kernel that the mirror has lost fails its trials, and the table says so: that is no reason to throw the others away.
kernels() {
	measure kernels || [ -s "$work/kernels/manifest.json" ]
	place kernels
	python3 harness/analysis/kernels_table.py results/kernels >"$work/kernels.md"
	between kernels "$work/kernels.md" docs/kernels.md
}

documents() {
	for folder in reference models; do
		./rxlab model validate "results/$folder" --no-plots >/dev/null
	done
	for folder in reference captures native; do
		./rxlab report "results/$folder" >/dev/null
	done
	./rxlab audit results/audit --markdown >"$work/audit.md"
	cp "$work/audit.md" docs/audit.md
	./rxlab report results/reference --markdown >"$work/table.md"
	between table "$work/table.md"
	python3 harness/analysis/gro.py results/gro >"$work/gro.md"
	between gro "$work/gro.md"
	figure captures captures captures
	figure reference received-vs-offered received-vs-offered
	figure native captures native
}

[ $# -gt 0 ] || set -- $all
for step; do
	case " $known " in *" $step "*) ;; *) echo "remeasure: unknown step '$step' (known: $known)" >&2 && exit 2 ;; esac
done
mkdir -p "$work"
./rxlab lab build
for step; do
	began=$(date +%s)
	case $step in
	knees) knees ;;
	documents) documents ;;
	kernels) kernels ;;
	*) measure "$step" ;;
	esac
	echo "remeasure: $step: $(($(date +%s) - began)) s"
done
