// SPDX-License-Identifier: GPL-2.0-or-later
/* Where QEMU's igb keeps what igb.c changes: by what stands there, so that another layout is seen, not overwritten. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "harness/testbeds/lab/plugin/igb.h"

static int refuse(char *why, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static int refuse(char *why, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, size, fmt, ap);
	va_end(ap);
	return -1;
}

/* 25 in a row, each with the register of its own vector. */
static bool are_gaps(const struct igb_gap *g)
{
	for (uint32_t i = 0; i < IGB_VECTORS; i++)
		if (g[i].reg != IGB_EITR + i)
			return false;
	return true;
}

static struct igb_gap *gaps_find(char *device, size_t size, unsigned int *found)
{
	struct igb_gap *gaps = NULL;

	*found = 0;
	for (size_t at = 0; at + IGB_VECTORS * sizeof(*gaps) <= size; at += sizeof(void *)) {
		struct igb_gap *g = (struct igb_gap *)(device + at);

		if (are_gaps(g)) {
			gaps = g;
			(*found)++;
		}
	}
	return gaps;
}

/* Registers inside the device, and a timer that belongs to this gap and does what the others do. */
static bool is_whole(const struct igb_gap *g, const struct igb_gap *first, const char *device, size_t size)
{
	const char *mac = (const char *)g->mac;

	return g->mac == first->mac && mac >= device &&
	       mac + (IGB_EITR + IGB_VECTORS) * sizeof(*g->mac) <= device + size && g->timer && g->timer->on_end &&
	       g->timer->opaque == g && g->timer->on_end == first->timer->on_end;
}

static int gaps_check(const struct igb_gap *gaps, const char *device, size_t size, char *why, size_t why_size)
{
	for (uint32_t i = 0; i < IGB_VECTORS; i++) {
		if (gaps[i].unit_ns != IGB_MODEL_NS)
			return refuse(why, why_size, "QEMU's igb takes a unit of EITR for %u ns, not for %u",
				      gaps[i].unit_ns, IGB_MODEL_NS);
		if (!is_whole(&gaps[i], gaps, device, size))
			return refuse(why, why_size, "QEMU's igb keeps the timer of vector %u otherwise than 10.0 does",
				      i);
	}
	return 0;
}

/* jmp *OFFSET(%rdi), behind an endbr64 or not: the device's own function of that kind. */
static bool jump_offset(const uint8_t *code, uint32_t *offset)
{
	static const uint8_t endbr64[] = { 0xf3, 0x0f, 0x1e, 0xfa };

	if (!memcmp(code, endbr64, sizeof(endbr64)))
		code += sizeof(endbr64);
	memcpy(offset, code + 2, sizeof(*offset));
	return code[0] == 0xff && code[1] == 0xa7;
}

int igb_find(void *device, size_t size, const uint8_t *get_message, struct igb_parts *parts, char *why, size_t why_size)
{
	unsigned int found;
	uint32_t offset;

	parts->gaps = gaps_find(device, size, &found);
	if (found != 1)
		return refuse(why, why_size, "QEMU's igb has %s: it is not kept as in 10.0",
			      found ? "its interrupts' gaps in more than one place"
				    : "no place with its interrupts' gaps");
	if (gaps_check(parts->gaps, device, size, why, why_size))
		return -1;
	if (!jump_offset(get_message, &offset) || offset % sizeof(void *) || offset > size - sizeof(void *))
		return refuse(why, why_size, "QEMU makes MSI-X messages otherwise than 10.0 does");
	parts->message = (void **)((char *)device + offset);
	if (!*parts->message)
		return refuse(why, why_size, "QEMU's igb has no function that makes its messages");
	return 0;
}
