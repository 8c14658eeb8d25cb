// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "capture-impls/common/filter.h"
#include "capture-impls/ykvm/rings.h"
#include "harness/util/number.h"

int ykvm_rings_probe(struct err *why)
{
	if (access(YKVM_DEVICE, F_OK) != 0)
		return err_set(why, -ENODEV, "%s: missing; load kmod/ykvm.ko", YKVM_DEVICE);
	if (access(YKVM_DEVICE, R_OK | W_OK) != 0)
		return err_sys(why, "%s", YKVM_DEVICE);
	return 0;
}

int ykvm_rings_check(const char *name, const struct ykvm_rings *r, struct err *e)
{
	if (!is_power_of_two(r->buffers))
		return err_set(e, -EINVAL, "%s: buffers=%u: not a power of two", name, r->buffers);
	if (!is_power_of_two(r->buffer_bytes))
		return err_set(e, -EINVAL, "%s: buffer_bytes=%u: not a power of two", name, r->buffer_bytes);
	if (r->spread[0] && strcmp(r->spread, YKVM_SPREAD_HASH) && strcmp(r->spread, YKVM_SPREAD_QUEUE))
		return err_set(e, -EINVAL, "%s: spread=%s: must be " YKVM_SPREAD_HASH " or " YKVM_SPREAD_QUEUE, name,
			       r->spread);
	return 0;
}

static struct ykvm_config config_of(const struct capture *c, const struct ykvm_rings *r, const struct ykvm_config *kind)
{
	struct ykvm_config cfg = *kind;

	cfg.interface = c->ifname;
	cfg.slots = r->buffers;
	cfg.buffer_bytes = r->buffer_bytes;
	cfg.snaplen = r->snaplen;
	cfg.wake_frames = r->wake_frames < r->buffers / 2 ? r->wake_frames : r->buffers / 2;
	cfg.wake_usecs = r->wake_usecs;
	cfg.busy_usecs = r->busy_usecs;
	cfg.members = r->members;
	cfg.by_queue = !strcmp(r->spread, YKVM_SPREAD_QUEUE);
	cfg.stamp = r->stamp;
	cfg.drop_newest = kind->zerocopy || !r->overwrite;
	cfg.huge_pages = r->huge_pages;
	return cfg;
}

static int tell(struct capture *c, const char *name, uint32_t value)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", value);
	if (outcome_knob(c->outcome, name, text))
		return err_set(&c->err, -E2BIG, "too many knobs");
	return 0;
}

static int open_members(struct capture *c, struct ykvm_rings *r, struct ykvm_config *cfg,
			struct ykvm *(*open)(const struct ykvm_config *cfg, char *err))
{
	char why[YKVM_ERR_BYTES];

	for (cfg->member = c->reader; cfg->member < r->members; cfg->member += c->readers) {
		r->ring[r->n] = open(cfg, why);
		if (!r->ring[r->n])
			return err_set(&c->err, -errno, "%s", why);
		r->n++;
	}
	return tell(c, "buffers", r->ring[0]->setup.slots);
}

int ykvm_rings_open_by(struct capture *c, const struct ykvm_config *kind,
		       struct ykvm *(*open)(const struct ykvm_config *cfg, char *err))
{
	struct ykvm_rings *r = c->priv;
	struct sock_fprog filter;
	struct ykvm_config cfg;
	int ret = filter_compile(c, &filter);

	if (r->members == 0) /* this row has no such parameter */
		r->members = 1;
	cfg = config_of(c, r, kind);
	cfg.filter = filter.filter;
	cfg.filter_len = filter.len;
	if (ret == 0)
		ret = open_members(c, r, &cfg, open);
	filter_free(&filter);
	if (ret != 0)
		ykvm_rings_close(c);
	c->hold_ns = r->wake_frames > 1 ? r->wake_usecs * 1000ULL : 0;
	return ret;
}

int ykvm_rings_open(struct capture *c, const struct ykvm_config *kind)
{
	return ykvm_rings_open_by(c, kind, ykvm_open);
}

