// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/campaign/plan.h"
#include "harness/tests/scratch.h"
#include "harness/tests/tables.h"

const struct testbed_ops test_testbeds[2] = { { .name = "lab", .clock = CLOCK_VIRTUAL },
					      { .name = "netns", .clock = CLOCK_WALL } };

static void write_text(const char *text, size_t length)
{
	FILE *f = fopen(scratch, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, length, f), length);
	assert_int_equal(fclose(f), 0);
}

/* From text to plan, as every caller does it. */
static int make(const char *text, struct campaign *c, struct plan *p, struct err *e)
{
	int ret;

	write_text(text, strlen(text));
	memset(p, 0, sizeof(*p));
	ret = campaign_load(c, scratch, e);
	if (!ret)
		ret = plan_make(p, c, e);
	return ret;
}

#define HEAD "name: t\nsweeps:\n"
#define GOOD "  - {capture: null, frame_bytes: 64, rate_pps: max}\n"

static void bad_campaigns(void **state)
{
	static const struct {
		const char *text;
		const char *message; /* behind the path */
	} rows[] = {
		{ "", ":1: the file is empty" },
		{ "# only a comment\n", ":1: the file is empty" },
		{ "just text\n", ":1: a campaign must be a mapping (key: value)" },
		{ "- a\n- b\n", ":1: a campaign must be a mapping (key: value)" },
		{ "name: t\n", ":1: key 'sweeps' is missing" },
		{ "sweeps:\n" GOOD, ":1: key 'name' is missing" },
		{ "name: t\nsweep:\n" GOOD, ":2: unknown key 'sweep'" },
		{ "name: t\nname: u\nsweeps:\n" GOOD, ":2: key 'name' stands twice" },
		{ "name: [t]\nsweeps:\n" GOOD, ":1: name must be one value" },
		{ "name: ../t\nsweeps:\n" GOOD, ":1: name: 1 to 63 characters" },
		{ "name: a/b\nsweeps:\n" GOOD, ":1: name: 1 to 63 characters" },
		{ "name: ''\nsweeps:\n" GOOD, ":1: name: 1 to 63 characters" },
		{ "name: t\norder_seed: x\nsweeps:\n" GOOD, ":2: order_seed 'x': must be 0 to 4294967295" },
		{ "name: t\nblocks: 0\nsweeps:\n" GOOD, ":2: blocks '0': must be 1 to 1000" },
		{ "name: t\nblocks: [2]\nsweeps:\n" GOOD, ":2: blocks must be one value" },
		{ "name: t\ndefaults: {seed: 2}\nblocks: 2\nsweeps:\n" GOOD,
		  ":5: sweep '1': blocks give the seeds; there can be no others" },
		{ "name: t\norder_seed: -1\nsweeps:\n" GOOD, ":2: order_seed '-1': must be" },
		{ "name: t\ndescription: {a: b}\nsweeps:\n" GOOD, ":2: description must be one value" },
		{ "name: t\nsweeps: []\n", ":2: sweeps: the list is empty" },
		{ "name: t\nsweeps:\n", ":2: sweeps must be a list" },
		{ "name: t\nsweeps: {a: b}\n", ":2: sweeps must be a list" },
		{ HEAD "  - {capture: null, frame_bytes: 64, rate_pps: max,\n    work: count, set: {work: touch}}\n",
		  ":4: set.work is set twice" },
		{ HEAD "  - capture: null\n    work: [a b]\n", ":4: setting 'work': value 'a b' is not 1 to 127 of" },
		{ HEAD "  - capture\n", ":3: a sweep must be a mapping (key: value)" },
		{ HEAD "  - capture: null\n    framing: 64\n    rate_pps: max\n",
		  ":4: unknown key 'framing' (known: name, " },
		{ HEAD "  - capture: null\n    frame_bytes: [64,\n      63]\n    rate_pps: max\n",
		  ":5: frame 63: must be 64 to 1518" },
		{ HEAD "  - {capture: null, frame: [imix, '64:0,594:1'], rate_pps: max}\n",
		  ":3: frame '64:0,594:1': weight '0' must be 1 to 1000" },
		{ HEAD "  - {capture: null, frame: imix, frame_bytes: 64, rate_pps: max}\n", ":3: frame is set twice" },
		{ HEAD "  - {capture: null, frame: [imix, '1518:1,64:7,594:4'], rate_pps: max}\n",
		  ":3: sweep '1' repeats a trial of sweep '1'" },
		{ HEAD "  - capture: null\n    frame_bytes: 1519\n    rate_pps: max\n",
		  ":4: frame 1519: must be 64 to 1518" },
		{ HEAD "  - capture: null\n    frame_bytes: [64, '1500 B']\n    rate_pps: max\n",
		  ":4: frame '1500 B': not a whole number" },
		{ HEAD "  - capture: null\n    frame_bytes: 64\n    rate_pps: [1000, -1000]\n",
		  ":5: rate -1000: must be 1 to 100000000, or max" },
		{ HEAD "  - capture: null\n    frame_bytes: 64\n    rate_pps: 1e5\n",
		  ":5: rate '1e5': not a whole number and not max" },
		{ HEAD "  - capture: null\n    frame_bytes: 64\n    rate_pps: [100, 100]\n",
		  ":5: rate: value 100 stands twice" },
		{ HEAD "  - capture: null\n    frame_bytes: []\n    rate_pps: max\n", ":4: frame: the list is empty" },
		{ HEAD "  - capture: null\n    frame_bytes: [[64]]\n    rate_pps: max\n",
		  ":4: frame must be one value" },
		{ HEAD "  - capture: null\n    frame_bytes: {a: 64}\n    rate_pps: max\n",
		  ":4: frame must be one value" },
		{ HEAD "  - capture: null\n    frame_bytes:\n    rate_pps: max\n", ":4: frame '': not a whole number" },
		{ HEAD "  - frame_bytes: 64\n    rate_pps: max\n",
		  ":3: sweep '1': capture is neither here nor in defaults" },
		{ HEAD GOOD "  - name: two\n    capture: null\n    rate_pps: max\n",
		  ":4: sweep 'two': frame_bytes is neither here nor in defaults" },
		{ HEAD "  - capture: null\n    frame_bytes: 64\n", ":3: sweep '1': rate_pps is neither here" },
		{ HEAD "  - {capture: nosuch, frame_bytes: 64, rate_pps: max}\n",
		  ":3: unknown capture 'nosuch' (see: rxlab list captures)" },
		{ HEAD "  - {capture: libcap, frame_bytes: 64, rate_pps: max}\n",
		  ":3: unknown capture 'libcap', did you mean 'libpcap'? (see: rxlab list captures)" },
		{ HEAD "  - capture:\n    - null\n    - pcap\n    frame_bytes: 64\n    rate_pps: max\n",
		  ":5: unknown capture 'pcap'" },
		{ HEAD "  - {capture: null, frame_bytes: 64, rate_pps: max, testbed: moon}\n",
		  ":3: unknown testbed 'moon'" },
		{ "name: t\ndefaults:\n  generator: fire\nsweeps:\n" GOOD, ":3: unknown generator 'fire'" },
		{ "name: t\ndefaults:\n  seed: [1, 2]\nsweeps:\n" GOOD,
		  ":3: seed: a default is one value, not a list" },
		{ "name: t\ndefaults:\n  name: x\nsweeps:\n" GOOD, ":3: unknown key 'name' (known: testbed, " },
		{ "name: t\ndefaults:\n  senders: 3\nsweeps:\n" GOOD, ":3: senders 3: must be 1 to 2" },
		{ "name: t\ndefaults: 5\nsweeps:\n" GOOD, ":2: defaults must be a mapping" },
		{ HEAD
		  "  - capture: [null, libpcap]\n    frame_bytes: 64\n    rate_pps: max\n    set:\n      rx_usecs: 5\n",
		  ":7: capture null has no setting 'rx_usecs'" },
		{ HEAD "  - capture: libpcap\n    frame_bytes: 64\n    rate_pps: max\n    set:\n      gen.burst: 1\n"
		       "      rx_usecs:\n        - 5\n        - 5000\n",
		  ":10: rx_usecs 5000: must be 0 to 1000" },
		{ HEAD "  - capture: libpcap\n    frame_bytes: 64\n    rate_pps: max\n    set:\n      gen.bust: 1\n",
		  ":7: generator pktgen has no setting 'gen.bust'" },
		{ HEAD "  - capture: libpcap\n    frame_bytes: 64\n    rate_pps: max\n    set: [rx_usecs]\n",
		  ":6: set must be a mapping" },
		{ HEAD "  - capture: libpcap\n    frame_bytes: 64\n    rate_pps: max\n    set:\n      rx_usecs: A/B\n",
		  ":7: setting 'rx_usecs': value 'A/B' is not 1 to 127 of A-Z a-z 0-9 . _ : -" },
		{ HEAD "  - capture: libpcap\n    frame_bytes: 64\n    rate_pps: max\n    set:\n"
		       "      a-key-that-is-longer-than-any-setting-may-be: 1\n",
		  ":7: key 'a-key-that-is-longer-than-any-setting-may-be' is too long" },
		{ HEAD "  - {capture: null, frame_bytes: 64, rate_pps: max, count: 1, senders: 2}\n",
		  ":3: count 1: fewer frames than senders (2)" },
		{ HEAD GOOD GOOD, ":4: sweep '2' repeats a trial of sweep '1': testbed=lab capture=null " },
		{ HEAD "  - {capture: null, frame_bytes: [64, 064], rate_pps: max}\n",
		  ":3: sweep '1' repeats a trial of sweep '1'" },
		{ HEAD "  - {capture: null, frame_bytes: 64, rate_pps: max, testbed: [lab, netns]}\n",
		  ":3: testbeds lab and netns in one campaign" },
		{ "name: t\nsweeps:\n  - &a {capture: null, frame_bytes: 64, rate_pps: max}\n  - *a\n",
		  ":3: anchors and aliases are not accepted" },
		{ "name: *x\n", ":1: anchors and aliases are not accepted" },
		{ "name: t\n---\nname: u\n", ":2: a second document" },
		{ "name: t\nsweeps: [[[[[[[[[x]]]]]]]]]\n", ":2: nested deeper than 8" },
		{ "name: t\n  bad: indent\n", ":2: " },
		{ "name: t\nsweeps: [\n", ":3: " },
		{ "name: \"t\nsweeps: x\n", ":" },
		{ "name: t\xff\xfe\n", ":" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char expected[300];
		struct campaign c;
		struct plan p;
		struct err e = { "" };

		snprintf(expected, sizeof(expected), "%s%s", scratch, rows[i].message);
		assert_int_equal(make(rows[i].text, &c, &p, &e), -EINVAL);
		if (strncmp(e.text, expected, strlen(expected)))
			assert_string_equal(e.text, expected);
		campaign_free(&c);
	}
}

static void bad_files(void **state)
{
	struct campaign c;
	struct err e = { "" };
	char *big = calloc(1, CAMPAIGN_BYTES_MAX + 1);

	(void)state;
	assert_int_equal(campaign_load(&c, "/nonexistent/x.yaml", &e), -ENOENT);
	assert_string_equal(e.text, "/nonexistent/x.yaml: No such file or directory");
	e.text[0] = 0;
	assert_int_equal(campaign_load(&c, "/", &e), -EISDIR);
	memset(big, '#', CAMPAIGN_BYTES_MAX + 1);
	write_text(big, CAMPAIGN_BYTES_MAX + 1);
	e.text[0] = 0;
	assert_int_equal(campaign_load(&c, scratch, &e), -EFBIG);
	assert_non_null(strstr(e.text, "larger than 1048576 bytes"));
	write_text("name: \0", 7);
	e.text[0] = 0;
	assert_int_equal(campaign_load(&c, scratch, &e), -EINVAL);
	free(big);
}

/* A deep nest and a product of lists: small texts that would cost much, refused at once. */
static void bombs(void **state)
{
	char *deep = malloc(500001);
	char text[4096] = HEAD "  - capture: null\n    rate_pps: max\n    frame_bytes: [64";
	struct campaign c;
	struct plan p;
	struct err e = { "" };
	int i;

	(void)state;
	memset(deep, '[', 500000);
	deep[500000] = 0;
	assert_int_equal(make(deep, &c, &p, &e), -EINVAL);
	assert_non_null(strstr(e.text, ":1: nested deeper than 8"));
	free(deep);
	for (i = 65; i < 464; i++)
		sprintf(text + strlen(text), ",%d", i);
	strcat(text, "]\n    seed: [1");
	for (i = 2; i <= 251; i++)
		sprintf(text + strlen(text), ",%d", i);
	strcat(text, "]\n");
	e.text[0] = 0;
	assert_int_equal(make(text, &c, &p, &e), -EINVAL);
	assert_non_null(strstr(e.text, ":3: sweep '1' brings the plan above 100000 trials"));
	campaign_free(&c);
}

static void good_campaign(void **state)
{
	static const char text[] = "# comment\n"
				   "name: quick\n"
				   "description: |\n  two\n  lines\n"
				   "order_seed: 7\n"
				   "defaults: {count: 500, seed: 3, set: {gen.burst: 2}}\n"
				   "sweeps:\n"
				   "  - name: loss\n"
				   "    capture: [null, libpcap]\n"
				   "    frame_bytes: [64, 1518]\n"
				   "    rate_pps: [100000, max]\n"
				   "  - name: coalesce\n"
				   "    capture: libpcap\n"
				   "    frame_bytes: 64\n"
				   "    rate_pps: 100000\n"
				   "    count: 900\n"
				   "    set: {rx_usecs: [50, 100], gen.burst: 1}\n";
	struct campaign c;
	struct plan p;
	struct trial t;
	struct err e = { "" };
	size_t i, own_count = 0;

	(void)state;
	assert_int_equal(make(text, &c, &p, &e), 0);
	assert_string_equal(c.name, "quick");
	assert_string_equal(c.description, "two\nlines\n");
	assert_string_equal(c.text, text);
	assert_int_equal(c.order_seed, 7);
	assert_int_equal(p.n, 10);
	assert_string_equal(p.testbed, "lab");
	for (i = 0; i < p.n; i++) {
		plan_trial(&p, i, &t);
		assert_int_equal(t.seed, 3);
		assert_string_equal(trial_get(&t, "gen.burst"), t.count == 900 ? "1" : "2");
		own_count += t.count == 900 && trial_get(&t, "rx_usecs");
	}
	assert_int_equal(own_count, 2);
	plan_free(&p);
	campaign_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_campaigns),
		cmocka_unit_test(bad_files),
		cmocka_unit_test(bombs),
		cmocka_unit_test(good_campaign),
	};

	return cmocka_run_group_tests(tests, scratch_file, scratch_unlink);
}
