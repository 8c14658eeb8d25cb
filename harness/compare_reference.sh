#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# compare_reference.sh OUT REFERENCE: what `make bench` says at its end of the records it made and those in the tree. The same
# campaign on the same lab gives the same records, and exit status 1 says that it did not. On another lab (other packages,
# another compiler) the figures are near and not equal: it names the two. Nothing of another campaign.
set -eu

out=$1 reference=$2

cmp -s "$out/campaign.yaml" "$reference/campaign.yaml" || exit 0

# told KEY FOLDER: a text of the manifest, the first of that name.
told() { sed -n "s/^ *\"$1\": \"\([^\"]*\)\".*/\1/p" "$2/manifest.json" | head -n 1; }
lab() { echo "$(told identity "$1"), kernel $(told kernel "$1"), QEMU $(told qemu "$1")"; }

echo
if [ "$(told identity "$out")" != "$(told identity "$reference")" ]; then
	echo "this is another lab than that of $reference: $(lab "$out"); there $(lab "$reference")."
	echo "Its figures are near those, by a few per cent, and not equal: docs/lab.md, Identity."
elif differences=$("${RXLAB:-./rxlab}" compare "$out" "$reference"); then
	echo "every record is that of $reference"
else
	echo "$differences" | tail -n 20
	echo "rxlab: the lab of $reference, and other records: a trial depended on this machine" >&2
	exit 1
fi
