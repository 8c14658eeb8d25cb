// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "generators/arrivals.h"
#include "generators/pcapfile.h"
#include "generators/recorded.h"
#include "generators/settings.h"
#include "harness/record/inputs.h"

#define PS 1e12
#define NS 1e9
#define SPAN_NS 9000000000000000ULL /* in ps it still fits 63 bits */

/* The words of gen.long and gen.sort; initial 0. */
const char *const recorded_long[] = { "refuse", "cut", "skip", NULL }, *const recorded_sort[] = { "no", "yes", NULL };

static const struct generator_setting rows[] = {
	{ "long", PCAPFILE_REFUSE, 0, PCAPFILE_SKIP, "", recorded_long, EFFECT_NONE },
	{ "speed", 100, 1, 100000, "", NULL, EFFECT_NONE },
	{ 0 },
};

static int take_times(struct recorded *r, const struct pcapfile *file, struct err *e)
{
	uint64_t first = file->frames[0].ns;
	size_t i;

	r->n = file->n;
	if (file->frames[file->n - 1].ns - first > SPAN_NS)
		return err_set(e, -EINVAL, "its frames lie more than 9e6 seconds apart");
	r->times = calloc(file->n, sizeof(*r->times));
	if (!r->times)
		return err_set(e, -ENOMEM, "out of memory");
	for (i = 0; i < file->n; i++)
		r->times[i] = (int64_t)(file->frames[i].ns - first) * 1000;
	return 0;
}

static int load_pcap(struct recorded *r, const char *path, bool sort, struct err *e)
{
	struct pcapfile file;
	struct err why = { "" };
	int ret = pcapfile_load(&file, path, false, e);

	if (ret)
		return ret;
	ret = pcapfile_order(&file, sort, &why);
	ret = ret ? ret : take_times(r, &file, &why);
	pcapfile_free(&file);
	return ret ? err_set(e, ret, "%s: %s", path, why.text) : 0;
}

int recorded_load(struct recorded *r, const char *path, bool sort, struct err *e)
{
	*r = (struct recorded) { .times = NULL };
	return pcapfile_is(path) ? load_pcap(r, path, sort, e) : arrivals_read_trace(path, &r->times, &r->n, e);
}

/* Replaces the cached copy's name in a message by the name that the user gave. */
static int rename_file(struct err *e, const char *hash, const char *path, int ret)
{
	char text[sizeof(e->text)];

	if (!ret || !e || strncmp(e->text, path, strlen(path)))
		return ret;
	strcpy(text, e->text + strlen(path));
	e->text[0] = 0;
	return err_set(e, ret, "%s%s", inputs_name(hash), text);
}

static bool sorts(const struct trial *t)
{
	const char *sort = trial_get(t, GENERATOR_PREFIX "sort");

	return sort && !strcmp(sort, "yes");
}

int recorded_frames(struct pcapfile *f, const struct trial *t, struct err *e)
{
	const char *hash = trial_get(t, GENERATOR_PREFIX "pcap");
	struct err why = { "" };
	char path[PATH_MAX];
	int r;

	*f = (struct pcapfile) { .n = 0 };
	if (!hash)
		return err_set(e, -EINVAL, "generator replay wants --set gen.pcap=FILE");
	r = inputs_path(hash, path, e);
	r = r ? r : rename_file(e, hash, path, pcapfile_load(f, path, true, e));
	if (r)
		return r;
	r = pcapfile_order(f, sorts(t), &why);
	r = r ? r : pcapfile_fit(f, setting_number(rows, t, "long"), t->frame_bytes - FCS_BYTES, &why);
	if (r)
		pcapfile_free(f);
	return r ? err_set(e, r, "gen.pcap: %s: %s", inputs_name(hash), why.text) : 0;
}

static int frames_times(struct recorded *r, const struct trial *t, struct err *e)
{
	struct pcapfile file;
	struct err why = { "" };
	int ret = recorded_frames(&file, t, e);

	if (ret)
		return ret;
	r->loops = true;
	ret = take_times(r, &file, &why);
	pcapfile_free(&file);
	return ret ? err_set(e, ret, "gen.pcap: %s", why.text) : 0;
}

int recorded_of_trial(struct recorded *r, const struct trial *t, struct err *e)
{
	const char *hash = trial_get(t, GENERATOR_PREFIX "trace");
	char path[PATH_MAX];
	int ret;

	*r = (struct recorded) { .times = NULL };
	if (trial_get(t, GENERATOR_PREFIX "pcap"))
		return frames_times(r, t, e);
	if (!hash)
		return err_set(e, -ENOENT, "generator %s has no times of a file", t->generator);
	ret = inputs_path(hash, path, e);
	return ret ? ret : rename_file(e, hash, path, recorded_load(r, path, sorts(t), e));
}

void recorded_free(struct recorded *r)
{
	free(r->times);
	r->times = NULL;
}

/* How many frames of the file a trial of count frames uses. */
static size_t used(const struct recorded *r, uint64_t count)
{
	return count < r->n && !r->loops ? count : r->n;
}

/* ps; 0: there is none. */
static double mean_gap(const struct recorded *r, uint64_t count)
{
	size_t n = used(r, count);

	return n > 1 ? (double)(r->times[n - 1] - r->times[0]) / (double)(n - 1) : 0;
}

int recorded_rate(const struct recorded *r, uint64_t count, double *rate, struct err *e)
{
	double gap = mean_gap(r, count);

	if (!gap)
		return err_set(e, -EINVAL,
			       "the file has no rate of its own: one frame, or all at one time; --rate PPS with "
			       "gen.arrivals=constant sends it");
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
		return err_set(e, -EINVAL,
			       "the file's frames are all of one time: gen.arrivals=constant sends them at a rate");
	return 0;
}

int recorded_asked(const struct trial *t, double *rate, struct err *e)
{
	const char *speed = trial_get(t, GENERATOR_PREFIX "speed");
	struct recorded r;
	int ret;

	*rate = (double)t->rate_pps;
	if (!speed || t->rate_pps == RATE_MAX)
		return 0;
	ret = recorded_of_trial(&r, t, e);
	ret = ret ? ret : recorded_rate(&r, t->count, rate, e);
	*rate *= (double)setting_number(rows, t, "speed") / 100;
	recorded_free(&r);
	return ret;
}

uint64_t recorded_whole(double rate)
{
	return rate < 1 ? 1 : (uint64_t)(rate + 0.5);
}
