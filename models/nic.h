/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the DUT's NIC interprets rx_usecs: the gap it keeps, and by which rule of
 * coalesce.h it interrupts.
 *
 *   lab       igb of Linux 6.1 on the 82576 (docs/lab.md):
 *             - the driver writes 4 * rx_usecs, quarter-microseconds, into EITR,
 *               and 4 for 0
 *             - the rule "gap"; a vector whose message went out is masked until
 *               the driver has polled its queue empty
 *             - rx_usecs 1 and 3 let the driver choose by the mean frame alone:
 *               igb_update_ring_itr(); 2 and 4 to 9 it refuses
 *   as it is  the same driver on QEMU 10.0's model (nic=as-is), read in its
 *             sources:
 *             - EITR is counted in units of 1.024 us, so that the gap is
 *               4.096 * rx_usecs
 *             - the end of the gap interrupts whether packets wait or not, and
 *               whether the vector is masked or not: the rule "refire"; under
 *               overload interrupts do not vanish
 *             - a packet that finds no descriptor does not interrupt, and the driver
 *               gives descriptors back 16 at a time: while the ring is full, a gap
 *               begins with the first such group after the end of the last gap
 *   others    the gap is rx_usecs, the rule "gap"; in the driver's adaptive
 *             modes the gap is not known
 */
#ifndef RXLAB_NIC_H
#define RXLAB_NIC_H

#include "models/coalesce.h"
#include "models/point.h"

#define NIC_ADAPTIVE_USECS_MOST 3 /* rx_usecs of 1 to 3 are igb's adaptive modes */

/* s; NAN = not known. */
double nic_gap(const struct point *p);

/* At the point's achieved rate, packets evenly spaced; -EINVAL when the gap is not known. */
int nic_coalesce(const struct point *p, struct coalesce *r);

/* Interrupts a second while the ring is full and a packet takes service_ns; NAN if the NIC has no such rule. */
double nic_interrupts_full(const struct point *p, double service_ns);

/* Packets at a constant rate from the first of a gap to the first of the next. */
double nic_cycle(const struct point *p);

/* True when each packet interrupts for itself and the end of its gap finds nothing: those interrupts cost less. */
bool nic_interrupts_idly(const struct point *p);

#endif
