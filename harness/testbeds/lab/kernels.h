/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernels of the lab beside its own: which there are, and fetching one. */
#ifndef RXLAB_KERNELS_H
#define RXLAB_KERNELS_H

#include <stdbool.h>
#include <stdio.h>

#include "harness/record/trial_spec.h"
#include "harness/testbeds/lab/kernel_list.h"
#include "harness/testbeds/lab/lab.h"
#include "harness/util/err.h"

#define KERNEL_OWN "own" /* the lab's own kernel */

/*
 * What a user calls a kernel -> its whole name, or KERNEL_OWN. The mirror is asked only where the list that is kept lacks
 * it. -errno and a message that names the nearest.
 */
int lab_kernel_resolve(const char *asked, char name[KERNEL_NAME], struct err *e);
/* The kernel that a trial asks for; NULL: the lab's own. */
const char *lab_kernel_of(const struct trial *t);
/* Fetches a kernel if it is not there, and the compiler that its headers want. Call with the cache's lock. */
int lab_kernel_fetch(const struct lab *l, const char *name, struct err *e);
/*
 * Takes a kernel of somebody's own: its file, and lib/modules/VERSION as `make modules_install` makes it. name: by which
 * trials ask for it; equal kernels have equal names. -EINVAL where it is none, and why was said to stderr.
 */
int lab_kernel_import(const char *vmlinuz, const char *modules, char name[KERNEL_NAME], struct err *e);
void lab_kernel_folder(const struct lab *l, const char *name, char *path, size_t size);
bool lab_kernel_here(const struct lab *l, const char *name); /* fetched */
void lab_kernel_own(const struct lab *l,
		    char name[KERNEL_NAME]); /* of the lab's packages; "" where they are not there */
/* Asks the mirror anew. Sets l's paths, and l->kernel to the lab's own one. */
int lab_kernels_ask(struct lab *l, struct kernel_list *list, struct err *e);
int lab_kernels_show(FILE *f, bool json, struct err *e); /* `rxlab lab kernels`: asks the mirror anew */

#endif
