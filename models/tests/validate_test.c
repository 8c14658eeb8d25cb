// SPDX-License-Identifier: GPL-2.0-or-later
/* Calibration and prediction over small results folders written here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/tests/tmpdir.h"
#include "models/dd1k.h"
#include "models/validate.h"

static const struct calibrate_options usual = { CALIBRATE_PPS, CALIBRATE_UTILISATION };

struct folder {
	char dir[TMP_NAME], path[TMP_NAME + 16];
	FILE *f;
	int n;
};

static void folder_make(struct folder *d)
{
	assert_non_null(mkdtemp(tmp_name(d->dir, "models")));
	snprintf(d->path, sizeof(d->path), "%s/trials.jsonl", d->dir);
	d->f = fopen(d->path, "w");
	assert_non_null(d->f);
	d->n = 0;
}

static void folder_remove(struct folder *d)
{
	unlink(d->path);
	rmdir(d->dir);
}

struct sample {
	const char *capture, *set;
	double pps, carried, busy_ns, interrupts;
	double latency; /* mean, ns; 0 = unknown */
	double sent; /* 0 = 1000 */
};

/* Frames of 64 bytes; the DUT runs 0.4 instructions per ns; no testbed with a NIC of its own rules. */
static void folder_add(struct folder *d, const struct sample *s)
{
	double sent = s->sent ? s->sent : 1000;

	fprintf(d->f, "{\"schema\":1,\"id\":\"%016x\",\"testbed\":{\"clock\":\"virtual\"},\"status\":\"ok\",", ++d->n);
	fprintf(d->f, "\"spec\":{\"capture\":\"%s\",\"frame_bytes\":64,\"rate_pps\":%.0f,\"senders\":1,\"set\":{%s}},",
		s->capture, s->pps, s->set);
	fprintf(d->f, "\"generator\":{\"sent\":%.0f,\"achieved_pps\":%.0f,\"duration_ns\":%.0f},", sent, s->pps,
		sent * 1e9 / s->pps);
	fprintf(d->f, "\"ledger\":{\"delivered\":%.0f},", s->carried);
	fprintf(d->f, "\"cpu\":{\"busy_ns\":%.0f,\"total_ns\":%.0f,\"dut_share\":0.4},", s->busy_ns,
		sent * 1e9 / s->pps);
	fprintf(d->f, "\"irq\":{\"hard\":%.0f},\"latency_ns\":", s->interrupts);
	if (s->latency)
		fprintf(d->f, "{\"mean\":%.0f}", s->latency);
	else
		fputs("null", d->f);
	fputs(",\"knobs\":{\"rx_ring\":\"64\"}}\n", d->f);
}

static void folder_load(struct folder *d, struct validation *v)
{
	struct err e = { 0 };

	fclose(d->f);
	if (validate_load(d->dir, &usual, v, &e))
		fail_msg("%s", e.text);
	folder_remove(d);
}

static size_t find(const struct validation *v, int number)
{
	char id[17];

	snprintf(id, sizeof(id), "%016x", number);
	for (size_t i = 0; i < v->points.n; i++)
		if (strcmp(v->points.p[i].id, id) == 0)
			return i;
	fail_msg("no record %s", id);
	return 0;
}

static const struct calibration *parameters(const struct validation *v, int number)
{
	return &v->cals.c[v->cals.of_point[find(v, number)]];
}

#define US(x) "\"rx_usecs\":\"" #x "\""
#define BASE(x) "\"base\":\"" #x "\","

