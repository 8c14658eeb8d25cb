// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>

#include "models/interval.h"

/* Continued fraction of the incomplete beta function (Lentz); good for x < (a + 1) / (a + b + 2). */
static double beta_fraction(double a, double b, double x)
{
	double c = 1, d = 1 / (1 - (a + b) * x / (a + 1)), h = d;

	for (int m = 1; m < 500; m++) {
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
		       odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)), step;

		d = 1 / (1 + even * d);
		c = 1 + even / c;
		h *= c * d;
		d = 1 / (1 + odd * d);
		c = 1 + odd / c;
		step = c * d;
		h *= step;
		if (fabs(step - 1) < 1e-15)
			break;
	}
	return h;
}

static double beta_share(double a, double b, double x)
{
	double front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));

	if (x < (a + 1) / (a + b + 2))
		return front * beta_fraction(a, b, x) / a;
	return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

/* P(T > t) for t > 0 is half the incomplete beta function at df / (df + t^2). */
double student_quantile(double p, double df)
{
	double low = 0, high = 1;

	if (p < 0.5)
		return -student_quantile(1 - p, df);
	while (beta_share(df / 2, 0.5, df / (df + high * high)) / 2 > 1 - p)
		high *= 2;
	for (int i = 0; i < 100; i++) {
		double t = (low + high) / 2;

		if (t > 0 && beta_share(df / 2, 0.5, df / (df + t * t)) / 2 <= 1 - p)
			high = t;
		else
			low = t;
	}
	return (low + high) / 2;
}

/* se_b = s / sqrt(Sxx), se_a = s sqrt(1/n + mean(x)^2 / Sxx), s^2 = squares / (n - 2). */
bool line_fit(const double *x, const double *y, size_t n, struct line_fit *fit)
{
	double mx = 0, my = 0, sxx = 0, sxy = 0, syy = 0, rest = 0;

	for (size_t i = 0; i < n; i++)
		mx += x[i] / (double)n, my += y[i] / (double)n;
	for (size_t i = 0; i < n; i++) {
		sxx += (x[i] - mx) * (x[i] - mx);
		sxy += (x[i] - mx) * (y[i] - my);
		syy += (y[i] - my) * (y[i] - my);
	}
	if (n < 3 || !(sxx > 0))
		return false;
	fit->b = sxy / sxx;
	fit->a = my - fit->b * mx;
	for (size_t i = 0; i < n; i++)
		rest += pow(y[i] - fit->a - fit->b * x[i], 2);
	fit->s = sqrt(rest / (double)(n - 2));
	fit->se_b = fit->s / sqrt(sxx);
	fit->se_a = fit->s * sqrt(1 / (double)n + mx * mx / sxx);
	fit->r2 = 1 - rest / syy;
	return true;
}
