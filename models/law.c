// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/check.h"
#include "models/law.h"
#include "models/poisson.h"

#define SHARES_OFF 1e-9 /* by how much the sum of a mixture's shares may differ from 1: they are decimal numbers */
#define NEGLIGIBLE 1e-18

static struct law law_of(enum law_kind kind, double mean, double scv)
{
	struct law law = { .kind = kind, .n = 1, .scv = scv };

	law.share[0] = 1;
	law.mean[0] = mean;
	return law;
}

struct law law_constant(double x)
{
	return law_of(LAW_CONSTANT, x, 0);
}

struct law law_exponential(double mean)
{
	return law_of(LAW_EXPONENTIAL, mean, 1);
}

struct law law_gamma(double mean, double scv)
{
	return law_of(LAW_GAMMA, mean, scv);
}

static int part_read(const char *name, const char **text, struct law *law, struct err *e)
{
	char *end;
	double share = strtod(*text, &end), mean;

	if (end == *text || *end != ':')
		return err_set(e, -EINVAL, "%s must be share:time,share:time,..., not '%s'", name, *text);
	*text = end + 1;
	mean = strtod(*text, &end);
	if (end == *text || (*end && *end != ','))
		return err_set(e, -EINVAL, "%s must be share:time,share:time,..., not '%s'", name, *text);
	if (!(share > 0 && share <= 1))
		return err_set(e, -EINVAL, "%s: a share must be above 0 and at most 1, not %g", name, share);
	if (!(mean >= 0) || !isfinite(mean))
		return err_set(e, -EINVAL, "%s: a time must be a number, 0 or more, not %g", name, mean);
	*text = *end ? end + 1 : end;
	law->share[law->n] = share;
	law->mean[law->n++] = mean;
	return 0;
}

int law_parse_mix(const char *name, const char *text, struct law *law, struct err *e)
{
	double sum = 0;

	*law = (struct law) { .kind = LAW_CONSTANT };
	do {
		if (law->n == LAW_PARTS)
			return err_set(e, -EINVAL, "%s: more than %d parts", name, LAW_PARTS);
		if (part_read(name, &text, law, e))
			return -EINVAL;
		sum += law->share[law->n - 1];
	} while (*text);
	if (fabs(sum - 1) > SHARES_OFF)
		return err_set(e, -EINVAL, "%s: the shares must add up to 1, not %.10g", name, sum);
	for (size_t i = 0; i < law->n; i++)
		law->share[i] /= sum;
	return 0;
}

/* "5e-6" or "5e-6 0.5", and nothing after it. */
static int numbers_read(const char *name, const char *text, size_t n, double *x, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		char *end;

		x[i] = strtod(text, &end);
		if (end == text || (*end && *end != ' ') || !(x[i] >= 0) || !isfinite(x[i]))
			return err_set(e, -EINVAL, "%s must be a time, 0 or more, or a law of times, not '%s'", name,
				       text);
		text = end;
	}
	return *text ? err_set(e, -EINVAL, "%s: nothing may follow, but '%s' does", name, text) : 0;
}

static const char *behind(const char *text, const char *word)
{
	size_t n = strlen(word);

	return strncmp(text, word, n) == 0 && text[n] == ' ' ? text + n + 1 : NULL;
}

int law_parse(const char *name, const char *text, struct law *law, struct err *e)
{
	const char *rest;
	double x[2];
	int ret;

	if ((rest = behind(text, "mix")))
		return law_parse_mix(name, rest, law, e);
	if ((rest = behind(text, "hyper"))) {
		ret = law_parse_mix(name, rest, law, e);
		law->kind = LAW_EXPONENTIAL;
		return ret;
	}
	if ((rest = behind(text, "gamma"))) {
		ret = numbers_read(name, rest, 2, x, e);
		if (!ret && x[1] <= 0)
			ret = err_set(e, -EINVAL, "%s: the squared coefficient of variation must be above 0", name);
		if (!ret)
			*law = law_gamma(x[0], x[1]);
		return ret;
	}
	rest = behind(text, "exponential");
	ret = numbers_read(name, rest ? rest : text, 1, x, e);
	if (!ret)
		*law = rest ? law_exponential(x[0]) : law_constant(x[0]);
	return ret;
}

