/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The models' predictions for one measured point, from parameters learned elsewhere.
 *
 * They use a point's achieved rate, number of frames, ring and rx_usecs, and nothing
 * that was measured at the DUT.
 */
#ifndef RXLAB_PREDICT_H
#define RXLAB_PREDICT_H

#include "models/calibrate.h"
#include "models/point.h"

/* igb keeps one descriptor unused, and gives back those that it has emptied 16 at a time. */
#define RING_UNUSED 1
#define RING_UNUSED_MOST 16

/* Rates in 1/s, losses in %, costs in instructions a packet, times in ns. NAN = not predicted. */
struct prediction {
	double capacity; /* packets that the ring holds */
	double service_ns; /* a packet, at saturation */
	double service_sd_ns; /* by the calibration's uncertainty; NAN = unknown */
	double rho; /* offered load at saturation costs: below 1 the CPU loses nothing */
	double loss_ring; /* what the ring cannot hold between two interrupts */
	double loss_dd1k; /* constant arrivals and service, this burst; or loss_ring where that is more */
	double loss_dd1k_low, loss_dd1k_high; /* two standard deviations of service_ns, and the smallest ring */
	double first_drop; /* index on the wire from 0; NAN when no loss is predicted */
	double loss_mm1k; /* Poisson arrivals, exponential service, long run */
	double loss_md1k; /* Poisson arrivals, constant service, long run; by predict_rivals() alone */
	double loss_two_stage; /* an interrupt a packet, ring and backlog, all exponential; likewise */
	double loss_null; /* min(lambda, mu): no queue at all */
	double interrupts; /* a second */
	/* By rules that tables of NICs confuse, of the same time: a timer from the first packet (C2), a gap (C3). */
	double interrupts_timer, interrupts_gap;
	double cost; /* CPU a packet, without the trial's background */
	double latency; /* mean, below saturation */
	double latency_timer, latency_gap; /* likewise, by those rules */
};

void predict_point(const struct point *p, const struct calibration *c, struct prediction *r);
/* Slower models with the same parameters; call after predict_point(). */
void predict_rivals(const struct point *p, const struct calibration *c, struct prediction *r);
/* The highest rate at which D/D/1/K loses none of the point's frames, 1/s; the null model's is capacity. */
double predict_loss_free(const struct point *p, const struct prediction *r);

#endif
