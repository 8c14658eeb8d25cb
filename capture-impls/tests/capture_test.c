// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture-impls/capture.h"
#include "capture-impls/common/memory.h"
#include "harness/util/number.h"

/* "key=value key=value" into a trial of this capture. */
static struct trial trial_of(const char *capture, const char *settings)
{
	char text[512], *word, *save = NULL, *equals;
	struct err e = { "" };
	struct trial t;

	trial_init(&t);
	snprintf(t.capture, sizeof(t.capture), "%s", capture);
	snprintf(text, sizeof(text), "%s", settings);
	for (word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		equals = strchr(word, '=');
		*equals = 0;
		assert_int_equal(trial_set(&t, word, equals + 1, &e), 0);
	}
	return t;
}

static const struct row {
	const char *capture, *settings;
	int ret;
	const char *words;
} rows[] = {
	{ "null", "", 0, NULL },
	{ "libpcap", "", 0, NULL },
	{ "libpcap", "buffer_bytes=65536 immediate=1 snaplen=262144 timeout_ms=1000", 0, NULL },
	{ "libpcap", "gen.burst=4", 0, NULL }, /* the generator's */
	{ "ykvm", "buffers=512", 0, NULL },
	{ "tpacket3", "block_bytes=4194304 blocks=4096 retire_ms=1000", 0, NULL },
	{ "recv", "rcvbuf_bytes=4096", 0, NULL },
	{ "recvmmsg", "rcvbuf_bytes=536870912 batch=1", 0, NULL },
	{ "io-uring", "buffers=32768 buffer_bytes=128 defer=0", 0, NULL },
	{ "bpf-ringbuf", "ring_bytes=65536", 0, NULL },
	{ "bpf-perfbuf", "ring_bytes=65536 wake_frames=64 snaplen=96", 0, NULL },
	{ "nflog", "group=65535 batch=1 nlbuf_bytes=4096 flush_ms=1000", 0, NULL },
	{ "libpcap-immediate", "buffer_bytes=65536 snaplen=262144", 0, NULL },
	{ "tpacket2", "frame_bytes=65536 frames=16", 0, NULL },
	{ "fanout", "members=8 spread=lb block_bytes=4096 blocks=2 retire_ms=1", 0, NULL },
	{ "xdp-count", "", 0, NULL },
	{ "ykvm-xdp", "slots=64 slot_bytes=128 overwrite=0 spin_usecs=50", 0, NULL },
	{ "xdp-count", "work=count", 0, NULL },
	{ "af-xdp", "mode=skb frames=64 frame_bytes=4096 need_wakeup=0 busy_usecs=50", 0, NULL },
	{ "napi-tuned", "base=af-xdp busy_usecs=50 napi_defer_hard_irqs=2 gro_flush_timeout=200000", 0, NULL },
	{ "interrupt-coalesced", "base=tpacket3 retire_ms=20", 0, NULL },
	{ "ykvm", "buffer_bytes=4096 overwrite=0 snaplen=96 stamp=1 gro=1 members=8", 0, NULL },
	{ "ykvm", "wake_frames=32 wake_usecs=100 busy_usecs=50", 0, NULL },
	{ "ykvm-tap", "buffers=64 overwrite=0", 0, NULL },
	{ "ykvm-user", "huge_pages=1 buffers=32768", 0, NULL },
	{ "pf_zerocopy", "driver=stock buffers=2048 wake_frames=1 busy_usecs=50", 0, NULL },
	{ "pf_zerocopy", "driver=zc rx_usecs=0 snaplen=96", 0, NULL },
	{ "dpdk", "ring=4096 work=touch", 0, NULL },
	{ "napi-tuned", "", 0, NULL },
	{ "napi-tuned", "base=ykvm buffers=512 gro=1 netdev_budget=300", 0, NULL },
	{ "interrupt-coalesced", "base=napi-tuned", 0, NULL },
	{ "interrupt-coalesced", "base=null rx_usecs=100000 rx_ring=65536 adaptive_rx=1", 0, NULL },
	{ "interrupt-coalesced", "base=libpcap timeout_ms=20", 0, NULL },

	{ "libpcap", "work=count", 0, NULL }, /* everybody's */
	{ "libpcap", "work=match:NEEDLE", 0, NULL },
	{ "ykvm", "work=flow", 0, NULL },
	{ "null", "work=count", 0, NULL },
	{ "napi-tuned", "work=touch", 0, NULL },
	{ "napi-tuned", "base=null work=count", 0, NULL },

	{ "libpcap", "work=lift", -EINVAL, "work=lift: must be count, touch, flow or match:PATTERN" },
	{ "libpcap", "work=match:0x1", -EINVAL, "not an even number of hexadecimal digits" },
	{ "null", "work=touch", -EINVAL, "null: work=touch: the kernel consumes the frames" },
	{ "interrupt-coalesced", "base=null work=flow", -EINVAL, "only work=count is possible" },
	{ "nosuch", "", -EINVAL, "no capture is called nosuch" },
	{ "", "", -EINVAL, "no capture is called" },
	{ "ykvm", "buffers=63", -EINVAL, "buffers=63: must be a whole number from 64 to 32768" },
	{ "ykvm", "members=9", -EINVAL, "members=9: must be a whole number from 1 to 8" },
	{ "ykvm", "members=0", -EINVAL, "members=0" },
	{ "ykvm", "snaplen=57", -EINVAL, "snaplen=57" },
	{ "ykvm-tap", "buffer_bytes=128", -EINVAL, "buffer_bytes=128" },
	{ "libpcap", "buffer_bytes=65535", -EINVAL, "buffer_bytes=65535: must be a whole number from 65536 to" },
	{ "libpcap", "buffer_bytes=536870913", -EINVAL, "to 536870912" },
	{ "libpcap", "snaplen=57", -EINVAL, "snaplen=57" }, /* the sink could not know the frame */
	{ "libpcap", "timeout_ms=0", -EINVAL, "from 1 to 1000" },
	{ "libpcap", "timeout_ms=1.5", -EINVAL, "timeout_ms=1.5" },
	{ "libpcap", "timeout_ms=-1", -EINVAL, "timeout_ms=-1" },
	{ "libpcap", "timeout_ms=10ms", -EINVAL, "timeout_ms=10ms" },
	{ "libpcap", "timeout_ms=4294967306", -EINVAL, "from 1 to 1000" }, /* 10, were it cut to 32 bits */
	{ "libpcap", "timeout_ms=18446744073709551626", -EINVAL, "timeout_ms=18446744073709551626" }, /* and 64 */
	{ "libpcap", "immediate=2", -EINVAL, "immediate=2: must be a whole number from 0 to 1" },
	{ "tpacket3", "block_bytes=4095", -EINVAL, "from 4096 to 4194304" },
	{ "tpacket3", "blocks=1", -EINVAL, "from 2 to 4096" },
	{ "tpacket3", "retire_ms=0", -EINVAL, "from 1 to 1000" },
	{ "recv", "rcvbuf_bytes=4095", -EINVAL, "rcvbuf_bytes=4095" },
	{ "tpacket2", "frame_bytes=255", -EINVAL, "from 256 to 65536" },
	{ "tpacket2", "frames=8", -EINVAL, "from 16 to 262144" },
	{ "fanout", "members=0", -EINVAL, "members=0: must be a whole number from 1 to 8" },
	{ "fanout", "members=9", -EINVAL, "members=9" },
	{ "fanout", "blocks=1", -EINVAL, "from 2 to 4096" },
	{ "ykvm-xdp", "slots=63", -EINVAL, "from 64 to 1048576" },
	{ "ykvm-xdp", "slot_bytes=127", -EINVAL, "from 128 to 4096" },
	{ "ykvm-xdp", "overwrite=2", -EINVAL, "overwrite=2" },
	{ "fanout", "spread=flow", -EINVAL, "spread=flow: must be hash, lb, cpu, rollover, rnd or qm" },
	{ "fanout", "block_bytes=12288", -EINVAL, "fanout: block_bytes=12288: not a power of two" },
	{ "tpacket3", "block_bytes=4097", -EINVAL, "tpacket3: block_bytes=4097: not a power of two" },
	{ "tpacket2", "frame_bytes=300", -EINVAL, "not powers of two" },
	{ "tpacket2", "frames=17", -EINVAL, "not powers of two" },
	{ "ykvm", "buffers=100", -EINVAL, "ykvm: buffers=100: not a power of two" },
	{ "ykvm-tap", "buffers=100", -EINVAL, "ykvm-tap: buffers=100: not a power of two" },
	{ "ykvm-user", "buffer_bytes=300", -EINVAL, "ykvm-user: buffer_bytes=300: not a power of two" },
	{ "ykvm-zc", "buffer_bytes=3000", -EINVAL, "ykvm-zc: buffer_bytes=3000: not a power of two" },
	{ "ykvm-xdp", "slots=65", -EINVAL, "not powers of two" },
	{ "pf_zerocopy", "driver=other", -EINVAL, "pf_zerocopy: driver=other: must be zc or stock" },
	{ "pf_zerocopy", "buffers=100", -EINVAL, "pf_zerocopy: buffers=100: not a power of two" },
	{ "kcap", "algorithm=naive", -EINVAL, "algorithm=naive: must be horspool, bm or kmp" },
	{ "af-xdp", "mode=fast", -EINVAL, "mode=fast: must be native, skb or zerocopy" },
	{ "af-xdp", "frames=65", -EINVAL, "frames=65: not a power of two" },
	{ "napi-tuned", "base=af-xdp mode=fast", -EINVAL, "mode=fast" },
	{ "xdp-count", "work=touch", -EINVAL, "xdp-count: work=touch: the kernel consumes the frames" },
	{ "af-xdp", "frames=63", -EINVAL, "frames=63: must be a whole number from 64 to 65536" },
	{ "af-xdp", "frame_bytes=1024", -EINVAL, "from 2048 to 4096" },
	{ "af-xdp", "need_wakeup=2", -EINVAL, "need_wakeup=2" },
	{ "af-xdp", "busy_usecs=1000001", -EINVAL, "busy_usecs=1000001" },
	{ "dpdk", "ring=63", -EINVAL, "ring=63: must be a whole number from 64 to 4096" },
	{ "recvmmsg", "batch=65", -EINVAL, "from 1 to 64" },
	{ "io-uring", "buffers=1000", -EINVAL, "buffers=1000 is not a power of two" },
	{ "bpf-ringbuf", "ring_bytes=100000", -EINVAL, "ring_bytes=100000 is not a power of two" },
	{ "bpf-perfbuf", "ring_bytes=100000", -EINVAL, "ring_bytes=100000 is not a power of two" },
	{ "nflog", "flush_ms=15", -EINVAL, "steps of 10 ms" },
	{ "adaptive-coalesced", "base=recv quick_usecs=20 bulk_usecs=20 look_ms=1000", 0, NULL },
	{ "adaptive-coalesced", "base=libpcap timeout_ms=20", 0, NULL },
	{ "adaptive-coalesced", "base=napi-tuned bulk_pps=50000", 0, NULL },
	{ "napi-tuned", "base=adaptive-coalesced bulk_pps=50000", 0, NULL },
	{ "adaptive-coalesced", "quick_usecs=9", -EINVAL, "quick_usecs=9: must be a whole number from 10 to 5000" },
	{ "adaptive-coalesced", "base=null", 0, NULL },
	{ "adaptive-coalesced", "quick_usecs=300", -EINVAL, "quick_usecs=300 must be at most bulk_usecs=100" },
	{ "adaptive-coalesced", "quick_pps=100000", -EINVAL, "quick_pps=100000 must be below bulk_pps=100000" },
	{ "napi-tuned", "base=adaptive-coalesced bulk_pps=0", -EINVAL, "bulk_pps=0: must be" },
	{ "adaptive-coalesced", "base=interrupt-coalesced", -EINVAL, "base=interrupt-coalesced: both set rx_usecs" },
	{ "interrupt-coalesced", "base=adaptive-coalesced", -EINVAL, "base=adaptive-coalesced: both set rx_usecs" },
	{ "adaptive-coalesced", "base=ykvm-zc", -EINVAL, "base=ykvm-zc: gives the interface to a driver" },
	{ "napi-tuned", "base=nosuch", -EINVAL, "base=nosuch: no capture is called that" },
	{ "napi-tuned", "base=napi-tuned", -EINVAL, "it cannot stand on itself" },
	{ "napi-tuned", "base=dpdk", -EINVAL, "napi-tuned: base=dpdk: gives the interface to a driver of its own" },
	{ "interrupt-coalesced", "base=ykvm-zc rx_ring=512", -EINVAL, "base=ykvm-zc: gives the interface to a driver" },
	{ "interrupt-coalesced", "base=libpcap timeout_ms=1001", -EINVAL, "timeout_ms=1001" },
	{ "interrupt-coalesced", "base=a-name-that-is-longer-than-any-capture.s-name-may-be", -EINVAL, "base=a-name" },
};

