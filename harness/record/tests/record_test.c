// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "harness/record/record.h"
#include "harness/tests/tmpdir.h"

static void trial_of(struct trial *t, const char *text)
{
	struct err e = { "" };

	assert_int_equal(trial_parse(t, text, &e), 0);
}

/* test_schema.py holds these two lines against results/schema.json. */
static const char golden_ok[] =
	"{\"schema\":1,\"id\":\"ffe05883a6075eef\",\"testbed\":{\"name\":\"lab\",\"clock\":\"virtual\","
	"\"identity\":\"00112233aabbccdd\"},\"spec\":{\"capture\":\"libpcap\",\"generator\":\"pktgen\",\"frame_bytes\":"
	"1518,"
	"\"pkt_size\":1514,\"rate_pps\":null,\"count\":20000,\"seed\":1,\"senders\":1,\"reader_cpu\":1,"
	"\"set\":{\"buffer_bytes\":\"2097152\",\"work\":\"match:NEEDLE\"}},\"status\":\"ok\",\"reason\":null,"
	"\"generator\":{\"name\":\"pktgen\",\"sent\":20000,\"achieved_pps\":299700,\"duration_ns\":66700000,\"errors\":"
	"0,\"gaps_ns\":{\"p50\":3000,\"p99\":31000,\"max\":36000},"
	"\"schedule\":{\"scv_asked\":1.004,\"scv\":0.875,\"late_ns\":{\"p50\":1900,\"p99\":19000,\"max\":51000}}},"
	"\"capture\":{\"name\":\"libpcap\",\"received\":18519,\"unique\":18518,\"duplicates\":1,\"reordered\":0,"
	"\"corrupted\":0,\"foreign\":4,\"truncated\":3,\"own\":{\"received\":18519,\"dropped\":0,\"if_dropped\":null},"
	"\"polls\":{\"all\":300,\"empty\":10,\"empty_ns\":186},"
	"\"work\":{\"name\":\"match\",\"touched_bytes\":null,\"flows\":null,\"unclassified\":null,\"matches\":17}},"
	"\"nic\":{\"wire\":20000,\"accepted\":18518,\"driver\":18518,\"first_drop\":1967},"
	"\"drops\":{\"sender_tx\":0,\"nic_no_descriptor\":1482,\"nic_other\":null,\"xdp\":null,\"softnet\":0,"
	"\"filter\":null,\"capture\":0,"
	"\"consumer\":0},\"ledger\":{\"offered\":20000,\"delivered\":18518,\"dropped\":1482,\"unaccounted\":0},"
	"\"cpu\":{\"busy_ns\":51000000,\"total_ns\":70000000,\"dut_share\":0.4341,"
	"\"each\":[{\"cpu\":1,\"busy_ns\":30000000,\"share\":0.25,\"interrupts\":8},"
	"{\"cpu\":2,\"busy_ns\":21000000,\"share\":null,\"interrupts\":null}],"
	"\"instructions\":{\"driver\":50000000,\"softirq\":1,\"tap\":2,\"allocation\":3,\"copy\":4,\"wakeup\":5,"
	"\"syscall\":6,\"library\":7,\"consumer\":8,\"interrupt\":9,\"other\":999955},"
	"\"reader\":{\"user_ns\":11000,\"system_ns\":0}},"
	"\"irq\":{\"hard\":1894,\"polls\":"
	"null,\"switches\":40},"
	"\"latency_ns\":{\"n\":18518,\"mean\":52000,\"p50\":50000,\"p90\":60000,\"p99\":70000,\"p99_9\":80000,"
	"\"max\":90000,\"buckets\":\"330:18000 352:518\"},\"knobs\":{\"rx_usecs\":\"50\"}}";

