/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every setting that a trial may have, as one list: everybody's, the DUT's knobs, each capture's, each generator's. */
#ifndef RXLAB_SETTING_LIST_H
#define RXLAB_SETTING_LIST_H

#include <stdbool.h>

#define SETTING_OF_TRIAL "trial"
#define SETTING_OF_DUT "DUT"

/* All texts but key, range and unit are of the tables that they come from. */
struct listed_setting {
	char key[40]; /* as --set has it: "rx_usecs", "gen.flows" */
	const char *of; /* "trial", "DUT", or the name of a capture or generator */
	const char *type; /* "number", "mask", "word", "text", "file", "capture" */
	char range[192]; /* "0 to 100000", "hash, lb or cpu" */
	const char *initial; /* without it; NULL: nothing, or all */
	char unit[40]; /* "us", "frames", "0 or 1"; "" where there is none */
	const char *help;
	const char *former; /* a name that it had once and is still read; NULL: none */
	const char *knob; /* of the DUT: its name there, for what testbeds make of it; else NULL */
};

bool setting_listed(unsigned int i, struct listed_setting *s); /* false behind the last */
/* Is it one that this capture, generator, or setting goes by? A named set's are those of the capture under it, too. */
bool setting_is_of(const struct listed_setting *s, const char *name);
/* The name that was meant, of all captures, generators and settings; NULL: none is near. */
const char *setting_meant(const char *name);

#endif
