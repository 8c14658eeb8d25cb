// SPDX-License-Identifier: GPL-2.0-or-later
/* Random times of the simulator, each law with a stream of its own. */
#include <math.h>

#include "models/sim_state.h"

void draw_init(struct draw *d, const struct law *law, uint64_t seed, uint64_t stream)
{
	double below = 0;

	d->kind = law->kind;
	d->n = law->n;
	d->constant = (int64_t)llround(law->mean[0] * PS);
	d->shape = law->scv > 0 ? 1 / law->scv : 1;
	for (size_t i = 0; i < law->n; i++) {
		below += law->share[i];
		d->mean[i] = law->mean[i] * PS;
		d->below[i] = below;
	}
	random_init(&d->random, seed, stream);
}

/* Standard gamma of shape >= 1 by Marsaglia and Tsang's rejection; the normal by Box and Muller. */
static double gamma_draw(struct random *r, double shape)
{
	double a = shape - 1.0 / 3, c = 1 / sqrt(9 * a);

	for (;;) {
		double x = sqrt(2 * random_exponential(r)) * cos(2 * M_PI * random_unit(r)), v = 1 + c * x;

		v = v * v * v;
		if (v > 0 && log(random_unit(r)) < x * x / 2 + a * (1 - v + log(v)))
			return a * v;
	}
}

int64_t draw_time_slow(struct draw *d)
{
	size_t i = 0;
	double x = 1;

	if (d->n > 1) {
		double u = random_unit(&d->random);

		while (i + 1 < d->n && u > d->below[i])
			i++;
	}
	if (d->kind == LAW_EXPONENTIAL)
		x = random_exponential(&d->random);
	else if (d->kind == LAW_GAMMA && d->shape >= 1)
		x = gamma_draw(&d->random, d->shape) / d->shape;
	else if (d->kind == LAW_GAMMA)
		x = gamma_draw(&d->random, d->shape + 1) * pow(random_unit(&d->random), 1 / d->shape) / d->shape;
	return (int64_t)(d->mean[i] * x + 0.5);
}
