// SPDX-License-Identifier: GPL-2.0-or-later
/* rxlab trial: one trial, its record on stdout and nothing else there. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "generators/generator.h"
#include "harness/cli/cmd.h"
#include "harness/cli/cmd_fields.h"
#include "harness/cli/cmd_option.h"
#include "harness/runner/jobs.h"
#include "harness/campaign/check_trial.h"
#include "harness/record/record.h"
#include "harness/testbeds/sender_check.h"
#include "harness/util/file.h"
#include "harness/util/spawn.h"

#define FATES_MAX (256 << 20)
#define RATE_KEPT 0.995 /* of the rate that was asked: what is below is no rounding */

static const char help[] =
	"usage: rxlab trial --capture NAME --frame BYTES --rate PPS|max|own [options]\n"
	"\n"
	"Runs one trial and prints its record, one JSON line, on stdout.\n"
	"\n"
	"  --capture NAME      what captures (rxlab list captures)\n"
	"  --frame BYTES       Ethernet frame with FCS, 64 to 1518; imix, or a mix as 64:7,594:4,1518:1\n"
	"  --rate PPS|max|own  of all senders together; max: unpaced; own: the rate of the file that is sent\n"
	"  --count N           frames of all senders together (20000)\n"
	"  --seed S            start phase of the senders (1)\n"
	"  --senders N         1 or 2 (1)\n"
	"  --reader-cpu N      the consumer's CPU: 1 = the interrupts', 2 = its own (1)\n"
	"  --testbed NAME      where it runs (lab)\n"
	"  --kernel NAME       the lab's kernel: a series as 7.3 or 7.3-rt, or a version (rxlab lab kernels)\n"
	"  --generator NAME    what sends (pktgen, or the first that has the gen. settings given)\n"
	"  --set KEY=VALUE     a setting; may be repeated. Of every trial (work, filter, ...), of the DUT (gro, "
	"rx_usecs,\n"
	"                      threaded, ...), of the capture, or gen.KEY of the generator: rxlab list settings "
	"[NAME]\n"
	"  --instruments       count instructions: by stage in the record, by function in DIR/ID/owners\n"
	"  --instruments=memory   also the bytes loaded and stored (rxlab profile prints tables of them)\n"
	"  --fates FILE        write each frame's fate (rxlab fate FILE SEQ); the record is the same\n"
	"  --side DIR          keep logs and other files that are not part of the record in DIR/ID\n"
	"\n"
	"Exit status: 0 ok, 1 failed or invalid (the record says why) or the testbed is unusable, 2 usage.\n";

enum { REQUIRED = 3, OPTION_SET = CMD_FIELDS, OPTION_SIDE, OPTION_INSTRUMENTS, OPTION_FATES };

struct trial_request {
	struct trial trial;
	const char *side;
	const char *fates;
	bool given[CMD_FIELDS];
};

static int set_instruments(struct trial_request *r, const char *text, const char *command)
{
	if (text && strcmp(text, "memory"))
		return cmd_usage(command, "--instruments=%s: the only kind beside the usual is memory", text);
	r->trial.instruments = text ? INSTRUMENTS_MEMORY : INSTRUMENTS_CPU;
	return 0;
}

static int read_option(struct trial_request *r, int which, const char *command)
{
	if (which < CMD_FIELDS) {
		r->given[which] = true;
		return cmd_field(command, &r->trial, which, optarg);
	}
	if (which == OPTION_SET)
		return cmd_knob(command, &r->trial, optarg);
	if (which == OPTION_INSTRUMENTS)
		return set_instruments(r, optarg, command);
	if (which == OPTION_FATES) {
		r->fates = optarg;
		r->trial.fates = true;
		return 0;
	}
	if (which == OPTION_SIDE) {
		r->side = optarg;
		return 0;
	}
	return EXIT_USAGE; /* cmd_option() has said why */
}

