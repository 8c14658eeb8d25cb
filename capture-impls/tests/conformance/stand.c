// SPDX-License-Identifier: GPL-2.0-or-later
/* A row under test: opened and closed by the contract, given frames, with a sink that keeps what it delivers. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "capture-impls/tests/conformance/conformance.h"
#include "harness/trial/ground.h"
#include "harness/util/netif.h"

#define BUNCH 32 /* frames: fewer than any ring of a NIC holds */
#define BUNCH_US 500
#define PATIENCE_NS 3000000000ULL /* a machine may be busy */
#define QUIET_NS 50000000ULL
#define DRAIN_NS 300000000ULL
#define SETTLE_US 60000
#define NAP_NS 5000000

static int say(struct stand *s, enum verdict verdict, const char *fmt, va_list ap)
{
	struct report *r = s->report;

	if (r->verdict == PASSED) {
		vsnprintf(r->text, sizeof(r->text), fmt, ap);
		r->verdict = verdict;
	}
	return -EPROTO;
}

int row_failed(struct stand *s, const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = say(s, FAILED, fmt, ap);
	va_end(ap);
	return r;
}

int row_skipped(struct stand *s, const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = say(s, SKIPPED, fmt, ap);
	va_end(ap);
	return r;
}

/* The sink passes each frame on at the point where a consumer would work on it. */
static void on_frame(struct work *w, const uint8_t *data, uint32_t caplen, uint32_t len)
{
	struct sink *sink = (struct sink *)((char *)w - offsetof(struct sink, work));

	frame_seen((struct stand *)((char *)sink - offsetof(struct stand, sink)), data, caplen, len);
}

static int tx_open(struct stand *s, struct err *e)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET };

	s->tx = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	to.sll_ifindex = (int)if_nametoindex(s->place->sender);
	netif_mac(s->place->sender, s->src_mac);
	if (s->tx < 0 || bind(s->tx, (struct sockaddr *)&to, sizeof(to)))
		return err_sys(e, "packet socket on %s", s->place->sender);
	return 0;
}

int stand_up(struct stand *s)
{
	struct clock_map clock;
	struct err e = { "" };
	int r = sink_init(&s->sink, FRAME_BYTES_MIN, 1, 1, &e);

	s->sink.plain_bytes = UINT32_MAX;
	s->sink.work.frame = on_frame;
	s->sent = calloc(FRAMES_MAX, sizeof(*s->sent));
	s->seen = calloc(FRAMES_MAX, sizeof(*s->seen));
	s->outcome = calloc(1, sizeof(*s->outcome));
	if (!s->sent || !s->seen || !s->outcome)
		r = err_set(&e, -ENOMEM, "no memory");
	if (!r && s->place->side)
		r = s->place->side(SIDE_SENDERS, &e);
	r = r ? r : tx_open(s, &e);
	if (!r && s->place->side)
		r = s->place->side(SIDE_DUT, &e);
	clock_map_begin(&clock);
	usleep(2000);
	clock_map_end(&clock);
	sink_clock(&s->sink, &clock);
	return r ? row_failed(s, "the suite itself: %s", e.text) : 0;
}

void stand_down(struct stand *s)
{
	stand_close(s);
	if (s->tx > 0)
		close(s->tx);
	s->sink.work.frame = NULL;
	sink_free(&s->sink);
	free(s->sent);
	free(s->seen);
	free(s->outcome);
}

bool stand_has(const struct stand *s, const char *param)
{
	return capture_param_find(s->ops, param);
}

int stand_set(struct stand *s, const char *param, const char *value)
{
	struct err e = { "" };

	return trial_set(&s->trial, param, value, &e) ? row_failed(s, "the suite itself: %s", e.text) : 0;
}

int stand_ground(struct stand *s)
{
	const struct site site = { .dut = s->place->dut, .ground = s->place->ground };

	outcome_init(s->outcome);
	s->capture.err.text[0] = '\0';
	/* A missing interface has no knobs; the test is what the capture does then. */
	return if_nametoindex(site.dut) ? ground_set(&site, &s->trial, &s->report->undo, s->outcome, &s->capture.err)
					: 0;
}

int stand_try(struct stand *s)
{
	int r = stand_ground(s);

	if (r)
		return r;
	r = capture_new(&s->capture, s->ops, &s->trial, s->place->dut, &s->sink, &s->report->undo, s->outcome);
	return r || !s->ops->open ? r : s->ops->open(&s->capture);
}

int stand_open(struct stand *s)
{
	int r = stand_try(s);

	return r ? row_failed(s, "open: %s", s->capture.err.text[0] ? s->capture.err.text : "fails without a word") : 0;
}

void stand_close(struct stand *s)
{
	struct err e = { "" };

	capture_free(&s->capture);
	if (undo_all(&s->report->undo, &e))
		row_failed(s, "what open altered cannot be undone: %s", e.text);
}

int stand_reopen(struct stand *s)
{
	stand_close(s);
	s->n_sent = s->n_seen = 0;
	return s->report->verdict == PASSED ? stand_open(s) : -EPROTO;
}

