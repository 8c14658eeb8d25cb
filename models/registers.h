/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What drivers write into the gap registers of real devices, and the resulting gap (QEMU's devices are in nic.h).
 *
 * All three interrupt by the gap rule (coalesce_gap()): the counter is loaded when the interrupt is issued, and further
 * causes wait for its end. Source: the drivers' sources; 8254x and 82575 manuals.
 */
#ifndef RXLAB_REGISTERS_H
#define RXLAB_REGISTERS_H

/* e1000e: interrupts a second as its module parameter has them; units of 256 ns, rounded down. */
unsigned int e1000e_itr(unsigned int interrupts_per_s);
double e1000e_gap(unsigned int itr); /* s */
/* igb on the 82576: quarter-microseconds, the two low bits unused. */
double igb_gap(unsigned int itr); /* s */

#endif
