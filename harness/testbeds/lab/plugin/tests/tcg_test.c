// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The plugin as QEMU uses it, by programs that are known to the instruction. The real one is the lab's tests'.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/testbeds/lab/plugin/rxlab-tcg.c"

#include "harness/testbeds/lab/plugin/events.c"
#include "harness/testbeds/lab/plugin/icount.c"
#include "harness/testbeds/lab/plugin/options.c"
#include "harness/testbeds/lab/plugin/profile.c"
#include "harness/testbeds/lab/plugin/registers.c"
#include "harness/testbeds/lab/plugin/wait.c"
#include "harness/testbeds/lab/plugin/wait_qemu.c"
#include "harness/testbeds/lab/plugin/tests/fake_qemu.h"
#include "harness/tests/scratch.h"

static char out_option[96], stop_option[96], profile_option[96];

static int install(const char *more[], int n)
{
	qemu_info_t info = { .target_name = "x86_64", .system_emulation = true, .system = { CPUS, CPUS } };
	char *argv[16];
	int i;

	for (i = 0; i < n; i++)
		argv[i] = (char *)more[i];
	return qemu_plugin_install(1, &info, n, argv);
}

static int anew(void **state)
{
	if (scratch_folder(state))
		return -1;
	memset(&options, 0, sizeof(options));
	now = (struct counts) { .dut = 1 };
	window_open = window_closed = armed = false;
	fires = drains = 0;
	running = NULL;
	blocks = flushed_blocks = NULL;
	memset(exits, 0, sizeof(exits));
	locked = unlocked = runs_for = 0;
	snprintf(out_option, sizeof(out_option), "out=%s/result", scratch);
	snprintf(stop_option, sizeof(stop_option), "stop=%s/stop", scratch);
	snprintf(profile_option, sizeof(profile_option), "profile=%s/profile", scratch);
	return 0;
}

static const char *written(const char *name)
{
	static char text[4096];
	char path[96];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", scratch, name);
	f = fopen(path, "r");
	if (!f)
		fail_msg("%s was not written", path);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	return text;
}

static void has(const char *text, const char *line)
{
	if (!strstr(text, line))
		assert_string_equal(text, line);
}

#define FIRE_AT 0x1000
#define WORK_AT 0x2000
#define IDLE_AT 0x3000
#define DRAINED_AT 0x4000

static struct qemu_plugin_tb fire, work, idle, drained;

static void programs(void)
{
	fire = translated(FIRE_AT, 4, 1, MARK_FIRE); /* two instructions behind the mark */
	work = translated(WORK_AT, 5, 0, 0);
	idle = translated(IDLE_AT, 2, 0, 0);
	idle.insn[1].bytes[0] = 0xf4;
	drained = translated(DRAINED_AT, 3, 1, MARK_DRAINED); /* two up to the mark */
	translate(1, &fire);
	translate(1, &work);
	translate(1, &idle);
	translate(1, &drained);
}

/* Before the mark nothing counts; behind it everything does, by CPU, idle or not, and how often a function was called. */
static void from_mark_to_mark(void **state)
{
	const char *text;

	(void)state;
	assert_int_equal(install((const char *[]) { out_option, "dut=1", "idle=3000-3100", "calls=f@2007" }, 4), 0);
	programs();
	execute(&work, 1, 100);
	execute(&fire, 1, 1);
	execute(&work, 1, 3);
	execute(&idle, 1, 1);
	execute(&work, 0, 2);
	execute(&drained, 1, 1);
	execute(&work, 1, 100);
	text = written("result");
	has(text, "state=drained\nfires=1\ndrains=1\nvcpus=2\ndut=1\nnic=as-is\n");
	has(text, "vcpu0.instructions=10\nvcpu0.busy=10\nvcpu0.halts=0\n");
	has(text, "vcpu1.instructions=21\nvcpu1.busy=19\nvcpu1.halts=1\n"); /* 2 + 15 + 2 + 2, of them 2 idle */
	has(text, "\ninstructions=31\ndut_instructions=21\ndut_busy=19\n");
	has(text, "vcpu0.calls.f=2\nvcpu1.calls.f=3\ncalls.f=5\n");
	has(text, "replays=0\nunmatched=0\n");
	assert_null(strstr(text, "window."));
	quit(1, NULL); /* the result is there already */
	has(written("result"), "state=drained\n");
}

static void a_window_of_its_own(void **state)
{
	struct qemu_plugin_tb begin, end;
	const char *text;

	(void)state;
	assert_int_equal(install((const char *[]) { out_option }, 1), 0);
	programs();
	begin = translated(0x5000, 1, 0, MARK_WINDOW_BEGIN);
	end = translated(0x6000, 1, 0, MARK_WINDOW_END);
	translate(1, &begin);
	translate(1, &end);
	execute(&fire, 1, 1);
	execute(&work, 1, 1);
	execute(&begin, 1, 1);
	execute(&work, 1, 2);
	execute(&end, 1, 1);
	execute(&work, 1, 4);
	execute(&drained, 1, 1);
	text = written("result");
	has(text, "\ndut_instructions=41\n"); /* 2 + 5 + 1 + 10 + 1 + 20 + 2 */
	has(text, "window.vcpu1.instructions=11\n"); /* two pieces of work, and the mark at its end */
	has(text, "dut_busy=null\n"); /* nobody said where the idle loop is */
}