void stand_add(struct stand *s, uint32_t n, struct sent like)
{
	uint32_t i;

	for (i = 0; i < n && s->n_sent + i < FRAMES_MAX; i++)
		s->sent[s->n_sent + i] = like;
}

int stand_send(struct stand *s, uint32_t n)
{
	uint8_t frame[FRAME_BYTES_ROOM];
	uint32_t i;
	size_t len;

	if (s->n_sent + n > FRAMES_MAX)
		return row_failed(s, "the suite itself: too many frames");
	for (i = 0; i < n; i++) {
		len = frame_make(frame, &s->sent[s->n_sent], s->n_sent, s->src_mac);
		s->n_sent++;
		if (send(s->tx, frame, len, 0) != (ssize_t)len)
			return row_failed(s, "the suite itself: send of %zu bytes: %s", len, strerror(errno));
		if (i % BUNCH == BUNCH - 1)
			usleep(BUNCH_US);
	}
	return 0;
}

void stand_one_cpu(void)
{
	cpu_set_t set;
	int cpu = 0;

	sched_getaffinity(0, sizeof(set), &set);
	while (!CPU_ISSET(cpu, &set))
		cpu++;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

void stand_settle(const struct stand *s)
{
	usleep((useconds_t)(SETTLE_US + 2 * s->capture.hold_ns / 1000));
}

static const char *words(const struct stand *s)
{
	return s->capture.err.text[0] ? s->capture.err.text : "without a word";
}

int stand_poll(struct stand *s, int budget)
{
	uint64_t before = s->n_seen + s->strange, got;
	int n = s->ops->poll(&s->capture, budget);

	got = s->n_seen + s->strange - before;
	if (n < 0)
		return row_failed(s, "poll: error %d: %s", n, words(s));
	if (n > budget || got > (uint64_t)budget)
		return row_failed(s, "poll(%d) handed out %llu frames and returned %d", budget, (unsigned long long)got,
				  n);
	if ((uint64_t)n != got)
		return row_failed(s, "poll returned %d, but handed out %llu frames", n, (unsigned long long)got);
	return n;
}

static int sleep_on(struct stand *s)
{
	const struct timespec nap = { 0, NAP_NS / 10 };
	int r;

	if (!s->ops->wait)
		return nanosleep(&nap, NULL) && errno != EINTR ? -errno : 0;
	r = s->ops->wait(&s->capture, NAP_NS);
	return r ? row_failed(s, "wait: error %d: %s", r, words(s)) : 0;
}

/* Until n_seen is `wanted`, or nothing has arrived for so long. */
static int read_until(struct stand *s, uint32_t wanted, uint64_t quiet_ns)
{
	uint64_t last = clock_now_ns();
	int n;

	while (s->n_seen < wanted && clock_now_ns() - last < quiet_ns) {
		n = stand_poll(s, POLL_FRAMES);
		if (n > 0)
			last = clock_now_ns();
		n = n ? n : sleep_on(s);
		if (n < 0)
			return n;
	}
	return 0;
}

int stand_read(struct stand *s, uint32_t wanted)
{
	int r = read_until(s, wanted, PATIENCE_NS + 2 * s->capture.hold_ns);

	if (!r && s->n_seen < wanted)
		return row_failed(s, "%u of %u frames came", s->n_seen, wanted);
	return r;
}

int stand_drain(struct stand *s)
{
	return read_until(s, UINT32_MAX, DRAIN_NS + 2 * s->capture.hold_ns);
}

int stand_quiet(struct stand *s)
{
	uint32_t had = s->n_seen;
	int r = read_until(s, UINT32_MAX, QUIET_NS + 2 * s->capture.hold_ns);

	if (!r && (s->strange || s->n_seen != had))
		return row_failed(s, "%llu frames more than were sent",
				  s->n_seen - had + (unsigned long long)s->strange);
	return r;
}

int stand_counts(struct stand *s, struct capture_counts *c)
{
	int r;

	memset(c, 0, sizeof(*c));
	r = s->ops->counts ? s->ops->counts(&s->capture, c) : 0;
	return r ? row_failed(s, "counts: error %d: %s", r, words(s)) : 0;
}

/* By its counts, if it delivers no frames. */
static int count_until(struct stand *s, uint64_t wanted)
{
	uint64_t end = clock_now_ns() + PATIENCE_NS;
	struct capture_counts c;
	int r;

	do {
		usleep(NAP_NS / 1000);
		r = stand_counts(s, &c);
	} while (!r && c.received.value < wanted && clock_now_ns() < end);
	if (!r && (!c.received.known || c.received.value != wanted))
		return row_failed(s, "%llu of %llu frames were counted", (unsigned long long)c.received.value,
				  (unsigned long long)wanted);
	return r;
}

int stand_pass(struct stand *s, uint32_t n, uint16_t len)
{
	uint32_t wanted = s->n_seen + n;
	int r;

	stand_add(s, n, (struct sent) { .len = len });
	r = stand_send(s, n);
	if (r || s->caps & CAPTURE_DELIVERS_NOTHING)
		return r;
	return s->consumes ? count_until(s, s->n_sent) : stand_read(s, wanted);
}