static void cpus_measured(struct outcome *o)
{
	int i;

	o->cpu.busy_ns = counter_of(51000000);
	o->cpu.total_ns = counter_of(70000000);
	o->cpu.dut_share = 0.43409999;
	o->cpu.n_each = 2;
	o->cpu.each[0] = (struct cpu_part) { counter_of(30000000), counter_of(8), 0.25004 };
	o->cpu.each[1] = (struct cpu_part) { counter_of(21000000), { 0 }, -1 };
	for (i = 0; i < STAGES; i++)
		o->cpu.instructions[i] = counter_of(i);
	o->cpu.instructions[STAGE_DRIVER] = counter_of(50000000);
	o->cpu.instructions[STAGE_OTHER] = counter_of(999955);
	o->cpu.reader.user_ns = counter_of(11000);
	o->cpu.reader.system_ns = counter_of(0);
}

static void measured(struct outcome *o)
{
	outcome_init(o);
	cpus_measured(o);
	o->generator.sent = 20000;
	o->generator.achieved_pps = 299700;
	o->gaps.p50 = counter_of(3000);
	o->gaps.p99 = counter_of(31000);
	o->gaps.max = counter_of(36000);
	o->schedule.scv_asked = counter_of(1004);
	o->schedule.scv = counter_of(875);
	o->schedule.late_p50 = counter_of(1900);
	o->schedule.late_p99 = counter_of(19000);
	o->schedule.late_max = counter_of(51000);
	o->generator.duration_ns = 66700000;
	o->capture.received = counter_of(18519);
	o->capture.unique = 18518;
	o->capture.duplicates = 1;
	o->capture.foreign = 4;
	o->capture.own_received = counter_of(18519);
	o->capture.own_dropped = counter_of(0);
	o->work.matches = counter_of(17);
	o->nic.wire = counter_of(20000);
	o->nic.accepted = counter_of(18518);
	o->nic.driver = counter_of(18518);
	o->nic.first_drop = counter_of(1967);
	o->drops[DROP_SENDER_TX] = counter_of(0);
	o->drops[DROP_NIC_NO_DESCRIPTOR] = counter_of(1482);
	o->drops[DROP_SOFTNET] = counter_of(0);
	o->drops[DROP_CAPTURE] = counter_of(0);
	o->drops[DROP_CONSUMER] = counter_of(0);
	o->irq.hard = counter_of(1894);
	o->irq.switches = counter_of(40);
	o->capture.truncated = 3;
	o->capture.polls.all = counter_of(300);
	o->capture.polls.empty = counter_of(10);
	o->capture.polls.empty_ns = counter_of(186);
	o->latency.n = 18518;
	o->latency.mean = 52000;
	o->latency.p50 = 50000;
	o->latency.p90 = 60000;
	o->latency.p99 = 70000;
	o->latency.p99_9 = 80000;
	o->latency.max = 90000;
	o->latency.bucket[330] = 18000;
	o->latency.bucket[352] = 518;
	assert_int_equal(outcome_knob(o, "rx_usecs", "50"), 0);
}

static void golden_line(void **state)
{
	struct trial t;
	struct outcome o;
	char *line;

	(void)state;
	trial_of(&t, "capture=libpcap frame=1518 set.buffer_bytes=2097152 set.work=match:NEEDLE");
	measured(&o);
	line = record_line(&t, &o, CLOCK_VIRTUAL, "00112233aabbccdd");
	assert_string_equal(line, golden_ok);
	free(line);
}

