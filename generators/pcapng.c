// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "generators/pcapng.h"

#define BYTE_ORDER_MAGIC 0x1a2b3c4d
#define BLOCK_MIN 12
#define NS 1000000000

enum { BLOCK_INTERFACE = 1, BLOCK_PACKET = 2, BLOCK_SIMPLE = 3, BLOCK_ENHANCED = 6, BLOCK_SECTION = 0x0a0d0d0a };
enum { OPTION_END = 0, EPB_FLAGS = 2, IF_TSRESOL = 9, IF_FCSLEN = 13, IF_TSOFFSET = 14 };

struct interface {
	uint32_t link, snaplen, fcs;
	uint64_t units; /* a second */
	int64_t offset; /* seconds */
};

struct reading {
	const uint8_t *bytes;
	size_t length, at; /* of the block */
	const char *name;
	bool swapped;
	struct interface *interfaces;
	uint32_t n;
	size_t frames;
	int (*add)(void *arg, const struct pcapng_frame *f);
	void *arg;
	struct err *e;
};

/* A block, without its header and trailer. */
struct block {
	uint32_t type;
	const uint8_t *body;
	uint32_t bytes;
};

static uint32_t u32(const struct reading *r, const uint8_t *at)
{
	uint32_t v;

	memcpy(&v, at, sizeof(v));
	return r->swapped ? __builtin_bswap32(v) : v;
}

static uint32_t u16(const struct reading *r, const uint8_t *at)
{
	uint16_t v;

	memcpy(&v, at, sizeof(v));
	return r->swapped ? __builtin_bswap16(v) : v;
}

static int refuse(const struct reading *r, const char *what)
{
	return err_set(r->e, -EINVAL, "%s: behind frame %zu, byte %zu: %s", r->name, r->frames, r->at, what);
}

bool pcapng_is(const uint8_t *bytes, size_t length)
{
	return length >= 4 && !memcmp(bytes, "\n\r\r\n", 4);
}

/* The option's value, *bytes long; NULL: there is none. */
static const uint8_t *option(const struct reading *r, const uint8_t *at, const uint8_t *end, uint32_t code,
			     uint32_t *bytes)
{
	uint32_t this;

	for (; end - at >= 4; at += 4 + ((*bytes + 3) & ~3u)) {
		this = u16(r, at);
		*bytes = u16(r, at + 2);
		if (this == OPTION_END || end - at - 4 < (long)((*bytes + 3) & ~3u))
			return NULL;
		if (this == code)
			return at + 4;
	}
	return NULL;
}

static int units_of(const struct reading *r, uint8_t resolution, uint64_t *units)
{
	uint32_t n = resolution & 0x7f;

	if (n > (resolution & 0x80 ? 63 : 19))
		return refuse(r, "a resolution of time that nobody can count in (if_tsresol)");
	for (*units = 1; n; n--)
		*units *= resolution & 0x80 ? 2 : 10;
	return 0;
}

static int read_interface(struct reading *r, const struct block *b)
{
	struct interface *more, i = { .units = 1000000 };
	const uint8_t *end = b->body + b->bytes, *value;
	uint32_t n;
	int ret = 0;

	if (b->bytes < 8)
		return refuse(r, "an interface's block is too short");
	i.link = u16(r, b->body);
	i.snaplen = u32(r, b->body + 4);
	value = option(r, b->body + 8, end, IF_TSRESOL, &n);
	if (value && n >= 1)
		ret = units_of(r, *value, &i.units);
	value = option(r, b->body + 8, end, IF_TSOFFSET, &n);
	if (value && n >= 8)
		i.offset = (int64_t)(r->swapped ? (uint64_t)u32(r, value) << 32 | u32(r, value + 4)
						: (uint64_t)u32(r, value + 4) << 32 | u32(r, value));
	value = option(r, b->body + 8, end, IF_FCSLEN, &n);
	if (value && n >= 1) /* some programs write bits, others bytes */
		i.fcs = *value > 8 ? *value / 8u : *value;
	more = ret ? NULL : reallocarray(r->interfaces, r->n + 1, sizeof(i));
	if (!more)
		return ret ? ret : err_set(r->e, -ENOMEM, "%s: out of memory", r->name);
	r->interfaces = more;
	r->interfaces[r->n++] = i;
	return 0;
}

