// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * xdp-live: the kernel runs an XDP program on frames that it makes itself, and sends those that the program asks for
 * (BPF_PROG_TEST_RUN with BPF_F_TEST_XDP_LIVE_FRAMES, Linux 5.18). No sk_buff, and one system call for all, since
 * a call takes milliseconds to start and end: the fastest sender for a veth. The DUT's end needs a ring: GRO or XDP.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "harness/util/bpf.h"
#include "generators/frame.h"
#include "generators/sender.h"
#include "generators/xdp-live/program.h"
#include "harness/util/file.h"

#define LEAD_NS 100000000 /* before the schedule: frames due while the system call starts would leave in one bunch */
#define END_NS 200000 /* after the time of the last frame */
#define AGAIN_NS 200000000 /* much longer than a system call's start, else late frames would never leave */
#define BATCH_UNPACED 64
#define BATCH_PACED 8 /* frames leave only at the end of their batch */

struct live {
	int state_map, due_map, prog; /* -1: none */
	struct live_state *state; /* NULL: not mapped */
	uint8_t frame[FRAME_ROOM];
	struct xdp_md context;
	union bpf_attr run;
};

static const struct generator_setting settings[] = {
	SCHEDULE_SETTINGS,
	{ "batch", 0, 0, 256, "frames: handed to the device at once; 0: 64, and 8 at a paced rate", NULL, EFFECT_NONE },
	{ 0 },
};

static int run(union bpf_attr *attr)
{
	return syscall(SYS_bpf, BPF_PROG_TEST_RUN, attr, sizeof(*attr)) ? -errno : 0;
}

static void run_init(union bpf_attr *attr, int prog, const uint8_t *frame, uint32_t bytes)
{
	memset(attr, 0, sizeof(*attr));
	attr->test.prog_fd = (uint32_t)prog;
	attr->test.data_in = (uint64_t)(uintptr_t)frame;
	attr->test.data_size_in = bytes;
	attr->test.flags = BPF_F_TEST_XDP_LIVE_FRAMES;
	attr->test.repeat = 1;
}

/* Runs a program that drops its one frame. */
static int live_probe(struct err *why)
{
	const struct bpf_insn drop[] = { BPF_SET(BPF_REG_0, XDP_DROP), BPF_RETURN() };
	int prog = bpf_xdp_load(drop, sizeof(drop) / sizeof(drop[0]), "rxlab_probe", why), r;
	uint8_t frame[FRAME_BYTES_MIN] = { 0 };
	union bpf_attr attr;

	if (prog < 0)
		return prog;
	run_init(&attr, prog, frame, sizeof(frame));
	r = run(&attr);
	close(prog);
	return r ? err_set(why, r, "live frames of XDP (Linux 5.18 and newer): %s", strerror(-r)) : 0;
}

