/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a results folder says of itself. manifest.json holds what makes the
 * results (equal on every machine for the lab); side/host.json holds where
 * and when they were made.
 */
#ifndef RXLAB_MANIFEST_H
#define RXLAB_MANIFEST_H

#include "harness/campaign/campaign.h"
#include "harness/runner/folder.h"
#include "harness/runner/identities.h"
#include "harness/campaign/plan.h"
#include "harness/testbeds/testbed.h"
#include "harness/util/err.h"

#define MANIFEST_SCHEMA 1

/* git describe of the sources, given by the build; NULL when it was not. */
extern const char *const rxlab_version;

int manifest_write(const struct folder *f, const struct campaign *c, const struct plan *p,
		   const struct testbed_ops *testbed, const struct identities *identities, struct err *e);
int manifest_write_host(const struct folder *f, unsigned int jobs, double seconds, struct err *e);

#endif