static int read_options(int argc, char **argv, struct trial_request *r)
{
	struct option known[CMD_FIELDS + 5] = { { NULL, 0, NULL, 0 } };
	struct err e = { "" };
	int status = 0;
	size_t i;
	int c;

	for (i = 0; i < CMD_FIELDS; i++)
		known[i] = (struct option) { cmd_fields[i].option, required_argument, NULL, (int)i };
	known[i++] = (struct option) { "set", required_argument, NULL, OPTION_SET };
	known[i++] = (struct option) { "instruments", optional_argument, NULL, OPTION_INSTRUMENTS };
	known[i++] = (struct option) { "fates", required_argument, NULL, OPTION_FATES };
	known[i] = (struct option) { "side", required_argument, NULL, OPTION_SIDE };
	trial_init(&r->trial);
	while (!status && (c = cmd_option(argc, argv, known)) != -1)
		status = read_option(r, c, argv[0]);
	if (status)
		return status;
	if (optind != argc)
		return cmd_usage(argv[0], "unexpected '%s'", argv[optind]);
	for (i = 0; i < REQUIRED; i++) {
		if (!r->given[i])
			return cmd_usage(argv[0], "option --%s is missing", cmd_fields[i].option);
	}
	if (!r->given[FIELD_GENERATOR])
		cmd_generator(&r->trial);
	if (trial_check(&r->trial, &e) || check_trial(&r->trial, &e))
		return cmd_usage(argv[0], "%s", e.text);
	return 0;
}

struct single {
	const struct trial *trial;
	bool started;
	bool ended;
	struct outcome outcome;
};

static bool next_trial(void *context, size_t *index, struct trial *t)
{
	struct single *s = context;

	if (s->started)
		return false;
	s->started = true;
	*index = 0;
	*t = *s->trial;
	return true;
}

static int trial_ended(void *context, size_t index, const struct trial *t, const struct outcome *o, struct err *e)
{
	struct single *s = context;

	(void)index;
	(void)t;
	(void)e;
	s->outcome = *o;
	json_incref(s->outcome.meters);
	s->ended = true;
	return 0;
}

static int measure(const struct testbed_ops *testbed, const char *side, struct single *s, char identity[17],
		   struct err *e)
{
	const struct jobs jobs = {
		.testbed = testbed,
		.side = side,
		.at_once = 1,
		.timeout_s = JOBS_TIMEOUT_S,
		.next = next_trial,
		.ended = trial_ended,
		.context = s,
	};
	int ret = testbed_ready(testbed, s->trial, identity, e);

	if (!ret)
		ret = jobs_run(&jobs, e);
	return ret && !s->ended ? err_set(e, ret, "testbed %s failed", testbed->name) : 0;
}

static int print_record(const struct single *s, const struct testbed_ops *testbed, const char *identity, FILE *out)
{
	char *line = record_line(s->trial, &s->outcome, testbed->clock, identity);

	if (!line)
		return EXIT_FAILURE;
	fprintf(out, "%s\n", line);
	free(line);
	if (fclose(out)) {
		fprintf(stderr, "rxlab trial: cannot write to stdout: %s\n", strerror(errno));
		return EXIT_FAILURE;
	}
	return s->outcome.status == TRIAL_OK ? 0 : EXIT_FAILURE;
}

/* Copies the fates, which the testbed left among the record's side files. */
static int keep_fates(const struct trial_request *r, const char *side, struct err *e)
{
	char from[PATH_MAX], id[17], *text = NULL;
	size_t n;
	int ret;

	if (!r->fates)
		return 0;
	trial_id(&r->trial, id);
	snprintf(from, sizeof(from), "%s/%s/fates", side, id);
	ret = file_read(from, FATES_MAX, &text, &n, e);
	ret = ret ? ret : file_replace(r->fates, text, n, e);
	free(text);
	return ret;
}

