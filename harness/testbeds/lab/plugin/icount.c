// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "harness/testbeds/lab/plugin/icount.h"

#define CODE_BYTES 24

static uint32_t place; /* in a vCPU: 16 bits of what is left, and behind them 16 that are set when it shall stop */

/* movw $0xffff, OFFSET(%rdi): the vCPU is told to stop. */
int icount_find(const uint8_t *code)
{
	static const uint8_t move[] = { 0x66, 0xc7, 0x87 }, stop[] = { 0xff, 0xff };

	for (size_t i = 0; i + 9 <= CODE_BYTES; i++) {
		if (memcmp(code + i, move, sizeof(move)) || memcmp(code + i + 7, stop, sizeof(stop)))
			continue;
		memcpy(&place, code + i + 3, sizeof(place));
		place -= sizeof(uint16_t);
		return place % sizeof(uint32_t) ? -1 : 0;
	}
	return -1;
}

uint16_t icount_left(const void *cpu)
{
	uint16_t both[2];

	memcpy(both, (const char *)cpu + place, sizeof(both));
	return both[1] ? 0 : both[0];
}

void icount_take(void *cpu, uint16_t insns)
{
	*(uint16_t *)((char *)cpu + place) -= insns;
}

static bool registers_there;

static const uint64_t *registers_of(const void *cpu)
{
	return (const uint64_t *)((const char *)cpu + (place / 16 + 1) * 16);
}

const uint64_t *icount_registers(const void *cpu)
{
	return registers_there ? registers_of(cpu) : NULL;
}

void icount_registers_are(const void *cpu, const uint64_t values[16])
{
	registers_there = !memcmp(registers_of(cpu), values, 16 * sizeof(values[0]));
}