double law_mean(const struct law *law)
{
	double sum = 0;

	for (size_t i = 0; i < law->n; i++)
		sum += law->share[i] * law->mean[i];
	return sum;
}

static double square_factor(const struct law *law)
{
	return law->kind == LAW_CONSTANT ? 1 : law->kind == LAW_EXPONENTIAL ? 2 : 1 + law->scv;
}

double law_square(const struct law *law)
{
	double sum = 0;

	for (size_t i = 0; i < law->n; i++)
		sum += law->share[i] * law->mean[i] * law->mean[i];
	return sum * square_factor(law);
}

double law_scv(const struct law *law)
{
	double mean = law_mean(law), spread = 0;

	if (law->kind == LAW_GAMMA)
		return law->scv;
	for (size_t i = 0; i < law->n; i++)
		spread += law->share[i] * (law->mean[i] - mean) * (law->mean[i] - mean);
	if (law->kind == LAW_EXPONENTIAL)
		spread += law_square(law) / 2;
	return mean > 0 ? spread / (mean * mean) : 0;
}

static double part_transform(const struct law *law, double x)
{
	switch (law->kind) {
	case LAW_CONSTANT:
		return expm1(-x);
	case LAW_EXPONENTIAL:
		return -x / (1 + x);
	default:
		return expm1(-log1p(x * law->scv) / law->scv);
	}
}

double law_transform_less_one(const struct law *law, double s)
{
	double sum = 0;

	for (size_t i = 0; i < law->n; i++)
		sum += law->share[i] * part_transform(law, s * law->mean[i]);
	return sum;
}

static double part_pmf(const struct law *law, double m, double k)
{
	double shape = 1 / law->scv, x = m * law->scv;

	switch (law->kind) {
	case LAW_CONSTANT:
		return poisson_pmf(m, k);
	case LAW_EXPONENTIAL:
		return exp(k * log(m / (1 + m)) - log1p(m));
	default:
		return exp(lgamma(shape + k) - lgamma(shape) - lgamma(k + 1) - shape * log1p(x) + k * log(x / (1 + x)));
	}
}

double law_none(const struct law *law, double rate)
{
	return 1 + law_transform_less_one(law, rate);
}

/* P(A > k) and E[(A - k)+] of a negative binomial, summed from k + 1 outwards. */
static void gamma_ends(const struct law *law, double m, double k, double *tail, double *excess)
{
	double term, j = k;

	*tail = *excess = 0;
	do {
		term = part_pmf(law, m, ++j);
		*tail += term;
		*excess += (j - k) * term;
	} while (j < m || (j - k) * term > *excess * NEGLIGIBLE);
}

static void part_ends(const struct law *law, double m, double k, double *tail, double *excess)
{
	switch (law->kind) {
	case LAW_CONSTANT:
		*tail = poisson_tail(m, k);
		*excess = poisson_excess(m, k);
		break;
	case LAW_EXPONENTIAL:
		*tail = exp((k + 1) * log(m / (1 + m)));
		*excess = m * exp(k * log(m / (1 + m)));
		break;
	default:
		gamma_ends(law, m, k, tail, excess);
	}
}

/* From the far end: P(A > k-1) = P(A > k) + P(A = k), E[(A-k+1)+] = E[(A-k)+] + P(A > k-1); all terms positive. */
void law_arrivals(const struct law *law, double rate, size_t n, double *tail, double *excess)
{
	for (size_t k = 0; k < n; k++)
		tail[k] = excess[k] = 0;
	for (size_t i = 0; i < law->n && n > 0; i++) {
		double m = rate * law->mean[i], t, x;

		if (m == 0)
			continue;
		part_ends(law, m, (double)(n - 1), &t, &x);
		for (size_t k = n - 1;; k--) {
			tail[k] += law->share[i] * t;
			excess[k] += law->share[i] * x;
			if (k == 0)
				break;
			t += part_pmf(law, m, (double)k);
			x += t;
		}
	}
}