static void settings_are_checked(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct trial t = trial_of(rows[i].capture, rows[i].settings);
		struct err e = { "" };

		print_message("%s %s\n", rows[i].capture, rows[i].settings);
		assert_int_equal(capture_check(&t, &e), rows[i].ret);
		if (rows[i].words && !strstr(e.text, rows[i].words))
			assert_string_equal(e.text, rows[i].words);
		if (!rows[i].words)
			assert_string_equal(e.text, "");
	}
}

static void rings_larger_than_memory_are_refused(void **state)
{
	struct err e = { "" };

	(void)state;
	assert_int_equal(memory_check("x", 0, &e), 0);
	assert_int_equal(memory_check("x", 4096, &e), 0);
	assert_string_equal(e.text, "");
	assert_int_equal(memory_check("x", UINT64_MAX, &e), -ENOMEM);
	assert_non_null(strstr(e.text, "x: a ring of 18446744073709551615 bytes, and this machine has "));
}

/* Under a derived row it would run without a reader, or without the settings, and its trials would be `ok`. */
static void bases_that_cannot_be(void **state)
{
	char settings[64], words[64];
	int i;

	(void)state;
	for (i = 0; captures[i]; i++) {
		bool cannot = captures[i]->caps & (CAPTURE_NOT_BUILT | CAPTURE_OWN_DRIVER) ||
			      !strcmp(captures[i]->name, "napi-tuned");
		struct err e = { "" };
		struct trial t;

		snprintf(settings, sizeof(settings), "base=%s", captures[i]->name);
		snprintf(words, sizeof(words), "napi-tuned: %s: ", settings);
		t = trial_of("napi-tuned", settings);
		print_message("%s\n", settings);
		assert_int_equal(capture_check(&t, &e), cannot ? -EINVAL : 0);
		assert_int_equal(strncmp(e.text, words, strlen(words)) == 0, cannot);
	}
}

