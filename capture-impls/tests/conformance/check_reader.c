// SPDX-License-Identifier: GPL-2.0-or-later
/* What a reader relies on: the budget, the sleep, the counts, and that a full ring does not end a capture. */
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>

#include "capture-impls/tests/conformance/conformance.h"

#define UNREAD 150
#define BLOCKED_NS 1000000000ULL /* a poll that took so long slept, even on a busy machine */
#define SLEEP_NS 20000000ULL
#define SLEPT_NS 1000000 /* a wait that took less did not sleep */
#define SLEEPS 5
#define CHUNK 512
#define LOST_ENOUGH 100
#define FRAMES_UNCOUNTED 8192
#define AFTER 100
#define ROUNDS 5

static int poll_at_once(struct stand *s, int budget)
{
	uint64_t start = clock_now_ns();
	int n = stand_poll(s, budget);

	if (n >= 0 && clock_now_ns() - start > BLOCKED_NS)
		return row_failed(s, "poll(%d) returned %d after %llu ms", budget, n,
				  (unsigned long long)(clock_now_ns() - start) / 1000000);
	return n;
}

int check_budget(struct stand *s)
{
	static const int budgets[] = { 1, 1, 2, 7, 63, 64 };
	int n, r = stand_open(s);
	size_t i;

	n = r ? r : poll_at_once(s, POLL_FRAMES);
	stand_add(s, UNREAD, (struct sent) { .len = 100 });
	r = n < 0 ? n : stand_send(s, UNREAD);
	if (r)
		return r;
	stand_settle(s);
	for (i = 0; i < sizeof(budgets) / sizeof(budgets[0]) && n >= 0; i++)
		n = poll_at_once(s, budgets[i]);
	r = n < 0 ? n : stand_read(s, UNREAD);
	n = r ? r : poll_at_once(s, POLL_FRAMES);
	return n > 0 ? row_failed(s, "poll returned %d where there was nothing", n) : n;
}

static void on_alarm(int number)
{
	(void)number;
}

/* How long it slept, in ns; 0 if it failed. */
static uint64_t slept(struct stand *s, uint64_t timeout_ns, const char *when)
{
	uint64_t start = clock_now_ns();
	int r = s->ops->wait(&s->capture, timeout_ns);

	if (r) {
		row_failed(s, "wait: %s: error %d: %s", when, r, s->capture.err.text);
		return 0;
	}
	return clock_now_ns() - start + 1;
}

/* No frame arrives. One sleep may end early, but not every one: such a reader would never release its CPU. */
static int with_nothing(struct stand *s)
{
	uint64_t ns = 1, longest = 0;
	int i;

	for (i = 0; i < SLEEPS && ns && longest < SLEPT_NS; i++) {
		ns = slept(s, SLEEP_NS, "nothing came");
		longest = ns > longest ? ns : longest;
	}
	if (ns && longest < SLEPT_NS)
		return row_failed(s, "wait for 20 ms does not sleep: the longest of %d took %llu us", SLEEPS,
				  (unsigned long long)longest / 1000);
	if (longest > 5 * BLOCKED_NS)
		return row_failed(s, "wait for 20 ms took %llu ms", (unsigned long long)longest / 1000000);
	return ns ? 0 : -1;
}

static int with_signal(struct stand *s)
{
	const struct itimerval soon = { .it_value = { 0, 20000 } };
	const struct sigaction act = { .sa_handler = on_alarm };

	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	return slept(s, 200000000, "a signal came") ? 0 : -1;
}

int check_wait(struct stand *s)
{
	uint64_t ns;
	int r = stand_open(s);

	if (r || !s->ops->wait)
		return r ? r : row_skipped(s, "never sleeps: it is polled busily");
	if (with_nothing(s) || with_signal(s))
		return -1;
	stand_add(s, 1, (struct sent) { .len = 100 });
	r = stand_send(s, 1);
	ns = r ? 0 : slept(s, 10 * BLOCKED_NS, "a frame came");
	if (ns > 5 * BLOCKED_NS)
		return row_failed(s, "wait slept on for %llu ms after a frame", (unsigned long long)ns / 1000000);
	return ns ? stand_read(s, 1) : -1;
}

static int no_fall(struct stand *s, const char *name, struct counter before, struct counter now)
{
	if (before.known && !now.known)
		return row_failed(s, "%s was known and is not", name);
	if (now.known && now.value < before.value)
		return row_failed(s, "%s fell from %llu to %llu", name, (unsigned long long)before.value,
				  (unsigned long long)now.value);
	if (!now.known && now.value)
		return row_failed(s, "%s is unknown, and %llu", name, (unsigned long long)now.value);
	return 0;
}

/* Counts that the row promises. Further ones that it has on some interfaces are checked as well: see check_full(). */
static int knows(struct stand *s, const struct capture_counts *c)
{
	if (s->consumes && !c->received.known)
		return row_failed(s, "hands out nothing, and does not know what it received");
	if (s->caps & CAPTURE_COUNTS_DROPS && !c->dropped.known)
		return row_failed(s, "its row says that it counts drops, and they are unknown");
	return 0;
}

