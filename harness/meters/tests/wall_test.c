// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/meters/wall.h"

/* test_schema.py holds this against results/schema.json. */
static const char golden_meters[] =
	"{\"window_ns\":50,\"cpus\":[0,2],"
	"\"time\":{\"user_ns\":[10000000,0],\"nice_ns\":[0,0],\"system_ns\":[20000000,30000000],\"idle_ns\":[0,0],"
	"\"iowait_ns\":[0,0],\"irq_ns\":[0,0],\"softirq_ns\":[40000000,0],\"steal_ns\":[null,null]},"
	"\"softnet\":{\"processed\":[17,0],\"dropped\":[0,0],\"time_squeeze\":[1,0],\"received_rps\":[null,null],"
	"\"flow_limit\":[null,null]},"
	"\"interrupts\":{\"device\":[null,null],\"timer\":[null,null],\"reschedule\":[null,null],\"call\":[null,null],"
	"\"other\":[null,null]},"
	"\"softirqs\":{\"net_rx\":[5,0],\"net_tx\":[0,0]},"
	"\"threads\":{\"reader\":{\"run_ns\":70,\"wait_ns\":8,\"slices\":9},"
	"\"sender0\":{\"run_ns\":null,\"wait_ns\":null,\"slices\":null}},"
	"\"perf\":{\"reader\":{\"cycles\":1000,\"instructions\":null,\"cache_misses\":null,\"task_clock_ns\":60,"
	"\"context_switches\":0,\"page_faults\":null},"
	"\"cpus\":{\"cycles\":[7,null],\"instructions\":[6,null],\"cache_misses\":[null,null],"
	"\"context_switches\":[null,null],\"page_faults\":[null,null]}},"
	"\"unknown\":{\"time.steal_ns\":\"not in this kernel's /proc/stat, or the CPU was not there all the time\","
	"\"softnet.received_rps\":\"not in this kernel's /proc/net/softnet_stat, or the CPU was not there all the "
	"time\","
	"\"softnet.flow_limit\":\"not in this kernel's /proc/net/softnet_stat, or the CPU was not there all the time\","
	"\"interrupts\":\"/proc/interrupts: gone\","
	"\"threads.sender0\":\"no thread of ours, or one that tells nothing\","
	"\"perf.reader.instructions\":\"refused\",\"perf.reader.cache_misses\":\"refused\","
	"\"perf.reader.page_faults\":\"refused\",\"perf.cpus.cycles\":\"the CPU came later\","
	"\"perf.cpus.instructions\":\"the CPU came later\",\"perf.cpus.cache_misses\":\"the CPU came later\","
	"\"perf.cpus.context_switches\":\"the CPU came later\",\"perf.cpus.page_faults\":\"the CPU came later\"},"
	"\"scaled\":{\"perf.reader.cycles\":0.25,\"perf.cpus.instructions\":0.5}}";

static void parse(struct percpu *p, enum percpu_group g, const char *text)
{
	struct err e = { "" };
	char *copy = strdup(text);

	assert_int_equal(percpu_parse(p, g, copy, &e), 0);
	free(copy);
}

static void read_twice(struct wall *w)
{
	memset(w, 0, sizeof(*w));
	w->begin_ns = 100;
	w->end_ns = 150;
	parse(&w->before, PERCPU_TIME, "cpu0 1 0 1 1 1 1 0\ncpu2 1 1 1 1 1 1 1\n");
	parse(&w->after, PERCPU_TIME, "cpu0 2 0 3 1 1 1 4\ncpu2 1 1 4 1 1 1 1\n");
	parse(&w->before, PERCPU_SOFTNET, "1 0 0\n5 0 0\n");
	parse(&w->after, PERCPU_SOFTNET, "12 0 1\n5 0 0\n");
	parse(&w->before, PERCPU_SOFTIRQS, "CPU0 CPU1 CPU2\nNET_RX: 1 0 1\nNET_TX: 1 0 1\n");
	parse(&w->after, PERCPU_SOFTIRQS, "CPU0 CPU1 CPU2\nNET_RX: 6 0 1\nNET_TX: 1 0 1\n");
	err_set(&w->after.why[PERCPU_INTERRUPTS], -ENOENT, "/proc/interrupts: gone");
}

static void threads_of(struct thread_used *reader, struct thread_used *sender)
{
	int i;

	memset(reader, 0, sizeof(*reader));
	memset(sender, 0, sizeof(*sender));
	reader->sched = (struct schedstat) { counter_of(70), counter_of(8), counter_of(9) };
	for (i = 0; i < PERF_EVENTS; i++) {
		reader->counted.share[i] = 1;
		err_set(&reader->counted.why[i], 0, "refused");
	}
	reader->counted.value[PERF_CYCLES] = counter_of(1000);
	reader->counted.share[PERF_CYCLES] = 0.25;
	reader->counted.value[PERF_TASK_CLOCK] = counter_of(60);
	reader->counted.value[PERF_CONTEXT_SWITCHES] = counter_of(0);
}

