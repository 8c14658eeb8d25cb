// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>

#include "models/nic.h"

#define CHIP_EITR_NS 250 /* bit 0 of EITR, two bits below a microsecond */
#define QEMU_EITR_NS 1024 /* E1000_INTR_DELAY_NS_RES */
#define EITR_MASK 0x7ffc /* what igb_write_itr() keeps */
#define EITR_LEAST 4 /* which it writes for 0 */
#define ITR_20K 196 /* the least of mode 3 */
#define WIRE_EXTRA 24 /* checksum, preamble and gap, as igb_update_ring_itr() adds them */
#define CRC_BYTES 4
#define GROUP 16 /* IGB_RX_BUFFER_WRITE */

static bool adaptive(const struct point *p)
{
	return p->rx_usecs >= 1 && p->rx_usecs <= NIC_ADAPTIVE_USECS_MOST;
}

/* In quarter-microseconds: the value that the driver keeps after its first poll. */
static unsigned int igb_adaptive_itr(const struct point *p)
{
	unsigned int wire = (unsigned int)p->frame_bytes - CRC_BYTES + WIRE_EXTRA;
	unsigned int itr = wire > 300 && wire < 1200 ? wire / 3 : wire / 2;

	return p->rx_usecs == NIC_ADAPTIVE_USECS_MOST && itr < ITR_20K ? ITR_20K : itr;
}

static double igb_gap(const struct point *p)
{
	unsigned int itr = adaptive(p) ? igb_adaptive_itr(p) : (unsigned int)p->rx_usecs * 4;

	itr &= EITR_MASK;
	return (itr ? itr : EITR_LEAST) * (p->as_is ? QEMU_EITR_NS : CHIP_EITR_NS) / 1e9;
}

double nic_gap(const struct point *p)
{
	if (isnan(p->rx_usecs))
		return NAN;
	if (p->lab)
		return igb_gap(p);
	return adaptive(p) ? NAN : p->rx_usecs / 1e6;
}

int nic_coalesce(const struct point *p, struct coalesce *r)
{
	double gap = nic_gap(p);

	if (isnan(gap))
		return -EINVAL;
	return (p->as_is ? coalesce_refire : coalesce_gap)(ARRIVALS_CONSTANT, p->achieved_pps, gap, r, NULL);
}

double nic_interrupts_full(const struct point *p, double service_ns)
{
	double group = GROUP * service_ns / 1e9, gap = nic_gap(p);

	return p->as_is && !isnan(gap) ? 2 / (group * ceil(gap / group)) : NAN;
}

double nic_cycle(const struct point *p)
{
	struct coalesce r;

	if (nic_coalesce(p, &r))
		return NAN;
	return p->as_is ? 2 * r.packets : r.packets;
}

bool nic_interrupts_idly(const struct point *p)
{
	return p->as_is && nic_cycle(p) < 2;
}