static const char golden_failed[] =
	"{\"schema\":1,\"id\":\"b6d1c5058ba874a0\",\"testbed\":{\"name\":\"lab\",\"clock\":\"virtual\","
	"\"identity\":\"00112233aabbccdd\"},\"spec\":{\"capture\":\"null\",\"generator\":\"pktgen\",\"frame_bytes\":64,"
	"\"pkt_size\":60,\"rate_pps\":1000,\"count\":20000,\"seed\":1,\"senders\":1,\"reader_cpu\":1,\"set\":{}},"
	"\"status\":\"failed\",\"reason\":\"guest panic: \\\"oops\\\"?[0m?\",\"generator\":{\"name\":\"pktgen\","
	"\"sent\":null,\"achieved_pps\":null,\"duration_ns\":null,\"errors\":null,\"gaps_ns\":{\"p50\":null,\"p99\":"
	"null,\"max\":null}},\"capture\":{\"name\":\"null\","
	"\"received\":null,\"unique\":null,\"duplicates\":null,\"reordered\":null,\"corrupted\":null,\"foreign\":null,"
	"\"own\":{\"received\":null,\"dropped\":null,\"if_dropped\":null}},"
	"\"nic\":{\"wire\":null,\"accepted\":null,\"driver\":null,\"first_drop\":null},\"drops\":{\"sender_tx\":null,"
	"\"nic_no_descriptor\":null,\"nic_other\":null,\"xdp\":null,\"softnet\":null,\"filter\":null,\"capture\":null,"
	"\"consumer\":null},"
	"\"ledger\":null,\"cpu\":{\"busy_ns\":null,\"total_ns\":null,\"dut_share\":null},"
	"\"irq\":{\"hard\":null,\"polls\":null,\"switches\":null},\"latency_ns\":null,\"knobs\":{\"rx_usecs\":\"50\"}}";

static void failed_trial_measured_nothing(void **state)
{
	struct trial t;
	struct outcome o;
	char *line;

	(void)state;
	trial_of(&t, "capture=null rate=1000");
	measured(&o);
	outcome_fail(&o, TRIAL_FAILED, "guest panic: \"%s\"\x1b[0m\xff", "oops");
	line = record_line(&t, &o, CLOCK_VIRTUAL, "00112233aabbccdd");
	assert_string_equal(line, golden_failed);
	free(line);
}

static void invalid_trial_keeps_its_numbers(void **state)
{
	struct trial t;
	struct outcome o;
	char *line;

	(void)state;
	trial_of(&t, "capture=null");
	measured(&o);
	o.latency.n = 0;
	o.cpu.dut_share = -1;
	o.cpu.n_each = 0;
	memset(o.cpu.instructions, 0, sizeof(o.cpu.instructions));
	memset(&o.cpu.reader, 0, sizeof(o.cpu.reader));
	memset(&o.capture.polls, 0, sizeof(o.capture.polls));
	o.capture.truncated = 0;
	outcome_fail(&o, TRIAL_INVALID, "short");
	line = record_line(&t, &o, CLOCK_WALL, "-");
	assert_non_null(strstr(line, "\"status\":\"invalid\",\"reason\":\"short\""));
	assert_non_null(strstr(line, "\"sent\":20000"));
	assert_non_null(strstr(line, "\"dut_share\":null}")); /* and nothing of single CPUs, stages and the reader */
	assert_non_null(strstr(line, "\"latency_ns\":null"));
	assert_null(strstr(line, "truncated")); /* nor of cut frames, where there are none */
	assert_null(strstr(line, "\"empty_ns\"")); /* nor of a reader that does not sleep */
	free(line);
}

/* Mean size, the mix, bits a second, and a row a size; what is not known of a size is null. */
static void a_mix_is_told_by_size(void **state)
{
	struct trial t;
	struct outcome o, back;
	struct err e = { "" };
	char *line;

	(void)state;
	trial_of(&t, "capture=libpcap frame=imix");
	measured(&o);
	o.generator.duration_ns = 1000000;
	o.sizes.sent[0] = counter_of(7);
	o.sizes.sent[1] = counter_of(4);
	o.sizes.sent[2] = counter_of(1);
	o.sizes.received[0] = counter_of(6);
	o.sizes.received[2] = counter_of(0);
	line = outcome_encode(&o); /* it comes out of the guest as text */
	assert_int_equal(outcome_decode(&back, line, &e), 0);
	free(line);
	line = record_line(&t, &back, CLOCK_VIRTUAL, "-");
	assert_non_null(strstr(line, "\"frame_bytes\":361.83,\"frame\":\"64:7,594:4,1518:1\",\"pkt_size\":null,"));
	assert_non_null(strstr(line, "\"errors\":0,\"achieved_bps\":34736000,\"gaps_ns\"")); /* 8 * 4342 bits in 1 ms */
	assert_non_null(strstr(line, "\"sizes\":[{\"frame_bytes\":64,\"sent\":7,\"received\":6},"
				     "{\"frame_bytes\":594,\"sent\":4,\"received\":null},"
				     "{\"frame_bytes\":1518,\"sent\":1,\"received\":0}]}"));
	free(line);
	outcome_free(&back);
	outcome_fail(&o, TRIAL_FAILED, "x");
	line = record_line(&t, &o, CLOCK_VIRTUAL, "-");
	assert_non_null(strstr(line, "\"achieved_bps\":null"));
	free(line);
}

