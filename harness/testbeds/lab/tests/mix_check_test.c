// SPDX-License-Identifier: GPL-2.0-or-later
/* What left the senders against the mix that was asked for and what the senders say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "harness/sink/sink.h"
#include "harness/testbeds/lab/lab.h"
#include "harness/tests/scratch.h"

static const uint32_t pcap_head[] = { 0xa1b2c3d4, 0x00040002, 0, 0, 64, 1 };

/* As QEMU's filter-dump writes it: the first 64 bytes of each frame, and its length. n[i] frames of the mix's size i. */
static void dump(const char *path, const struct frame_mix *m, const uint32_t *n)
{
	uint32_t magic = htonl(SINK_MAGIC), i, k;
	FILE *f = fopen(path, "we");
	uint8_t bytes[64] = { 0 };

	assert_non_null(f);
	memcpy(bytes + SINK_OFF_MAGIC, &magic, sizeof(magic));
	fwrite(pcap_head, sizeof(pcap_head), 1, f);
	for (i = 0; i < m->n; i++) {
		for (k = 0; k < n[i]; k++) {
			uint32_t len = m->bytes[i] - FCS_BYTES, cap = len < 64 ? len : 64;

			fwrite((uint32_t[]) { 1, k, cap, len }, 16, 1, f);
			fwrite(bytes, cap, 1, f);
		}
	}
	fclose(f);
}

static const struct row {
	uint32_t said[3], left[3];
	enum trial_status status;
	const char *reason;
} rows[] = {
	{ { 700, 400, 100 }, { 700, 400, 100 }, TRIAL_OK, "" },
	{ { 730, 380, 90 }, { 730, 380, 90 }, TRIAL_OK, "" }, /* as pktgen may draw them */
	{ { 700, 400, 100 },
	  { 700, 399, 101 },
	  TRIAL_INVALID,
	  "the sender says that it sent 400 frames of 594 bytes, 399 left it" },
	{ { 700, 400, 100 },
	  { 0, 0, 1200 }, /* weights that the kernel did not take */
	  TRIAL_INVALID,
	  "the sender says that it sent 700 frames of 64 bytes, 0 left it" },
	{ { 0, 0, 1200 },
	  { 0, 0, 1200 },
	  TRIAL_INVALID,
	  "the sender sent 0 frames of 64 bytes, 700 of 1200 were asked" },
	{ { 580, 520, 100 },
	  { 580, 520, 100 },
	  TRIAL_INVALID,
	  "the sender sent 580 frames of 64 bytes, 700 of 1200 were asked" },
};

static void what_left_the_senders(void **state)
{
	char paths[2][128];
	struct lab_files files = { 0 };
	struct err e = { "" };
	struct outcome o;
	struct trial t;
	size_t i, k;

	(void)state;
	trial_init(&t);
	t.senders = 2;
	assert_int_equal(trial_assign(&t, "frame", "imix", &e), 0);
	for (k = 0; k < 2; k++) {
		snprintf(paths[k], sizeof(paths[k]), "%s/sent%zu", scratch, k);
		snprintf(files.sent[k], sizeof(files.sent[k]), "%s", paths[k]);
	}
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		uint32_t half[3] = { r->left[0] / 2, r->left[1] / 2, r->left[2] / 2 };

		dump(paths[0], &t.mix, half);
		dump(paths[1], &t.mix,
		     (uint32_t[]) { r->left[0] - half[0], r->left[1] - half[1], r->left[2] - half[2] });
		outcome_init(&o);
		for (k = 0; k < 3; k++) {
			o.sizes.sent[k] = counter_of(r->said[k]);
			o.generator.sent += r->said[k];
		}
		assert_int_equal(lab_mix_read(&t, &files, &o, &e), 0);
		lab_mix_check(&t, &o);
		assert_string_equal(o.reason, r->reason);
		assert_int_equal(o.status, r->status);
	}
}

/* One size: nothing is read, nothing is said. */
static void without_a_mix(void **state)
{
	struct lab_files files = { 0 };
	struct outcome o;
	struct trial t;

	(void)state;
	trial_init(&t);
	outcome_init(&o);
	assert_int_equal(lab_mix_read(&t, &files, &o, NULL), 0);
	lab_mix_check(&t, &o);
	assert_int_equal(o.status, TRIAL_OK);
	assert_false(o.sizes.wire[0].known);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_left_the_senders),
		cmocka_unit_test(without_a_mix),
	};

	return cmocka_run_group_tests(tests, scratch_folder, scratch_remove);
}
