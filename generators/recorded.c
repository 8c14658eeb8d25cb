// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "generators/arrivals.h"
#include "generators/generator.h"
#include "generators/pcapfile.h"
#include "generators/recorded.h"
#include "harness/record/inputs.h"

#define PS 1e12
#define NS 1e9
#define SPAN_NS 9000000000000000ULL /* in ps it still fits */

static int load_pcap(struct recorded *r, const char *path, struct err *e)
{
	struct pcapfile file;
	int ret = pcapfile_load(&file, path, false, e);
	size_t i;

	if (ret)
		return ret;
	r->n = file.n;
	if (file.frames[file.n - 1].ns - file.frames[0].ns > SPAN_NS)
		ret = err_set(e, -EINVAL, "%s: its frames lie more than 9e6 seconds apart", path);
	else if (!(r->times = calloc(file.n, sizeof(*r->times))))
		ret = err_set(e, -ENOMEM, "%s: out of memory", path);
	for (i = 0; r->times && i < file.n; i++)
		r->times[i] = (int64_t)(file.frames[i].ns - file.frames[0].ns) * 1000;
	pcapfile_free(&file);
	return ret;
}

int recorded_load(struct recorded *r, const char *path, struct err *e)
{
	*r = (struct recorded) { .times = NULL };
	return pcapfile_is(path) ? load_pcap(r, path, e) : arrivals_read_trace(path, &r->times, &r->n, e);
}

int recorded_of_trial(struct recorded *r, const struct trial *t, struct err *e)
{
	char path[PATH_MAX];
	const char *hash = trial_get(t, GENERATOR_PREFIX "pcap");
	bool loops = hash;
	int ret;

	*r = (struct recorded) { .times = NULL };
	if (!hash)
		hash = trial_get(t, GENERATOR_PREFIX "trace");
	if (!hash)
		return err_set(e, -ENOENT, "generator %s has no times of a file", t->generator);
	ret = inputs_path(hash, path, e);
	ret = ret ? ret : recorded_load(r, path, e);
	r->loops = loops;
	return ret;
}

void recorded_free(struct recorded *r)
{
	free(r->times);
	r->times = NULL;
}

/* Frames of the file that count frames take. */
static size_t used(const struct recorded *r, uint64_t count)
{
	return count < r->n && !r->loops ? count : r->n;
}

/* 0: there is none. ps. */
static double mean_gap(const struct recorded *r, uint64_t count)
{
	size_t n = used(r, count);

	return n > 1 ? (double)(r->times[n - 1] - r->times[0]) / (double)(n - 1) : 0;
}

int recorded_rate(const struct recorded *r, uint64_t count, double *rate, struct err *e)
{
	double gap = mean_gap(r, count);

	if (!gap)
		return err_set(e, -EINVAL, "the file has no rate of its own: one frame, or all at one time");
	*rate = PS / gap;
	return 0;
}

uint64_t recorded_due(const struct recorded *r, uint64_t count, uint64_t i, double rate)
{
	double gap = mean_gap(r, count), round = (double)(i / r->n * r->n);
	double place = gap ? (double)(r->times[i % r->n] - r->times[0]) / gap : 0;

	return (uint64_t)((round + place) * NS / rate + 0.5);
}

int recorded_check(const struct recorded *r, uint64_t count, struct err *e)
{
	if (count > r->n && !r->loops)
		return err_set(e, -EINVAL, "gen.trace: the file has %zu times, --count asks for %llu", r->n,
			       (unsigned long long)count);
	if (r->n > 1 && !mean_gap(r, count))
		return err_set(e, -EINVAL, "the file's frames are all of one time: only --rate max can send them");
	return 0;
}