static void who_works_itself(void **state)
{
	struct trial t = trial_of("interrupt-coalesced", "base=libpcap");
	struct capture_ops worker = { .name = "worker", .caps = CAPTURE_WORKS_ITSELF };

	(void)state;
	assert_false(capture_works_itself(capture_find("interrupt-coalesced"), &t));
	assert_false(capture_works_itself(capture_find("null"), &t));
	assert_true(capture_works_itself(&worker, &t));
}

static void bases(void **state)
{
	const struct capture_ops *derived = capture_find("interrupt-coalesced"), *set;
	struct trial t = trial_of("interrupt-coalesced", "");

	(void)state;
	assert_ptr_equal(capture_base(derived, &t), capture_find("libpcap"));
	assert_ptr_equal(capture_lowest(derived, &t), capture_find("libpcap"));
	t = trial_of("interrupt-coalesced", "base=napi-tuned");
	assert_ptr_equal(capture_base(derived, &t), capture_find("napi-tuned"));
	assert_ptr_equal(capture_lowest(derived, &t), capture_find("libpcap"));
	assert_string_equal(capture_set_knob(derived, &t, "netdev_budget", &set)->value, "600");
	assert_ptr_equal(set, capture_find("napi-tuned"));
	assert_string_equal(capture_set_knob(derived, &t, "rx_usecs", &set)->value, "50");
	assert_ptr_equal(set, derived);
	assert_null(capture_set_knob(derived, &t, "gro", &set));
	t = trial_of("interrupt-coalesced", "base=ykvm");
	assert_ptr_equal(capture_base(derived, &t), capture_find("ykvm"));
	t = trial_of("interrupt-coalesced", "base=nosuch");
	assert_null(capture_base(derived, &t));
	t = trial_of("libpcap", "");
	assert_null(capture_base(capture_find("libpcap"), &t));
	assert_false(capture_kernel_consumes(capture_find("libpcap"), &t));
	t = trial_of("null", "");
	assert_true(capture_kernel_consumes(capture_find("null"), &t));
	t = trial_of("xdp-count", "");
	assert_true(capture_kernel_consumes(capture_find("xdp-count"), &t));
	t = trial_of("interrupt-coalesced", "base=null");
	assert_true(capture_kernel_consumes(derived, &t));
	t = trial_of("interrupt-coalesced", "base=ykvm");
	assert_false(capture_kernel_consumes(derived, &t));
}

