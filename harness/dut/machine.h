/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this machine offers for measurements, and how good they can be. Changes nothing. */
#ifndef RXLAB_MACHINE_H
#define RXLAB_MACHINE_H

/* Whether something is as it should be: "ok", "cannot" (not there), "better" (there is a better setting). */
enum finding_state { FINDING_OK, FINDING_CANNOT, FINDING_BETTER };

struct finding {
	const char *name;
	enum finding_state state;
	char text[160]; /* what was found */
	const char *action; /* what to do about it; "" if nothing */
};

#define MACHINE_FINDINGS 16

/* What the kernel offers to captures and generators, found by trying. Returns how many, at most MACHINE_FINDINGS. */
int machine_features(struct finding *f);
/* Which settings of the machine would give better numbers. Files are read below root: "" is this machine. */
int machine_settings(const char *root, struct finding *f);

#endif