/* Cost of 1000 packets: 2000 each and 3000 an interrupt. */
static void test_fit_recovers_the_costs(void **state)
{
	const struct sample samples[] = {
		{ "libpcap", US(0), 12500, 1000, 5000000, 1000, 0, 0 },
		{ "libpcap", US(200), 12500, 1000, 3200000, 400, 0, 0 },
		{ "libpcap", US(400), 12500, 1000, 2600000, 200, 0, 0 },
		{ "libpcap", US(0), 50000, 1000, 9900000, 1000, 0, 0 },
		{ "libpcap", US(0), 400000, 600, 9900000, 1, 0, 0 },
	};
	const struct calibration *c;
	const struct prediction *r;
	struct validation v;
	struct folder d;
	struct dd1k want;

	(void)state;
	folder_make(&d);
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
		folder_add(&d, &samples[i]);
	folder_load(&d, &v);
	c = parameters(&v, 1);
	assert_int_equal(c->rule, RULE_FITTED);
	assert_int_equal(c->n, 3); /* the loss-free trial at 50,000 pps is to be predicted, not learned from */
	assert_float_equal(calibration_cost(c, 0), 2000, 1e-6);
	assert_float_equal(calibration_slope(c), 3000, 1e-6);
	assert_float_equal(c->share, 0.4, 1e-9);
	assert_false(v.cals.calibrates[find(&v, 4)]);

	/*
	 * At saturation 2000 + 750/64 instructions at 0.4 a ns: 5029.3 ns; a ring of 64 - 1. Of a cycle's 3000 half are
	 * the interrupt, which vanishes, and half of what is left is the poll, as nothing says more.
	 */
	r = &v.predictions[find(&v, 5)];
	assert_int_equal(dd1k_solve(2500000, 5029297, 63, 1000, &want, NULL), 0);
	assert_float_equal(r->loss_dd1k, 100 * want.loss, 1e-9);
	assert_float_equal(r->loss_null, 100 * (1 - 2500 / 5029.296875), 1e-9);
	assert_true(r->loss_dd1k < r->loss_null && r->interrupts == 0 && isnan(r->latency));

	/* Below it: 20 us a packet leave (0.4 * 20000 - 2000) / 3000 = 2 interrupts a packet, so one each. */
	r = &v.predictions[find(&v, 4)];
	assert_true(r->loss_dd1k == 0 && isnan(r->first_drop));
	assert_float_equal(r->interrupts, 50000, 1e-6);
	assert_float_equal(r->cost, 5000, 1e-6);
	validate_free(&v);
}

static void test_cpu_merges_interrupts(void **state)
{
	const struct sample samples[] = {
		{ "libpcap", US(0), 12500, 1000, 5000000, 1000, 0, 0 },
		{ "libpcap", US(400), 12500, 1000, 2600000, 200, 0, 0 },
		{ "libpcap", US(0), 100000, 1000, 4000000, 600, 0, 0 },
	};
	struct validation v;
	struct folder d;

	(void)state;
	folder_make(&d);
	for (size_t i = 0; i < 3; i++)
		folder_add(&d, &samples[i]);
	folder_load(&d, &v);
	/* (0.4e9 - 2000 * 1e5) / 3000 */
	assert_float_equal(v.predictions[find(&v, 3)].interrupts, 66666.6667, 1e-3);
	assert_float_equal(v.predictions[find(&v, 3)].cost, 4000, 1e-6);
	validate_free(&v);
}

/* The rest at low load is taken from the trial with as many packets an interrupt. */
static void test_delay_is_half_the_gap_and_the_rest(void **state)
{
	const struct sample samples[] = {
		{ "libpcap", US(0), 12500, 1000, 5000000, 1000, 7000, 0 },
		{ "libpcap", US(400), 12500, 1000, 2600000, 200, 300000, 0 },
		{ "libpcap", US(250), 20000, 1000, 2600000, 200, 131000, 0 },
		{ "libpcap", US(10), 20000, 1000, 2600000, 1000, 6000, 0 },
		{ "libpcap", US(3), 20000, 1000, 2600000, 1000, 6000, 0 },
	};
	struct validation v;
	struct folder d;

	(void)state;
	folder_make(&d);
	for (size_t i = 0; i < 5; i++)
		folder_add(&d, &samples[i]);
	folder_load(&d, &v);
	assert_float_equal(v.predictions[find(&v, 3)].latency, 125000 + 100000, 1e-6);
	assert_float_equal(v.predictions[find(&v, 3)].interrupts, 4000, 1e-6);
	assert_float_equal(v.predictions[find(&v, 4)].latency, 7000, 1e-6);
	/* An adaptive mode of the driver has no gap to predict from. */
	assert_true(isnan(v.predictions[find(&v, 5)].latency) && isnan(v.predictions[find(&v, 5)].interrupts));
	assert_true(isnan(v.predictions[find(&v, 5)].cost));
	validate_free(&v);
}