/* A capture of every type of parameter, so that the memory they go to can be looked at. */
struct odd {
	uint32_t guard0, number, guard1, flag, guard2, kept, guard3;
	uint64_t large;
	uint32_t guard4;
	char name[CAPTURE_NAME_MAX];
	uint32_t guard5;
};

static int closed;

static void odd_close(struct capture *c)
{
	(void)c;
	closed++;
}

static const struct capture_param odd_params[] = {
	{ "number", PARAM_U32, offsetof(struct odd, number), "7", 1, UINT32_MAX, "count: of it" },
	{ "flag", PARAM_BOOL, offsetof(struct odd, flag), "1", 0, 0, "0 or 1: whatever its max says" },
	{ "kept", PARAM_U32, offsetof(struct odd, kept), "", 1, 9, "count: none unless set" },
	{ "large", PARAM_U64, offsetof(struct odd, large), "0", 0, UINT64_MAX, "bytes: many" },
	{ "name", PARAM_NAME, offsetof(struct odd, name), "initial", 0, 0, "name: of it" },
	{ 0 },
};
static const struct capture_ops odd_ops = {
	.name = "odd",
	.summary = "every type of parameter",
	.priv_size = sizeof(struct odd),
	.params = odd_params,
	.close = odd_close,
};

static const struct odd *odd_new(struct capture *c, const struct trial *t, int ret)
{
	const struct odd *o;

	assert_int_equal(capture_new(c, &odd_ops, t, "eth9", NULL, NULL, NULL), ret);
	o = c->priv;
	assert_true(!o->guard0 && !o->guard1 && !o->guard2 && !o->guard3 && !o->guard4 && !o->guard5);
	return o;
}

