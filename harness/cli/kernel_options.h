/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options that name kernels: which ones, in which order. */
#ifndef RXLAB_KERNEL_OPTIONS_H
#define RXLAB_KERNEL_OPTIONS_H

#include <limits.h>
#include <stddef.h>

#include "harness/record/trial_spec.h"
#include "harness/search/bisect.h"
#include "harness/util/err.h"

struct kernel_choice {
	char name[64]; /* as it is shown */
	char kernel[64]; /* as the setting says it */
};

struct kernel_image {
	char name[64];
	char vmlinuz[PATH_MAX], modules[PATH_MAX];
};

struct kernel_options {
	const char *good, *bad; /* the ends */
	const char *list; /* names with commas between */
	const char *one;
	struct kernel_image images[BISECT_VERSIONS_MAX];
	size_t n_images;

	struct kernel_choice kernels[BISECT_VERSIONS_MAX]; /* out, the good one first */
	size_t n;
};

/* "NAME=VMLINUZ,MODULES", or without the name, which then is the kernel's file. */
int kernel_options_image(struct kernel_options *o, const char *text, struct err *e);
/* The kernels from --good to --bad: of the images, of the list, or of the mirror. -EINVAL names what is unknown and the nearest. */
int kernel_options_range(struct kernel_options *o, struct err *e);
/* Just one: --image or --kernel. */
int kernel_options_one(struct kernel_options *o, struct err *e);
/* Sets a trial's kernel; check_trial() takes it out again where it is the lab's own. */
int kernel_options_set(struct trial *t, const struct kernel_choice *k, struct err *e);

#endif
