// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "capture-impls/bpf-perfbuf/ring.h"
#include "harness/util/file.h"

static int map(struct perf_ring *r, struct err *e)
{
	void *p = mmap(NULL, r->page + r->bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, r->fd, 0);

	if (p == MAP_FAILED)
		return err_sys(e, "perf buffer of %llu bytes", (unsigned long long)r->bytes);
	r->control = p;
	return 0;
}

int perf_ring_open(struct perf_ring *r, uint32_t cpu, uint64_t bytes, uint32_t wake_frames, struct err *e)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_BPF_OUTPUT,
		.size = sizeof(attr),
		.sample_type = PERF_SAMPLE_RAW,
		.sample_period = 1,
		.wakeup_events = wake_frames,
	};
	int ret;

	*r = (struct perf_ring) { .bytes = bytes, .page = (uint64_t)sysconf(_SC_PAGESIZE) };
	r->fd = (int)syscall(SYS_perf_event_open, &attr, -1, (int)cpu, -1, PERF_FLAG_FD_CLOEXEC);
	if (r->fd < 0)
		return err_sys(e, "perf event on CPU %u", cpu);
	ret = map(r, e);
	if (!ret && ioctl(r->fd, PERF_EVENT_IOC_ENABLE, 0))
		ret = err_sys(e, "perf event on CPU %u: enable", cpu);
	if (ret)
		perf_ring_close(r);
	return ret;
}

void perf_ring_close(struct perf_ring *r)
{
	if (r->control)
		munmap(r->control, r->page + r->bytes);
	r->control = NULL;
	file_close(&r->fd);
}

/* The record at our position as one piece. */
static const struct perf_event_header *whole(const struct perf_ring *r, uint8_t *spare)
{
	const uint8_t *data = (const uint8_t *)r->control + r->page;
	uint64_t at = r->position & (r->bytes - 1), first = r->bytes - at;
	const struct perf_event_header *h = (const void *)(data + at);

	if (h->size <= first)
		return h;
	memcpy(spare, h, first);
	memcpy(spare + first, data, h->size - first);
	return (const void *)spare;
}

const struct bpf_perfbuf_frame *perf_ring_next(struct perf_ring *r, uint8_t *spare)
{
	uint64_t end = __atomic_load_n(&r->control->data_head, __ATOMIC_ACQUIRE);
	const struct perf_event_header *h;

	while (r->position < end) {
		h = whole(r, spare);
		r->position += h->size;
		/* The header, then the sample's own length of 4 bytes. Other records tell of losses, which the program counts. */
		if (h->type == PERF_RECORD_SAMPLE)
			return (const void *)((const uint8_t *)(h + 1) + sizeof(uint32_t));
		perf_ring_release(r);
	}
	return NULL;
}

void perf_ring_release(struct perf_ring *r)
{
	__atomic_store_n(&r->control->data_tail, r->position, __ATOMIC_RELEASE);
}