static void test_rules_where_trials_are_few(void **state)
{
	const struct sample samples[] = {
		{ "libpcap", US(0), 12500, 1000, 5000000, 1000, 0, 0 }, /* 1, 2: fitted */
		{ "libpcap", US(400), 12500, 1000, 2600000, 200, 0, 0 },
		{ "ykvm", US(0), 12500, 1000, 4000000, 1000, 0, 0 }, /* 3: one ratio only */
		{ "interrupt-coalesced", BASE(libpcap) US(100), 50000, 1000, 3000000, 200, 0,
		  0 }, /* 4: of 1's family */
		{ "null", US(0), 50000, 1000, 4900000, 1000, 0, 0 }, /* 5: has no low load */
		{ "dpdk", US(0), 12500, 900, 4000000, 1000, 0, 0 }, /* 6: loses at its only rate */
		{ "napi-tuned", BASE(libpcap) "\"gro\":\"0\"", 50000, 1000, 2500000, 3, 0, 0 }, /* 7: as its base */
		{ "napi-tuned", BASE(ykvm) "\"gro\":\"0\"", 12500, 1000, 4500000, 1000, 0, 0 }, /* 8: as 3 */
		{ "napi-tuned",
		  BASE(ykvm) "\"gro\":\"0\",\"gro_flush_timeout\":\"20000\",\"napi_defer_hard_irqs\":\"2\"," US(0),
		  50000, 1000, 2500000, 3, 0, 0 }, /* 9: timer or not, of 8's family */
	};
	struct validation v;
	struct folder d;

	(void)state;
	folder_make(&d);
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
		folder_add(&d, &samples[i]);
	folder_load(&d, &v);
	assert_int_equal(parameters(&v, 3)->rule, RULE_BORROWED);
	assert_float_equal(calibration_cost(parameters(&v, 3), 0), 1000, 1e-6);
	assert_ptr_equal(parameters(&v, 4), parameters(&v, 1));
	assert_false(v.cals.calibrates[find(&v, 4)]);
	for (int k = 5; k <= 6; k++) {
		assert_int_equal(parameters(&v, k)->rule, RULE_NONE);
		assert_true(isnan(v.predictions[find(&v, k)].loss_dd1k));
	}
	assert_int_equal(parameters(&v, 7)->rule, RULE_RELATIVE);
	assert_float_equal(calibration_cost(parameters(&v, 7), 0), 2000, 1e-6);
	assert_int_equal(parameters(&v, 8)->rule, RULE_BORROWED);
	assert_float_equal(calibration_cost(parameters(&v, 8), 0), 1500, 1e-6);
	assert_ptr_equal(parameters(&v, 9), parameters(&v, 8));
	/* A frame every 20 us and 40 us of polling by timer: the interrupt never comes back. */
	assert_true(v.predictions[find(&v, 9)].interrupts == 0 && isnan(v.predictions[find(&v, 9)].cost));
	validate_free(&v);
}

/* 600,000 a trial, 0.002 a ns, 2000 a packet, 1500 an interrupt. */
static void test_background_is_told_from_packets(void **state)
{
	static const double packets[] = { 500, 1000, 2000, 4000 }, ratios[] = { 0.05, 0.2, 0.05, 0.05 };
	const struct calibration *c;
	struct validation v;
	struct folder d;

	(void)state;
	folder_make(&d);
	for (int i = 0; i < 4; i++) {
		double n = packets[i], pps = i == 3 ? 10000 : 12500;
		double busy = 600000 + 0.002 * n * 1e9 / pps + 2000 * n + 1500 * n * ratios[i];

		folder_add(&d, &(struct sample) { "libpcap", US(400), pps, n, busy, n * ratios[i], 0, n });
	}
	folder_add(&d, &(struct sample) { "ykvm", US(400), 12500, 1000, 2760000 + 1500 * 50, 50, 0, 0 });
	folder_load(&d, &v);
	c = parameters(&v, 1);
	assert_float_equal(c->constant, 600000, 1);
	assert_float_equal(c->idle, 0.002, 1e-7);
	assert_float_equal(calibration_cost(c, 0), 2000, 1e-3);
	assert_float_equal(calibration_slope(c), 1500, 1e-2);
	c = parameters(&v, 5); /* has no trials of its own that tell */
	assert_float_equal(c->constant, 600000, 1);
	assert_float_equal(calibration_cost(c, 0), 2000, 1e-2);
	validate_free(&v);
}

static void test_torn_last_line_is_dropped(void **state)
{
	struct validation v;
	struct folder d;

	(void)state;
	folder_make(&d);
	folder_add(&d, &(struct sample) { "libpcap", US(0), 12500, 1000, 5000000, 1000, 0, 0 });
	fputs("{\"schema\":1,", d.f);
	folder_load(&d, &v);
	assert_int_equal(v.points.n, 1);
	validate_free(&v);
}

