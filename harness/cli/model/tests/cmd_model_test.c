// SPDX-License-Identifier: GPL-2.0-or-later
/* `rxlab model` as a user meets it: exit status and the message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness/cli/cmd.h"
#include "models/predictors.h"

/* Runs the words with both outputs in one temporary file; what was printed comes back in text. */
static int run(const char *words, char *text, size_t size)
{
	char copy[256], *argv[32] = { "model" }, *rest = copy;
	int argc = 1, status, out = dup(1), err = dup(2);
	FILE *f = tmpfile();
	size_t n;

	assert_non_null(f);
	snprintf(copy, sizeof(copy), "%s", words);
	while ((argv[argc] = strsep(&rest, " ")))
		argc++;
	fflush(stdout);
	dup2(fileno(f), 1);
	dup2(fileno(f), 2);
	status = cmd_model(argc, argv);
	fflush(stdout);
	dup2(out, 1);
	dup2(err, 2);
	close(out);
	close(err);
	rewind(f);
	n = fread(text, 1, size - 1, f);
	text[n] = 0;
	fclose(f);
	return status;
}

static void test_words(void **state)
{
	static const struct {
		const char *words;
		int status;
		const char *says;
	} rows[] = {
		{ "predict mm1k --arrival-rate 5 --service-rate 5.714 --capacity 15", 0, "loss 0.019134428\n" },
		{ "predict mm1k --arrival-rate 5 --service-rate 5.714 --capacity 15 --json", 0, "\"L\":4.8588876" },
		{ "predict dd1k --gap 672 --service-time 2000 --capacity 256 --count 1000", 0, "accepted 591\n" },
		{ "predict dd1k --gap 1000 --service-time 1000 --capacity 1 --count 1000", 0, "first_drop none\n" },
		{ "predict dd1k --gap 2 --service-time 1 --capacity 1 --count 9 --json", 0, "\"first_drop\":null" },
		{ "predict coalesce-gap --arrival-rate 2e4 --gap 50e-6", 0, "f 14621.1716\n" },
		{ "predict coalesce-gap --arrival-rate 2e4 --gap 1e-4 --arrivals constant", 0, "f 10000\n" },
		{ "predict coalesce-timer --arrival-rate 1e5 --timer 1e-4", 0, "packets_per_interrupt 11\n" },
		{ "predict mm1k --arrival-rate 5 --service-rate 0 --capacity 15", 2, "service-rate must be" },
		{ "predict dm1k --arrival-rate 5 --service-time 0.1", 2, "--capacity is missing" },
		{ "predict mm1k --arrival-rate five", 2, "--arrival-rate must be a number, not 'five'" },
		{ "predict mm1k --arrival-rate nan", 2, "--arrival-rate must be a number, not 'nan'" },
		{ "predict mm1k --arrival-rate", 2, "--arrival-rate needs a value" },
		{ "predict mm1k --gap 5", 2, "mm1k has no option --gap" },
		{ "predict mm1k 5", 2, "unexpected '5'" },
		{ "predict dd1k --gap 0 --service-time 1 --capacity 1 --count 1", 2, "gap must be" },
		{ "predict dd1k --gap 1 --service-time 1 --capacity 1.5 --count 1", 2, "capacity must be a whole" },
		{ "predict coalesce-gap --arrival-rate 1 --gap 1 --arrivals bursty", 2, "poisson or constant" },
		{ "predict mm9", 2, "no model 'mm9'" },
		{ "predict", 2, "which model" },
		{ "validate", 2, "which results folder" },
		{ "validate a b", 2, "unexpected 'b'" },
		{ "validate --max-rate 0 a", 2, "--max-rate must be above 0" },
		{ "validate /nonexistent", 1, "/nonexistent/trials.jsonl" },
		{ "frobnicate", 2, "usage:" },
		{ "--help", 0, "usage:" },
	};
	char text[16384];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int status = run(rows[i].words, text, sizeof(text));

		if (status != rows[i].status || !strstr(text, rows[i].says))
			fail_msg("'%s': status %d, printed '%s'", rows[i].words, status, text);
	}
}

static void test_every_listed_model_answers(void **state)
{
	char words[64], text[16384];

	(void)state;
	for (const struct predictor *m = predictors; m->name; m++) {
		snprintf(words, sizeof(words), "predict %s", m->name);
		assert_int_equal(run(words, text, sizeof(text)), 2);
		assert_non_null(strstr(text, "is missing"));
		assert_true(strlen(m->summary) > 10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_every_listed_model_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