static void parameters_reach_their_places(void **state)
{
	struct trial t = trial_of("odd", "");
	const struct odd *o;
	struct capture c;

	(void)state;
	o = odd_new(&c, &t, 0);
	assert_true(o->number == 7 && o->flag == 1 && o->kept == 0 && o->large == 0);
	assert_string_equal(o->name, "initial");
	assert_string_equal(c.ifname, "eth9");
	capture_free(&c);

	t = trial_of("odd", "number=4294967295 flag=0 kept=9 large=18446744073709551615 "
			    "name=a-name-of-31-letters-and-signs_");
	o = odd_new(&c, &t, 0);
	assert_true(o->number == UINT32_MAX && o->flag == 0 && o->kept == 9 && o->large == UINT64_MAX);
	assert_string_equal(o->name, "a-name-of-31-letters-and-signs_");
	capture_free(&c);

	t = trial_of("odd", "name=a-name-of-32-letters-and-signs.-");
	odd_new(&c, &t, -EINVAL);
	assert_non_null(strstr(c.err.text, "too long"));
	capture_free(&c);
}

static void free_is_safe(void **state)
{
	struct trial t = trial_of("odd", "");
	struct capture c;

	(void)state;
	memset(&c, 0, sizeof(c));
	capture_free(&c);
	odd_new(&c, &t, 0);
	closed = 0;
	capture_free(&c);
	capture_free(&c);
	assert_int_equal(closed, 1);
}

/* If opening fails before the row's own open(), its private memory is all zeroes: descriptor 0 is somebody else's. */
static void a_close_without_open_closes_nothing(void **state)
{
	int i, fd = fcntl(0, F_GETFD) < 0 ? open("/dev/null", O_RDONLY) : 0;

	(void)state;
	assert_int_equal(fd, 0);
	for (i = 0; captures[i]; i++) {
		struct trial t = trial_of(captures[i]->name, "");
		struct capture c;

		print_message("%s\n", captures[i]->name);
		assert_int_equal(capture_new(&c, captures[i], &t, "nosuch0", NULL, NULL, NULL), 0);
		capture_free(&c);
		assert_true(fcntl(0, F_GETFD) >= 0);
	}
}

