// SPDX-License-Identifier: GPL-2.0-or-later
/* The predicted highest rate against the law that it inverts, from the records of results/reference. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "models/mlfrr.h"

static struct validation v;

static int load(void **state)
{
	const struct calibrate_options usual = { CALIBRATE_PPS, CALIBRATE_UTILISATION };
	struct err e = { "" };

	(void)state;
	return validate_load("results/reference", &usual, &v, &e);
}

static int unload(void **state)
{
	(void)state;
	validate_free(&v);
	return 0;
}

static struct trial libpcap(uint64_t count)
{
	struct trial t;

	trial_init(&t);
	strcpy(t.capture, "libpcap");
	t.count = count;
	return t;
}

static struct mlfrr predict(const struct trial *t, const char *base, double loss)
{
	struct err e = { "" };
	struct mlfrr m;

	if (model_mlfrr(&v, t, base, loss, &m, &e))
		fail_msg("%s", e.text);
	return m;
}

/* Service time and ring as predicted for the same trials under overload. */
static const struct prediction *full(const char *capture)
{
	for (size_t i = 0; i < v.points.n; i++)
		if (!strcmp(v.points.p[i].capture, capture) && v.points.p[i].frame_bytes == 64 &&
		    v.predictions[i].rho > 1 && v.points.p[i].sent == 20000)
			return &v.predictions[i];
	fail_msg("no overload of %s", capture);
	return NULL;
}

/* D/D/1/K: frame n finds ceil(n (S - A) / S) before it, so that N frames are all taken while (N - 1) (S - A) <= (K - 1) S. */
static void no_loss_is_what_the_burst_fits(void **state)
{
	const struct prediction *r = full("libpcap");

	(void)state;
	for (uint64_t count = 1000; count <= 1000000; count *= 10) {
		struct trial t = libpcap(count);
		double share = (r->capacity - 1) / (double)(count - 1);

		assert_float_equal(predict(&t, NULL, 0).rate * r->service_ns / 1e9 * (1 - share), 1, 2e-3);
	}
}

/* Accepted of N: (N - 1) A / S + K. */
static void some_loss_allows_more(void **state)
{
	const struct prediction *r = full("libpcap");
	struct trial t = libpcap(20000);
	double gap = (20000 * (1 - 0.1) - r->capacity) * r->service_ns / 19999;

	(void)state;
	assert_float_equal(predict(&t, NULL, 0.1).rate * gap / 1e9, 1, 2e-3);
	assert_true(predict(&t, NULL, 0.005).rate > predict(&t, NULL, 0).rate);
}

/* What overload carried, against its prediction times 1 + offset: within the band. */
static void offset_is_what_overload_shows(void **state)
{
	struct trial t = libpcap(20000);
	struct mlfrr m;
	size_t n = 0;

	(void)state;
	strcpy(t.capture, "ykvm");
	m = predict(&t, NULL, 0);
	assert_true(m.band >= MLFRR_BAND_KNOWN);
	for (size_t i = 0; i < v.points.n; i++) {
		const struct point *p = &v.points.p[i];
		const struct prediction *r = &v.predictions[i];
		double predicted = (1 - r->loss_dd1k / 100) * p->sent;

		if (strcmp(p->capture, "ykvm") || p->frame_bytes != 64 || !p->ok || !(r->rho > 1))
			continue;
		assert_true(fabs(p->carried / predicted - 1 - m.offset) <= m.band + 1e-9);
		n++;
	}
	assert_true(n > 0);
}

static void derived_captures_have_a_base(void **state)
{
	struct trial t = libpcap(20000);
	double plain = predict(&t, NULL, 0).rate;

	(void)state;
	strcpy(t.capture, "interrupt-coalesced");
	assert_float_equal(predict(&t, "libpcap", 0).rate, plain, plain * 1e-6);
	strcpy(t.capture, "napi-tuned"); /* has costs of its own */
	assert_true(fabs(predict(&t, "libpcap", 0).rate / plain - 1) > 1e-6);
}

/* The lower bound of the search of this capture, in results/knees. */
static double searched(const char *capture)
{
	char path[128];
	json_t *found;
	double rate;

	snprintf(path, sizeof(path), "results/knees/%s/search.json", capture);
	found = json_load_file(path, 0, NULL);
	rate = json_number_value(json_object_get(json_array_get(json_object_get(found, "goals"), 0), "lower_pps"));
	json_decref(found);
	return rate;
}

/* libpcap's knee is ragged over 8 %, and an image whose agent is laid out otherwise lets a search find another tooth. */
static void near_what_a_search_found(void **state)
{
	static const struct {
		const char *capture, *base;
	} rows[] = {
		{ "libpcap", NULL }, { "ykvm", NULL }, { "interrupt-coalesced", "libpcap" }, { "napi-tuned", "libpcap" }
	};
	struct trial t = libpcap(20000);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		strcpy(t.capture, rows[i].capture);
		assert_float_equal(predict(&t, rows[i].base, 0).rate / searched(rows[i].capture), 1, 0.08);
	}
}

static void what_was_not_measured_is_not_predicted(void **state)
{
	struct trial t = libpcap(20000);
	struct err e = { "" };
	struct mlfrr m;

	(void)state;
	t.frame_bytes = 65;
	assert_int_equal(model_mlfrr(&v, &t, NULL, 0, &m, &e), -ENOENT);
	assert_string_equal(e.text, "no calibration for 'libpcap' at 65 bytes on testbed lab");
	t = libpcap(20000);
	strcpy(t.testbed, "netns");
	assert_int_equal(model_mlfrr(&v, &t, NULL, 0, &m, &e), -ENOENT);
	t = libpcap(20000);
	t.senders = 2;
	assert_int_equal(model_mlfrr(&v, &t, NULL, 0, &m, &e), -ENOENT);
	t = libpcap(20000);
	assert_int_equal(trial_set(&t, "work", "touch", &e), 0);
	assert_int_equal(model_mlfrr(&v, &t, NULL, 0, &m, &e), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_loss_is_what_the_burst_fits),
		cmocka_unit_test(some_loss_allows_more),
		cmocka_unit_test(offset_is_what_overload_shows),
		cmocka_unit_test(derived_captures_have_a_base),
		cmocka_unit_test(near_what_a_search_found),
		cmocka_unit_test(what_was_not_measured_is_not_predicted),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