static char *text_of(const struct wall *w, const struct wall_thread *threads)
{
	json_t *json = wall_json(w, threads, 2);
	char *text = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(15));

	json_decref(json);
	assert_non_null(text);
	return text;
}

static void everything(void **state)
{
	struct thread_used reader, sender;
	const struct wall_thread threads[] = { { "reader", &reader }, { "sender0", &sender } };
	struct wall w;
	char *text;

	(void)state;
	read_twice(&w);
	threads_of(&reader, &sender);
	w.perf = true;
	w.n = 1; /* CPU 2 came later */
	w.counters = calloc(1, sizeof(*w.counters));
	w.counted = calloc(1, sizeof(*w.counted));
	w.counted[0].value[PERF_CYCLES] = counter_of(7);
	w.counted[0].share[PERF_CYCLES] = 1;
	w.counted[0].value[PERF_INSTRUCTIONS] = counter_of(6);
	w.counted[0].share[PERF_INSTRUCTIONS] = 0.5;
	text = text_of(&w, threads);
	assert_string_equal(text, golden_meters);
	free(text);
	wall_free(&w);
}

static void without_perf(void **state)
{
	struct thread_used reader, sender;
	const struct wall_thread threads[] = { { "reader", &reader }, { "sender0", &sender } };
	struct wall w;
	char *text;

	(void)state;
	read_twice(&w);
	threads_of(&reader, &sender);
	text = text_of(&w, threads);
	assert_non_null(strstr(text, "\"perf\":null"));
	assert_non_null(strstr(text, "\"perf\":\"perf=off\""));
	free(text);
	wall_free(&w);
}

/* Counters in turns: 60 counted in 30 of 100 ns. */
static void turns(void **state)
{
	const struct perf_reading before = { 40, 1000, 500 };
	struct perf_reading after = { 100, 1100, 530 };
	struct counter c;
	double share;

	(void)state;
	c = perf_scale(&after, &before, &share);
	assert_true(c.known);
	assert_int_equal(c.value, 200);
	assert_float_equal(share, 0.3, 1e-9);
	after.running_ns = 600;
	c = perf_scale(&after, &before, &share);
	assert_true(c.known && c.value == 60 && share == 1);
	after.running_ns = 500; /* never had its turn */
	assert_false(perf_scale(&after, &before, &share).known);
	c = perf_scale(&before, &before, &share); /* a thread that never ran */
	assert_true(c.known && c.value == 0 && share == 1);
}

static void schedstat(void **state)
{
	static const char *const bad[] = { "", "1 2", "1 2 x", "1 -2 3", "what" };
	struct schedstat s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err e = { "" };

		assert_int_equal(schedstat_parse(&s, bad[i], &e), -EPROTO);
		assert_non_null(strstr(e.text, "/proc/thread-self/schedstat: "));
		assert_false(s.run_ns.known || s.wait_ns.known || s.slices.known);
	}
	assert_int_equal(schedstat_parse(&s, "167349 236943 1\n", NULL), 0);
	assert_true(s.run_ns.value == 167349 && s.wait_ns.value == 236943 && s.slices.value == 1);
}

/* The thread that reads itself, as the reader does. */
static void own_thread(void **state)
{
	volatile uint64_t spin = 0;
	struct thread_meter meter;
	struct thread_used used;

	(void)state;
	memset(&used, 0, sizeof(used));
	thread_begin(&meter, METERING_NONE);
	thread_end(&meter, &used);
	assert_false(used.sched.run_ns.known);
	assert_string_equal(used.why.text, "");
	thread_begin(&meter, METERING_PERF);
	while (spin < 1000000)
		spin = spin + 1;
	thread_end(&meter, &used);
	if (!used.sched.run_ns.known) {
		assert_string_not_equal(used.why.text, "");
		skip();
	}
	assert_true(used.sched.run_ns.value > 100000);
	/* Each perf counter that is refused here has a reason. */
	assert_true(used.counted.value[PERF_TASK_CLOCK].known || used.counted.why[PERF_TASK_CLOCK].text[0]);
	assert_true(used.counted.value[PERF_CYCLES].known || used.counted.why[PERF_CYCLES].text[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything), cmocka_unit_test(without_perf), cmocka_unit_test(turns),
		cmocka_unit_test(schedstat),  cmocka_unit_test(own_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
