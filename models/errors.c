// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <string.h>

#include "models/errors.h"

static const char *const zone_titles[ZONES] = { "load below 0.9", "knee, 0.9 to 1.1", "load above 1.1" };

static void put_mean(double sum, double n, FILE *f)
{
	if (n > 0 && !isnan(sum))
		fprintf(f, " %8.2f", sum / n);
	else
		fprintf(f, " %8s", "-");
}

enum table { TABLE_PPS, TABLE_LOSS, TABLE_REST };

static void line_put(const char *name, const char *zone, const struct errors *s, enum table table, FILE *f)
{
	fprintf(f, "%-23s %-16s %5.0f", name, zone, s->n);
	for (int m = 0; m < MODELS && table != TABLE_REST; m++)
		put_mean(table == TABLE_PPS ? s->pps_pct[m] : s->loss_pp[m], s->n, f);
	if (table == TABLE_REST) {
		put_mean(s->irq_pct, s->n_irq, f);
		put_mean(s->cost_pct, s->n_cost, f);
		put_mean(s->latency_pct, s->n_latency, f);
		put_mean(100 * s->in_band, s->n_band, f);
	}
	fputc('\n', f);
}

static void put_zones(const struct validation *v, const char *capture, enum table table, FILE *f)
{
	const char *name = capture ? capture : "all captures";

	for (int z = 0; z < ZONES; z++) {
		struct errors s = errors_sum(v, capture, ZONE(z));

		if (s.n > 0)
			line_put(name, zone_titles[z], &s, table, f);
		if (s.n > 0)
			name = "";
	}
}

static void put_pps(const struct validation *v, const char *capture, FILE *f)
{
	put_zones(v, capture, TABLE_PPS, f);
}

static void put_loss(const struct validation *v, const char *capture, FILE *f)
{
	put_zones(v, capture, TABLE_LOSS, f);
}

static void put_rest(const struct validation *v, const char *capture, FILE *f)
{
	put_zones(v, capture, TABLE_REST, f);
}

static void table_put(const struct validation *v, const char *title, enum table table, FILE *f)
{
	static void (*const put[])(const struct validation *, const char *, FILE *) = { put_pps, put_loss, put_rest };
	struct errors all = errors_sum(v, NULL, EVERYWHERE);

	fprintf(f, "%-40s %5s", title, "n");
	for (int m = 0; m < MODELS && table != TABLE_REST; m++)
		fprintf(f, " %8s", model_titles[m]);
	fputs(table == TABLE_REST ? "    irq %   cost %  delay %   band %\n" : "\n", f);
	each_capture(v, put[table], f);
	put_zones(v, NULL, table, f);
	line_put("", "everywhere", &all, table, f);
	fputc('\n', f);
}

void validate_write_errors(const struct validation *v, FILE *f)
{
	table_put(v, "throughput, mean error in %", TABLE_PPS, f);
	table_put(v, "loss, mean error in percentage points", TABLE_LOSS, f);
	table_put(v, "the rest, mean error in %", TABLE_REST, f);
	fputs("load: offered rate times service time at saturation. Calibration trials are not among the n.\n"
	      "2-stage: an interrupt a packet, then the packet, as before NAPI; null: min(offered, capacity), no "
	      "queue.\n"
	      "band: points whose loss is within two standard deviations of D/D/1/K's.\n\n",
	      f);
	loss_free_write(v, f);
	verdicts_write(v, f);
}
