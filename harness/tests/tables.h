/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables for tests of what is above them: captures "null" and "libpcap" (knows
 * rx_usecs from 0 to 1000), generator "pktgen" (knows gen.burst, and gen.trace,
 * which is a file), and the testbeds that the test itself defines as test_testbeds. Include once.
 */
#ifndef RXLAB_TEST_TABLES_H
#define RXLAB_TEST_TABLES_H

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "capture-impls/capture.h"
#include "generators/generator.h"
#include "harness/campaign/check_settings.h"
#include "harness/record/settings.h"
#include "harness/testbeds/testbed.h"
#include "harness/util/number.h"

static const struct capture_ops test_captures[] = { { .name = "null" }, { .name = "libpcap" } };
static const struct generator_ops test_generator = { .name = "pktgen" };
extern const struct testbed_ops test_testbeds[2];

const struct capture_ops *const captures[] = { &test_captures[0], &test_captures[1], NULL };
const struct generator_ops *const generators[] = { &test_generator, NULL };
const struct testbed_ops *const testbeds[] = { &test_testbeds[0], &test_testbeds[1], NULL };

const struct capture_ops *capture_find(const char *name)
{
	if (strcmp(name, "null") == 0)
		return &test_captures[0];
	return strcmp(name, "libpcap") ? NULL : &test_captures[1];
}

const struct capture_ops *capture_lowest(const struct capture_ops *ops, const struct trial *t)
{
	(void)t;
	return ops;
}

const struct generator_ops *generator_find(const char *name)
{
	return strcmp(name, "pktgen") ? NULL : &test_generator;
}

const struct testbed_ops *testbed_find(const char *name)
{
	int i;

	for (i = 0; i < 2; i++) {
		if (strcmp(test_testbeds[i].name, name) == 0)
			return &test_testbeds[i];
	}
	return NULL;
}

int capture_check(const struct trial *t, struct err *e)
{
	uint64_t v;
	uint32_t i;

	for (i = 0; i < t->n_settings; i++) {
		const struct setting *s = &t->settings[i];

		if (strncmp(s->key, "gen.", 4) == 0 || strcmp(s->key, LABEL_KEY) == 0 ||
		    strcmp(s->key, KERNEL_KEY) == 0)
			continue;
		if (strcmp(t->capture, "libpcap") || strcmp(s->key, "rx_usecs"))
			return err_set(e, -EINVAL, "capture %s has no setting '%s'", t->capture, s->key);
		if (number_parse(s->value, &v) || v > 1000)
			return err_set(e, -EINVAL, "rx_usecs %s: must be 0 to 1000", s->value);
	}
	return 0;
}

bool capture_own_driver(const struct capture_ops *ops, const struct trial *t)
{
	(void)t;
	return ops->caps & CAPTURE_OWN_DRIVER;
}

int check_settings(const struct trial *t, struct err *e)
{
	(void)t;
	(void)e;
	return 0;
}

bool generator_file_key(const char *key)
{
	return !strcmp(key, "gen.trace");
}

int generator_file_check(const char *key, const char *path, struct err *e)
{
	(void)key;
	return access(path, R_OK) ? err_sys(e, "%s", path) : 0;
}

uint64_t generator_setting(const struct trial *t, const char *name)
{
	(void)t;
	(void)name;
	return 0;
}

double generator_rate(const struct trial *t)
{
	return (double)t->rate_pps;
}

bool generator_schedules(const struct trial *t)
{
	(void)t;
	return false;
}

bool generator_constant(const struct trial *t)
{
	return t->rate_pps != RATE_MAX;
}

int generator_settle(struct trial *t, struct err *e)
{
	return t->rate_pps == RATE_OWN ? err_set(e, -EINVAL, "rate own") : 0;
}

int generator_check(const struct trial *t, struct err *e)
{
	uint32_t i;

	for (i = 0; i < t->n_settings; i++) {
		if (strncmp(t->settings[i].key, "gen.", 4) == 0 && strcmp(t->settings[i].key, "gen.burst") &&
		    !generator_file_key(t->settings[i].key))
			return err_set(e, -EINVAL, "generator pktgen has no setting '%s'", t->settings[i].key);
	}
	return 0;
}

#endif
