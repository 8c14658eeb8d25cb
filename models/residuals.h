/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Residuals by capture and by distance from the knee, for each model. */
#ifndef RXLAB_RESIDUALS_H
#define RXLAB_RESIDUALS_H

#include <stdbool.h>

#include "models/validate.h"

enum model { MODEL_DD1K, MODEL_MD1K, MODEL_MM1K, MODEL_TWO_STAGE, MODEL_NULL, MODELS };
extern const char *const model_titles[MODELS];

/* By load, the offered rate times the service time at saturation. */
enum zone { ZONE_BELOW, ZONE_KNEE, ZONE_ABOVE, ZONES };
#define KNEE_LOW 0.9
#define KNEE_HIGH 1.1
#define ZONE(zone) (1u << (zone))
#define OUTSIDE (ZONE(ZONE_BELOW) | ZONE(ZONE_ABOVE))
#define EVERYWHERE (OUTSIDE | ZONE(ZONE_KNEE))

/* Sums of absolute errors; n_* count what each is over. */
struct errors {
	double n_over; /* points at and above capacity */
	double n, pps_pct[MODELS], loss_pp[MODELS];
	double n_irq, irq_pct;
	double n_cost, cost_pct;
	double n_latency, latency_pct;
	double n_band, in_band; /* points with an uncertainty, and those that it holds */
};

/* Loss that a model predicts, %. */
double model_loss(const struct prediction *r, enum model m);
bool point_is_predicted(const struct validation *v, size_t i);
enum zone point_zone(const struct validation *v, size_t i);
/* Of one capture (title of its points), or of all where it is NULL; zones: ZONE()s. */
struct errors errors_sum(const struct validation *v, const char *capture, unsigned int zones);
/* Calls back for each capture that has a predicted point, in order. */
void each_capture(const struct validation *v, void (*call)(const struct validation *v, const char *capture, FILE *f),
		  FILE *f);

#endif
