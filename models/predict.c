// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>

#include "models/coalesce.h"
#include "models/dd1k.h"
#include "models/mg1k.h"
#include "models/mm1k.h"
#include "models/nic.h"
#include "models/predict.h"
#include "models/two_stage.h"

#define BAND_SD 2 /* standard deviations on either side: 95 % */
#define BACKLOG 1000 /* netdev_max_backlog */
#define ROUNDS 4 /* until interrupts and service time agree */

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

/* Only a CPU that is not saturated ever lets the ring wait for an interrupt. */
static double ring_loss(const struct point *p, double rho, double ring)
{
	double packets = nic_cycle(p);

	return rho < 1 && !isnan(packets) ? 100 * coalesce_ring_loss(packets, rho, ring) : 0;
}

/* D/D/1/K, or what the ring cannot hold between two interrupts. */
static double loss_of(const struct point *p, double service_ns, double ring, double *first_drop)
{
	double rho = p->achieved_pps * service_ns / 1e9;

	return fmax(dd1k_loss(p, service_ns, ring, first_drop), ring_loss(p, rho, ring));
}

static void predict_loss(const struct point *p, struct prediction *r)
{
	double unused, mu = 1e9 / r->service_ns, smallest = fmax(p->rx_ring - RING_UNUSED_MOST, 1);
	double slack = isnan(r->service_sd_ns) ? 0 : BAND_SD * r->service_sd_ns;
	struct queue m;

	r->loss_ring = ring_loss(p, r->rho, r->capacity);
	r->loss_dd1k = loss_of(p, r->service_ns, r->capacity, &r->first_drop);
	r->loss_dd1k_low = loss_of(p, fmax(r->service_ns - slack, 1), r->capacity, &unused);
	r->loss_dd1k_high = loss_of(p, r->service_ns + slack, smallest, &unused);
	r->loss_mm1k = mm1k_solve(p->achieved_pps, mu, r->capacity, &m, NULL) ? NAN : 100 * m.loss;
	r->loss_null = 100 * fmax(0, 1 - mu / p->achieved_pps);
}

/* Until the ring is full the NIC interrupts as at any load; from then on it waits for descriptors. */
static double interrupts_overloaded(const struct point *p, const struct prediction *q)
{
	double filling = isnan(q->first_drop) ? 1 : q->first_drop / p->sent;
	struct coalesce r;

	if (nic_coalesce(p, &r))
		return NAN;
	return filling * r.f + (1 - filling) * nic_interrupts_full(p, q->service_ns);
}

/*
 * Interrupts a second: what the NIC's rule gives at a constant rate (nic.h). Of QEMU's model as it is that is all, since
 * the end of a gap interrupts even while NAPI polls; under overload a gap waits for descriptors. Else an interrupt can
 * only come when the poll has emptied the queue, so that those taken leave no idle, down to 0 at saturation:
 *     cost(0) rate + slope f = speed;
 * and none comes while packets keep coming before NAPI has given up polling by its timer (napi_defer_hard_irqs).
 */
static double predict_interrupts(const struct point *p, const struct calibration *c, const struct prediction *q)
{
	double rate = p->achieved_pps, left = c->share * 1e9 - calibration_cost(c, 0) * rate,
	       slope = calibration_slope(c);
	struct coalesce r;

	if (p->as_is && q->rho >= 1)
		return interrupts_overloaded(p, q);
	if (!p->as_is && (left <= 0 || (p->defer_ns > 0 && 1e9 / rate < p->defer_ns)))
		return 0;
	if (nic_coalesce(p, &r))
		return NAN;
	return !p->as_is && slope > 0 ? fmin(r.f, left / slope) : r.f;
}

/* At saturation a poll takes NAPI_WEIGHT packets; below it no more than the CPU has is spent. */
static void predict_cost(const struct point *p, const struct calibration *c, struct prediction *r)
{
	double full = r->service_ns * (c->share - c->idle), x = r->interrupts / p->achieved_pps;

	if (r->rho >= 1)
		r->cost = full;
	else if (!isnan(x) && p->defer_ns == 0) /* what the timer's polls cost was not calibrated */
		r->cost = fmax(full, fmin(calibration_cost(c, x), c->share * 1e9 / p->achieved_pps));
}

/*
 * Mean wait for the interrupt, plus what every packet takes. Left out: a packet that comes during a poll does not wait
 * for an interrupt.
 */