static void test_tables_do_not_depend_on_the_order(void **state)
{
	const struct sample samples[] = {
		{ "libpcap", US(0), 12500, 1000, 5000000, 1000, 0, 0 },
		{ "libpcap", US(400), 12500, 1000, 2600000, 200, 0, 0 },
		{ "libpcap", US(0), 400000, 600, 9900000, 1, 0, 0 },
	};
	char *text[2];

	(void)state;
	for (int turn = 0; turn < 2; turn++) {
		struct validation v;
		struct folder d;
		size_t size;
		FILE *f = open_memstream(&text[turn], &size);

		folder_make(&d);
		for (int i = 0; i < 3; i++) {
			int k = turn ? 2 - i : i;

			d.n = k; /* the id goes with the record */
			folder_add(&d, &samples[k]);
		}
		folder_load(&d, &v);
		validate_write_table(&v, f);
		validate_write_errors(&v, f);
		validate_write_calibration(&v, f);
		fclose(f);
		validate_free(&v);
	}
	assert_string_equal(text[0], text[1]);
	assert_non_null(strstr(text[0], "0000000000000001,0000000000000002"));
	free(text[0]);
	free(text[1]);
}

static void test_bad_records_are_named(void **state)
{
	static const struct {
		const char *line, *word;
	} rows[] = {
		{ "{\"schema\":1,}", ":2: " },
		{ "{\"schema\":9}", ":2: schema is not 1" },
		{ "{\"schema\":1}", ":2: id" },
		{ "{\"schema\":1,\"id\":\"a\",\"spec\":{}}", ":2: capture" },
		{ "{\"schema\":1,\"id\":\"a\",\"spec\":{\"capture\":\"x\"}}", ":2: status" },
		{ "{\"schema\":1,\"id\":\"a\",\"status\":\"ok\",\"testbed\":{\"clock\":\"wall\"},"
		  "\"spec\":{\"capture\":\"x\"}}",
		  ":2: spec.frame_bytes" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = { 0 };
		struct validation v;
		struct folder d;

		folder_make(&d);
		folder_add(&d, &(struct sample) { "libpcap", US(0), 12500, 1000, 5000000, 1000, 0, 0 });
		fprintf(d.f, "%s\n", rows[i].line);
		fclose(d.f);
		assert_int_equal(validate_load(d.dir, &usual, &v, &e), -EINVAL);
		folder_remove(&d);
		if (!strstr(e.text, rows[i].word))
			fail_msg("'%s' does not say '%s'", e.text, rows[i].word);
	}
}

/* A failed trial has a record full of nulls: it is listed and not predicted. */
static void test_failed_record_is_no_point(void **state)
{
	struct validation v;
	struct folder d;

	(void)state;
	folder_make(&d);
	fputs("{\"schema\":1,\"id\":\"a\",\"status\":\"failed\",\"testbed\":{\"clock\":\"virtual\"},"
	      "\"spec\":{\"capture\":\"x\",\"frame_bytes\":64,\"rate_pps\":null},\"generator\":{\"sent\":null},"
	      "\"ledger\":null}\n",
	      d.f);
	folder_load(&d, &v);
	assert_int_equal(v.points.n, 1);
	assert_false(v.points.p[0].ok);
	assert_true(isnan(v.points.p[0].sent) && isnan(v.predictions[0].loss_dd1k));
	validate_free(&v);
}

/* The same trial on machines with one and with two interrupt CPUs: the models know only the first. */
static void test_several_interrupt_cpus_are_no_point(void **state)
{
	static const char *const each[] = { "", ",\"each\":[]" };
	struct validation v;
	struct folder d;
	int i;

	(void)state;
	folder_make(&d);
	for (i = 0; i < 2; i++)
		fprintf(d.f,
			"{\"schema\":1,\"id\":\"%016x\",\"status\":\"ok\",\"testbed\":{\"clock\":\"virtual\"},"
			"\"spec\":{\"capture\":\"x\",\"frame_bytes\":64,\"rate_pps\":1000,\"set\":{}},"
			"\"generator\":{\"sent\":10,\"achieved_pps\":1000,\"duration_ns\":10000000},"
			"\"ledger\":{\"delivered\":10},\"cpu\":{\"busy_ns\":5000,\"dut_share\":0.25%s}}\n",
			i, each[i]);
	folder_load(&d, &v);
	assert_int_equal(v.points.n, 2);
	assert_true(v.points.p[find(&v, 0)].ok);
	assert_false(v.points.p[find(&v, 1)].ok);
	validate_free(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fit_recovers_the_costs),
		cmocka_unit_test(test_cpu_merges_interrupts),
		cmocka_unit_test(test_delay_is_half_the_gap_and_the_rest),
		cmocka_unit_test(test_rules_where_trials_are_few),
		cmocka_unit_test(test_background_is_told_from_packets),
		cmocka_unit_test(test_torn_last_line_is_dropped),
		cmocka_unit_test(test_tables_do_not_depend_on_the_order),
		cmocka_unit_test(test_bad_records_are_named),
		cmocka_unit_test(test_failed_record_is_no_point),
		cmocka_unit_test(test_several_interrupt_cpus_are_no_point),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