/* A device's access leaves a block in its middle: it is replayed alone, and the rest is a block of its own. */
static void a_replayed_access(void **state)
{
	struct qemu_plugin_tb access, rest;

	(void)state;
	assert_int_equal(install((const char *[]) { out_option }, 1), 0);
	programs();
	access = translated(WORK_AT + 2 * INSN_BYTES, 1, 0, 0);
	rest = translated(WORK_AT + 3 * INSN_BYTES, 2, 0, 0);
	translate(1, &access);
	translate(1, &rest);
	execute(&fire, 1, 1);
	execute(&work, 1, 1);
	access_memory(&access.insn[0], 1, 2);
	execute(&rest, 1, 1);
	execute(&drained, 1, 1);
	has(written("result"), "vcpu1.instructions=9\n"); /* 2 + 5 + 2 */
	has(written("result"), "replays=1\nunmatched=0\n");
}

static void a_profile_with_memory(void **state)
{
	(void)state;
	assert_int_equal(
		install((const char *[]) { out_option, profile_option, "profiled=1", "memory=on", "idle=3000-3100" },
			5),
		0);
	programs();
	execute(&work, 1, 7);
	execute(&fire, 1, 1);
	execute(&work, 1, 2);
	access_memory(&work.insn[1], 1, 3);
	access_memory(&work.insn[1], 1, 8 | 2);
	access_memory(&work.insn[1], 0, 3); /* of a CPU that nobody asked for */
	execute(&work, 0, 50);
	execute(&idle, 1, 1);
	execute(&drained, 1, 1);
	assert_string_equal(written("profile"), "4000 1 0 0\n4007 1 0 0\n"
						"2000 2 0 0\n2007 2 8 4\n200e 2 0 0\n2015 2 0 0\n201c 2 0 0\n"
						"100e 1 0 0\n1015 1 0 0\nidle 2\n");
	flush(1); /* its counts are still wanted */
	assert_non_null(blocks);
}

/* With a quantum, turns end: the vCPU that is ahead is kicked. */
static void turns_end(void **state)
{
	(void)state;
	assert_int_equal(install((const char *[]) { out_option, "quantum=10:10" }, 2), 0);
	programs();
	execute(&work, 0, 1);
	execute(&work, 1, 40);
	assert_true(exits[1] > 0);
	assert_int_equal(exits[0], 0);
}

static void the_machine_is_held_at_the_stop(void **state)
{
	struct qemu_plugin_tb stop;

	(void)state;
	assert_int_equal(install((const char *[]) { out_option, stop_option }, 2), 0);
	stop = translated(0x7000, 1, 0, MARK_STOP);
	translate(1, &stop);
	runs_for = 3;
	execute(&stop, 1, 1);
	assert_string_equal(written("stop"), "as-is\n");
	assert_int_equal(runs_for, -1); /* it waited until the machine did not run */
	assert_int_equal(locked, 1);
	assert_int_equal(unlocked, 1);
}

/* After two flushes a block is gone; after one, a vCPU's last block may still be named. */
static void blocks_are_thrown_away(void **state)
{
	(void)state;
	assert_int_equal(install((const char *[]) { out_option }, 1), 0);
	programs();
	flush(1);
	assert_null(blocks);
	assert_non_null(flushed_blocks);
	flush(1);
	assert_null(flushed_blocks);
}

static void an_end_without_marks(void **state)
{
	(void)state;
	assert_int_equal(install((const char *[]) { out_option }, 1), 0);
	programs();
	quit(1, NULL);
	has(written("result"), "state=idle\nfires=0\n");
	execute(&fire, 1, 1);
	execute(&work, 1, 1);
	quit(1, NULL);
	has(written("result"), "state=running\nfires=1\ndrains=0\n");
	has(written("result"), "vcpu1.instructions=7\n");
}

static void what_it_does_not_run_under(void **state)
{
	qemu_info_t arm = { .target_name = "arm", .system_emulation = true, .system = { CPUS, CPUS } };
	qemu_info_t user = { .target_name = "x86_64", .system = { CPUS, CPUS } };
	qemu_info_t many = { .target_name = "x86_64", .system_emulation = true, .system = { 17, 17 } };

	(void)state;
	assert_int_equal(qemu_plugin_install(1, &arm, 0, NULL), 1);
	assert_int_equal(qemu_plugin_install(1, &user, 0, NULL), 1);
	assert_int_equal(qemu_plugin_install(1, &many, 0, NULL), 1);
	assert_int_equal(install((const char *[]) { "dut=1" }, 1), 1); /* no out= */
	assert_int_equal(install((const char *[]) { out_option, "dut=2" }, 2), 1);
	assert_int_equal(install((const char *[]) { out_option, "dut=1", "nosuch=1" }, 3), 1);
	assert_int_equal(install((const char *[]) { out_option, "events=/nonexistent/events" }, 2), 1);
}

static int done(void **state)
{
	struct block *b;

	options.profile = NULL;
	for (b = blocks; b; b = b->next)
		free(b->profile);
	flush(1);
	flush(1);
	return scratch_remove(state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, anew, done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(from_mark_to_mark),
		TEST(a_window_of_its_own),
		TEST(a_replayed_access),
		TEST(a_profile_with_memory),
		TEST(turns_end),
		TEST(the_machine_is_held_at_the_stop),
		TEST(blocks_are_thrown_away),
		TEST(an_end_without_marks),
		TEST(what_it_does_not_run_under),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
