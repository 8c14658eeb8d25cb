// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Buffers of the user's own. A memory file, so that the ring's part can be
 * mapped twice in a row and a chain reads contiguously where the ring wraps.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture-impls/ykvm/lib/internal.h"

static size_t round_up(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

static size_t huge_page_bytes(void)
{
	FILE *f = fopen("/proc/meminfo", "re");
	unsigned long kib = 0;
	char line[128];

	while (f && kib == 0 && fgets(line, sizeof(line), f))
		sscanf(line, "Hugepagesize: %lu kB", &kib);
	if (f)
		fclose(f);
	return kib * 1024;
}

/* The ring's part of the file, twice, in address space that is ours. */
static int map_twice(struct ykvm_memory *m, int fd, size_t page, char *err)
{
	size_t bytes = 2 * m->ring_bytes, slack = bytes + page;
	uint8_t *space = mmap(NULL, slack, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	uint8_t *ring;
	int i;

	if (space == MAP_FAILED)
		return ykvm_err_sys(err, "address space for a ring of %zu bytes", m->ring_bytes);
	ring = (uint8_t *)round_up((size_t)space, page);
	if (ring > space)
		munmap(space, (size_t)(ring - space));
	munmap(ring + bytes, slack - bytes - (size_t)(ring - space));
	m->ring = ring;
	for (i = 0; i < 2; i++)
		if (mmap(ring + i * m->ring_bytes, m->ring_bytes, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0) ==
		    MAP_FAILED)
			return ykvm_err_sys(err, "mmap of a ring of %zu bytes", m->ring_bytes);
	return 0;
}

static int map_file(struct ykvm_memory *m, int fd, size_t page, bool twice, char *err)
{
	uint8_t *all;

	if (ftruncate(fd, (off_t)m->bytes) != 0)
		return ykvm_err_sys(err, "memory of %zu bytes", m->bytes);
	all = mmap(NULL, m->bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (all == MAP_FAILED)
		return ykvm_err_sys(err, "mmap of %zu bytes in pages of %zu", m->bytes, page);
	m->all = all;
	m->ring = all;
	return twice ? map_twice(m, fd, page, err) : 0;
}

int ykvm_memory_new(struct ykvm_memory *m, struct ykvm_setup *s, bool huge_pages, char *err)
{
	size_t page = huge_pages ? huge_page_bytes() : (size_t)sysconf(_SC_PAGESIZE);
	bool twice = s->flags & YKVM_SETUP_DROP_NEWEST;
	size_t small = (size_t)sysconf(_SC_PAGESIZE);
	int fd, ret;

	*m = (struct ykvm_memory) { 0 };
	if (page == 0)
		return ykvm_err(err, -EOPNOTSUPP, "this kernel has no huge pages");
	/* The address comes before the kernel could answer a default. */
	s->slots = s->slots ? s->slots : YKVM_SLOTS_DEFAULT;
	s->buffer_bytes = s->buffer_bytes ? s->buffer_bytes : YKVM_BUFFER_BYTES_DEFAULT;
	m->ring_bytes = (size_t)(s->slots + (twice ? 0 : YKVM_BATCH_MAX)) * s->buffer_bytes;
	if (twice && m->ring_bytes % page)
		return ykvm_err(err, -EINVAL, "a ring of %zu bytes in pages of %zu: must be a multiple", m->ring_bytes,
				page);
	s->memory_bytes = round_up(m->ring_bytes + (size_t)s->tx_buffers * s->buffer_bytes, small);
	m->bytes = round_up(s->memory_bytes, page);
	fd = memfd_create("ykvm", MFD_CLOEXEC | (huge_pages ? MFD_HUGETLB : 0));
	if (fd < 0)
		return ykvm_err_sys(err, "memory for a ring");
	ret = map_file(m, fd, page, twice, err);
	close(fd);
	if (ret != 0)
		ykvm_memory_free(m);
	s->memory_addr = (uintptr_t)m->all;
	return ret;
}

void ykvm_memory_free(struct ykvm_memory *m)
{
	if (m->ring && m->ring != m->all)
		munmap(m->ring, 2 * m->ring_bytes);
	if (m->all)
		munmap(m->all, m->bytes);
	*m = (struct ykvm_memory) { 0 };
}
