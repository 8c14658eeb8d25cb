// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>

#include "models/coalesce.h"
#include "models/dd1k.h"
#include "models/mm1k.h"
#include "models/predict.h"

static double dd1k_loss(const struct point *p, double service_ns, double capacity, double *first_drop)
{
	struct dd1k d;

	*first_drop = NAN;
	/* Picoseconds: a gap of 300,000 pps is 3333.3 ns, and the rounding would show in the burst. */
	if (dd1k_solve((uint64_t)llround(1e12 / p->achieved_pps), (uint64_t)llround(service_ns * 1e3),
		       (uint64_t)capacity, (uint64_t)p->sent, &d, NULL))
		return NAN;
	if (d.drops)
		*first_drop = (double)d.first_drop;
	return 100 * d.loss;
}

static void predict_loss(const struct point *p, struct prediction *r)
{
	double unused, mu = 1e9 / r->service_ns;
	struct mm1k m;

	r->loss_dd1k = dd1k_loss(p, r->service_ns, r->capacity, &r->first_drop);
	r->loss_dd1k_low = dd1k_loss(p, r->service_ns, fmax(p->rx_ring - RING_LOST_LEAST, 1), &unused);
	r->loss_dd1k_high = dd1k_loss(p, r->service_ns, fmax(p->rx_ring - RING_LOST_MOST, 1), &unused);
	r->loss_mm1k = mm1k_solve(p->achieved_pps, mu, r->capacity, &m, NULL) ? NAN : 100 * m.loss;
	r->loss_null = 100 * fmax(0, 1 - mu / p->achieved_pps);
}

/*
 * Interrupts a second at a constant rate: the least of
 *   rate and 1/T     the NIC keeps a gap of T (coalesce.h)
 *   the CPU's limit  an interrupt can only come when the poll has emptied the queue, so that those taken leave no idle:
 *                    a rate + t_i f = speed, f = (speed - a rate) / t_i, down to 0 at saturation
 * None at all while packets keep coming before NAPI has given up polling by its timer (napi_defer_hard_irqs).
 */
static double predict_interrupts(const struct point *p, const struct calibration *c)
{
	double rate = p->achieved_pps, left = c->share * 1e9 - c->a * rate;
	struct coalesce r;

	if (left <= 0 || (p->defer_ns > 0 && 1e9 / rate < p->defer_ns))
		return 0;
	if (coalesce_gap(ARRIVALS_CONSTANT, rate, calibrate_gap(p), &r, NULL))
		return NAN;
	return c->t_i > 0 ? fmin(r.f, left / c->t_i) : r.f;
}

static void predict_cost(const struct point *p, const struct calibration *c, struct prediction *r)
{
	double least = c->t_i / NAPI_WEIGHT;

	if (r->rho >= 1)
		r->cost = c->a + least;
	else if (!isnan(r->interrupts) && p->defer_ns == 0) /* what the timer's polls cost was not calibrated */
		r->cost = c->a + fmax(c->t_i * r->interrupts / p->achieved_pps, least);
}

/*
 * Mean wait for the interrupt, plus what every packet takes. Two effects of the service are left out, one to each side:
 * packets that come during a poll do not wait for an interrupt (the mean falls from T/2 to T (1 - rho) / 2), and a
 * batch is carried through the kernel before the reader sees its first packet.
 */
static void predict_latency(const struct point *p, const struct calibration *c, struct prediction *r)
{
	struct coalesce g;

	r->latency = NAN;
	if (r->rho >= 1 || p->defer_ns > 0 ||
	    coalesce_gap(ARRIVALS_CONSTANT, p->achieved_pps, calibrate_gap(p), &g, NULL))
		return;
	r->latency = c->latency_base_ns + g.delay * 1e9;
}

/*
 * One server, the DUT's CPU, does interrupt, poll, capture and reader of each packet that the ring took; a packet that
 * finds the ring full costs it nothing. At saturation interrupts vanish and a poll takes NAPI_WEIGHT packets:
 *     service time = (a + t_i / NAPI_WEIGHT) / speed.
 * t_i is an upper bound of the cost of a poll there. The capture's own buffer is taken to be no limit.
 */
void predict_point(const struct point *p, const struct calibration *c, struct prediction *r)
{
	*r = (struct prediction) { NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN };
	if (!p->ok || c->rule == RULE_NONE)
		return;
	r->capacity = fmax(p->rx_ring - RING_LOST_TYPICAL, 1);
	r->service_ns = (c->a + c->t_i / NAPI_WEIGHT) / c->share;
	r->rho = p->achieved_pps * r->service_ns / 1e9;
	predict_loss(p, r);
	r->interrupts = predict_interrupts(p, c);
	predict_cost(p, c, r);
	predict_latency(p, c, r);
}
