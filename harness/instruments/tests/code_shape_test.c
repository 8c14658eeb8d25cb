// SPDX-License-Identifier: GPL-2.0-or-later
/* The executed code of an owner has the same text wherever it lies, and says how often each piece was executed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/instruments/code_shape.h"
#include "harness/record/lab_protocol.h"
#include "harness/tests/scratch.h"
#include "harness/util/file.h"

#define LAYOUT                                   \
	"@f ffffffff81000100 tpacket_rcv\n"      \
	"@f ffffffff81000200 tpacket_rcv.cold\n" \
	"@f ffffffff81000300 skb_clone\n"        \
	"@u 555555558000-555555560000 4000 /init\n" LAB_LINE_LAYOUT_END "\n"

/* In the order of the plugin's blocks: by address neither within one nor among them. */
static const struct profile_point executed[] = {
	{ .address = 0xffffffff81000300, .insns = 7 },	 { .address = 0xffffffff81000104, .insns = 900 },
	{ .address = 0xffffffff8100010d, .insns = 900 }, { .address = 0xffffffff81000100, .insns = 600 },
	{ .address = 0xffffffff81000100, .insns = 400 }, { .address = 0xffffffff81000202, .insns = 3 },
	{ .address = 0xffffffff81000200, .insns = 3 },	 { .address = 0xffffffff8100011d, .insns = 900 },
	{ .address = 0x555555558010, .insns = 5 },	 { .address = 0x55555555801f, .insns = 5 },
};
#define EXECUTED (sizeof(executed) / sizeof(executed[0]))

static char *shape_of(uint64_t moved)
{
	struct stage_table stages = { 0 };
	char layout[] = LAYOUT, *text = NULL;
	struct profile p = { .n_points = EXECUTED };
	struct codemap m;
	struct err e = { "" };

	assert_int_equal(codemap_parse(&m, layout, "/no/such/folder", &e), 0);
	for (size_t i = 0; i < m.n; i++)
		m.ranges[i].start += moved;
	p.points = calloc(EXECUTED, sizeof(*p.points));
	assert_non_null(p.points);
	memcpy(p.points, executed, sizeof(executed));
	for (size_t i = 0; i < EXECUTED; i++)
		p.points[i].address += moved;
	assert_int_equal(profile_sum(&p, &m, &stages, &e), 0);
	assert_int_equal(code_shape_write(&p, &m, scratch, &e), 0);
	assert_int_equal(file_read(scratch, 4096, &text, NULL, &e), 0);
	profile_free(&p);
	codemap_free(&m);
	return text;
}

static void code_is_told_without_addresses(void **state)
{
	char *text = shape_of(0);

	(void)state;
	/* Of a function in two pieces the calls are those of the one that was called more often. */
	assert_string_equal(text, "(init)\t-\t5:.f\n"
				  "skb_clone\t7\t7:.\n"
				  "tpacket_rcv\t1000\t1000:. 900:49. 3:.2\n");
	free(text);
}

static void elsewhere_it_is_the_same(void **state)
{
	char *here = shape_of(0), *there = shape_of(0x12340);

	(void)state;
	assert_string_equal(here, there);
	free(here);
	free(there);
}

static void a_folder_that_is_not_there_is_said(void **state)
{
	struct profile p = { 0 };
	struct codemap m = { 0 };
	struct err e = { "" };

	(void)state;
	assert_true(code_shape_write(&p, &m, "/no/such/folder/code", &e) < 0);
	assert_non_null(strstr(e.text, "/no/such/folder/code"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(code_is_told_without_addresses, scratch_file, scratch_unlink),
		cmocka_unit_test_setup_teardown(elsewhere_it_is_the_same, scratch_file, scratch_unlink),
		cmocka_unit_test(a_folder_that_is_not_there_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