/* The record of the same trial unpaced, where that is a trial. */
static int unpaced(const struct trial *paced, const struct testbed_ops *testbed, const char *side, struct outcome *o)
{
	struct trial t = *paced;
	struct single s = { .trial = &t };
	char identity[17];
	struct err e = { "" };
	int r;

	t.rate_pps = RATE_MAX;
	t.fates = false;
	t.instruments = INSTRUMENTS_NONE;
	r = trial_check(&t, &e);
	r = r ? r : check_trial(&t, &e);
	r = r ? r : measure(testbed, side, &s, identity, &e);
	*o = s.outcome;
	return r ? r : s.outcome.status == TRIAL_OK ? 0 : -EIO;
}

/*
 * What the sender can at most, if it was asked for more: told beside the
 * record, so that nobody need find it by trying. On a wall clock a busy machine
 * makes any sender late: there only a rate that it cannot reach unpaced either.
 */
static void tell_maximum(const char *command, const struct single *s, const struct testbed_ops *testbed,
			 const char *side)
{
	double asked = generator_rate(s->trial);
	uint64_t paced = s->outcome.generator.achieved_pps;
	bool exact = testbed->clock == CLOCK_VIRTUAL;
	struct outcome max = { 0 };

	if (s->outcome.status != TRIAL_INVALID || asked == RATE_MAX || (double)paced >= asked * RATE_KEPT)
		return;
	if (unpaced(s->trial, testbed, side, &max) == 0 && (exact || (double)max.generator.achieved_pps < asked))
		fprintf(stderr,
			"%s: this sender's maximum is %" PRIu64 " packets a second paced, %" PRIu64
			" unpaced (--rate max)\n",
			command, paced, max.generator.achieved_pps);
	outcome_free(&max);
}

/* Only the record may go to stdout; prepare() prints what it installs, so from here on stdout leads to stderr. */
static FILE *keep_stdout(void)
{
	int fd = dup(STDOUT_FILENO);

	if (fd < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		return NULL;
	return fdopen(fd, "w");
}

static int run(const char *command, const struct trial_request *r, const char *side)
{
	const struct testbed_ops *testbed = testbed_find(r->trial.testbed);
	struct single s = { .trial = &r->trial };
	struct err e = { "" };
	char identity[17] = "";
	FILE *out = keep_stdout();
	int ret;

	if (!out)
		return cmd_failed(command, "stdout is closed");
	ret = file_mkdirs(side, &e);
	if (!ret)
		ret = measure(testbed, side, &s, identity, &e);
	if (!ret && s.outcome.status != TRIAL_FAILED)
		ret = keep_fates(r, side, &e);
	if (ret) {
		fclose(out);
	} else {
		ret = print_record(&s, testbed, identity, out);
		tell_maximum(command, &s, testbed, side);
	}
	outcome_free(&s.outcome);
	if (ret >= 0)
		return ret;
	cmd_failed(command, "%s", e.text);
	return ret == -EINTR ? EXIT_INTERRUPTED : EXIT_FAILURE;
}

int cmd_trial(int argc, char **argv)
{
	const char *tmpdir = getenv("TMPDIR");
	char side[PATH_MAX];
	const char *const away[] = { "rm", "-r", side, NULL };
	struct trial_request r = { .side = NULL };
	int status;

	if (cmd_help(argv[1], help))
		return 0;
	status = read_options(argc, argv, &r);
	if (status)
		return status;
	if (r.side)
		return run(argv[0], &r, r.side);
	snprintf(side, sizeof(side), "%s/rxlab-trial-XXXXXX", tmpdir && *tmpdir ? tmpdir : "/tmp");
	if (!mkdtemp(side))
		return cmd_failed(argv[0], "cannot make a folder like %s: %s", side, strerror(errno));
	status = run(argv[0], &r, side);
	if (status)
		fprintf(stderr, "%s: logs are in %s\n", argv[0], side);
	else
		spawn_wait(away, NULL);
	return status;
}