static int next_counts(struct stand *s, struct capture_counts *c)
{
	struct capture_counts before = *c;
	int r = stand_counts(s, c);

	r = r ? r : no_fall(s, "received", before.received, c->received);
	r = r ? r : no_fall(s, "dropped", before.dropped, c->dropped);
	r = r ? r : no_fall(s, "if_dropped", before.if_dropped, c->if_dropped);
	return r ? r : knows(s, c);
}

static int exactly(struct stand *s, const char *name, struct counter c, uint64_t wanted)
{
	if (c.known && c.value != wanted)
		return row_failed(s, "%s is %llu where it should be %llu", name, (unsigned long long)c.value,
				  (unsigned long long)wanted);
	return 0;
}

/* Some frames are left unread: they count as received, and as `left` if the row knows that count. */
static int leave_some(struct stand *s, struct capture_counts *c)
{
	uint32_t had = s->n_seen;
	int r;

	stand_add(s, UNREAD, (struct sent) { .len = 100 });
	r = stand_send(s, UNREAD);
	if (r)
		return r;
	stand_settle(s);
	r = next_counts(s, c);
	r = r || s->consumes ? r : exactly(s, "left", c->left, UNREAD);
	r = r || s->consumes ? r : stand_read(s, had + UNREAD);
	r = r ? r : next_counts(s, c);
	return r || s->consumes ? r : exactly(s, "left", c->left, 0);
}

int check_counts(struct stand *s)
{
	struct capture_counts c = { 0 };
	int i, r = stand_open(s);

	r = r ? r : next_counts(s, &c);
	r = r ? r : exactly(s, "received, before any frame,", c.received, 0);
	for (i = 0; i < ROUNDS && !r; i++) {
		r = stand_pass(s, 50, (uint16_t)(60 + 300 * i));
		r = r ? r : next_counts(s, &c);
	}
	if (r || s->caps & CAPTURE_DELIVERS_NOTHING)
		return r;
	r = leave_some(s, &c);
	r = r ? r : exactly(s, "received", c.received, s->n_sent);
	return r ? r : exactly(s, "dropped", c.dropped, 0);
}

/* A ring that the NIC fills itself: when it is full, frames are lost in the NIC, which may or may not count them. */
static bool lost_in_nic(const struct stand *s, const struct capture_counts *c)
{
	return s->caps & CAPTURE_ZERO_COPY || !c->dropped.known;
}

/* Sends without reading until enough is lost, or until so much is sent that some must be. */
static int fill(struct stand *s, struct capture_counts *c)
{
	uint32_t most = FRAMES_MAX - AFTER;
	int r = next_counts(s, c);

	if (lost_in_nic(s, c))
		most = FRAMES_UNCOUNTED;
	while (!r && s->n_sent + CHUNK < most && c->dropped.value < LOST_ENOUGH) {
		stand_add(s, CHUNK, (struct sent) { .len = 1514 });
		r = stand_send(s, CHUNK);
		r = r ? r : next_counts(s, c);
	}
	if (!r && !lost_in_nic(s, c) && !c->dropped.value)
		return row_failed(s, "%u frames were sent and none read, and none is counted as lost", s->n_sent);
	return r;
}

/* Each frame once, and as it was sent. */
static int all_sound(struct stand *s)
{
	uint8_t *came = calloc(FRAMES_MAX, 1);
	uint32_t i;
	int r = came ? 0 : -1;

	for (i = 0; i < s->n_seen && !r; i++) {
		if (s->seen[i].differs >= 0 || s->seen[i].len != s->sent[s->seen[i].number].len)
			r = row_failed(s, "frame %u is not what was sent", s->seen[i].number);
		else if (came[s->seen[i].number]++)
			r = row_failed(s, "frame %u came twice", s->seen[i].number);
	}
	free(came);
	return r;
}

static int balance(struct stand *s, const struct capture_counts *c, uint64_t lost_before)
{
	struct counter lost = s->place->lost();
	uint64_t sum = s->n_seen + c->dropped.value + (lost.value - lost_before);

	if (lost_in_nic(s, c) && sum == s->n_sent && !c->dropped.value)
		return row_skipped(s, "its ring holds more than the %u frames that are sent, and it counts no loss",
				   s->n_sent);
	if (lost_in_nic(s, c) && sum < s->n_sent && s->n_seen)
		return exactly(s, "left", c->left, 0);
	if (sum != s->n_sent)
		return row_failed(s, "%u sent, but %u read, %llu lost in the capture, %llu on the wire", s->n_sent,
				  s->n_seen, (unsigned long long)c->dropped.value,
				  (unsigned long long)(lost.value - lost_before));
	return exactly(s, "left", c->left, 0);
}

int check_full(struct stand *s)
{
	uint64_t lost = s->place->lost().value, dropped;
	struct capture_counts c = { 0 };
	uint32_t had;
	int r = stand_open(s);

	r = r ? r : fill(s, &c);
	r = r ? r : stand_drain(s);
	r = r ? r : next_counts(s, &c);
	r = r ? r : balance(s, &c, lost);
	if (r)
		return r;
	/* The ring must have room again. */
	dropped = c.dropped.value;
	had = s->n_seen;
	stand_add(s, AFTER, (struct sent) { .len = 600 });
	r = stand_send(s, AFTER);
	r = r ? r : stand_read(s, had + AFTER);
	r = r ? r : next_counts(s, &c);
	r = r ? r : exactly(s, "dropped, with room again,", c.dropped, dropped);
	return r ? r : all_sound(s);
}
