/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Marks for the instruments outside the guest: a long no-op whose displacement is
 * the mark's number. The TCG plugin knows its bytes; in the guest it does nothing.
 */
#ifndef RXLAB_MARK_H
#define RXLAB_MARK_H

#define MARK_MAGIC 0x52584c00 /* "RXL", then the mark's number */

/* nopl MARK_MAGIC+k(%rax): 0f 1f 80 imm32 */
#define MARK_EMIT(k) __asm__ volatile(".byte 0x0f, 0x1f, 0x80\n\t.long %c0" ::"i"(MARK_MAGIC + (k)) : "memory")

enum { MARK_FIRE = 1, MARK_DRAINED = 2, MARK_STOP = 5 }; /* 3 and 4 bound a window: harness/testbeds/lab/plugin */

static inline void mark(unsigned int k)
{
	if (k == MARK_FIRE)
		MARK_EMIT(MARK_FIRE);
	else if (k == MARK_DRAINED)
		MARK_EMIT(MARK_DRAINED);
	else if (k == MARK_STOP)
		MARK_EMIT(MARK_STOP);
}

#endif
