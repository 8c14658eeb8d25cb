// SPDX-License-Identifier: GPL-2.0-or-later
/* The generator pktgen over files of /proc that note what is written; the real ones are the lab's tests'. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "generators/generator.h"
#include "generators/pktgen/pg.h"
#include "generators/pktgen/phase.h"
#include "harness/sink/sink.h"

static char written[8192];
static const char *refused; /* this command */
static sem_t stopped; /* "start" blocks until then, where it is to block */
static bool blocks;
static int held, ended;

int pg_set(const char *file, struct err *e, const char *fmt, ...)
{
	char command[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	if (refused && !strncmp(command, refused, strlen(refused)))
		return err_set(e, -EINVAL, "%s: %s refused", file, command);
	if (!strcmp(command, "stop"))
		sem_post(&stopped);
	if (strcmp(command, "start"))
		snprintf(written + strlen(written), sizeof(written) - strlen(written), "%s: %s\n", file, command);
	else if (blocks)
		while (sem_wait(&stopped))
			;
	return 0;
}

int pg_read(const char *file, struct pg_result *r, struct err *e)
{
	if (refused && !strcmp(refused, "result"))
		return err_set(e, -EINVAL, "%s: no result", file);
	*r = strcmp(file, "snd1") ? (struct pg_result) { 60, 2000, 30000, 1 }
				  : (struct pg_result) { 40, 3000, 20000, 2 };
	return 0;
}

int pg_set_mix(const char *file, const struct frame_mix *mix, struct err *e)
{
	return pg_set(file, e, "a mix of %u sizes", mix->n);
}

int pg_read_mix(const char *file, const struct frame_mix *mix, struct counter sent[MIX_SIZES_MAX], struct err *e)
{
	uint32_t i;

	(void)file, (void)e;
	for (i = 0; i < mix->n; i++)
		counter_add(&sent[i], counter_of(i + 1));
	return 0;
}

uint64_t phase_of_seed(uint64_t seed)
{
	return seed;
}

int phase_start(struct phase *p, uint32_t cpu, struct err *e)
{
	(void)p;
	return cpu == 77 ? err_set(e, -EPERM, "no real-time thread") : 0;
}

void phase_hold(struct phase *p, const char *ifname, uint64_t phase_ns, uint64_t timeout_ns, void (*starting)(void *),
		void *arg)
{
	(void)p, (void)timeout_ns;
	assert_string_equal(ifname, "snd0");
	assert_int_equal(phase_ns, 5);
	held++;
	starting(arg);
}

void phase_end(struct phase *p)
{
	(void)p;
	ended++;
}

static struct generator_place place;
static struct generator g;
static struct trial t;
static int started;

static void starting(void *arg)
{
	assert_ptr_equal(arg, &t);
	started++;
}

static int anew(void **state)
{
	(void)state;
	written[0] = '\0';
	refused = NULL;
	blocks = false;
	held = ended = started = 0;
	sem_init(&stopped, 0, 0);
	place = (struct generator_place) { 2, { "snd0", "snd1" }, { 0, 2 }, { 2, 0, 0, 0, 0, 0x99 } };
	trial_init(&t);
	t.count = 101;
	t.senders = 2;
	t.rate_pps = 50001;
	t.seed = 5;
	g = (struct generator) {
		.ops = generator_find("pktgen"),
		.trial = &t,
		.place = &place,
		.sends = t.count,
		.starting = starting,
		.starting_arg = &t,
	};
	return 0;
}

static void has(const char *line)
{
	if (!strstr(written, line))
		assert_string_equal(written, line);
}

static void each_sender_gets_its_share(void **state)
{
	(void)state;
	assert_int_equal(trial_set(&t, "gen.burst", "4", NULL), 0);
	assert_int_equal(trial_set(&t, "gen.flows", "3", NULL), 0);
	assert_int_equal(g.ops->arm(&g), 0);
	has("kpktgend_0: rem_device_all\nkpktgend_0: add_device snd0\n");
	has("kpktgend_2: rem_device_all\nkpktgend_2: add_device snd1\n");
	has("snd0: dst_mac 02:00:00:00:00:99\n");
	has("snd1: src_min 198.18.0.2\n");
	has("snd0: udp_src_min 9000\n");
	has("snd1: udp_src_max 9001\n");
	has("snd0: udp_dst_max 12\n"); /* three ports from 9 on */
	has("snd0: count 51\n");
	has("snd1: count 50\n");
	has("snd0: pkt_size 60\n"); /* the FCS is not pktgen's */
	has("snd0: burst 4\n");
	has("snd0: clone_skb 0\n");
	has("snd0: ratep 25001\n");
	has("snd1: ratep 25000\n");
	assert_null(strstr(written, "xmit_mode"));
	g.ops->disarm(&g);
	has("pgctrl: reset\n");
}

/* After pkt_size, which is that of the largest, and clone_skb 0. */
static void a_mix_of_sizes(void **state)
{
	struct outcome o;

	(void)state;
	outcome_init(&o);
	assert_int_equal(trial_assign(&t, "frame", "imix", NULL), 0);
	assert_int_equal(generator_check(&t, NULL), 0);
	assert_int_equal(g.ops->arm(&g), 0);
	has("snd0: pkt_size 1514\n");
	has("snd0: burst 1\nsnd0: a mix of 3 sizes\nsnd0: ratep 25001\n");
	assert_int_equal(g.ops->report(&g, &o), 0);
	assert_int_equal(o.sizes.sent[2].value, 6); /* of both senders */
	g.ops->disarm(&g);
}

static void unpaced_and_through_the_queue(void **state)
{
	(void)state;
	place.senders = t.senders = 1;
	t.rate_pps = RATE_MAX;
	assert_int_equal(trial_set(&t, "gen.queue", "1", NULL), 0);
	assert_int_equal(g.ops->arm(&g), 0);
	has("snd0: xmit_mode queue_xmit\nsnd0: delay 0\n");
	has("snd0: udp_dst_max 9\n");
	assert_null(strstr(written, "snd1"));
	g.ops->disarm(&g);
}

static void a_run(void **state)
{
	struct outcome o;

	(void)state;
	outcome_init(&o);
	assert_int_equal(g.ops->arm(&g), 0);
	assert_int_equal(g.ops->fire(&g), 0);
	assert_int_equal(started, 1);
	assert_int_equal(held, 1);
	assert_int_equal(g.ops->wait(&g, 5000000000ULL), 0);
	assert_int_equal(g.ops->stop(&g), 0);
	assert_null(strstr(written, "pgctrl: stop")); /* nothing runs any more */
	assert_int_equal(g.ops->report(&g, &o), 0);
	assert_int_equal(o.generator.sent, 100);
	assert_int_equal(o.generator.errors, 3);
	assert_int_equal(o.generator.achieved_pps, 50000);
	assert_int_equal(o.generator.duration_ns, 3000000); /* the longest of the two */
	g.ops->disarm(&g);
	assert_true(ended >= 1);
}

/* A sender without frames is neither armed nor asked for a result. */
static void more_senders_than_frames(void **state)
{
	struct outcome o;

	(void)state;
	outcome_init(&o);
	t.count = g.sends = 1;
	assert_int_equal(g.ops->arm(&g), 0);
	assert_null(strstr(written, "snd1"));
	assert_int_equal(g.ops->report(&g, &o), 0);
	assert_int_equal(o.generator.sent, 60);
	g.ops->disarm(&g);
}

static void one_that_does_not_end_is_stopped(void **state)
{
	(void)state;
	blocks = true;
	assert_int_equal(g.ops->arm(&g), 0);
	assert_int_equal(g.ops->fire(&g), 0);
	assert_int_equal(g.ops->wait(&g, 0), -ETIMEDOUT);
	assert_string_equal(g.err.text, "pktgen: not done after 0 ms");
	assert_int_equal(g.ops->stop(&g), 0);
	has("pgctrl: stop\n");
	g.ops->disarm(&g);
}

static void commands_that_are_refused(void **state)
{
	static const char *const commands[] = { "rem_device_all", "add_device", "dst_mac", "src_max", "udp_dst_max",
						"count",	  "pkt_size",	"burst",   "ratep" };
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		anew(state);
		refused = commands[i];
		assert_int_equal(g.ops->arm(&g), -EINVAL);
		assert_non_null(strstr(g.err.text, commands[i]));
		g.ops->disarm(&g);
	}
}

static void later_failures(void **state)
{
	struct outcome o;

	outcome_init(&o);
	refused = "start";
	assert_int_equal(g.ops->arm(&g), 0);
	assert_int_equal(g.ops->fire(&g), 0);
	assert_int_equal(g.ops->wait(&g, 5000000000ULL), -EINVAL);
	assert_string_equal(g.err.text, "pgctrl: start refused");
	refused = "result";
	g.err.text[0] = '\0';
	assert_int_equal(g.ops->report(&g, &o), -EINVAL);
	assert_string_equal(g.err.text, "snd0: no result");
	g.ops->disarm(&g);
	anew(state);
	place.cpu[0] = 77;
	assert_int_equal(g.ops->arm(&g), 0);
	assert_int_equal(g.ops->fire(&g), -EPERM);
	assert_int_equal(started, 0);
	g.ops->disarm(&g);
}

#define TEST(name) cmocka_unit_test_setup(name, anew)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_sender_gets_its_share),    TEST(a_mix_of_sizes),
		TEST(unpaced_and_through_the_queue), TEST(a_run),
		TEST(more_senders_than_frames),	     TEST(one_that_does_not_end_is_stopped),
		TEST(commands_that_are_refused),     TEST(later_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
