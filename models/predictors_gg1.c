// SPDX-License-Identifier: GPL-2.0-or-later
/* rxlab model predict: queues with other arrivals than Poisson's, and polled queues. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/batch.h"
#include "models/check.h"
#include "models/gim1.h"
#include "models/law.h"
#include "models/polling.h"
#include "models/predictors.h"

#define BATCH_MAX 4096

int predict_gim1(const struct inputs *in, struct answer *out, struct err *e)
{
	struct law gap;
	struct queue q;
	double sigma;
	int ret = law_parse("gap", in->text[0], &gap, e);

	ret = ret ? ret : gim1_solve(&gap, in->x[1], &q, &sigma, e);
	if (ret)
		return ret;
	queue_answer(&q, out);
	answer_add(out, "sigma", sigma);
	return 0;
}

int predict_gg1(const struct inputs *in, struct answer *out, struct err *e)
{
	struct two_moments q = { in->x[0], in->x[1], in->x[2], in->x[3] };

	if (check_positive("arrival-rate", q.rate, e) || check_positive("service-time", q.service_time, e) ||
	    check_not_negative("gap-scv", q.gap_scv, e) || check_not_negative("service-scv", q.service_scv, e))
		return -EINVAL;
	if (q.rate * q.service_time >= 1)
		return err_set(e, -EINVAL, "the load, arrival-rate times service-time, must be below 1, not %g",
			       q.rate * q.service_time);
	answer_add(out, "Wq", gg1_wait(&q));
	answer_add(out, "Wq_bound", gg1_wait_bound(&q));
	answer_add(out, "klb_factor", gg1_klb_factor(&q));
	return 0;
}

/* "0.5:1,0.5:4": shares and sizes, into pmf[size - 1]. */
static int sizes_parse(const char *text, double *pmf, size_t *n, struct err *e)
{
	double share, sum = 0;
	unsigned int size;
	int used;

	for (*n = 0; sscanf(text, "%lf:%u%n", &share, &size, &used) == 2; text++) {
		if (!(share > 0) || !size || size > BATCH_MAX)
			break;
		pmf[size - 1] += share;
		sum += share;
		*n = size > *n ? size : *n;
		text += used;
		if (!*text)
			return fabs(sum - 1) < 1e-9 ? 0 : err_set(e, -EINVAL, "--sizes: the shares add up to %g", sum);
		if (*text != ',')
			break;
	}
	return err_set(e, -EINVAL, "--sizes must be shares and sizes from 1 to %d, p:N,p:N,...", BATCH_MAX);
}

static int batch_rule(const char *text, enum batch_rule *rule, struct err *e)
{
	*rule = text && strcmp(text, "whole") == 0 ? BATCH_WHOLE : BATCH_PARTLY;
	return !text || *rule == BATCH_WHOLE || strcmp(text, "partly") == 0
		       ? 0
		       : err_set(e, -EINVAL, "--rule must be partly or whole, not '%s'", text);
}

static int batch_solve(const struct inputs *in, const double *pmf, size_t n, struct answer *out, struct err *e)
{
	struct batches b = { in->x[0], pmf, n };
	struct law service = law_constant(in->x[2]);
	enum batch_rule rule;
	struct queue q;
	int ret = batch_rule(in->text[4], &rule, e);

	if (!ret && !isnan(in->x[3]))
		ret = mxm1k_solve(&b, 1 / in->x[2], in->x[3], rule, &q, e);
	else if (!ret)
		ret = mxg1_solve(&b, &service, &q, e);
	if (ret)
		return ret;
	queue_answer(&q, out);
	answer_add(out, "packets_per_batch", batch_mean(&b));
	return 0;
}

/* With a capacity the service is exponential, without one constant. */
int predict_batch(const struct inputs *in, struct answer *out, struct err *e)
{
	double *pmf = calloc(BATCH_MAX, sizeof(*pmf));
	size_t n = 0;
	int ret = pmf ? sizes_parse(in->text[1], pmf, &n, e) : err_set(e, -ENOMEM, "out of memory");

	ret = ret ? ret : check_positive("service-time", in->x[2], e);
	ret = ret ? ret : batch_solve(in, pmf, n, out, e);
	free(pmf);
	return ret;
}

static int rule_of(const char *text, enum polling_rule *rule, struct err *e)
{
	static const char *const names[] = { "exhaustive", "gated", "limited" };

	for (int i = 0; i < 3; i++) {
		*rule = (enum polling_rule)i;
		if (strcmp(text, names[i]) == 0)
			return 0;
	}
	return err_set(e, -EINVAL, "--rule must be exhaustive, gated or limited, not '%s'", text);
}

int predict_polling(const struct inputs *in, struct answer *out, struct err *e)
{
	struct law service = law_constant(in->x[2]), pause = law_constant(in->x[3]);
	enum polling_rule rule;
	struct polling r;
	int ret = rule_of(in->text[0], &rule, e);

	ret = ret ? ret : polling_solve(rule, in->x[1], &service, &pause, in->x[4], &r, e);
	if (!ret && !isnan(in->x[5]))
		ret = check_whole("ring", in->x[5], 1e9, e);
	if (ret)
		return ret;
	answer_add(out, "Wq", r.Wq);
	answer_add(out, "cycle", r.cycle);
	answer_add(out, "cpu_share", r.cpu_share);
	if (!isnan(in->x[5]))
		answer_add(out, "longest_cycle", polling_longest(in->x[1], in->x[5]));
	return 0;
}

int predict_polling_queues(const struct inputs *in, struct answer *out, struct err *e)
{
	struct law service = law_constant(in->x[3]), switching = law_constant(in->x[4]);
	enum polling_rule rule;
	double Wq;
	int ret = rule_of(in->text[0], &rule, e);

	ret = ret ? ret : polling_queues_solve(rule, in->x[1], in->x[2], &service, &switching, &Wq, e);
	if (!ret)
		answer_add(out, "Wq", Wq);
	return ret;
}
