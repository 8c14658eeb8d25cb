// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "harness/runner/manifest.h"
#include "harness/record/record.h"
#include "harness/util/file.h"
#include "harness/util/json.h"
#include "harness/util/sha256.h"

#define VERSIONS_MAX 64

#ifdef RXLAB_VERSION
const char *const rxlab_version = RXLAB_VERSION;
#else
const char *const rxlab_version;
#endif

static json_t *campaign_json(const struct campaign *c)
{
	char hex[SHA256_HEX];

	sha256_hex(c->text, c->length, hex);
	return json_pack("{s:s,s:s?,s:s,s:s}", "name", c->name, "description", c->description, "sha256", hex, "text",
			 c->text);
}

/* NULL and a message if the testbed cannot tell them. */
static json_t *versions_json(const struct testbed_ops *testbed, const struct trial *t, struct err *e)
{
	struct setting v[VERSIONS_MAX];
	json_t *versions = json_object();
	int n = testbed->versions ? testbed->versions(t, v, VERSIONS_MAX, e) : 0;
	int i;

	for (i = 0; i < n; i++)
		json_object_set_new(versions, v[i].key, json_text(v[i].value));
	if (n < 0) {
		json_decref(versions);
		return NULL;
	}
	return versions;
}

static json_t *kernel_json(const struct testbed_ops *testbed, const struct identity *of, struct err *e)
{
	if (!of->identity[0])
		return json_pack("{s:n,s:s}", "identity", "reason", of->why.text);
	return json_pack("{s:s,s:o}", "identity", of->identity, "versions", versions_json(testbed, &of->trial, e));
}

/* The kernels that the trials name, each with its identity and versions. */
static json_t *kernels_json(const struct testbed_ops *testbed, const struct identities *identities, struct err *e)
{
	json_t *kernels = json_object();
	const struct identity *of;

	for (of = identities->of; of < identities->of + identities->n; of++) {
		if (!of->kernel[0])
			continue;
		json_object_set_new(kernels, of->kernel, kernel_json(testbed, of, e));
	}
	return kernels;
}

/* The testbed's own, or the oldest kernel that could be made ready. */
static const struct identity *first_ready(const struct identities *all)
{
	const struct identity *of = all->of;

	while (of < all->of + all->n - 1 && !of->identity[0])
		of++;
	return of;
}

static json_t *testbed_json(const struct testbed_ops *testbed, const struct identities *identities, struct err *e)
{
	const struct identity *first = first_ready(identities);
	json_t *versions = versions_json(testbed, &first->trial, e), *root;

	if (!versions)
		return NULL;
	root = json_pack("{s:s,s:s,s:s,s:o}", "name", testbed->name, "clock", clock_names[testbed->clock], "identity",
			 first->identity, "versions", versions);
	if (root && (identities->n > 1 || first->kernel[0]))
		json_object_set_new(root, "kernels", kernels_json(testbed, identities, e));
	return root;
}

static json_t *counts_json(const struct folder *f)
{
	json_t *counts = json_object();
	int i;

	for (i = TRIAL_OK; i <= TRIAL_FAILED; i++)
		json_object_set_new(counts, outcome_status_name(i), json_integer((json_int_t)folder_count(f, i)));
	return counts;
}

static int write_json(const char *folder, const char *name, json_t *root, struct err *e)
{
	char *text = root ? json_dumps(root, JSON_INDENT(2) | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15)) : NULL;
	char *path = file_join(folder, name);
	char *with_newline = NULL;
	int ret;

	if (!text || !path || asprintf(&with_newline, "%s\n", text) < 0)
		ret = err_set(e, -ENOMEM, "cannot make %s", name);
	else
		ret = file_replace(path, with_newline, strlen(with_newline), e);
	free(with_newline);
	free(path);
	free(text);
	json_decref(root);
	return ret;
}

int manifest_write(const struct folder *f, const struct campaign *c, const struct plan *p,
		   const struct testbed_ops *testbed, const struct identities *identities, struct err *e)
{
	json_t *testbed_part = testbed_json(testbed, identities, e);

	if (!testbed_part)
		return err_set(e, -EIO, "testbed %s: cannot tell its versions", testbed->name);
	return write_json(f->path, "manifest.json",
			  json_pack("{s:i,s:i,s:s?,s:o,s:o,s:{s:I,s:I},s:o}", "schema", MANIFEST_SCHEMA,
				    "record_schema", RECORD_SCHEMA, "rxlab", rxlab_version, "testbed", testbed_part,
				    "campaign", campaign_json(c), "plan", "trials", (json_int_t)p->n, "order_seed",
				    (json_int_t)c->order_seed, "status", counts_json(f)),
			  e);
}

int manifest_write_host(const struct folder *f, unsigned int jobs, double seconds, struct err *e)
{
	struct utsname host;
	char when[32];
	struct tm utc;
	time_t now = time(NULL);

	uname(&host);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
	return write_json(f->side, "host.json",
			  json_pack("{s:s,s:s,s:s,s:I,s:I,s:s,s:f}", "host", host.nodename, "kernel", host.release,
				    "machine", host.machine, "cpus", (json_int_t)sysconf(_SC_NPROCESSORS_ONLN), "jobs",
				    (json_int_t)jobs, "ended", when, "seconds", seconds),
			  e);
}