/* The kernel is the consumer and does not say what it received. */
static void an_unknown_count_is_null(void **state)
{
	struct trial t;
	struct outcome o;
	char *line;

	(void)state;
	trial_of(&t, "capture=null");
	measured(&o);
	o.capture.unchecked = 1;
	o.capture.received = (struct counter) { 0 };
	line = record_line(&t, &o, CLOCK_VIRTUAL, "00112233aabbccdd");
	assert_non_null(strstr(line, "\"capture\":{\"name\":\"null\",\"received\":null,\"unique\":null,"));
	assert_non_null(strstr(line, "\"offered\":20000,\"delivered\":null,\"dropped\":1482,\"unaccounted\":null}"));
	free(line);
}

static void meters_of_a_wall_clock(void **state)
{
	struct trial t;
	struct outcome o;
	char *line;

	(void)state;
	trial_of(&t, "testbed=netns capture=null");
	measured(&o);
	o.meters = json_pack("{s:[i,n]}", "x", 1);
	line = record_line(&t, &o, CLOCK_WALL, "-");
	assert_non_null(strstr(line, "\"knobs\":{\"rx_usecs\":\"50\"},\"meters\":{\"x\":[1,null]}}"));
	free(line);
	outcome_fail(&o, TRIAL_FAILED, "panic");
	line = record_line(&t, &o, CLOCK_WALL, "-");
	assert_null(strstr(line, "meters"));
	free(line);
	outcome_free(&o);
}

static int temporary_file(void)
{
	char path[TMP_NAME];
	int fd = mkostemp(tmp_name(path, "record"), O_APPEND);

	assert_true(fd >= 0);
	unlink(path);
	return fd;
}

static void append_writes_whole_lines(void **state)
{
	struct err e = { "" };
	char text[32] = "";
	int fd = temporary_file();

	(void)state;
	assert_int_equal(record_append(fd, "{\"a\":1}", &e), 0);
	assert_int_equal(record_append(fd, "{\"b\":2}", &e), 0);
	assert_int_equal(pread(fd, text, sizeof(text) - 1, 0), 16);
	assert_string_equal(text, "{\"a\":1}\n{\"b\":2}\n");
	close(fd);
}

/* The size limit cuts the write as a full disk does: the half-written line must be gone. */
static void append_cuts_a_half_line_back(void **state)
{
	struct rlimit old, tight = { 12, RLIM_INFINITY };
	struct err e = { "" };
	int fd = temporary_file();
	int ret;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(record_append(fd, "{\"a\":1}", &e), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	tight.rlim_max = old.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
	ret = record_append(fd, "{\"b\":2}", &e);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(ret, -ENOSPC);
	assert_non_null(strstr(e.text, "cannot append a record"));
	assert_int_equal(lseek(fd, 0, SEEK_END), 8);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden_line),
		cmocka_unit_test(failed_trial_measured_nothing),
		cmocka_unit_test(invalid_trial_keeps_its_numbers),
		cmocka_unit_test(a_mix_is_told_by_size),
		cmocka_unit_test(an_unknown_count_is_null),
		cmocka_unit_test(meters_of_a_wall_clock),
		cmocka_unit_test(append_writes_whole_lines),
		cmocka_unit_test(append_cuts_a_half_line_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