static void predict_latency(const struct point *p, const struct calibration *c, struct prediction *r)
{
	struct coalesce g;

	r->latency = NAN;
	if (r->rho >= 1 || p->defer_ns > 0 || nic_coalesce(p, &g))
		return;
	r->latency = calibration_delay(c, g.f / p->achieved_pps) + g.delay * 1e9;
}

/* Packets evenly spaced, and a CPU that is not full. */
static void predict_rules(const struct point *p, const struct calibration *c, struct prediction *r)
{
	double T = nic_gap(p), rest;
	struct coalesce timer, gap;

	if (isnan(T) || coalesce_timer(ARRIVALS_CONSTANT, p->achieved_pps, T, &timer, NULL) ||
	    coalesce_gap(ARRIVALS_CONSTANT, p->achieved_pps, T, &gap, NULL))
		return;
	r->interrupts_timer = timer.f;
	r->interrupts_gap = gap.f;
	if (r->rho >= 1 || p->defer_ns > 0)
		return;
	rest = calibration_delay(c, r->interrupts / p->achieved_pps);
	r->latency_timer = rest + timer.delay * 1e9;
	r->latency_gap = rest + gap.delay * 1e9;
}

/* Interrupts a packet take time, and of QEMU's model as it is there are as many as that time gives them. */
static void predict_service(const struct point *p, const struct calibration *c, struct prediction *r)
{
	double interrupts = 0, speed = c->share - c->idle;

	for (int i = 0; i < ROUNDS; i++) {
		struct cost frame = calibration_saturated(c, interrupts);
		double full;

		r->service_ns = frame.value / speed;
		r->service_sd_ns = frame.sd / speed;
		full = nic_interrupts_full(p, r->service_ns);
		interrupts = isnan(full) ? 0 : full * r->service_ns / 1e9;
	}
}

/*
 * One server, the DUT's CPU, does interrupt, poll, capture and reader of each packet that the ring took; a packet that
 * finds the ring full costs it nothing. At saturation a poll takes NAPI_WEIGHT packets, and what the machine does
 * without packets goes on:
 *     service time = calibration_saturated(interrupts a packet) / (speed - idle).
 * The capture's own buffer is taken to be no limit.
 */
void predict_point(const struct point *p, const struct calibration *c, struct prediction *r)
{
	for (size_t i = 0; i < sizeof(*r) / sizeof(double); i++)
		((double *)r)[i] = NAN;
	if (!p->ok || c->rule == RULE_NONE)
		return;
	r->capacity = fmax(p->rx_ring - RING_UNUSED, 1);
	predict_service(p, c, r);
	r->rho = p->achieved_pps * r->service_ns / 1e9;
	predict_loss(p, r);
	r->interrupts = predict_interrupts(p, c, r);
	predict_cost(p, c, r);
	predict_latency(p, c, r);
	predict_rules(p, c, r);
}

/*
 * M/D/1/K of the same service time; and the two stages of a system without NAPI, as in early models of packet capture:
 * an interrupt a packet, whose time is a cycle of low load, and the rest of the packet behind it.
 */
void predict_rivals(const struct point *p, const struct calibration *c, struct prediction *r)
{
	struct law service = law_constant(r->service_ns / 1e9);
	double cycle = c->costs ? costs_common(c->costs, COST_CYCLE).value : 0;
	struct two_stage_in in = { p->achieved_pps, c->share * 1e9 / cycle,
				   c->share * 1e9 / calibration_saturated(c, 0).value, r->capacity, BACKLOG };
	struct two_stage two;
	struct queue q;

	if (isnan(r->rho))
		return;
	r->loss_md1k = mg1k_solve(p->achieved_pps, &service, r->capacity, &q, NULL) ? NAN : 100 * q.loss;
	if (cycle > 0 && !two_stage_solve(&in, &two, NULL))
		r->loss_two_stage = 100 * (1 - two.X / p->achieved_pps);
}

/* First drop n* = (K - 1) S / (S - A) + 1 (dd1k.c) at the number of frames, solved for the gap A. */
double predict_loss_free(const struct point *p, const struct prediction *r)
{
	double burst = fmin((r->capacity - 1) / (p->sent - 1), 0.999);

	return 1e9 / (r->service_ns * (1 - burst));
}
