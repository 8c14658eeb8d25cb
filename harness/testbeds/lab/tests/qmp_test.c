// SPDX-License-Identifier: GPL-2.0-or-later
/* The control channel of QEMU, with a shell script at its other end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/testbeds/lab/qmp.h"
#include "harness/tests/scratch.h"

#define PATIENCE_NS 20000000000ULL

static struct qmp q;
static struct err e;
static char log_file[64];

/* Greets, and then does this with each command, which is in $line. */
static int start(const char *each, uint64_t timeout_ns)
{
	char script[1024];
	char *const argv[] = { "/bin/sh", "-c", script, NULL };

	e.text[0] = '\0';
	snprintf(script, sizeof(script), "echo '{\"QMP\": {}}'; while read -r line; do case $line in %s esac; done",
		 each);
	return qmp_start(&q, argv, "/fixture/libraries", log_file, timeout_ns, &e);
}

#define OK "*) echo '{\"return\": {}}';;"

static int end(void **state)
{
	qmp_kill(&q);
	qmp_kill(&q); /* safe when it has ended */
	unlink(log_file);
	return scratch_remove(state);
}

static int begin(void **state)
{
	int r = scratch_folder(state);

	snprintf(log_file, sizeof(log_file), "%s/log", scratch);
	return r;
}

static void commands_and_their_answers(void **state)
{
	char status[32];

	(void)state;
	assert_int_equal(start("*query-status*) echo '{\"event\": \"STOP\"}'; echo no JSON at all;"
			       " echo '{\"return\": {\"status\": \"inmigrate\"}}';;"
			       "*query-migrate*) echo '{\"return\": {\"status\": \"completed\"}}';;"
			       "*'\"execute\":\"migrate-incoming\",\"arguments\":{\"uri\":\"file:/x\"}}')"
			       " echo '{\"return\": {}}';;"
			       "*query-nothing*) echo '{\"return\": {}}';;"
			       "*qmp_capabilities*) echo '{\"return\": {}}';;"
			       "*) echo '{\"error\": {\"desc\": \"no such thing\"}}';;",
			       PATIENCE_NS),
			 0);
	assert_int_equal(qmp_status(&q, status, &e), 0);
	assert_string_equal(status, "inmigrate");
	assert_int_equal(qmp_migration(&q, status, &e), 0);
	assert_string_equal(status, "completed");
	assert_int_equal(qmp_command(&q, "migrate-incoming", "{\"uri\":\"file:/x\"}", &e), 0);
	assert_int_equal(qmp_command(&q, "dance", NULL, &e), -EIO);
	assert_string_equal(e.text, "QEMU refused dance: no such thing");
}

static void its_environment_and_its_messages(void **state)
{
	char text[128] = "";
	FILE *f;

	(void)state;
	assert_int_equal(start("*) echo \"$LD_LIBRARY_PATH\" >&2; echo '{\"return\": {}}';;", PATIENCE_NS), 0);
	f = fopen(log_file, "r");
	assert_non_null(f);
	assert_non_null(fgets(text, sizeof(text), f));
	fclose(f);
	assert_string_equal(text, "/fixture/libraries\n");
}

static void one_that_ends(void **state)
{
	int status = -1;

	(void)state;
	assert_int_equal(start("*quit*) exit 3;;" OK, PATIENCE_NS), 0);
	assert_int_equal(qmp_command(&q, "quit", NULL, &e), -EPIPE);
	assert_string_equal(e.text, "QEMU ended");
	assert_int_equal(qmp_wait_exit(&q, &status, &e), 0);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 3);
	e.text[0] = '\0';
	assert_int_equal(qmp_command(&q, "again", NULL, &e), -EPIPE);
	assert_string_equal(e.text, "QEMU ended before again");
}

static void one_that_was_killed(void **state)
{
	int status = -1;

	(void)state;
	assert_int_equal(start("*cont*) echo '{\"return\": {}}'; echo '{\"event\": \"RESUME\"}'; kill -9 $$;;" OK,
			       PATIENCE_NS),
			 0);
	assert_int_equal(qmp_command(&q, "cont", NULL, &e), 0);
	assert_int_equal(qmp_wait_exit(&q, &status, &e), 0);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* The deadline is for QEMU's whole run, not for one answer. */
static void one_that_says_nothing(void **state)
{
	int status;

	(void)state;
	assert_int_equal(start("*) ;;", 300000000), -ETIMEDOUT);
	assert_string_equal(e.text, "QEMU did not answer in time");
	e.text[0] = '\0';
	assert_int_equal(qmp_wait_exit(&q, &status, &e), -ETIMEDOUT);
	assert_string_equal(e.text, "QEMU did not end in time");
	assert_true(q.pid > 0);
}

static void one_that_is_not_there(void **state)
{
	char *const argv[] = { "/nonexistent/qemu", NULL };
	int status = -1;

	(void)state;
	assert_int_equal(qmp_start(&q, argv, "", log_file, PATIENCE_NS, &e), -EPIPE);
	assert_int_equal(qmp_wait_exit(&q, &status, &e), 0);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 127);
}

static void a_command_that_is_too_long(void **state)
{
	static char arguments[9000];

	(void)state;
	memset(arguments, ' ', sizeof(arguments) - 1);
	assert_int_equal(start(OK, PATIENCE_NS), 0);
	assert_int_equal(qmp_command(&q, "stop", arguments, &e), -E2BIG);
	assert_string_equal(e.text, "QMP command stop is too long");
	assert_int_equal(qmp_command(&q, "stop", NULL, &e), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(commands_and_their_answers),
		TEST(its_environment_and_its_messages),
		TEST(one_that_ends),
		TEST(one_that_was_killed),
		TEST(one_that_says_nothing),
		TEST(one_that_is_not_there),
		TEST(a_command_that_is_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