static uint64_t time_of(const struct reading *r, const struct interface *i, const uint8_t *at)
{
	uint64_t units = (uint64_t)u32(r, at) << 32 | u32(r, at + 4);

	return (uint64_t)((unsigned __int128)units * NS / i->units) + (uint64_t)i->offset * NS;
}

/* Adds a frame whose bytes start at `head` in the block's body. */
static int give(struct reading *r, struct pcapng_frame *f, uint32_t number, const struct block *b, uint32_t head)
{
	if (number >= r->n)
		return refuse(r, "a frame of an interface that the file has not told");
	if (f->caplen > b->bytes - head)
		return refuse(r, "a frame longer than its block");
	f->link = r->interfaces[number].link;
	f->fcs = f->fcs ? f->fcs : r->interfaces[number].fcs;
	f->data = b->body + head;
	r->frames++;
	return r->add(r->arg, f);
}

/* An enhanced packet block or the obsolete packet block: they differ only in the first word. */
static int read_packet(struct reading *r, const struct block *b)
{
	struct pcapng_frame f = { 0 };
	const uint8_t *flags;
	uint32_t number, n;

	if (b->bytes < 20)
		return refuse(r, "a frame's block is too short");
	number = b->type == BLOCK_ENHANCED ? u32(r, b->body) : u16(r, b->body);
	f.caplen = u32(r, b->body + 12);
	f.len = u32(r, b->body + 16);
	if (number < r->n)
		f.ns = time_of(r, &r->interfaces[number], b->body + 4);
	if (f.caplen <= b->bytes - 20) {
		flags = option(r, b->body + 20 + ((f.caplen + 3) & ~3u), b->body + b->bytes, EPB_FLAGS, &n);
		f.fcs = flags && n >= 4 ? u32(r, flags) >> 5 & 0xf : 0;
	}
	return give(r, &f, number, b, 20);
}

static int read_simple(struct reading *r, const struct block *b)
{
	struct pcapng_frame f = { 0 };

	if (b->bytes < 4 || !r->n)
		return refuse(r, "a frame without an interface");
	f.len = f.caplen = u32(r, b->body);
	if (r->interfaces[0].snaplen && f.caplen > r->interfaces[0].snaplen)
		f.caplen = r->interfaces[0].snaplen;
	return give(r, &f, 0, b, 4);
}

static int read_section(struct reading *r)
{
	uint32_t magic;

	if (r->length - r->at < BLOCK_MIN)
		return refuse(r, "cut off");
	memcpy(&magic, r->bytes + r->at + 8, sizeof(magic));
	r->swapped = magic == __builtin_bswap32(BYTE_ORDER_MAGIC);
	r->n = 0;
	return magic == BYTE_ORDER_MAGIC || r->swapped ? 0 : refuse(r, "a section of no known byte order");
}

static int read_block(struct reading *r, const struct block *b)
{
	switch (b->type) {
	case BLOCK_INTERFACE:
		return read_interface(r, b);
	case BLOCK_PACKET:
	case BLOCK_ENHANCED:
		return read_packet(r, b);
	case BLOCK_SIMPLE:
		return read_simple(r, b);
	}
	return 0; /* names, statistics, extensions: ignored */
}

static int read_all(struct reading *r)
{
	struct block b;
	uint32_t bytes;
	int ret = 0;

	for (; !ret && r->at < r->length; r->at += bytes) {
		bytes = 0;
		if (pcapng_is(r->bytes + r->at, r->length - r->at) && (ret = read_section(r)))
			return ret;
		if (r->length - r->at >= BLOCK_MIN)
			bytes = u32(r, r->bytes + r->at + 4);
		if (bytes < BLOCK_MIN || bytes % 4 || bytes > r->length - r->at)
			return refuse(r, "cut off, or no block of pcapng");
		b = (struct block) { u32(r, r->bytes + r->at), r->bytes + r->at + 8, bytes - BLOCK_MIN };
		ret = read_block(r, &b);
	}
	return ret;
}

int pcapng_read(const uint8_t *bytes, size_t length, const char *name,
		int (*add)(void *arg, const struct pcapng_frame *f), void *arg, struct err *e)
{
	struct reading r = {
		.bytes = bytes,
		.length = length,
		.name = name,
		.add = add,
		.arg = arg,
		.e = e,
	};
	int ret = read_all(&r);

	free(r.interfaces);
	return ret;
}