static int map_of(struct sender *s, const char *name, uint32_t value_bytes, uint32_t entries, int *fd, void **mapped)
{
	*fd = bpf_map_new(BPF_MAP_TYPE_ARRAY, name, value_bytes, entries, BPF_F_MMAPABLE, &s->err);
	if (*fd < 0)
		return *fd;
	*mapped = mmap(NULL, (size_t)value_bytes * entries, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	if (*mapped != MAP_FAILED)
		return 0;
	*mapped = NULL;
	return err_sys(&s->err, "xdp-live: mmap of %u times %u bytes", entries, value_bytes);
}

/* Copies the times to the kernel, once; this process needs them no longer. */
static int due_up(struct sender *s, struct live *x)
{
	size_t bytes = s->schedule.n * sizeof(s->schedule.due[0]);
	void *due;
	int r;

	if (!s->schedule.due || !s->schedule.n)
		return 0;
	r = map_of(s, "rxlab_due", sizeof(s->schedule.due[0]), (uint32_t)s->schedule.n, &x->due_map, &due);
	if (r)
		return r;
	memcpy(due, s->schedule.due, bytes);
	munmap(due, bytes);
	return 0;
}

/* Gives the sender's interface as the frames' ingress, so that XDP_TX sends them out of it. */
static int prepare_run(struct sender *s, struct live *x, uint32_t bytes)
{
	uint32_t batch = (uint32_t)setting_number(settings, s->g->trial, "batch");

	frame_build(x->frame, bytes, s->k, s->mac, s->g->place->dst_mac);
	run_init(&x->run, x->prog, x->frame, bytes);
	x->context.data_end = bytes;
	x->context.ingress_ifindex = if_nametoindex(s->g->place->ifname[s->k]);
	if (!x->context.ingress_ifindex)
		return err_sys(&s->err, "xdp-live: %s", s->g->place->ifname[s->k]);
	x->run.test.ctx_in = (uint64_t)(uintptr_t)&x->context;
	x->run.test.ctx_size_in = sizeof(x->context);
	x->run.test.batch_size = batch ? batch : s->schedule.due ? BATCH_PACED : BATCH_UNPACED;
	return 0;
}

static int live_ready(struct sender *s)
{
	struct live *x = calloc(1, sizeof(*x));
	void *state = NULL;
	int r;

	s->priv = x;
	if (!x)
		return err_set(&s->err, -ENOMEM, "xdp-live: no memory");
	x->state_map = x->due_map = x->prog = -1;
	r = map_of(s, "rxlab_state", sizeof(*x->state), 1, &x->state_map, &state);
	x->state = state;
	r = r ? r : due_up(s, x);
	if (r)
		return r;
	x->state->count = s->schedule.n;
	x->prog = live_program(x->state_map, x->due_map, &s->err);
	return x->prog < 0 ? x->prog : prepare_run(s, x, s->g->trial->frame_bytes - FCS_BYTES);
}

static uint64_t sent_of(const struct live *x)
{
	return __atomic_load_n(&x->state->sent, __ATOMIC_RELAXED);
}

/* Does nothing: the signal only interrupts a system call. */
static void on_end(int number)
{
	(void)number;
}

static uint64_t end_of(const struct sender *s)
{
	return s->start_ns + schedule_ns(&s->schedule) + END_NS;
}

/*
 * How often the program must run until every frame was due cannot be known: it runs until this timer's signal ends the
 * system call. Frames that are left are all due then, and it runs once for each. The timer repeats, as its signal may
 * come right before the system call.
 */
static int end_timer(struct sender *s, timer_t *timer)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR2 };
	struct sigaction action = { .sa_handler = on_end };
	uint64_t end = end_of(s);
	struct itimerspec when = {
		.it_value = { (time_t)(end / 1000000000), (long)(end % 1000000000) },
		.it_interval = { 0, AGAIN_NS },
	};

	event._sigev_un._tid = gettid();
	sigaction(SIGUSR2, &action, NULL);
	if (timer_create(CLOCK_MONOTONIC, &event, timer))
		return err_sys(&s->err, "xdp-live: timer");
	if (!timer_settime(*timer, TIMER_ABSTIME, &when, NULL))
		return 0;
	timer_delete(*timer);
	return err_sys(&s->err, "xdp-live: timer");
}

static int run_all(struct sender *s, struct live *x)
{
	bool paced;
	int r = 0;

	while (!r && sent_of(x) < s->schedule.n && !sender_stopped(s)) {
		paced = s->schedule.due && clock_now_ns() < end_of(s);
		x->run.test.repeat = paced ? UINT32_MAX : (uint32_t)(s->schedule.n - sent_of(x));
		r = run(&x->run);
		r = r == -EINTR ? 0 : r;
	}
	return r ? err_set(&s->err, r, "xdp-live: the kernel does not run the program: %s", strerror(-r)) : 0;
}

/* Leaves out the system call's start and end, which would make short trials look slow. */
static void sent_from_to(struct sender *s, const struct live_state *state)
{
	if (!s->sent)
		return;
	s->end_ns = state->last_ns;
	if (!s->schedule.due && state->last_ns > state->first_ns)
		s->start_ns = state->first_ns;
}

static int live_send(struct sender *s)
{
	struct live *x = s->priv;
	timer_t timer;
	int r = 0;

	s->start_ns += s->schedule.due ? LEAD_NS : 0;
	x->state->start_ns = s->start_ns;
	x->state->realtime_ns = clock_realtime_ns() - clock_now_ns();
	if (s->schedule.due)
		r = end_timer(s, &timer);
	if (r)
		return r;
	r = run_all(s, x);
	s->sent = sent_of(x);
	sent_from_to(s, x->state);
	if (s->schedule.due)
		timer_delete(timer);
	return r;
}

static int live_arm(struct generator *g)
{
	return sender_arm(g, live_ready, live_send);
}

static void live_release(struct sender *s)
{
	struct live *x = s->priv;

	if (!x)
		return;
	if (x->state)
		munmap(x->state, sizeof(*x->state));
	file_close(&x->prog);
	file_close(&x->due_map);
	file_close(&x->state_map);
	free(x);
}

static void live_disarm(struct generator *g)
{
	sender_disarm(g, live_release);
}

const struct generator_ops generator_xdp_live = {
	.name = "xdp-live",
	.summary = "frames that the kernel makes and an XDP program numbers: millions a second without pktgen",
	.caps = GENERATOR_XDP,
	.cannot_mix = "the kernel makes all frames of one run of its program from one",
	.guest_cannot = "the sender's NIC there (e1000e) has no XDP",
	.settings = settings,
	.probe = live_probe,
	.check = schedule_check,
	.check_file = schedule_check_file,
	.arm = live_arm,
	.fire = sender_fire,
	.wait = sender_wait,
	.stop = sender_stop,
	.report = sender_report,
	.disarm = live_disarm,
};
