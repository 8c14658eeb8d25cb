/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's count of the instructions that a vCPU may still execute before QEMU looks after its timers. The guest's clock is
 * what was given less what is left, so taking from it lets time pass.
 */
#ifndef RXLAB_PLUGIN_ICOUNT_H
#define RXLAB_PLUGIN_ICOUNT_H

#include <stdint.h>

/* Finds its place in a vCPU by the first bytes of QEMU's cpu_exit(), 24 of them. -1: they are others than in 10.0. */
int icount_find(const uint8_t *cpu_exit_code);
/* Instructions left, those of the block that began not among them. 0: the vCPU has been told to stop. */
uint16_t icount_left(const void *cpu);
void icount_take(void *cpu, uint16_t insns); /* at most what is left */
/*
 * The general registers, by their numbers in an instruction: they lie behind the count, with nothing between but what is
 * less than a register. NULL: not known to be there, until icount_registers_are() has compared them with what they hold.
 */
const uint64_t *icount_registers(const void *cpu);
void icount_registers_are(const void *cpu, const uint64_t values[16]);

#endif