/* The only place where frames go to the sink. Inlined with the sink into both callers: no call for each frame. */
static inline int deliver(struct sink *sink, struct ykvm_batch *b)
{
	const struct ykvm_frame *f;
	const uint8_t *data;
	int n = 0;

	while ((f = ykvm_batch_next(b, &data))) {
		sink_packet(sink, data, f->caplen, f->len);
		n++;
	}
	return n;
}

static __attribute__((flatten)) int poll_newest(struct capture *c, struct ykvm *y, int budget)
{
	struct ykvm_batch b = ykvm_reader_take_newest(&y->reader, (uint32_t)budget);
	int n = deliver(c->sink, &b);

	ykvm_reader_release(&y->reader, &b);
	if (ykvm_reader_kick_due(&y->reader))
		ykvm_kick(y);
	return n;
}

static __attribute__((flatten)) int poll_oldest(struct capture *c, struct ykvm *y, int budget)
{
	struct ykvm_batch b = ykvm_reader_take_oldest(&y->reader, (uint32_t)budget);
	int n = deliver(c->sink, &b);

	ykvm_reader_release(&y->reader, &b);
	return n;
}

/* Adds the reason if frames stop because the interface is down or removed. */
static int interface_state(struct capture *c, int ret)
{
	return ret ? err_set(&c->err, ret, "%s: %s", c->ifname, ret == -ENODEV ? "removed" : "down") : 0;
}

int ykvm_rings_poll(struct capture *c, int budget)
{
	struct ykvm_rings *r = c->priv;
	uint32_t i;
	int n = 0;

	for (i = 0; i < r->n && n < budget; i++) {
		struct ykvm *y = r->ring[r->next];

		n += y->reader.slots ? poll_oldest(c, y, budget - n) : poll_newest(c, y, budget - n);
		r->next = r->next + 1 < r->n ? r->next + 1 : 0;
	}
	return n > 0 ? n : interface_state(c, ykvm_status(r->ring[0]));
}

static int wait_any(struct capture *c, struct ykvm_rings *r, uint64_t timeout_ns)
{
	struct timespec timeout = { .tv_sec = (time_t)(timeout_ns / 1000000000ULL),
				    .tv_nsec = (long)(timeout_ns % 1000000000ULL) };
	struct pollfd p[YKVM_RINGS_MAX];
	uint32_t i;

	for (i = 0; i < r->n; i++)
		p[i] = (struct pollfd) { .fd = r->ring[i]->fd, .events = POLLIN };
	if (ppoll(p, r->n, &timeout, NULL) < 0 && errno != EINTR)
		return err_sys(&c->err, "%s: poll", YKVM_DEVICE);
	return interface_state(c, ykvm_status(r->ring[0]));
}

int ykvm_rings_wait(struct capture *c, uint64_t timeout_ns)
{
	struct ykvm_rings *r = c->priv;
	int ret;

	if (r->n > 1)
		return wait_any(c, r, timeout_ns);
	ret = ykvm_wait(r->ring[0], timeout_ns);
	return ret < 0 && ret != -EINTR ? interface_state(c, ret) : 0;
}

int ykvm_rings_counts(struct capture *c, struct capture_counts *counts)
{
	struct ykvm_rings *r = c->priv;
	uint64_t received = 0, dropped = 0, left = 0, filtered = 0;
	struct ykvm_stats s;
	uint32_t i;
	int ret;

	for (i = 0; i < r->n; i++) {
		ret = ykvm_stats(r->ring[i], &s);
		if (ret != 0)
			return err_set(&c->err, ret, "%s: cannot read counters", YKVM_DEVICE);
		received += s.received - s.overwritten;
		dropped += s.overwritten + s.full + s.no_spare + s.bad_index + s.unreadable;
		left += s.left;
		filtered += s.filtered;
	}
	counts->received = counter_of(received);
	counts->dropped = counter_of(dropped);
	counts->left = counter_of(left);
	counts->filtered = counter_of(filtered);
	return 0;
}

void ykvm_rings_close(struct capture *c)
{
	struct ykvm_rings *r = c->priv;

	while (r->n > 0)
		ykvm_close(r->ring[--r->n]);
}
