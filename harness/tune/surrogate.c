// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/tune/surrogate.h"

#define JITTER 1e-8
#define SWEEPS 2 /* of all parameters, one after the other; more change little */
#define GAIN_LEAST 0.5 /* of the log likelihood, before a knob is believed to matter: about 1/2 a parameter's worth */

static const double weights[] = { 0, 0.05, 0.3, 2 }, steeps[] = { 1, 4, 12 }, noises[] = { 1e-6, 1e-4, 1e-2 };

/* From one end of the levels to the other it is 1 far; and 1 more from off to on, which is unlike any step between. */
static double distance(const struct tune_knob *k, size_t a, size_t b)
{
	double far = fabs((double)a - (double)b) / fmax((double)k->n - 1, 1);

	return far + (a != b && (!strcmp(k->values[a], "0") || !strcmp(k->values[b], "0")));
}

static double kernel(const struct surrogate *s, const struct tune_setting *x, const struct tune_setting *y)
{
	double product = 1;

	for (size_t k = 0; k < s->space->n; k++) {
		double far = s->a[k] > 0 ? distance(&s->space->knobs[k], x->level[k], y->level[k]) : 0;

		if (far > 0)
			product *= (1 + s->a[k] * exp(-s->steep[k] * far)) / (1 + s->a[k]);
	}
	return product;
}

/* Cholesky's factor of the covariance; false: it is not positive enough. */
static bool factorise(struct surrogate *s)
{
	size_t n = s->n;
	double *l = s->factor;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j <= i; j++) {
			double sum = kernel(s, &s->at[i], &s->at[j]) + (i == j ? s->noise + JITTER : 0);

			for (size_t k = 0; k < j; k++)
				sum -= l[i * n + k] * l[j * n + k];
			if (i == j && sum <= 0)
				return false;
			l[i * n + j] = i == j ? sqrt(sum) : sum / l[j * n + j];
		}
	return true;
}

/* Solves L z = b, in place. */
static void forward(const struct surrogate *s, double *b)
{
	for (size_t i = 0; i < s->n; i++) {
		for (size_t k = 0; k < i; k++)
			b[i] -= s->factor[i * s->n + k] * b[k];
		b[i] /= s->factor[i * s->n + i];
	}
}

/* Solves L' z = b, in place. */
static void backward(const struct surrogate *s, double *b)
{
	for (size_t i = s->n; i-- > 0;) {
		for (size_t k = i + 1; k < s->n; k++)
			b[i] -= s->factor[k * s->n + i] * b[k];
		b[i] /= s->factor[i * s->n + i];
	}
}

/* Log likelihood, with the kernel's scale where it is greatest; -INFINITY where there is none. */
static double likelihood(struct surrogate *s)
{
	double squares = 0, sum = 0;

	if (!factorise(s))
		return -INFINITY;
	memcpy(s->weights, s->y, s->n * sizeof(*s->y));
	forward(s, s->weights);
	for (size_t i = 0; i < s->n; i++) {
		squares += s->weights[i] * s->weights[i];
		sum += log(s->factor[i * s->n + i]);
	}
	squares = fmax(squares, 1e-12) / (double)s->n;
	s->spread = sqrt(squares);
	return -0.5 * (double)s->n * log(squares) - sum;
}

static void try_knob(struct surrogate *s, size_t k, double *best)
{
	double a = s->a[k], steep = s->steep[k];

	for (size_t i = 0; i < sizeof(weights) / sizeof(weights[0]); i++)
		for (size_t j = 0; j < (weights[i] > 0 ? sizeof(steeps) / sizeof(steeps[0]) : 1); j++) {
			double found;

			s->a[k] = weights[i];
			s->steep[k] = steeps[j];
			found = likelihood(s) - (weights[i] > 0 ? GAIN_LEAST : 0);
			if (found > *best + 1e-9) {
				*best = found;
				a = weights[i];
				steep = steeps[j];
			}
		}
	s->a[k] = a;
	s->steep[k] = steep;
}

static void fit_all(struct surrogate *s)
{
	for (int sweep = 0; sweep < SWEEPS; sweep++) {
		double noise = s->noise, best = likelihood(s);

		for (size_t i = 0; i < sizeof(noises) / sizeof(noises[0]); i++) {
			double found;

			s->noise = noises[i];
			found = likelihood(s);
			if (found > best + 1e-9) {
				best = found;
				noise = noises[i];
			}
		}
		s->noise = noise;
		for (size_t k = 0; k < s->space->n; k++) {
			best = likelihood(s) - (s->a[k] > 0 ? GAIN_LEAST : 0);
			if (s->space->knobs[k].n > 1)
				try_knob(s, k, &best);
		}
	}
}

static void standardise(struct surrogate *s, const double *y)
{
	double squares = 0;

	s->mean = 0;
	for (size_t i = 0; i < s->n; i++)
		s->mean += y[i] / (double)s->n;
	for (size_t i = 0; i < s->n; i++)
		squares += (y[i] - s->mean) * (y[i] - s->mean);
	s->scale = squares > 0 ? sqrt(squares / (double)s->n) : 1;
	for (size_t i = 0; i < s->n; i++)
		s->y[i] = (y[i] - s->mean) / s->scale;
}

int surrogate_learn(struct surrogate *s, const struct tune_space *space, const struct tune_setting *at, const double *y,
		    size_t n, const struct surrogate *before, bool fit)
{
	memset(s, 0, sizeof(*s));
	s->space = space;
	s->n = n;
	s->noise = before ? before->noise : noises[0];
	for (size_t k = 0; k < space->n; k++) {
		s->a[k] = before ? before->a[k] : weights[2];
		s->steep[k] = before ? before->steep[k] : steeps[0];
	}
	s->at = malloc((n + 1) * sizeof(*s->at));
	s->y = malloc((n + 1) * sizeof(*s->y));
	s->factor = calloc((n + 1) * (n + 1), sizeof(*s->factor));
	s->weights = malloc((n + 1) * sizeof(*s->weights));
	s->solved = malloc((n + 1) * sizeof(*s->solved));
	if (!s->at || !s->y || !s->factor || !s->weights || !s->solved)
		return -ENOMEM;
	memcpy(s->at, at, n * sizeof(*at));
	standardise(s, y);
	if (fit)
		fit_all(s);
	while (!isfinite(likelihood(s)))
		s->noise = s->noise * 10 + JITTER;
	backward(s, s->weights);
	return 0;
}

void surrogate_free(struct surrogate *s)
{
	free(s->at);
	free(s->y);
	free(s->factor);
	free(s->weights);
	free(s->solved);
	memset(s, 0, sizeof(*s));
}

void surrogate_expect(const struct surrogate *s, const struct tune_setting *at, double *mean, double *sd)
{
	double m = 0, left = 1;

	for (size_t i = 0; i < s->n; i++) {
		double z = kernel(s, at, &s->at[i]);

		m += z * s->weights[i];
		for (size_t k = 0; k < i; k++)
			z -= s->factor[i * s->n + k] * s->solved[k];
		s->solved[i] = z / s->factor[i * s->n + i];
		left -= s->solved[i] * s->solved[i];
	}
	*mean = s->mean + s->scale * m;
	*sd = s->scale * s->spread * sqrt(fmax(left, 0));
}
