// SPDX-License-Identifier: GPL-2.0-or-later
/* The file of a profile: a line for each instruction that was executed, the idle loop as one sum. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/testbeds/lab/plugin/profile.c"
#include "harness/tests/scratch.h"

static struct block *block(struct block *next, uint64_t start, uint32_t insns, bool idle)
{
	struct block *b = test_malloc(sizeof(*b) + insns * sizeof(b->offset[0]));

	*b = (struct block) { .next = next, .start = start, .insns = insns, .idle = idle };
	for (uint32_t i = 0; i < insns; i++)
		b->offset[i] = (uint16_t)(4 * i);
	b->profile = test_calloc(1, profile_size(insns));
	b->profile->insns = insns;
	return b;
}

static void blocks_free(struct block *b)
{
	while (b) {
		struct block *next = b->next;

		test_free(b->profile);
		test_free(b);
		b = next;
	}
}

static void assert_written(const char *wanted)
{
	char text[512] = "";
	FILE *f = fopen(scratch, "r");

	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	assert_string_equal(text, wanted);
}

/* Two whole executions, and one that a device access ended before its third instruction. */
static void counts_are_of_each_instruction(void **state)
{
	struct block *idle = block(NULL, 0x2000, 2, true), *b = block(idle, 0x1000, 4, false);
	struct vcpu none = { 0 };

	(void)state;
	b->profile->executions = 3;
	profile_end_before(b->profile, 2);
	b->profile->insn[1].loaded = 16;
	b->profile->insn[3].stored = 8;
	idle->profile->executions = 5;
	profile_drained(b, &none, 0, scratch);
	assert_written("1000 3 0 0\n1004 3 16 0\n1008 2 0 0\n100c 2 0 8\nidle 10\n");
	blocks_free(b);
}

/* Counts from before the trial are dropped; the vCPU at the mark has two instructions of its block left. */
static void the_marks_divide_a_block(void **state)
{
	struct block *b = block(NULL, 0x1000, 5, false);
	struct vcpu v = { .profiled = true, .last = b };

	(void)state;
	b->profile->executions = 900;
	b->profile->insn[0].loaded = 77;
	profile_reset(b, &v, 2);
	assert_int_equal(profile_executed(b->profile), 2);
	profile_drained(b, &v, 1, scratch);
	assert_written("100c 1 0 0\nidle 0\n");
	blocks_free(b);
}

/* A replay's access alone is told, though its execution is another block's. */
static void an_access_without_an_execution(void **state)
{
	struct block *b = block(NULL, 0x1000, 1, false);
	struct vcpu v = { .last = b };

	(void)state;
	profile_reset(b, &v, 0);
	b->profile->insn[0].stored = 4;
	profile_drained(b, &v, 0, scratch);
	assert_written("1000 0 0 4\nidle 0\n");
	blocks_free(b);
}

static void a_folder_that_is_not_there(void **state)
{
	struct block *b = block(NULL, 0x1000, 1, false);
	struct vcpu v = { 0 };

	(void)state;
	scratch_write("before");
	profile_drained(b, &v, 0, "/nonexistent/profile");
	assert_written("before");
	blocks_free(b);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_file, scratch_unlink)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(counts_are_of_each_instruction),
		TEST(the_marks_divide_a_block),
		TEST(an_access_without_an_execution),
		TEST(a_folder_that_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