/* Said before anything is opened, so it needs no rights. */
static void an_interface_that_is_not_there_is_named(void **state)
{
	static const char *const names[] = { "af-xdp", "ykvm-xdp" };
	char words[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct trial t = trial_of(names[i], "");
		struct capture c;

		assert_int_equal(capture_new(&c, capture_find(names[i]), &t, "nosuch0", NULL, NULL, NULL), 0);
		assert_int_equal(c.ops->open(&c), -ENODEV);
		snprintf(words, sizeof(words), "%s: no interface nosuch0", names[i]);
		assert_string_equal(c.err.text, words);
		capture_free(&c);
	}
}

/* The initial value of a parameter is a value that it would take. */
static void param_is_whole(const struct capture_ops *ops, const struct capture_param *p)
{
	uint64_t v, max = p->type == PARAM_BOOL ? 1 : p->max;
	size_t size = p->type == PARAM_NAME ? CAPTURE_NAME_MAX : p->type == PARAM_U64 ? 8 : 4;
	const struct capture_param *other;

	print_message("%s %s\n", ops->name, p->name);
	assert_non_null(p->initial);
	assert_non_null(p->help);
	assert_non_null(strstr(p->help, ": ")); /* unit first */
	assert_true(p->offset + size <= ops->priv_size);
	for (other = ops->params; other != p; other++)
		assert_string_not_equal(other->name, p->name);
	if (p->type == PARAM_NAME) {
		assert_true(strlen(p->initial) < CAPTURE_NAME_MAX);
	} else if (p->initial[0]) {
		assert_int_equal(number_parse(p->initial, &v), 0);
		assert_in_range(v, p->min, max);
	}
	if (p->type == PARAM_U32)
		assert_true(p->max <= UINT32_MAX);
}

/* Over a capture that is one, and each of its knobs in its range. */
static void set_is_whole(const struct capture_ops *ops)
{
	const struct knob_value *v;
	struct err e = { "" };

	assert_non_null(capture_find(ops->base));
	assert_null(capture_find(ops->base)->base);
	assert_true(!ops->poll && !ops->wait && !ops->counts && !ops->probe && !ops->caps);
	/* Nor hooks or parameters of its own, unless it adapts its knobs. */
	assert_int_equal(!ops->open, !ops->params);
	assert_int_equal(!ops->open, !ops->close);
	for (v = ops->knobs; v->name; v++) {
		assert_non_null(knob_find(v->name));
		assert_int_equal(knob_check(knob_find(v->name), v->value, "", NULL, &e), 0);
	}
}

static void every_row_is_whole(void **state)
{
	const struct capture_param *p;
	int i;

	(void)state;
	for (i = 0; captures[i]; i++) {
		const struct capture_ops *ops = captures[i];
		struct trial t = trial_of(ops->name, "");
		struct err e = { "" };

		print_message("%s\n", ops->name);
		assert_ptr_equal(capture_find(ops->name), ops); /* so names are unique */
		assert_true(strlen(ops->name) > 0 && strlen(ops->name) < CAPTURE_NAME_MAX);
		assert_non_null(ops->summary);
		assert_true(strlen(ops->summary) > 0 && !strchr(ops->summary, '\n'));
		if (ops->caps & CAPTURE_NOT_BUILT)
			assert_int_not_equal(ops->probe(&e), 0); /* and with a reason */
		else
			assert_true(ops->poll || ops->counts || ops->base); /* somebody must say what came */
		if (ops->base)
			set_is_whole(ops);
		assert_true(!ops->params || ops->priv_size);
		for (p = ops->params; p && p->name; p++)
			param_is_whole(ops, p);
		if (capture_check(&t, &e))
			fail_msg("%s", e.text); /* runs as it is */
	}
	assert_null(capture_find("nosuch"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_are_checked),
		cmocka_unit_test(bases),
		cmocka_unit_test(bases_that_cannot_be),
		cmocka_unit_test(who_works_itself),
		cmocka_unit_test(parameters_reach_their_places),
		cmocka_unit_test(rings_larger_than_memory_are_refused),
		cmocka_unit_test(free_is_safe),
		cmocka_unit_test(a_close_without_open_closes_nothing),
		cmocka_unit_test(an_interface_that_is_not_there_is_named),
		cmocka_unit_test(every_row_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
