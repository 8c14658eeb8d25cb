/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernels that the mirror offers, and what a name of one means. Pure: all of it follows from the list's text, which
 * kernels.sh makes of the mirror's package lists, one package a line:
 *
 *   PACKAGE VERSION SUITE URI BYTES SHA256 DEPENDS     (DEPENDS: names with commas between, or -)
 *
 * A kernel's name, its whole version, is what upstream calls it, then what Debian calls this build, then -rt where it is
 * one: 6.12.107-deb13, 6.1.192-56, 7.3.4-deb13-rt. It follows from the package's name and version alone, so that it means the
 * same whatever else the mirror has.
 */
#ifndef RXLAB_KERNEL_LIST_H
#define RXLAB_KERNEL_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/util/err.h"

#define KERNEL_NAME 48
#define KERNEL_PARTS 8 /* packages of one kernel, its headers included */

struct kernel_package {
	const char *name, *version, *suite, *uri, *sha256, *depends;
	uint64_t bytes;
};

struct kernel {
	char name[KERNEL_NAME];
	char release[KERNEL_NAME]; /* "7.3.4+deb13": uname -r without -rt and -amd64 */
	bool rt;
	bool whole; /* the mirror has all that it boots from; of some it has kept only the signed shell */
	const struct kernel_package *image;
};

struct kernel_list {
	char *text; /* owned; all strings lie in it */
	struct kernel_package *packages;
	struct kernel *kernels; /* oldest first; rt flavours behind the others */
	size_t n_packages, n;
};

/* What has to be fetched for one kernel. */
struct kernel_parts {
	const struct kernel_package *run[KERNEL_PARTS]; /* to boot it */
	const struct kernel_package *headers[KERNEL_PARTS]; /* to build modules for it; none if the mirror lacks one */
	size_t n_run, n_headers;
	char compiler[24]; /* "gcc-14": what these headers want */
	uint64_t bytes; /* all of them */
};

/* Of a package linux-image-RELEASE-amd64 and its version. -EINVAL: no kernel's package, but one that names another. */
int kernel_name(const char *package, const char *version, struct kernel *k);
/* Takes text over in any case. -EINVAL names the line; -ENODATA: it has no kernel. */
int kernel_list_parse(struct kernel_list *l, char *text, struct err *e);
void kernel_list_free(struct kernel_list *l); /* safe on a zeroed struct */
/*
 * The kernel that asked names: a series (7.3, 7.3-rt: its newest), upstream's version where only one build has it, a whole
 * version, or what uname -r says. -ENOENT names the nearest, -ENOTUNIQ all that have this version.
 */
int kernel_list_find(const struct kernel_list *l, const char *asked, const struct kernel **k, struct err *e);
/* -ENOENT where the mirror lacks a part without which it does not boot. */
int kernel_list_parts(const struct kernel_list *l, const struct kernel *k, struct kernel_parts *p, struct err *e);
/* Older, equal, newer as < 0, 0, > 0; of two names. */
int kernel_compare(const char *a, const char *b);
bool kernel_in_series(const char *name, const char *series); /* "7.3" has 7.3.4-deb13 and not 7.3.4-deb13-rt */

#endif
